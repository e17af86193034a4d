"""Histories written by hand, row by row, and what the ledger makes of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from migratekit.ledger import Entry, Facts, Ledger, Standing, read_ledger
from migratekit.migration import File, Migration
from migratekit.tracking.history import Event, Outcome
from migratekit.tracking.version_table import State

VOUCHED = (Outcome.FORCED, Outcome.BASELINED, Outcome.ADOPTED, Outcome.REPAIRED)

APPLIED, FOREIGN, PENDING, MISSED = Standing.APPLIED, Standing.FOREIGN, Standing.PENDING, Standing.MISSED
CHANGED, RENAMED, MISSING = Standing.CHANGED, Standing.RENAMED, Standing.MISSING
DIRTY, RUNNING = Standing.DIRTY, Standing.RUNNING
PID = 4711
Step = tuple[str, int, int | None]


def chain_of(*versions: int, **titles: str) -> list[Migration]:
    """Migrations called m1, m2, … unless a title is given, as in `m2="other"`."""
    named = [(version, titles.get(f"m{version}", f"m{version}")) for version in versions]
    return [
        Migration(version, *(File(f"{version}_{title}.{way}.sql", title) for way in ("up", "down")))
        for version, title in named
    ]


def checksum_of(version: int) -> str:
    """What the file of a version has unless the test says otherwise."""
    return f"sum of {version}"


class Book:
    """A history in the making: each method writes the rows that the tools write."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.at: int | None = None

    def start(self, *steps: Step) -> None:
        planned = [[way, version, f"m{version}", leads_to] for way, version, leads_to in steps]
        self.write(Outcome.STARTED, version_before=self.at, steps=planned, pid=PID)

    def finish(self, *rows: int) -> None:
        self.write(Outcome.FINISHED, version_after=self.at, figures=[{"rows": count} for count in rows] or None)

    def done(self, *steps: Step) -> None:
        for way, version, leads_to in steps:
            self.attempt(Outcome.APPLIED, way, version, leads_to)
            self.at = leads_to

    def attempt(self, outcome: Outcome, way: str, version: int, after: int | None, **values: Any) -> None:
        row = {"version": version, "name": f"m{version}", "direction": way, "checksum": checksum_of(version)}
        self.write(outcome, version_before=self.at, version_after=after, **{**row, **values})

    def run(self, *steps: Step) -> None:
        self.start(*steps)
        self.done(*steps)
        self.finish()

    def up(self, *versions: int) -> None:
        self.run(*(("up", version, version) for version in versions))

    def vouch(self, outcome: Outcome, after: int | None, **values: Any) -> None:
        self.write(outcome, **{"version_before": self.at, "version_after": after, **values})
        self.at = after

    def force(self, version: int | None) -> None:
        checked = {} if version is None else {"name": f"m{version}", "checksum": checksum_of(version)}
        self.vouch(Outcome.FORCED, version, version=version, **checked)

    def write(self, outcome: Outcome, **values: Any) -> None:
        number = len(self.events) + 1
        run = "of its own" if outcome in VOUCHED else "a run"
        self.events.append(Event(number, run, outcome, f"2026-01-01T00:00:{number % 60:02}+00:00", **values))


def judged(
    book: Book,
    chain: Sequence[Migration],
    *,
    version: int | None = -1,
    dirty: bool = False,
    holder: int | None = None,
    facts: Mapping[int, Facts] | None = None,
) -> Ledger:
    """The ledger with the version row where the book left it, unless another is given."""
    found = facts or {}

    def facts_of(migration: Migration) -> Facts:
        return found.get(migration.version, Facts(checksum_of(migration.version)))

    state = State(book.at if version == -1 else version, dirty, 1)
    return read_ledger(chain, state, book.events, facts_of, holder=holder)


def standings(ledger: Ledger) -> dict[int, Standing]:
    """How each migration stands."""
    return {entry.version: entry.standing for entry in ledger.entries}


def story(ledger: Ledger) -> list[str]:
    """Each attempt as `outcome way version` or `outcome before -> after`."""
    return [
        f"{event.outcome} {event.direction} {event.version}"
        if event.direction
        else f"{event.outcome} {event.version_before} -> {event.version_after}"
        for event in ledger.story
    ]


def entry_of(ledger: Ledger, version: int) -> Entry:
    """The one of a version."""
    return next(entry for entry in ledger.entries if entry.version == version)
