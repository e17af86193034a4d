"""What version row, history and files say together, from histories written by hand."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from migratekit.ledger import BROKEN, Entry, Facts, Ledger, Standing, read_ledger
from migratekit.migration import Direction, File, Migration
from migratekit.tracking.history import Event, Outcome
from migratekit.tracking.version_table import State

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
        self.events.append(Event(number, "a run", outcome, f"2026-01-01T00:00:{number % 60:02}+00:00", **values))


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
    return next(entry for entry in ledger.entries if entry.version == version)


@pytest.fixture
def book() -> Book:
    return Book()


def test_without_a_history_the_version_row_alone_counts(book: Book) -> None:
    ledger = judged(book, chain_of(1, 2, 3), version=2)
    assert standings(ledger) == {1: APPLIED, 2: APPLIED, 3: PENDING}
    assert (ledger.story, ledger.halt, ledger.running) == ([], None, False)


def test_without_files_and_without_a_version_there_is_nothing(book: Book) -> None:
    assert standings(judged(book, [])) == {}


def test_what_our_runs_applied_is_applied_and_names_its_row(book: Book) -> None:
    book.up(1, 2)
    ledger = judged(book, chain_of(1, 2, 3))
    assert standings(ledger) == {1: APPLIED, 2: APPLIED, 3: PENDING}
    assert [entry.event and entry.event.id for entry in ledger.entries] == [2, 3, None]
    assert story(ledger) == ["applied up 1", "applied up 2"]


def test_what_was_undone_is_pending_again(book: Book) -> None:
    book.up(1, 2)
    book.run(("down", 2, 1), ("down", 1, None))
    ledger = judged(book, chain_of(1, 2))
    assert standings(ledger) == {1: PENDING, 2: PENDING}
    assert entry_of(ledger, 2).event is None


def test_a_file_that_is_not_what_was_applied_is_changed(book: Book) -> None:
    book.up(1, 2)
    ledger = judged(book, chain_of(1, 2), facts={2: Facts("another")})
    assert standings(ledger) == {1: APPLIED, 2: CHANGED}
    assert entry_of(ledger, 2).remark == "is not what was applied"


def test_a_file_may_say_itself_that_it_changes(book: Book) -> None:
    book.up(1)
    allowed = Facts("another", directives=frozenset({"allow-changed"}))
    assert standings(judged(book, chain_of(1), facts={1: allowed})) == {1: APPLIED}


def test_a_pending_file_may_change(book: Book) -> None:
    book.up(1, 2)
    book.run(("down", 2, 1))
    assert standings(judged(book, chain_of(1, 2), facts={2: Facts("another")})) == {1: APPLIED, 2: PENDING}


def test_a_file_with_another_title_is_renamed(book: Book) -> None:
    book.up(1, 2)
    ledger = judged(book, chain_of(1, 2, m2="other"))
    assert standings(ledger) == {1: APPLIED, 2: RENAMED}
    assert entry_of(ledger, 2).remark == "was applied as m2"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_title_that_the_database_cannot_hold_is_not_another_one(book: Book, encoding: str) -> None:
    title = "pr\xfcfung_\udcfc" if encoding == "utf-8" else "pr\xfcfung"
    kept = title.encode(encoding, "backslashreplace").decode()
    book.start(("up", 1, 1))
    book.attempt(Outcome.APPLIED, "up", 1, 1, name=kept)
    book.at = 1
    assert standings(judged(book, chain_of(1, m1=title))) == {1: APPLIED}


def test_an_applied_file_that_is_gone_is_missing(book: Book) -> None:
    book.up(1, 2, 3)
    ledger = judged(book, chain_of(1, 3))
    assert standings(ledger) == {1: APPLIED, 2: MISSING, 3: APPLIED}
    assert entry_of(ledger, 2).event is not None


def test_a_database_that_is_newer_than_the_files_misses_them(book: Book) -> None:
    assert standings(judged(book, chain_of(1), version=7)) == {1: APPLIED, 7: MISSING}


@pytest.mark.parametrize("there", [[3], [4]], ids=["pending", "missed"])
def test_a_missing_file_whose_text_is_elsewhere_has_a_new_version(book: Book, there: list[int]) -> None:
    book.up(1, 2, *(n for n in (5,) if there == [4]))
    found = {n: Facts(checksum_of(2)) for n in there}
    ledger = judged(book, chain_of(1, *there, *(n for n in (5,) if there == [4])), facts=found)
    assert entry_of(ledger, 2).standing is MISSING
    assert entry_of(ledger, 2).remark == f"its text is now version {there[0]}, m{there[0]}"


def test_a_file_that_came_late_is_missed_until_it_is_applied(book: Book) -> None:
    book.up(1, 3)
    late = chain_of(1, 2, 3, 4)
    assert standings(judged(book, late)) == {1: APPLIED, 2: MISSED, 3: APPLIED, 4: PENDING}

    book.run(("up", 2, 3), ("up", 4, 4))
    ledger = judged(book, late)
    assert standings(ledger) == dict.fromkeys((1, 2, 3, 4), APPLIED)
    assert story(ledger) == ["applied up 1", "applied up 3", "applied up 2", "applied up 4"]

    book.run(("down", 4, 3), ("down", 3, 2))
    assert standings(judged(book, late)) == {1: APPLIED, 2: APPLIED, 3: PENDING, 4: PENDING}


def test_what_came_before_the_first_row_cannot_be_missed(book: Book) -> None:
    book.at = 3
    book.up(4)
    ledger = judged(book, chain_of(1, 2, 3, 4))
    assert standings(ledger) == {1: FOREIGN, 2: FOREIGN, 3: FOREIGN, 4: APPLIED}
    assert story(ledger) == ["applied up 4"]


UP: list[Step] = [("up", 1, 1), ("up", 2, 2), ("up", 3, 3)]
DOWN: list[Step] = [("down", 3, 2), ("down", 2, 1), ("down", 1, None)]
REDO: list[Step] = [("down", 3, 2), ("up", 3, 3)]
CUT = {
    "up, first": (UP, 0, [PENDING, PENDING, PENDING]),
    "up, middle": (UP, 1, [APPLIED, PENDING, PENDING]),
    "up, last": (UP, 2, [APPLIED, APPLIED, PENDING]),
    "down, first": (DOWN, 0, [APPLIED, APPLIED, APPLIED]),
    "down, middle": (DOWN, 1, [APPLIED, APPLIED, PENDING]),
    "down, last": (DOWN, 2, [APPLIED, PENDING, PENDING]),
    "redo, down": (REDO, 0, [APPLIED, APPLIED, APPLIED]),
    "redo, up again": (REDO, 1, [APPLIED, APPLIED, PENDING]),
}
cut_short = pytest.mark.parametrize(("steps", "through", "expected"), CUT.values(), ids=CUT)


def begun(book: Book, steps: Sequence[Step], through: int) -> None:
    """A run that got so far and has no end."""
    if steps[0][0] == "down":
        book.up(1, 2, 3)
    book.start(*steps)
    book.done(*steps[:through])


@cut_short
def test_a_run_without_an_end_was_interrupted_behind_its_last_attempt(
    book: Book, steps: list[Step], through: int, expected: list[Standing]
) -> None:
    begun(book, steps, through)
    ledger = judged(book, chain_of(1, 2, 3))
    way, version, leads_to = steps[through]
    assert list(standings(ledger).values()) == expected
    assert story(ledger)[-1] == f"interrupted {way} {version}"
    assert ledger.halt is not None
    assert ledger.halt[:4] == (Direction(way), version, book.at, leads_to)
    assert not ledger.running


@cut_short
def test_a_run_that_is_cut_short_outside_of_a_transaction_leaves_its_step_dirty(
    book: Book, steps: list[Step], through: int, expected: list[Standing]
) -> None:
    begun(book, steps, through)
    _, version, leads_to = steps[through]
    ledger = judged(book, chain_of(1, 2, 3), version=leads_to, dirty=True)
    there = dict(zip((1, 2, 3), expected, strict=True)) | {version: DIRTY}
    assert standings(ledger) == there
    assert story(ledger)[-1].startswith("interrupted")
    assert entry_of(ledger, version).event == ledger.story[-1]


@cut_short
def test_a_run_whose_process_holds_the_lock_is_running(
    book: Book, steps: list[Step], through: int, expected: list[Standing]
) -> None:
    begun(book, steps, through)
    ledger = judged(book, chain_of(1, 2, 3), holder=PID)
    assert standings(ledger)[steps[through][1]] is RUNNING
    assert story(ledger)[-1] == f"running {steps[through][0]} {steps[through][1]}"
    assert ledger.running
    assert list(standings(judged(book, chain_of(1, 2, 3), holder=PID + 1)).values()) == expected


def test_a_step_without_transaction_that_runs_now_is_not_dirty(book: Book) -> None:
    book.start(("up", 1, 1))
    ledger = judged(book, chain_of(1, 2), version=1, dirty=True, holder=PID)
    assert standings(ledger) == {1: RUNNING, 2: PENDING}


def test_a_run_of_which_only_the_end_is_missing_was_not_interrupted(book: Book) -> None:
    book.start(*UP)
    book.done(*UP)
    ledger = judged(book, chain_of(1, 2, 3))
    assert story(ledger) == ["applied up 1", "applied up 2", "applied up 3"]
    assert ledger.halt is None


def test_a_run_that_was_stopped_between_two_files_was_not_interrupted(book: Book) -> None:
    book.start(*UP)
    book.done(UP[0])
    book.finish()
    assert story(judged(book, chain_of(1, 2, 3))) == ["applied up 1"]


@pytest.mark.parametrize("then", ["run", "force", "repair"])
def test_what_settles_an_interrupted_run_stands_behind_it(book: Book, then: str) -> None:
    begun(book, UP, 1)
    if then == "run":
        book.run(*UP[1:])
    elif then == "force":
        book.force(1)
    else:
        book.vouch(Outcome.REPAIRED, 1, name="m2", message="nothing of it was there")
    ledger = judged(book, chain_of(1, 2, 3))
    assert story(ledger)[:2] == ["applied up 1", "interrupted up 2"]
    assert len(story(ledger)) > 2
    assert ledger.halt is None


def test_a_written_interruption_is_not_told_twice(book: Book) -> None:
    book.start(*UP)
    book.attempt(Outcome.INTERRUPTED, "up", 1, None, sqlstate="57014")
    ledger = judged(book, chain_of(1, 2, 3))
    assert story(ledger) == ["interrupted up 1"]
    assert standings(ledger) == dict.fromkeys((1, 2, 3), PENDING)


def test_a_file_that_failed_and_was_rolled_back_is_pending(book: Book) -> None:
    book.start(*UP)
    book.done(UP[0])
    book.attempt(Outcome.FAILED, "up", 2, 1, sqlstate="42P01", message="no such table")
    ledger = judged(book, chain_of(1, 2, 3))
    assert standings(ledger) == {1: APPLIED, 2: PENDING, 3: PENDING}
    assert story(ledger) == ["applied up 1", "failed up 2"]
    assert ledger.halt is None


FAILED_DIRTY = {
    "up": (UP[1], {1: APPLIED, 2: DIRTY, 3: PENDING}),
    "down": (("down", 2, 1), {1: APPLIED, 2: DIRTY, 3: PENDING}),
    "down to nothing": (("down", 1, None), {1: DIRTY, 2: PENDING, 3: PENDING}),
}


@pytest.mark.parametrize(("step", "expected"), FAILED_DIRTY.values(), ids=FAILED_DIRTY)
def test_a_file_that_failed_half_way_is_dirty_whichever_way_it_went(
    book: Book, step: Step, expected: dict[int, Standing]
) -> None:
    way, version, leads_to = step
    book.up(*(range(1, version) if way == "up" else range(1, version + 1)))
    before = book.at
    book.start(step)
    book.attempt(Outcome.FAILED, way, version, leads_to, dirty=True, message="half-way")
    ledger = judged(book, chain_of(1, 2, 3), version=leads_to, dirty=True)
    assert standings(ledger) == expected
    assert story(ledger)[-1] == f"failed {way} {version}"
    assert ledger.halt is not None
    assert ledger.halt[:4] == (Direction(way), version, before, leads_to)
    event = entry_of(ledger, version).event
    assert event is not None
    assert event.message == "half-way"


@pytest.mark.parametrize(("version", "dirty_one"), [(2, 2), (None, 1)])
def test_who_is_dirty_without_a_history_is_the_version_or_the_first(
    book: Book, version: int | None, dirty_one: int
) -> None:
    ledger = judged(book, chain_of(1, 2, 3), version=version, dirty=True)
    assert [entry.version for entry in ledger.of(DIRTY)] == [dirty_one]
    assert ledger.halt is None


def test_a_dirty_down_is_told_though_its_file_is_gone(book: Book) -> None:
    book.at = 2
    book.start(("down", 2, 1))
    book.attempt(Outcome.FAILED, "down", 2, 1, dirty=True)
    ledger = judged(book, chain_of(1), version=1, dirty=True)
    assert standings(ledger)[2] is DIRTY


MOVES = {
    "up before the first run": (None, 2, [3], ["applied up 3"], [FOREIGN, FOREIGN, APPLIED, PENDING]),
    "up between two runs": (
        [1],
        2,
        [3],
        ["applied up 1", "moved 1 -> 2", "applied up 3"],
        [APPLIED, FOREIGN, APPLIED, PENDING],
    ),
    "down between two runs": (
        [1, 2, 3],
        1,
        [2],
        ["applied up 1", "applied up 2", "applied up 3", "moved 3 -> 1", "applied up 2"],
        [APPLIED, APPLIED, PENDING, PENDING],
    ),
    "down to nothing between two runs": (
        [1, 2],
        None,
        [1],
        ["applied up 1", "applied up 2", "moved 2 -> None", "applied up 1"],
        [APPLIED, PENDING, PENDING, PENDING],
    ),
    "up after the last run": (
        [1],
        3,
        None,
        ["applied up 1", "moved 1 -> 3"],
        [APPLIED, FOREIGN, FOREIGN, PENDING],
    ),
    "down after the last run": (
        [1, 2, 3],
        2,
        None,
        ["applied up 1", "applied up 2", "applied up 3", "moved 3 -> 2"],
        [APPLIED, APPLIED, PENDING, PENDING],
    ),
}


@pytest.mark.parametrize(("before", "moved_to", "then", "told", "expected"), MOVES.values(), ids=MOVES)
def test_a_version_row_that_another_tool_moved_is_seen(
    book: Book,
    before: list[int] | None,
    moved_to: int | None,
    then: list[int] | None,
    told: list[str],
    expected: list[Standing],
) -> None:
    if before:
        book.up(*before)
    book.at = moved_to
    if then:
        book.up(*then)
    ledger = judged(book, chain_of(1, 2, 3, 4))
    assert story(ledger) == told
    assert list(standings(ledger).values()) == expected


def test_what_another_tool_applied_again_has_no_row_of_ours(book: Book) -> None:
    book.up(1, 2)
    book.at = 1
    book.run(("down", 1, None))
    book.at = 2
    ledger = judged(book, chain_of(1, 2), facts={1: Facts("another"), 2: Facts("another")})
    assert standings(ledger) == {1: FOREIGN, 2: FOREIGN}


def test_a_dirty_row_of_another_tool_is_dirty_and_told_as_moved(book: Book) -> None:
    book.up(1)
    ledger = judged(book, chain_of(1, 2, 3), version=2, dirty=True)
    assert standings(ledger) == {1: APPLIED, 2: DIRTY, 3: PENDING}
    assert story(ledger)[-1] == "moved 1 -> 2"
    assert ledger.halt is None


def test_our_down_takes_back_what_another_tool_applied(book: Book) -> None:
    book.at = 3
    book.run(("down", 3, 2), ("down", 2, 1))
    assert standings(judged(book, chain_of(1, 2, 3))) == {1: FOREIGN, 2: PENDING, 3: PENDING}


def test_force_up_vouches_for_all_up_to_its_version(book: Book) -> None:
    book.up(1)
    book.force(3)
    ledger = judged(book, chain_of(1, 2, 3, 4))
    assert standings(ledger) == {1: APPLIED, 2: APPLIED, 3: APPLIED, 4: PENDING}
    assert story(ledger)[-1] == "forced 1 -> 3"
    event = entry_of(ledger, 3).event
    assert event is not None
    assert event.outcome == Outcome.FORCED


def test_a_forced_file_that_changes_later_is_changed(book: Book) -> None:
    book.force(1)
    assert standings(judged(book, chain_of(1), facts={1: Facts("another")})) == {1: CHANGED}


def test_force_down_and_up_again_forgets_the_runs_above(book: Book) -> None:
    book.up(1, 2, 3)
    book.force(1)
    assert standings(judged(book, chain_of(1, 2, 3))) == {1: APPLIED, 2: PENDING, 3: PENDING}
    book.force(3)
    ledger = judged(book, chain_of(1, 2, 3), facts={2: Facts("another")})
    assert standings(ledger) == {1: APPLIED, 2: APPLIED, 3: APPLIED}
    assert entry_of(ledger, 2).event is None


def test_force_to_no_version_leaves_everything_pending(book: Book) -> None:
    book.up(1, 2)
    book.force(None)
    assert standings(judged(book, chain_of(1, 2))) == {1: PENDING, 2: PENDING}


def test_force_to_the_version_that_is_there_keeps_the_row_of_the_run(book: Book) -> None:
    book.up(1, 2)
    book.force(2)
    ledger = judged(book, chain_of(1, 2))
    event = entry_of(ledger, 2).event
    assert event is not None
    assert event.outcome == Outcome.APPLIED


def test_what_another_tool_did_before_a_force_is_told_too(book: Book) -> None:
    book.up(1)
    book.at = 3
    book.force(3)
    ledger = judged(book, chain_of(1, 2, 3))
    assert story(ledger) == ["applied up 1", "moved 1 -> 3", "forced 3 -> 3"]
    assert standings(ledger) == {1: APPLIED, 2: FOREIGN, 3: APPLIED}


def test_a_force_puts_there_again_what_another_tool_took_back(book: Book) -> None:
    book.up(1, 3)
    book.at = 1
    book.force(3)
    ledger = judged(book, chain_of(1, 2, 3))
    assert story(ledger) == ["applied up 1", "applied up 3", "moved 3 -> 1", "forced 1 -> 3"]
    assert standings(ledger) == {1: APPLIED, 2: MISSED, 3: APPLIED}


def test_a_force_behind_a_dirty_run_is_no_move_of_another_tool(book: Book) -> None:
    book.up(1)
    book.start(("up", 2, 2))
    book.attempt(Outcome.FAILED, "up", 2, 2, dirty=True)
    book.vouch(Outcome.FORCED, 1, version_before=2, version=1, name="m1", checksum=checksum_of(1))
    ledger = judged(book, chain_of(1, 2))
    assert story(ledger) == ["applied up 1", "failed up 2", "forced 2 -> 1"]
    assert standings(ledger) == {1: APPLIED, 2: PENDING}


def baselined(book: Book, *versions: int) -> None:
    for version in versions:
        row = {"version": version, "name": f"m{version}", "checksum": checksum_of(version), "version_before": None}
        book.vouch(Outcome.BASELINED, versions[-1], **row)


def test_a_baseline_applies_each_file_that_it_lists(book: Book) -> None:
    baselined(book, 1, 2)
    ledger = judged(book, chain_of(1, 2, 3), facts={1: Facts("another")})
    assert standings(ledger) == {1: CHANGED, 2: APPLIED, 3: PENDING}
    assert [event.outcome for event in ledger.story] == ["baselined", "baselined"]


def test_a_file_that_comes_below_a_baseline_is_missed(book: Book) -> None:
    baselined(book, 1, 3)
    assert standings(judged(book, chain_of(1, 2, 3))) == {1: APPLIED, 2: MISSED, 3: APPLIED}


def test_what_a_baseline_lists_can_be_undone(book: Book) -> None:
    baselined(book, 1, 2)
    book.run(("down", 2, 1))
    assert standings(judged(book, chain_of(1, 2))) == {1: APPLIED, 2: PENDING}


def accepted(book: Book, version: int, **values: Any) -> None:
    """The row of `repair --accept`, which does not say where the version row was before."""
    book.vouch(Outcome.REPAIRED, book.at, version_before=None, version=version, direction="up", **values)


def test_an_accepted_file_is_applied_as_it_is_now(book: Book) -> None:
    book.up(1, 2)
    accepted(book, 1, name="other", checksum="another")
    chain, facts = chain_of(1, 2, m1="other"), {1: Facts("another")}
    assert standings(judged(book, chain, facts=facts)) == {1: APPLIED, 2: APPLIED}
    assert standings(judged(book, chain, facts={1: Facts("a third")})) == {1: CHANGED, 2: APPLIED}


def test_a_file_whose_loss_is_accepted_is_applied_without_one(book: Book) -> None:
    book.up(1, 2)
    accepted(book, 1, name="m1", message="its file is gone")
    ledger = judged(book, chain_of(2))
    assert standings(ledger) == {1: APPLIED, 2: APPLIED}
    assert entry_of(ledger, 1).remark == "has no file any more"


def test_an_accepted_file_that_is_applied_anew_is_as_it_was_then(book: Book) -> None:
    book.up(1)
    accepted(book, 1, name="m1", checksum="another")
    book.run(("down", 1, None), ("up", 1, 1))
    assert standings(judged(book, chain_of(1), facts={1: Facts("another")})) == {1: CHANGED}
    assert standings(judged(book, chain_of(1))) == {1: APPLIED}


@pytest.mark.parametrize(("way", "after", "expected"), [("up", 2, APPLIED), ("down", 1, PENDING)])
def test_what_repair_found_done_is_done(book: Book, way: str, after: int, expected: Standing) -> None:
    book.up(*([1] if way == "up" else [1, 2]))
    book.start((way, 2, after))
    book.vouch(
        Outcome.REPAIRED, after, version_before=after, version=2, name="m2", direction=way, checksum=checksum_of(2)
    )
    ledger = judged(book, chain_of(1, 2))
    assert standings(ledger) == {1: APPLIED, 2: expected}
    assert story(ledger)[-2:] == [f"interrupted {way} 2", f"repaired {way} 2"]


def test_what_repair_found_undone_is_as_it_was_before(book: Book) -> None:
    book.up(1)
    book.start(("up", 2, 2))
    book.vouch(Outcome.REPAIRED, 1, version_before=2, name="m2")
    ledger = judged(book, chain_of(1, 2))
    assert standings(ledger) == {1: APPLIED, 2: PENDING}
    assert story(ledger)[-1] == "repaired 2 -> 1"


def test_the_rows_that_files_wrote_come_from_the_end_of_their_run(book: Book) -> None:
    book.start(*UP)
    book.done(*UP)
    book.finish(10, 0, 30)
    book.start(("down", 3, 2))
    book.done(("down", 3, 2))
    ledger = judged(book, chain_of(1, 2, 3))
    assert ledger.rows == {2: 10, 3: 0, 4: 30}


def test_the_rows_of_a_run_that_failed_come_with_its_failure(book: Book) -> None:
    book.start(*UP)
    book.done(UP[0])
    book.attempt(Outcome.FAILED, "up", 2, 1, figures=[{"rows": 5}, {"done": 3}])
    assert judged(book, chain_of(1, 2, 3)).rows == {2: 5}


def test_everything_that_up_must_not_pass_over_is_broken() -> None:
    assert set(BROKEN) == {CHANGED, RENAMED, MISSING, MISSED}


class Model:
    """What is applied, kept naively: a set of versions, how far the row was when we looked last, and how far it is."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.files = {version for version in range(12) if self.random.random() < 0.7}
        self.there: set[int] = set()
        self.seen = self.row = -1
        self.book = Book()
        self.told: list[str] = []

    def turn(self) -> None:
        """One thing that happens to the database or the folder."""
        acts: list[Callable[[], None]] = [self.up, self.up, self.down, self.force, self.foreign, self.late, self.merge]
        act = self.random.choice(acts)
        self.told.append(act.__name__)
        act()

    def expected(self) -> dict[int, Standing]:
        there = self.now()
        return {v: PENDING if v > self.row else APPLIED if v in there else MISSED for v in self.files}

    def now(self) -> set[int]:
        """Who moved the row up applied all on the way; who moved it down took back all on the way."""
        return {v for v in self.there if v <= self.row} | set(range(self.seen + 1, self.row + 1))

    def look(self) -> None:
        self.there, self.seen = self.now(), self.row
        self.book.at = None if self.row == -1 else self.row

    def up(self) -> None:
        ahead = sorted(v for v in self.files if v > self.row)
        self.run([("up", v, v) for v in ahead[: self.random.randint(1, 4)]])

    def late(self) -> None:
        self.run([("up", v, self.row) for v in sorted(self.files - self.now()) if v < self.row])

    def down(self) -> None:
        there = sorted(self.now() & self.files)
        # No tool goes down from a version without a file.
        if there and there[-1] == self.row:
            ways = [("down", v, below) for v, below in zip(there, [None, *there], strict=False)][::-1]
            self.run(ways[: self.random.randint(1, 4)])

    def run(self, steps: Sequence[Step]) -> None:
        """It comes to its end, or only so far."""
        if not steps:
            return
        self.look()
        self.book.start(*steps)
        through = self.random.choice([len(steps), self.random.randint(0, len(steps))])
        for step in steps[:through]:
            way, version, leads_to = step
            self.book.done(step)
            self.seen = self.row = -1 if leads_to is None else leads_to
            self.there = self.there | {version} if way == "up" else {v for v in self.there if v <= self.row}
        if through < len(steps) and self.random.random() < 0.5:
            self.book.attempt(Outcome.FAILED, *steps[through][:2], self.book.at)
        elif through == len(steps) and self.random.random() < 0.9:
            self.book.finish()

    def force(self) -> None:
        # What another tool took back, a force can put there again, as it was: that has a test of its own.
        if self.row >= self.seen:
            self.look()
            self.row = self.random.choice([-1, *self.files])
            self.book.force(None if self.row == -1 else self.row)
            self.look()
            self.there |= {self.row} - {-1}

    def foreign(self) -> None:
        self.row = self.random.choice([-1, *self.files])

    def merge(self) -> None:
        self.files.add(self.random.randrange(12))


def test_any_story_gives_what_a_naive_model_has() -> None:
    for seed in range(300):
        model = Model(seed)
        for _ in range(30):
            model.turn()
            ledger = judged(model.book, chain_of(*model.files), version=None if model.row == -1 else model.row)
            if model.book.events:
                found = {v: APPLIED if standing is FOREIGN else standing for v, standing in standings(ledger).items()}
                assert found == model.expected(), f"seed {seed}: {model.told}"
