"""The text of schema.sql and of the diagrams, whatever wrote it and whatever names are in it."""

import re

from migratekit.catalog import Column, Key, Relation
from migratekit.schema_diagram import MAX_TABLES, diagram, drawn
from migratekit.schema_dump import HEAD, stable

NOISE = b"""--
-- PostgreSQL database dump
--

\\restrict abcDEF

-- Dumped from database version 15.4
-- Dumped by pg_dump version 15.4

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: t; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.t (
    id integer
);


--
-- PostgreSQL database dump complete
--

\\unrestrict abcDEF
"""
# What Mermaid's own grammar takes, a line at a time.
NAME = r'"[^"%\r\n\v\\]+"'
WORD = r"(?!(?:pk|fk|uk)\b)[A-Za-z_][A-Za-z0-9_]*(?:\[\])?"
LINE = re.compile(
    rf"erDiagram|    {NAME} \{{|    \}}|        {WORD} {WORD}(?: [PFU]K(?:, [PFU]K)*)?(?: {NAME})?"
    rf"|    {NAME} (?:\|\||\|o)--(?:o\||o\{{) {NAME} : {NAME}",
    re.IGNORECASE,
)


def table(name: str, *columns: str, keys: tuple[Key, ...] = (), schema: str = "public") -> Relation:
    made = [Column(each, "numeric(10,2)[]", True, None, None) for each in columns]
    return Relation(schema, name, "table", None, None, 0, made, keys, ())


def test_versions_tokens_settings_and_owners_are_left_out() -> None:
    text = "-- Name: t; Type: TABLE; Schema: public\nCREATE TABLE public.t (\n    id integer\n);\n"
    assert stable(NOISE) == f"{HEAD}\n{text}"


def test_text_in_a_function_that_looks_like_noise_stays() -> None:
    body = b"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$\nSET row_security = off;\n-- Name: x; Owner: -\n$$;\n"
    assert body.decode() in stable(NOISE + body)


def test_another_tablespace_stays_and_so_does_the_way_back() -> None:
    text = stable(
        b"SET default_tablespace = fast;\nCREATE TABLE a ();\nSET default_tablespace = '';\nCREATE TABLE b ();"
    )
    assert text.split("\n\n", 2)[2] == (
        "SET default_tablespace = fast;\n\nCREATE TABLE a ();\n\nSET default_tablespace = '';\n\nCREATE TABLE b ();\n"
    )


def test_no_password_is_in_it() -> None:
    text = stable(
        b"CREATE SERVER x FOREIGN DATA WRAPPER w OPTIONS (host 'h',\n \"password\" 'canary''1', db_secret 'canary2');\n"
        b"CREATE USER MAPPING FOR me SERVER far OPTIONS (password 'canary3');\n"
    )
    assert "host 'h'" in text
    assert "canary" not in text
    assert "MAPPING" not in text


def test_odd_names_make_a_diagram_that_mermaid_takes() -> None:
    odd = table('a"b%\\\n}', "PK", "fk", "a b", "ü", "1st", "%%{init}", "*")
    twin = table('a"b%%\n}', "id")
    keys = (
        Key("k", "f", "", ("id",), ("public", odd.name)),
        Key("l", "f", "", ("id",), ('o"ther', "entity")),
        Key("m", "p", "", ("id",), None),
    )
    lines = diagram([odd, twin, table("child", "id", keys=keys)], "public").splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert "        numeric[] id PK, FK" in lines
    assert lines[-2:] == [
        '    "a_b___}" ||--o| "child" : "id"',
        '    "o_ther.entity" ||--o| "child" : "id"',
    ]
    assert len({line for line in lines if line.endswith("{")}) == 3


def test_of_many_tables_those_with_most_foreign_keys_are_drawn() -> None:
    tied = table("z", "id", keys=(Key("k", "f", "", ("id",), ("public", "y")),))
    tables = [table(f"t{number:03}", "id") for number in range(MAX_TABLES)] + [table("y", "id"), tied]
    shown = drawn(tables)
    assert len(shown) == MAX_TABLES
    assert [one.name for one in shown[-2:]] == ["y", "z"]
    assert diagram(shown[:-1], "public").count("--") == 0
