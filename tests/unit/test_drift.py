"""What differs between two snapshots, sorted for people."""

import pytest

from migratekit.drift import Difference, Filter, Kind, Schema, compare, part_of

T = "table public.t"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("permanent, row security", ""),
        ("exists", ""),
        ("bigint, start 1, increment 1", ""),
        ("column order a, b", "column order"),
        ("column a integer not null", "column a"),
        ('column "odd, Name" text', 'column "odd, Name"'),
        ("column a comment 'x'", "column a comment"),
        ("column a grant UPDATE, INSERT to app", "column a grant to app"),
        ("grant SELECT to PUBLIC", "grant to PUBLIC"),
        ('grant ALL to "odd role" with grant option', 'grant to "odd role" with grant option'),
        ("default of tables grant SELECT to app", "default of tables grant to app"),
        ("index by_name CREATE INDEX by_name ON public.t USING btree (name)", "index by_name"),
        ("constraint a CHECK ((b > 0))", "constraint a"),
        ("constraint a comment 'k'", "constraint a comment"),
        ("trigger tr CREATE TRIGGER tr BEFORE UPDATE ON public.t", "trigger tr"),
        ("policy own permissive for all to PUBLIC", "policy own"),
        ("rule r CREATE RULE r AS ON DELETE TO public.t DO INSTEAD NOTHING", "rule r"),
        ("statistics CREATE STATISTICS public.st ON a, b FROM public.t", "statistics public.st"),
        ("comment 'grant SELECT to all'", "comment"),
        ("as SELECT 1", "as"),
        ("assembled", ""),
    ],
)
def test_a_line_tells_which_part_of_an_object_it_is_about(text: str, part: str) -> None:
    assert part_of(text) == part


def schema(*lines: str, **routines: str) -> Schema:
    return Schema(lines, {label.replace("_", " "): text for label, text in routines.items()})


def test_a_part_that_both_have_differs_and_one_that_one_has_is_only_there() -> None:
    files = schema(f"{T}: permanent", f"{T}: column a integer", f"{T}: index x CREATE INDEX x")
    database = schema(f"{T}: permanent", f"{T}: column a bigint", f"{T}: comment 'c'")
    assert compare(files, database) == [
        Difference(T, "column a", Kind.BOTH, ("column a integer",), ("column a bigint",)),
        Difference(T, "comment", Kind.DATABASE, (), ("comment 'c'",)),
        Difference(T, "index x", Kind.FILES, ("index x CREATE INDEX x",), ()),
    ]


def test_an_object_that_one_has_is_told_as_a_whole() -> None:
    database = schema(f"{T}: permanent", f"{T}: column order a", f"{T}: column a integer", "schema s: exists")
    assert compare(schema(), database) == [
        Difference("schema s", "", Kind.DATABASE, (), ()),
        Difference(T, "", Kind.DATABASE, (), ("column a integer",)),
    ]


def test_a_name_may_hold_colons_and_quotes() -> None:
    odd = 'table public."a: ""b"'
    [found] = compare(schema(f"{odd}: column x integer"), schema(f"{odd}: column x bigint"))
    assert (found.object, found.part) == (odd, "column x")


def test_the_version_of_an_extension_is_the_server_s_affair() -> None:
    assert compare(schema("extension e: version 1.0 in public"), schema("extension e: version 1.1 in public")) == []
    assert compare(schema("extension e: version 1.0 in public"), schema("extension e: version 1.1 in app")) != []


def test_a_comment_about_a_grant_is_none() -> None:
    there = schema(f"{T}: permanent", f"{T}: comment 'grant SELECT to app'")
    assert len(compare(schema(f"{T}: permanent"), there, Filter(grants=False))) == 1


@pytest.mark.parametrize(
    "leaving_out",
    [Filter(grants=False), Filter(roles=["app"]), Filter(["table public.*"]), Filter(["*: grant * to app"])],
)
def test_what_is_left_out_is_no_difference(leaving_out: Filter) -> None:
    line = f"{T}: permanent"
    assert compare(schema(line), schema(line, f"{T}: grant SELECT to app"), leaving_out) == []
    assert compare(schema(line), schema(line, f"{T}: grant SELECT to app")) != []
