"""What version row, history and files say together: how every migration stands, and what happened; pure."""

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from .migration import Migration
from .repeatables import Repeatable, judge_repeatables
from .replay import Halt, Replay
from .squashing import NOTHING, TITLE, Squashed, baseline_of
from .tracking.history import Event, Outcome
from .tracking.version_table import State


class Standing(enum.StrEnum):
    """How a migration stands."""

    APPLIED = "applied"
    FOREIGN = "applied by another tool"
    PENDING = "pending"
    MISSED = "missed"
    CHANGED = "changed"
    RENAMED = "renamed"
    MISSING = "file missing"
    DIRTY = "dirty"
    RUNNING = "running now"


# `up` must not go on over these without a word.
BROKEN = frozenset({Standing.MISSED, Standing.CHANGED, Standing.RENAMED, Standing.MISSING})


class Facts(NamedTuple):
    """What a file itself says: the SHA-256 of its bytes, and the words of its header."""

    checksum: str
    author: str = ""
    directives: frozenset[str] = frozenset()
    dependencies: tuple[int, ...] = ()
    # What it stands for, if it is a baseline.
    squashed: Squashed = NOTHING


FactsOf = Callable[[Migration], Facts]


class Entry(NamedTuple):
    """One migration: its file if there is one, how it stands, and the row of the history that put it there."""

    version: int
    standing: Standing
    migration: Migration | None
    event: Event | None = None
    remark: str = ""
    # Its header says that it may come late.
    excused: bool = False


class Ledger(NamedTuple):
    """How every migration stands; and the attempts, those included that are only told by what is missing."""

    entries: Sequence[Entry]
    story: Sequence[Event]
    # By the id of the attempt: how many rows its file wrote.
    rows: dict[int, int]
    # Where the last run halted, if nothing has settled that since.
    halt: Halt | None
    running: bool
    # By the id of the attempt: what else was seen of its file.
    figures: Mapping[int, Mapping[str, Any]] = MappingProxyType({})
    repeatables: Sequence[Repeatable] = ()
    # The versions that the baseline stands for; and that file if the database is between them.
    squashed: Squashed = NOTHING
    halfway: Migration | None = None

    def of(self, *standings: Standing) -> list[Entry]:
        """The migrations that stand so."""
        return [entry for entry in self.entries if entry.standing in standings]

    def began_with_baseline(self) -> bool:
        """True if an older baseline was applied here, instead of the files that it stands for."""
        return any(_is_older_baseline(entry.event, self.squashed) for entry in self.entries)

    def due(self) -> list[Migration]:
        """The repeatable files that are to run; none in a database that is newer than the files."""
        last = self.entries[-1] if self.entries else None
        # One that `repair` took for granted is no sign of newer files elsewhere.
        if last and last.migration is None and last.standing is not Standing.APPLIED:
            return []
        return [each.migration for each in self.repeatables if each.migration and each.is_due]


def read_ledger(
    chain: Sequence[Migration],
    state: State,
    events: Iterable[Event],
    facts: FactsOf,
    *,
    holder: int | None = None,
    repeatables: Sequence[Migration] = (),
) -> Ledger:
    """Draws the conclusions; `holder` is the server process that holds the lock now."""
    replay = Replay()
    for event in events:
        replay.take(event)
    running = replay.end(state, holder)
    judge = _Judge(chain, state, replay, facts, running=running)
    again = judge_repeatables(repeatables, replay.repeated, lambda migration: facts(migration).checksum)
    told = (replay.story, replay.rows, replay.halt, running, replay.figures, again)
    return Ledger(judge.entries(), *told, judge.squashed, judge.halfway)


class _Judge:
    """Holds files against what the replay found."""

    def __init__(
        self, chain: Sequence[Migration], state: State, replay: Replay, facts: FactsOf, *, running: bool
    ) -> None:
        self._files = {migration.version: migration for migration in chain}
        self._state = state
        self._replay = replay
        self._facts = facts
        self._baseline = baseline_of(chain, lambda migration: facts(migration).squashed)
        self.squashed = facts(self._baseline).squashed if self._baseline else NOTHING
        self.halfway = self._baseline if self._is_between() else None
        self._at_work = replay.halt.version if running and replay.halt else None
        self._dirty = self._dirty_version() if state.dirty else None

    def entries(self) -> list[Entry]:
        """By rising version: every file, and whatever else is applied."""
        known = {*self._files, *self._replay.own, self._state.version, self._at_work, self._dirty, *self._skipped()}
        versions = sorted(version for version in known if version is not None)
        entries = [entry for entry in map(self._entry, versions) if entry is not None]
        return self._with_new_homes(entries) if any(e.standing is Standing.MISSING for e in entries) else entries

    def _is_between(self) -> bool:
        """True where some of what the baseline stands for is applied, and not all."""
        applied = {self._state.version, *self._replay.own} - self._files.keys()
        behind = self._baseline is not None and self._state.number < self._baseline.version
        return behind and not applied.isdisjoint(self.squashed)

    def _skipped(self) -> list[int]:
        """What the baseline stands for and the database never had, though it had the last of it."""
        last = self._replay.own.get(max(self.squashed, default=-1))
        if last is None or last.checksum not in self.squashed[max(self.squashed)]:
            return []
        own = self._replay.own
        older = max((each for each in own if _is_older_baseline(own[each], self.squashed)), default=-1)
        return [x for x in self.squashed if x > older and x not in own and self._replay.is_foreign(x) is None]

    def _dirty_version(self) -> int | None:
        halt = self._replay.halt
        if halt is not None and halt.leads_to == self._state.version:
            return halt.version
        return min(self._files, default=None) if self._state.version is None else self._state.version

    def _entry(self, version: int) -> Entry | None:
        migration, event = self._files.get(version), self._replay.own.get(version)
        if version == self._at_work:
            return Entry(version, Standing.RUNNING, migration, self._replay.halt.event if self._replay.halt else None)
        if version == self._dirty:
            halt = self._replay.halt
            return Entry(version, Standing.DIRTY, migration, halt.event if halt and halt.version == version else None)
        if version > self._state.number:
            return Entry(version, Standing.PENDING, migration) if migration else None
        if migration is None and version in self.squashed:
            return self._merged(version, event)
        if migration is None:
            accepted = event is not None and event.outcome == Outcome.REPAIRED and event.checksum is None
            standing, remark = (Standing.APPLIED, "has no file any more") if accepted else (Standing.MISSING, "")
            return Entry(version, standing, None, event, remark)
        if event is None:
            return self._unrecorded(migration)
        return self._recorded(migration, event)

    def _merged(self, version: int, event: Event | None) -> Entry | None:
        """A version whose file is part of the baseline now; nothing to tell if that is what was applied."""
        if self.halfway:
            remark = f"is part of {self.halfway.name} now, which cannot go on from here"
            return Entry(version, Standing.MISSING, None, event, remark)
        if version in self._skipped():
            return Entry(version, Standing.MISSED, None, None, "is part of the baseline, and was never applied here")
        if event and event.checksum and event.checksum not in self.squashed[version]:
            return Entry(version, Standing.CHANGED, None, event, "is not what the baseline was made of")
        return None

    def _unrecorded(self, migration: Migration) -> Entry:
        foreign = self._replay.is_foreign(migration.version)
        if not self._replay.any or foreign is not None:
            return Entry(migration.version, Standing.FOREIGN if foreign else Standing.APPLIED, migration)
        remark = "came when later ones were applied already"
        excused = "allow-missing" in self._facts(migration).directives
        return Entry(migration.version, Standing.MISSED, migration, None, remark, excused)

    def _recorded(self, migration: Migration, event: Event) -> Entry:
        standing, remark = Standing.APPLIED, ""
        # Another file may have come late under a number that the baseline stands for.
        former = self.squashed.get(migration.version) if migration is self._baseline else None
        if former and (not event.checksum or event.checksum in former):
            return Entry(migration.version, standing, migration, event)
        if event.name is not None and not _is_kept_as(migration.title, event.name):
            standing, remark = Standing.RENAMED, f"was applied as {event.name}"
        if event.checksum and migration.up:
            facts = self._facts(migration)
            if facts.checksum != event.checksum and "allow-changed" not in facts.directives:
                standing, remark = Standing.CHANGED, "is not what was applied"
        return Entry(migration.version, standing, migration, event, remark)

    def _with_new_homes(self, entries: list[Entry]) -> list[Entry]:
        """Where a file is gone and another holds its text, says so."""
        open_ = [e.migration for e in entries if e.standing in (Standing.PENDING, Standing.MISSED) and e.migration]
        homes = {self._facts(migration).checksum: migration for migration in open_ if migration.up}
        told = []
        for entry in entries:
            checksum = entry.event.checksum if entry.event else None
            if entry.standing is Standing.MISSING and checksum in homes:
                home = homes[checksum]
                entry = entry._replace(remark=f"its text is now version {home.version}, {home.title}")
            told.append(entry)
        return told


def _is_older_baseline(event: Event | None, squashed: Squashed) -> bool:
    """True if that was a baseline itself: it is listed beside the last file that it stood for."""
    return event is not None and event.name == TITLE and len(squashed.get(event.version or 0, ())) > 1


def _is_kept_as(title: str, name: str) -> bool:
    """True if that is the title in a database that cannot hold every character of it."""
    return any(title.encode(encoding, "backslashreplace").decode() == name for encoding in ("utf-8", "ascii"))
