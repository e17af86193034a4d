"""What a file says of itself in the comments that it begins with."""

import pytest

from migratekit.header import Header, read_header


def header(text: str) -> Header:
    return read_header(text.encode())


def test_fields_are_found_whatever_their_case() -> None:
    found = header("-- Version: 001\n--DESCRIPTION:  Add: a column \n--\n-- rollback  For : 001_add_a\n\nSELECT 1;")
    assert (found.get("version"), found.get("Description")) == ("001", "Add: a column")
    assert found.get("Rollback for") == "001_add_a"
    assert found.get("Author") == ""
    assert not found.remarks


def test_of_two_fields_of_one_name_the_first_counts() -> None:
    assert header("-- Version: 1\n-- version: 2").get("Version") == "1"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(ending: str) -> None:
    found = header(ending.join(["-- Version: 7", "", "-- Author: Ann", "SELECT 1;"]))
    assert (found.get("Version"), found.get("Author")) == ("7", "Ann")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1;\n-- Version: 1",
        "SELECT '\n-- Version: 1\n';",
        "/* Version: 1 */",
        "/* /* */\n-- Version: 1\n*/",
        "/* never closed\n-- Version: 1",
        "- Version: 1",
    ],
)
def test_only_comments_in_front_of_the_first_statement_are_read(text: str) -> None:
    assert header(text).get("Version") == ""


def test_a_block_comment_at_the_top_is_passed_over() -> None:
    assert header("/* licence /* inner */ */ -- Version: 1\n/**/\n-- Author: Ann").get("Author") == "Ann"


def test_directives_are_words_behind_blanks_or_commas() -> None:
    found = header("-- migratekit: allow-changed, Resumable\n-- Version: 1\n--migratekit:allow-missing\n")
    assert found.directives == {"allow-changed", "resumable", "allow-missing"}
    assert found.fields == {"version": "1"}


@pytest.mark.parametrize("line", ["-- x", "/* x */", "-- Ticket: 12", "-- it may stay empty, for now"])
def test_whatever_else_is_said_is_a_remark(line: str) -> None:
    assert header(f"-- Version: 1\n{line}\n").remarks
    assert not header("-- Version: 1\n--\n/* */\n-- migratekit: resumable\n").remarks


def test_a_header_ends_within_8_kib() -> None:
    rest = "-- filled up\n" * 600
    found = header(f"-- Version: 1\n{rest}-- Description: {'x' * 8192}\n")
    assert (found.get("Version"), found.get("Description")) == ("1", "")
    assert header(f"{rest * 2}-- Version: 1").get("Version") == ""


def test_what_is_no_utf8_does_no_harm() -> None:
    found = read_header(b"\xef\xbb\xbf-- Author: J\xf6rg\n-- Version: 1\n")
    assert (found.get("Author"), found.get("Version")) == ("J\ufffdrg", "1")
