"""Which types hold all that others hold."""

import pytest

from migratekit.schema_changes.casts import keeps_values, way_through


@pytest.mark.parametrize(
    ("old", "new", "keeps"),
    [
        ("integer", "bigint", True),
        ("bigint", "integer", False),
        ("smallint[]", "integer[]", True),
        ("integer", "integer[]", False),
        ("integer", "numeric(10,0)", True),
        ("integer", "numeric(10,2)", False),
        ("bigint", "double precision", False),
        ("numeric(10,2)", "numeric", True),
        ("numeric(10,2)", "numeric(12,4)", True),
        ("numeric(10,4)", "numeric(12,2)", False),
        ("numeric(10,2)", "numeric(10,4)", False),
        ("numeric", "numeric(10,2)", False),
        ("character varying(50)", "character varying(80)", True),
        ("character varying(50)", "text", True),
        ("character varying(50)", "character varying(20)", False),
        ("character(3)", "character varying(3)", True),
        ("text", "character varying(50)", False),
        ("text", "character varying", True),
        ('text COLLATE "C"', "text", True),
        ("text", "public.mood", False),
        ("public.mood", "text", True),
        ("uuid", "text", True),
        ("double precision", "text", False),
        ("timestamp(3) without time zone", "timestamp without time zone", True),
        ("timestamp without time zone", "timestamp(3) without time zone", False),
        ("timestamp without time zone", "timestamp with time zone", False),
        ("timestamp with time zone", "date", False),
        ("date", "timestamp without time zone", True),
        ("bit(3)", "bit(5)", False),
        ("json", "jsonb", False),
        ("jsonb", "json", True),
    ],
)
def test_what_keeps_all_values(old: str, new: str, keeps: bool) -> None:
    assert keeps_values(old, new) is keeps


@pytest.mark.parametrize(
    ("kind", "through"),
    [
        ("character varying(3)", "character varying"),
        ("character(3)[]", "text[]"),
        ("bit(3)", "bit varying"),
        ("numeric(10,2)", "numeric"),
        ("timestamp(3) with time zone", "timestamp with time zone"),
        ("public.short", "character varying"),
        ("public.mood", "public.mood"),
    ],
)
def test_no_cast_on_the_way_to_a_type_cuts_anything(kind: str, through: str) -> None:
    assert way_through(kind, {"public.short": "public.shorter", "public.shorter": "character varying(3)"}) == through
