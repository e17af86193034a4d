"""What runs leave that failed, were cut short, or go on: histories written by hand."""

from collections.abc import Sequence

import pytest

from books import (
    APPLIED,
    DIRTY,
    PENDING,
    PID,
    RUNNING,
    Book,
    Step,
    chain_of,
    entry_of,
    judged,
    standings,
    story,
)
from migratekit.ledger import Standing
from migratekit.migration import Direction
from migratekit.tracking.history import Outcome


@pytest.fixture
def book() -> Book:
    return Book()


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
