"""What one file does to the session, and what of it the next file sees."""

import pytest

from runs import WAIT, Done, applied, either, finish, fresh_database, fresh_role, gate, run
from support import Project, TestDatabase

# What a file leaves behind, how to look for it, and what the next file sees under each command.
LEAKS = {
    "a setting": ("SET lock_timeout = '77s';", "current_setting('lock_timeout')", "77s", "0"),
    "a setting of one's own": ("SET my.flag = 'on';", "current_setting('my.flag', true)", "on", ""),
    "search_path": ("CREATE SCHEMA s; SET search_path = s;", "current_schema()", "s", "public"),
    "a temporary table": ("CREATE TEMP TABLE t ();", "to_regclass('pg_temp.t') IS NULL", "false", "true"),
    "a prepared statement": ("PREPARE q AS SELECT 1;", "(SELECT count(*) FROM pg_prepared_statements)", "1", "0"),
    "LISTEN": ("LISTEN channel;", "(SELECT count(*) FROM pg_listening_channels())", "1", "0"),
    "a cursor": ("SELECT 1; DECLARE c CURSOR WITH HOLD FOR SELECT 1;", "(SELECT count(*) FROM pg_cursors)", "1", "0"),
}


@pytest.mark.parametrize(("leaves", "sees", "leaked", "clean"), LEAKS.values(), ids=LEAKS.keys())
def test_only_migrate_lets_a_file_see_what_the_one_before_left(
    project: Project, database: TestDatabase, leaves: str, sees: str, leaked: str, clean: str
) -> None:
    project.chain(leaves, f"CREATE TABLE public.seen AS SELECT ({sees})::text AS value;")

    assert project.migrate("up").returncode == 0
    assert database.value("SELECT value FROM public.seen") == leaked
    with fresh_database(database.server) as other:
        assert project.migratekit("up", "--database", other.url).returncode == 0
        assert other.value("SELECT value FROM public.seen") == clean


def test_only_migrate_lets_a_file_keep_the_role_of_the_one_before(project: Project, database: TestDatabase) -> None:
    owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'made'"
    with fresh_role(database, "SELECT, INSERT, UPDATE, DELETE") as role:
        project.chain(f"SET ROLE {role};", "CREATE TABLE made ();")
        project.write({"2_m2.down.sql": "DROP TABLE made;"})

        assert project.migrate("up").returncode == 0
        assert database.value(owner) == role
        assert project.migratekit("down", "--all").returncode == 0
        assert project.migratekit("up").returncode == 0
        assert database.value(owner) == "postgres"


def test_one_run_of_migratekit_ends_as_a_run_for_each_file_does(project: Project, database: TestDatabase) -> None:
    project.chain(
        "CREATE SCHEMA s; SET search_path = s; CREATE TEMP TABLE t (); PREPARE q AS SELECT 1; SET lock_timeout = 1;",
        "CREATE TABLE t (); PREPARE q AS SELECT 2;",
        "BEGIN; SET search_path = s, public; CREATE TABLE u (); COMMIT;",
        "CREATE TABLE u (); CREATE TEMP TABLE t2 ();",
        "CREATE INDEX CONCURRENTLY ON t ((1));",
    )

    assert project.migratekit("up").returncode == 0

    with fresh_database(database.server) as stepwise:
        while (done := project.migratekit("up", "1", "--database", stepwise.url)).stdout.startswith("up"):
            assert done.returncode == 0
        assert stepwise.state() == database.state() == [(5, False)]
        assert stepwise.digest() == database.digest()


def test_what_a_file_leaves_does_not_reach_the_row_of_one_that_runs_alone(
    project: Project, database: TestDatabase
) -> None:
    project.chain("CREATE SCHEMA s; CREATE TABLE s.schema_migrations (version bigint, dirty boolean);")
    project.write({"2_alone.up.sql": "SET search_path = s; COMMIT; SET default_transaction_read_only = on;"})

    assert project.migratekit("up").returncode == 0

    assert database.state() == [(2, False)]
    assert database.value("SELECT count(*) FROM s.schema_migrations") == 0


def test_the_time_limits_of_the_environment_hold_for_every_file(project: Project, database: TestDatabase) -> None:
    look = "INSERT INTO seen SELECT current_setting('lock_timeout'), current_setting('statement_timeout');"
    rules = project.folder / "environments" / "development.yaml"
    rules.parent.mkdir()
    rules.write_text("lock_timeout: 77s\nstatement_timeout: 5m\n")
    project.chain(
        f"CREATE TABLE seen (lock text, statement text); {look}",
        f"BEGIN; {look} SET lock_timeout = 0; SET statement_timeout = 0; COMMIT;",
        f"{look} RESET ALL;",
        "VACUUM seen;",
        look,
    )

    assert project.migratekit("up").returncode == 0

    assert database.rows("SELECT * FROM seen") == [("77s", "5min")] * 4


def test_a_lock_that_is_not_to_be_had_in_time_leaves_nothing(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE busy ();", "CREATE TABLE a (); ALTER TABLE busy ADD COLUMN x int;")
    assert project.migratekit("up", "1").returncode == 0
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE busy IN ACCESS SHARE MODE")

        rules = project.folder / "environments" / "development.yaml"
        rules.parent.mkdir()
        rules.write_text("watch: {retries: 1, retry_pause: 10ms}\n")
        done = project.migratekit("up", "--lock-timeout", "100ms")

    assert done.returncode == 5
    assert "it was tried 2 times" in done.stderr
    assert "canceling statement due to lock timeout (SQLSTATE 55P03)" in done.stderr
    assert (database.state(), database.tables()) == ([(1, False)], {"busy"})


def test_a_statement_that_takes_too_long_leaves_nothing(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE a ();", "CREATE TABLE b (); SELECT pg_sleep(60);")

    done = project.migratekit("up", "--statement-timeout", "100ms")

    assert done.returncode == 1
    assert "canceling statement due to statement timeout (SQLSTATE 57014)" in done.stderr
    assert (database.state(), database.tables()) == ([(1, False)], {"a"})


def test_only_migratekit_shows_what_the_server_says(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE a (); DO $$ BEGIN RAISE NOTICE 'half-way'; RAISE WARNING 'careful'; END $$;")

    assert "half-way" not in project.migrate("up").stderr
    with fresh_database(database.server) as other:
        done = project.migratekit("up", "--database", other.url)

    assert done.returncode == 0
    assert "NOTICE: half-way\n" in done.stderr
    assert "WARNING: careful\n" in done.stderr


MEDDLING = {
    "drops the table": "DROP TABLE schema_migrations;",
    "renames the table": "ALTER TABLE schema_migrations RENAME TO other;",
    "moves the table": "CREATE SCHEMA s; ALTER TABLE schema_migrations SET SCHEMA s;",
    "sets a version": "UPDATE schema_migrations SET version = 99;",
    "sets dirty": "UPDATE schema_migrations SET dirty = true;",
    "deletes the row": "DELETE FROM schema_migrations;",
    "empties the table": "TRUNCATE schema_migrations;",
    "adds a row": "INSERT INTO schema_migrations VALUES (99, false);",
}
meddling = pytest.mark.parametrize("statement", MEDDLING.values(), ids=MEDDLING.keys())


@either
@meddling
def test_a_file_that_meddles_with_the_version_table_is_rolled_back(
    project: Project, database: TestDatabase, command: str, statement: str
) -> None:
    whole = f"BEGIN; CREATE TABLE a (); {statement} COMMIT;"
    project.chain("CREATE TABLE old ();", whole, "CREATE TABLE never ();")

    done = run(project, command, "up")

    assert done.returncode == 1
    assert (database.state(), database.tables()) == ([(1, False)], {"old"})
    assert applied(done) == [1]
    if command == "migratekit":
        assert f"error: {project.migrations}/2_m2.up.sql: " in done.stderr
        assert "nothing of the file was kept" in done.stderr


def test_what_a_file_did_to_the_version_row_behind_a_commit_is_not_called_undone(
    project: Project, database: TestDatabase
) -> None:
    project.chain("CREATE TABLE old ();", "CREATE TABLE a (); COMMIT; UPDATE schema_migrations SET version = 99;")

    done = project.migratekit("up")

    assert done.returncode not in (0, 130)
    assert "nothing of the file was kept" not in done.stderr
    assert database.tables() == {"old", "a"}


FORCED = {
    "another version": ("UPDATE schema_migrations SET version = 7", [(7, False)]),
    "dirty": ("UPDATE schema_migrations SET dirty = true", [(1, True)]),
    "no version": ("DELETE FROM schema_migrations", []),
    "two rows": ("INSERT INTO schema_migrations VALUES (7, false)", [(1, False), (7, False)]),
}


@either
@pytest.mark.parametrize(("statement", "left"), FORCED.values(), ids=FORCED.keys())
def test_a_version_set_from_another_session_while_a_file_runs_wins(
    project: Project, database: TestDatabase, command: str, statement: str, left: list[object]
) -> None:
    project.chain("CREATE TABLE old ();", f"CREATE TABLE a (); {WAIT}", "CREATE TABLE never ();")

    done = while_at_the_gate(project, database, command, statement)

    assert done.returncode == 1
    assert (database.state(), database.tables()) == (left, {"old"})
    assert applied(done) == [1]


@either
def test_a_first_version_set_from_another_session_wins(project: Project, database: TestDatabase, command: str) -> None:
    project.chain(f"CREATE TABLE a (); {WAIT}")

    done = while_at_the_gate(project, database, command, "INSERT INTO schema_migrations VALUES (7, false)")

    assert done.returncode == 1
    assert (database.state(), database.tables()) == ([(7, False)], set())


def while_at_the_gate(project: Project, database: TestDatabase, command: str, statement: str) -> Done:
    """A run during whose file another session executes the statement."""
    with gate(database) as closed:
        process = project.start(command, "up")
        closed.wait()
        database.rows(statement)
        closed.open()
        return finish(process)


RELEASING = {
    "pg_advisory_unlock_all": "CREATE TABLE a (); SELECT pg_advisory_unlock_all();",
    "pg_advisory_unlock_all in a transaction": "BEGIN; CREATE TABLE a (); SELECT pg_advisory_unlock_all(); COMMIT;",
    "DISCARD ALL": "DISCARD ALL;",
}
releasing = pytest.mark.parametrize("text", RELEASING.values(), ids=RELEASING.keys())


@releasing
def test_migratekit_stops_behind_a_file_that_released_the_lock(
    project: Project, database: TestDatabase, text: str
) -> None:
    project.chain(text, "CREATE TABLE next ();")

    done = project.migratekit("up")

    assert done.returncode == 1
    assert "the file is applied and recorded, but it released the lock" in done.stderr
    assert database.state() == [(1, False)]
    assert "next" not in database.tables()
    assert project.migratekit("up").returncode == 0
    assert database.state() == [(2, False)]


@releasing
def test_migrate_takes_the_lock_again(project: Project, database: TestDatabase, text: str) -> None:
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    project.chain("SELECT 1;", f"CREATE TABLE held AS {locks};", text, f"INSERT INTO held {locks};")

    assert project.migrate("up").returncode == 0

    assert database.state() == [(4, False)]
    assert database.rows("SELECT * FROM held") == [(2,), (2,)]


@either
def test_files_may_do_what_they_like_with_what_a_session_has_prepared(
    project: Project, database: TestDatabase, command: str
) -> None:
    again = "DEALLOCATE mine;" if command == "migrate" else ""
    project.chain(
        "CREATE TABLE a ();",
        "CREATE TABLE b (); PREPARE mine AS SELECT 1;",
        f"{again} PREPARE mine AS SELECT 2; CREATE TABLE c ();",
        "DO $$BEGIN EXECUTE 'DEALLOCATE ALL'; EXECUTE 'PREPARE other AS SELECT 1'; END$$;",
        "DEALLOCATE ALL; CREATE TABLE d ();",
        "BEGIN; CREATE TABLE e (); COMMIT;",
        "ALTER TABLE schema_migrations ADD note text;",
        "CREATE TABLE f ();",
    )
    done = run(project, command, "up")
    assert done.returncode == 0, done.stderr
    assert database.state() == [(8, False)]
    assert applied(done) == list(range(1, 9))
    if command == "migratekit":
        told = database.rows("SELECT version FROM schema_migrations_history WHERE outcome = 'applied' ORDER BY id")
        assert told == [(number,) for number in range(1, 9)]


@either
def test_a_file_that_gives_up_what_is_prepared_runs_only_once(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain(
        "CREATE SEQUENCE runs;",
        "PREPARE mine AS SELECT nextval('runs'); EXECUTE mine; DEALLOCATE ALL; PREPARE mine AS SELECT 1;",
        "BEGIN; CREATE TABLE a (); COMMIT; DEALLOCATE PREPARE ALL;",
        "PREPARE mine AS SELECT nextval('runs'); EXECUTE mine;",
        "PREPARE other AS SELECT 1; EXECUTE never_prepared;",
    )
    done = run(project, command, "up")
    assert done.returncode == 1
    assert 'prepared statement "never_prepared" does not exist' in done.stderr
    assert database.value("SELECT last_value FROM runs") == 2
    assert database.state() == [(5, True) if command == "migrate" else (4, False)]
