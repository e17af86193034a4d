"""Files that cannot run in a transaction, end the one they are in, or change what it may do."""

import pytest

from runs import either, fresh_role, run
from support import Project, TestDatabase

SETUP = """
    CREATE TABLE old (id int); INSERT INTO old VALUES (1), (1);
    CREATE INDEX dropped ON old (id); CREATE INDEX rebuilt ON old (id);
    CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE INDEX ON p (id);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
    CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9) TO (99);
    CREATE TABLE log (who text);
    CREATE PROCEDURE note() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES ('CALL'); COMMIT; END $$;
    CREATE TABLE files AS SELECT relname, relfilenode FROM pg_class WHERE relname IN ('rebuilt', 'p2_id_idx');
"""
REBUILT = """
    SELECT c.relfilenode <> f.relfilenode FROM pg_class c JOIN files f USING (relname) WHERE relname = '{}'
"""
# The file, and what is true once it has run.
ALONE = {
    "CREATE INDEX CONCURRENTLY i ON old (id);": "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass",
    "-- slow\nCREATE INDEX CONCURRENTLY j ON old (id) -- at last": "SELECT to_regclass('j') IS NOT NULL",
    "DROP INDEX CONCURRENTLY dropped;": "SELECT to_regclass('dropped') IS NULL",
    "REINDEX INDEX CONCURRENTLY rebuilt;": REBUILT.format("rebuilt"),
    "REINDEX TABLE p;": REBUILT.format("p2_id_idx"),
    "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;": "SELECT NOT relispartition FROM pg_class WHERE relname = 'p1'",
    "VACUUM (ANALYZE) old;": "SELECT reltuples = 2 FROM pg_class WHERE relname = 'old'",
    "DO $$ BEGIN INSERT INTO log VALUES ('DO'); COMMIT; END $$;": "SELECT count(*) = 1 FROM log WHERE who = 'DO'",
    "CALL note();": "SELECT count(*) = 1 FROM log WHERE who = 'CALL'",
    "DROP DATABASE IF EXISTS nobody_has_this_one;": "SELECT true",
}


@pytest.mark.every_server
@either
def test_what_no_transaction_takes_runs_and_is_recorded(project: Project, database: TestDatabase, command: str) -> None:
    project.chain(SETUP, *ALONE)

    done = run(project, command, "up")

    assert done.returncode == 0, done.stderr
    assert [text for text, done_when in ALONE.items() if database.value(done_when) is not True] == []
    assert database.state() == [(1 + len(ALONE), False)]


@either
def test_create_database_runs_and_is_recorded(project: Project, database: TestDatabase, command: str) -> None:
    made = f"{database.name}_made"
    project.chain(f"CREATE DATABASE {made};")
    try:
        assert run(project, command, "up").returncode == 0
        assert database.value(f"SELECT count(*) FROM pg_database WHERE datname = '{made}'") == 1
        assert database.state() == [(1, False)]
    finally:
        database.rows(f"DROP DATABASE IF EXISTS {made}")


@either
def test_a_concurrent_index_that_meets_duplicates_is_dirty_and_invalid(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain(SETUP, "CREATE UNIQUE INDEX CONCURRENTLY i ON old (id);")

    done = run(project, command, "up")

    assert done.returncode == (4 if command == "migratekit" else 1)
    assert 'could not create unique index "i"' in done.stderr
    assert database.state() == [(2, True)]
    assert database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") is False


def test_migratekit_says_that_it_may_be_applied_in_part_and_runs_nothing_more(
    project: Project, database: TestDatabase
) -> None:
    project.chain(SETUP, "CREATE UNIQUE INDEX CONCURRENTLY i ON old (id);", "CREATE TABLE next ();")

    first, second = project.migratekit("up"), project.migratekit("up")

    assert "the file may be applied in part: the database is dirty at version 2" in first.stderr
    assert second.returncode == 4
    assert "version 2 is dirty" in second.stderr
    assert database.state() == [(2, True)]
    assert "next" not in database.tables()


CERTAIN = {
    "the table is not there": "CREATE INDEX CONCURRENTLY i ON missing (id);",
    "the column is not there": "CREATE INDEX CONCURRENTLY i ON old (missing);",
    "the syntax is wrong": "CREATE INDEX CONCURRENTLY ON ON old (id);",
}


@either
@pytest.mark.parametrize("text", CERTAIN.values(), ids=CERTAIN.keys())
def test_a_concurrent_index_refused_before_it_began_leaves_migratekit_clean(
    project: Project, database: TestDatabase, command: str, text: str
) -> None:
    project.chain(SETUP, text)

    done = run(project, command, "up")

    assert done.returncode == 1
    assert database.state() == [(1, False) if command == "migratekit" else (2, True)]
    assert database.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0


HALVES = {
    "plain": "CREATE TABLE a (); COMMIT; SELECT 1 / 0;",
    "two transactions": "BEGIN; CREATE TABLE a (); COMMIT; BEGIN; CREATE TABLE b (); SELECT 1 / 0; COMMIT;",
    "a transaction and more": "BEGIN; CREATE TABLE a (); COMMIT; CREATE TABLE b (); SELECT 1 / 0;",
    "a block that commits": "DO $$ BEGIN CREATE TABLE a (); COMMIT; PERFORM 1 / 0; END $$;",
}


@either
@pytest.mark.parametrize("text", HALVES.values(), ids=HALVES.keys())
def test_an_error_behind_a_commit_in_the_file_is_dirty(
    project: Project, database: TestDatabase, command: str, text: str
) -> None:
    project.chain("CREATE TABLE old ();", text)

    done = run(project, command, "up")

    assert done.returncode == (4 if command == "migratekit" else 1)
    assert "division by zero" in done.stderr
    assert "nothing of the file was kept" not in done.stderr
    assert database.state() == [(2, True)]
    assert database.tables() == {"old", "a"}


@either
def test_several_transactions_in_a_file_run_and_are_recorded(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain("BEGIN; CREATE TABLE a (); COMMIT; BEGIN; CREATE TABLE b (); COMMIT;")

    assert run(project, command, "up").returncode == 0

    assert (database.state(), database.tables()) == ([(1, False)], {"a", "b"})


SET_ROLE = {
    "SET ROLE": "SET ROLE {};",
    "SET SESSION AUTHORIZATION": "SET SESSION AUTHORIZATION {};",
}


@pytest.mark.parametrize("statement", SET_ROLE.values(), ids=SET_ROLE.keys())
@pytest.mark.parametrize(
    "shape", ["{} CREATE TABLE a ();", "BEGIN; {} CREATE TABLE a (); COMMIT;"], ids=["plain", "whole"]
)
def test_a_file_may_become_a_role_without_rights_on_the_version_table(
    project: Project, database: TestDatabase, shape: str, statement: str
) -> None:
    with fresh_role(database) as role:
        project.chain("CREATE TABLE one ();", shape.format(statement.format(role)), "CREATE TABLE three ();")

        done = project.migratekit("up")

        assert done.returncode == 0, done.stderr
        assert database.state() == [(3, False)]
        owners = "SELECT tablename, tableowner FROM pg_tables WHERE tablename IN ('a', 'three')"
        assert sorted(database.rows(owners)) == [("a", role), ("three", "postgres")]
        assert "in one the server said: permission denied for table schema_migrations" in done.stderr


@either
def test_a_role_for_the_transaction_only_is_taken_back_by_its_end(
    project: Project, database: TestDatabase, command: str
) -> None:
    with fresh_role(database) as role:
        project.chain(f"BEGIN; SET LOCAL ROLE {role}; CREATE TABLE a (); COMMIT;")

        assert run(project, command, "up").returncode == 0

        assert database.state() == [(1, False)]
        assert database.value("SELECT tableowner FROM pg_tables WHERE tablename = 'a'") == role


def test_a_role_that_migrate_keeps_may_not_write_the_version(project: Project, database: TestDatabase) -> None:
    with fresh_role(database) as role:
        project.chain(f"SET ROLE {role}; CREATE TABLE a ();")

        done = project.migrate("up")

        assert done.returncode == 1
        assert "permission denied for table schema_migrations" in done.stderr
        assert database.state() == [(1, True)]


READ_ONLY = {
    "plain": "SET TRANSACTION READ ONLY; SELECT 1;",
    "whole": "BEGIN; SET TRANSACTION READ ONLY; SELECT 1; COMMIT;",
    "in BEGIN": "BEGIN READ ONLY; SELECT 1; COMMIT;",
    "for the session": "SET default_transaction_read_only = on; SELECT 1;",
}


@either
@pytest.mark.parametrize("text", READ_ONLY.values(), ids=READ_ONLY.keys())
def test_a_read_only_file_is_recorded(project: Project, database: TestDatabase, command: str, text: str) -> None:
    project.chain(text)

    done = run(project, command, "up")

    assert done.returncode == 0, done.stderr
    assert database.state() == [(1, False)]


def test_migrate_records_a_version_in_a_session_that_a_file_left_read_only(
    project: Project, database: TestDatabase
) -> None:
    project.chain("SET default_transaction_read_only = on; SELECT 1;", "")

    done = project.migrate("up")

    assert done.returncode == 0, done.stderr
    assert database.state() == [(2, False)]


OPEN = {"plain": "BEGIN; CREATE TABLE a ();", "behind a commit": "CREATE TABLE b (); COMMIT; BEGIN; CREATE TABLE a ();"}


@pytest.mark.parametrize("text", OPEN.values(), ids=OPEN.keys())
def test_a_file_that_begins_and_never_ends_is_refused_before_anything_runs(
    project: Project, database: TestDatabase, text: str
) -> None:
    project.chain("CREATE TABLE old ();", text)

    done = project.migratekit("up")

    assert done.returncode == 1
    assert "2_m2.up.sql: begins a transaction and never ends it" in done.stderr
    assert database.tables() == set()
    assert not database.state()
