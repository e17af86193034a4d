"""Names and texts, quoted as PostgreSQL does it."""

import pytest

from migratekit import quoting
from migratekit.quoting import Name, read_name

IDENTIFIERS = {
    "users": "users",
    "_a1": "_a1",
    "order": '"order"',
    "select": '"select"',
    "name": "name",
    "text": "text",
    "int": '"int"',
    "Users": '"Users"',
    "a b": '"a b"',
    'a"b': '"a""b"',
    "a;b": '"a;b"',
    "a\nb": '"a\nb"',
    "größe": '"größe"',
    "7up": '"7up"',
    "a$b": '"a$b"',
    "": '""',
}


@pytest.mark.parametrize(("name", "expected"), IDENTIFIERS.items(), ids=ascii)
def test_a_name_is_quoted_where_it_must_be(name: str, expected: str) -> None:
    assert quoting.ident(name) == expected


def test_several_names_and_names_with_a_schema() -> None:
    assert quoting.ident(["a", "B"]) == 'a, "B"'
    assert quoting.ident(Name("order", "my app")) == '"my app"."order"'


LITERALS = {"a": "'a'", "it's": "'it''s'", "a\\b": "E'a\\\\b'", "'; drop table x; --": "'''; drop table x; --'"}


@pytest.mark.parametrize(("text", "expected"), LITERALS.items(), ids=ascii)
def test_a_text_is_quoted(text: str, expected: str) -> None:
    assert quoting.literal(text) == expected


def test_a_message_keeps_per_cent_signs_of_names() -> None:
    assert quoting.message("table {} lacks %", "100%") == "'table 100%% lacks %'"


def test_a_comment_stays_one_line() -> None:
    assert quoting.comment("a\n; DROP TABLE x;\r\u2028 --\tb") == "a ; DROP TABLE x; -- b"


@pytest.mark.parametrize("text", ["a", "a $$ b", "$$ $body1$", "$body1$$$"])
def test_dollar_quotes_are_not_in_the_text(text: str) -> None:
    quoted = quoting.dollar(text)
    tag = quoted.partition("\n")[0]
    assert quoted == f"{tag}\n{text}\n{tag}"
    assert tag not in text


NAMES = {
    "users": Name("users"),
    "app.users": Name("users", "app"),
    '"a.b"': Name("a.b"),
    'app."it""s"': Name('it"s', "app"),
    "order's; drop": Name("order's; drop"),
    "größe": Name("größe"),
}


@pytest.mark.parametrize(("text", "expected"), NAMES.items(), ids=ascii)
def test_a_name_is_read_as_it_is_given(text: str, expected: Name) -> None:
    assert read_name(text) == expected


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a..b", "a.b.c", '"a', 'a"b', '""', "x" * 64, "ä" * 32, "\ud800"]
)
def test_what_can_be_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"name|UTF-8"):
        read_name(text)


def test_names_are_made_of_table_columns_and_a_label() -> None:
    assert quoting.object_name(Name("users", "app"), "email", "key") == "users_email_key"
    assert quoting.object_name("users", ["a", "b"], "idx") == "users_a_b_idx"
    assert quoting.object_name("users", "pkey") == "users_pkey"


def test_a_name_that_is_too_long_is_cut_and_unlike_others() -> None:
    names = {quoting.object_name("ä" * 31, f"{'ö' * 31}{number}", "key") for number in range(50)}
    assert len(names) == 50
    assert {len(name.encode()) <= 63 and name.endswith("_key") for name in names} == {True}


def test_a_name_that_nobody_gave_is_cut_as_postgresql_does() -> None:
    assert quoting.implicit_name("users", "id", "seq") == "users_id_seq"
    assert quoting.implicit_name("t" * 60, "c" * 60, "key") == f"{'t' * 29}_{'c' * 29}_key"
    assert quoting.implicit_name("t" * 60, "c", "key") == f"{'t' * 57}_c_key"


def test_relations_are_looked_for_in_one_schema() -> None:
    assert quoting.regclass(Name("users")) == "to_regclass(format('%I.users', current_schema()))"
    assert quoting.regclass(Name("us%ers")) == "to_regclass(format('%I.%I', current_schema(), 'us%ers'))"
    assert quoting.regclass(Name("users", "app")) == "to_regclass('app.users')"


def test_lines_are_quoted_by_the_server() -> None:
    assert quoting.line("constraint {} UNIQUE ({})", "a_key", ["a", "b"]) == "'constraint a_key UNIQUE (a, b)'"
    assert quoting.line("100% {} %s", "or der", "now()") == "format('100%% %I %s', 'or der', now())"
    assert quoting.line("ON []", Name("users")) == "format('ON %I.users', current_schema())"
    assert quoting.line("ON []", Name("users", "app")) == "'ON app.users'"
    assert quoting.line("ON []", Name("Us", "Ap")) == "format('ON %I.%I', 'Ap', 'Us')"


SINGULARS = {
    "projects": "project",
    "categories": "category",
    "addresses": "address",
    "statuses": "status",
    "boxes": "box",
    "branches": "branch",
    "houses": "house",
    "people": "people",
    "status": "status",
    "address": "address",
    "analysis": "analysis",
    "news_items": "news_item",
}


@pytest.mark.parametrize(("word", "expected"), SINGULARS.items(), ids=SINGULARS)
def test_one_of_several(word: str, expected: str) -> None:
    assert quoting.singular(word) == expected
