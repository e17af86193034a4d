"""How migrations stand, by version row, history and files: histories written by hand."""

import pytest

from books import (
    APPLIED,
    CHANGED,
    FOREIGN,
    MISSED,
    MISSING,
    PENDING,
    RENAMED,
    Book,
    chain_of,
    checksum_of,
    entry_of,
    judged,
    standings,
    story,
)
from migratekit.ledger import BROKEN, Facts
from migratekit.tracking.history import Outcome


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


def test_everything_that_up_must_not_pass_over_is_broken() -> None:
    assert set(BROKEN) == {CHANGED, RENAMED, MISSING, MISSED}
