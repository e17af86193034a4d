"""`migratekit drop`: asks, and leaves nothing of the schema but what an extension owns."""

from pathlib import Path

import pytest

from migratekit.errors import ExitCode
from outcomes import bad, good, write_three
from support import Project, TestDatabase

EVERYTHING = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TYPE pair AS (a int, b mood);
CREATE TYPE span AS RANGE (subtype = int);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE SEQUENCE counter;
CREATE TABLE parent (id bigserial PRIMARY KEY, m mood, p pair, s span, n positive DEFAULT nextval('counter'));
CREATE TABLE child (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent_id bigint REFERENCES parent);
ALTER TABLE parent ADD COLUMN last_child int REFERENCES child;
CREATE TABLE parted (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE parted_2024 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE heir () INHERITS (parent);
CREATE TABLE "Odd ""name"", with; blanks" (id int);
CREATE VIEW over_parent AS SELECT * FROM parent;
CREATE VIEW over_view AS SELECT * FROM over_parent;
CREATE VIEW over_nothing AS SELECT 1 AS one;
CREATE MATERIALIZED VIEW stored AS SELECT * FROM over_nothing;
CREATE FUNCTION plus(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b';
CREATE FUNCTION plus(a text, b text) RETURNS text LANGUAGE sql AS 'SELECT a || b';
CREATE FUNCTION "Odd ""function"(VARIADIC a mood[]) RETURNS SETOF parent LANGUAGE sql AS 'SELECT * FROM parent';
CREATE PROCEDURE act() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE total (int) (sfunc = plus, stype = int, initcond = '0');
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER noted AFTER INSERT ON parent FOR EACH ROW EXECUTE FUNCTION note();
CREATE INDEX ON child (parent_id);
"""
LEFT = """
SELECT 'relation ' || oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'type ' || oid::regtype FROM pg_type WHERE typnamespace = 'public'::regnamespace
"""


@pytest.fixture
def full(project: Project, database: TestDatabase) -> Project:
    """A project whose only migration makes one of each kind."""
    project.write({"001_everything.up.sql": EVERYTHING, "001_everything.down.sql": "SELECT 1;"})
    good(project.migratekit("up"))
    return project


def left(database: TestDatabase) -> set[str]:
    return {str(name) for (name,) in database.rows(LEFT)}


@pytest.mark.every_server(long=True)
def test_drop_leaves_nothing(full: Project, database: TestDatabase) -> None:
    lines = good(full.migratekit("drop", "--yes"))
    assert left(database) == set()
    assert lines[-1].endswith("development is at no version")
    for line in ("dropped table parent", "dropped type mood", "dropped domain positive", "dropped sequence counter"):
        assert line in lines
    assert 'dropped table "Odd ""name"", with; blanks"' in lines


def test_up_makes_the_same_again_after_drop(full: Project, database: TestDatabase) -> None:
    before = database.digest()
    good(full.migratekit("drop", "--yes"))
    good(full.migratekit("up"))
    assert (database.digest(), database.state()) == (before, [(1, False)])


def test_drop_asks(full: Project, database: TestDatabase) -> None:
    before = left(database)
    told = bad(full.migratekit("drop", input="development\n"), ExitCode.REFUSED)
    assert "every table, view, function, type and sequence of schema public on development" in told
    assert "--yes" in told
    assert left(database) == before


def test_what_an_extension_owns_stays(full: Project, database: TestDatabase) -> None:
    # plpgsql is on every server; here it also owns one of each.
    database.rows(
        "CREATE TABLE owned (id serial, at timestamptz); CREATE VIEW owned_view AS SELECT 1 AS one;"
        " CREATE FUNCTION owned_function() RETURNS int LANGUAGE sql AS 'SELECT 1';"
        " CREATE TYPE owned_enum AS ENUM ('a'); CREATE SEQUENCE owned_sequence;"
        " ALTER EXTENSION plpgsql ADD TABLE owned; ALTER EXTENSION plpgsql ADD VIEW owned_view;"
        " ALTER EXTENSION plpgsql ADD FUNCTION owned_function(); ALTER EXTENSION plpgsql ADD TYPE owned_enum;"
        " ALTER EXTENSION plpgsql ADD SEQUENCE owned_sequence"
    )
    good(full.migratekit("drop", "--yes"))
    assert {name for name in left(database) if not name.startswith("type")} == {
        "relation owned",
        "relation owned_id_seq",
        "relation owned_view",
        "relation owned_sequence",
        "function owned_function()",
    }
    assert database.value("SELECT owned_function() FROM owned_view, owned_sequence") == 1


def test_other_schemas_stay(full: Project, database: TestDatabase) -> None:
    database.rows("CREATE SCHEMA other; CREATE TABLE other.t (id int); CREATE TYPE other.mood AS ENUM ('a')")
    good(full.migratekit("drop", "--yes"))
    assert left(database) == set()
    assert database.value("SELECT count(*) FROM other.t") == 0


def test_the_schema_of_the_session_is_the_one_that_is_emptied(full: Project, database: TestDatabase) -> None:
    before = left(database)
    database.rows("CREATE SCHEMA mine; CREATE TABLE mine.t (id int)")
    full.url += "&search_path=mine,public"
    assert "dropped table t" in good(full.migratekit("drop", "--yes"))
    assert database.value("SELECT to_regclass('mine.t')") is None
    assert left(database) == before


def test_drop_of_an_empty_schema_is_done(project: Project) -> None:
    assert good(project.migratekit("drop", "--yes")) == ["0 objects dropped; development is at no version"]


def test_drop_is_all_or_nothing(full: Project, database: TestDatabase) -> None:
    before = left(database)
    database.rows(
        "CREATE FUNCTION pg_temp.x() RETURNS int LANGUAGE sql AS 'SELECT 1';"
        " CREATE SCHEMA guard; CREATE FUNCTION guard.refuse() RETURNS event_trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;"
        " CREATE EVENT TRIGGER refuse ON sql_drop WHEN TAG IN ('DROP TYPE') EXECUTE FUNCTION guard.refuse()"
    )
    assert "not this one" in bad(full.migratekit("drop", "--yes"), ExitCode.FAILED)
    assert left(database) == before


def test_drop_takes_the_version_table_along(project: Project, database: TestDatabase) -> None:
    write_three(project).migratekit("up")
    good(project.migratekit("drop", "--yes"))
    assert (database.tables(), database.state()) == (set(), None)
    assert good(project.migratekit("version")) == ["none"]


def test_drop_needs_no_files(project: Project, database: TestDatabase, tmp_path: Path) -> None:
    database.rows("CREATE TABLE t (id int)")
    project.migrations.rmdir()
    good(project.migratekit("drop", "--yes"))
    assert left(database) == set()
