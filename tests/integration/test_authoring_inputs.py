"""Inputs of `create` that a server has a say in: names of every sort, and what is read from the catalogs."""

import pytest
from psycopg import sql

from authoring import snapshot
from migratekit.errors import ExitCode
from migratekit.quoting import ident, object_name
from outcomes import NOWHERE, bad, good
from support import Project, TestDatabase

ODD = {
    "injection": "'; drop table victims; --",
    "quotes": 'say "hi" $$ %s %I {} {{ 7*7 }} \\ [] $body1$',
    "lines": "line\n-- two; */ /* \t x",
    "unicode": "größe 日本",
    "reserved": "select",
    "long": "l" * 60,
    "dots": "../../a.b",
}


@pytest.mark.every_server(long=True)
def test_names_are_quoted_where_the_server_quotes_them(database: TestDatabase) -> None:
    words = database.rows("SELECT word, quote_ident(word) FROM pg_get_keywords()")
    quoted = {str(word) for word, shown in words if word != shown}
    assert {word for word in quoted if ident(word) == word} == set()
    names = [*ODD.values(), "plain_1", "Plain", "_x", "a$b", "7up"]
    calls = sql.SQL(", ").join(sql.SQL("quote_ident({})").format(name) for name in names)
    assert database.rows(f"SELECT {calls.as_string()}") == [tuple(map(ident, names))]


def quoted(name: str) -> str:
    """The name as an input that takes dots and blanks for something else."""
    return '"' + name.replace('"', '""') + '"'


@pytest.mark.parametrize("name", ODD.values(), ids=ODD)
def test_names_of_every_sort_go_up_and_down(project: Project, database: TestDatabase, name: str) -> None:
    database.rows("CREATE TABLE victims (id bigint PRIMARY KEY)")
    it, other = quoted(name), quoted(f"{name[:58]}2")
    table = ("--table", it)
    creates = [
        (
            "create_a_table",
            *table,
            "--columns",
            f"{it}:text!='x':unique id:bigint:identity v:int amount:bigint:references(victims)",
        ),
        ("add_b_to_a", *table, "--columns", f"{other}:bigint:unique:references(victims)"),
        ("create_a_b_index", *table, "--columns", it, "--set", f"where={it} <> ''"),
        ("add_index_on_a_b", *table, "--columns", other),
        ("add_unique_b_to_a", *table, "--columns", f"{it} id"),
        ("add_b_check_to_a", *table, "--set", f"check={it} <> ''", "--set", f"rule={name[:50]}"),
        ("add_a_fk_to_b", "--table", it, "--set", "to=victims", "--columns", "id"),
        ("make_b_not_null_on_a", *table, "--set", "column=v"),
        ("change_b_type_on_a", *table, "--set", f"column={it}", "--set", "type=varchar(99)", "--set", "old_type=text"),
        ("rename_b_to_c_on_a", *table, "--set", "column=v", "--columns", f"{quoted('n' + name[:58])}:int"),
        ("create_a_view", "--set", f"view={quoted('v' + name[:58])}", "--set", f"query=SELECT {it} FROM {it}"),
        ("create_a_function", "--set", f"function={it}", "--set", f"arguments={it}:int", "--set", "body=BEGIN END"),
        ("create_a_trigger", *table, "--set", f"trigger={name}", "--set", "body=BEGIN RETURN NEW; END"),
        ("drop_b_from_a", *table, "--columns", f"{other}:bigint:unique:references(victims)"),
        ("add_a_to_b_enum", "--set", "type=mood", "--set", f"value={name}"),
        ("rename_a_to_b", "--table", "other", "--set", f"new=r{name[:58]}"),
        ("drop_a", "--table", quoted(f"g{name[:58]}"), "--columns", f"{it}:bigint:identity:primary"),
    ]
    gone = sql.SQL("CREATE TABLE {} ({} bigint GENERATED ALWAYS AS IDENTITY, CONSTRAINT {} PRIMARY KEY ({}))").format(
        *map(sql.Identifier, (f"g{name[:58]}", name, object_name(f"g{name[:58]}", "pkey"), name))
    )
    database.rows(f"CREATE TYPE mood AS ENUM ('x'); CREATE TABLE other (id int PRIMARY KEY); {gone.as_string()}")
    for words in creates:
        good(project.migratekit("create", *words))
    assert sorted(path.name for path in project.folder.iterdir()) == ["migrations"]
    count = len(list(project.migrations.glob("*.up.sql")))
    before = snapshot(database)
    for call in (["up"], ["down", str(count)], ["up"]):
        done = project.migratekit(*call)
        assert done.returncode == ExitCode.DONE, done.stderr
        assert database.value("SELECT to_regclass('victims')") == "victims"
        if call[0] == "down":
            assert snapshot(database) == before


def test_the_old_type_is_read_from_the_database(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE users (amount numeric(8,3))")
    good(project.migratekit("create", "change_amount_to_bigint_on_users"))
    assert "TYPE numeric(8,3)" in (project.migrations / "001_change_amount_to_bigint_on_users.down.sql").read_text()


def test_what_is_not_in_the_database_is_asked_for(project: Project, database: TestDatabase) -> None:
    told = bad(project.migratekit("create", "change_amount_to_bigint_on_users"), ExitCode.USAGE)
    assert "needs old type" in told
    assert "--set old_type=" in told


def test_a_database_that_cannot_be_reached_is_named(project: Project) -> None:
    project.url = NOWHERE
    told = bad(project.migratekit("create", "change_amount_to_bigint_on_users"), ExitCode.USAGE)
    assert "Connection refused" in told
    assert list(project.migrations.iterdir()) == []


@pytest.mark.parametrize("options", ["PARTITION BY LIST (id)", "INHERITS (parent)"], ids=["partitioned", "inherits"])
def test_a_table_that_cannot_be_written_out_is_asked_for(
    project: Project, database: TestDatabase, options: str
) -> None:
    database.rows("CREATE TABLE parent ()")
    database.rows(f"CREATE TABLE users (id int) {options}")
    assert "--set definition=" in bad(project.migratekit("create", "drop_users"), ExitCode.USAGE)
    good(project.migratekit("create", "drop_users", "--set", "definition=CREATE TABLE users_dropped (id int);"))


def test_a_column_that_cannot_be_written_out_is_asked_for(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE users (id int, twice int GENERATED ALWAYS AS (id * 2) STORED)")
    assert '--columns "twice:TYPE"' in bad(project.migratekit("create", "drop_twice_from_users"), ExitCode.USAGE)


def test_create_only_reads(project: Project, database: TestDatabase) -> None:
    own = project.folder / "templates" / "type"
    own.mkdir(parents=True)
    (own / "old_type.sql.j2").write_text("CREATE TABLE made AS SELECT 1")
    assert "read-only transaction" in bad(project.migratekit("create", "change_a_to_int_on_b"), ExitCode.USAGE)
    assert database.tables() == set()
