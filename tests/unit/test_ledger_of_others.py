"""What another tool did, and what somebody's word says: histories written by hand."""

from typing import Any

import pytest

from books import (
    APPLIED,
    CHANGED,
    DIRTY,
    FOREIGN,
    MISSED,
    PENDING,
    Book,
    chain_of,
    checksum_of,
    entry_of,
    judged,
    standings,
    story,
)
from migratekit.ledger import Facts, Standing
from migratekit.tracking.history import Outcome


@pytest.fixture
def book() -> Book:
    return Book()


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
