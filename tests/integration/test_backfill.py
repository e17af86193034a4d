"""Backfills: batches that commit as they go, which nobody waits for and which can be stopped."""

import subprocess

import pytest

from jobs import DONE, NOT_ONCE, backfill, killed, mended, only_rounds, users
from local_server import ask
from migratekit.errors import ExitCode
from runs import COMMANDS, either, finish, fresh_database, run
from standby import standby_of
from support import Project, TestDatabase, wait_for

ROWS = 20_000


@pytest.mark.every_server(long=True)
@either
def test_a_backfill_that_is_killed_goes_on_where_it_was(project: Project, database: TestDatabase, command: str) -> None:
    users(database, ROWS)
    backfill(project, batch="200", pause="20ms")
    process = project.start(command, "up")
    wait_for(lambda: int(str(database.value(DONE))) >= 2_000, "some batches")
    killed(process, database)
    filled = int(str(database.value(DONE)))
    assert 2_000 <= filled < ROWS
    assert filled % 200 == 0
    assert database.state() == [(1, True)]

    mended(project)
    assert (database.state() or []) == []
    again = project.migratekit("up")

    assert again.returncode == ExitCode.DONE, again.stderr
    assert f"backfill users: 100 %, {ROWS - filled:,} of {ROWS - filled:,} rows" in again.stderr
    assert database.value(NOT_ONCE) == 0
    assert database.state() == [(1, False)]


@either
def test_the_way_back_goes_on_where_it_was_too(project: Project, database: TestDatabase, command: str) -> None:
    users(database, 2_000)
    backfill(project, batch="100", pause="20ms", undo="email_lower = NULL")
    assert run(project, command, "up").returncode == ExitCode.DONE
    process = project.start(command, "down", "1")
    wait_for(lambda: int(str(database.value(DONE))) <= 1_000, "some batches")
    killed(process, database)
    assert int(str(database.value(DONE))) > 0

    mended(project)
    assert database.state() == [(1, False)]
    assert run(project, command, "down", "1").returncode == ExitCode.DONE

    assert database.value("SELECT count(*) FROM users WHERE email_lower IS NOT NULL OR updates <> 2") == 0
    assert (database.state() or []) == []


@pytest.mark.every_server(long=True)
def test_both_commands_and_psql_fill_the_same_rows(project: Project, database: TestDatabase) -> None:
    up = backfill(project, batch="7", undo="email_lower = NULL")
    found = []
    for command in (*COMMANDS, "psql"):
        with fresh_database(database.server) as other:
            users(other, 100)
            project.url = other.url
            if command == "psql":
                psql = database.server.binaries.tool("psql")
                assert psql is not None
                words = ["--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-f", str(up), other.url]
                done = subprocess.run([str(psql), *words], capture_output=True, text=True, check=False)
                assert "backfill users: 100 of 100 rows" in done.stderr
            else:
                done = run(project, command, "up")
            assert done.returncode == 0, done.stderr
            found.append(other.rows("SELECT * FROM users ORDER BY id"))
            assert other.value(NOT_ONCE) == 0
    assert found[0] == found[1] == found[2]


def test_no_lock_is_held_between_two_batches(project: Project, database: TestDatabase) -> None:
    users(database, 10)
    backfill(project, batch="4", pause="1h")
    process = project.start("migratekit", "up")
    wait_for(lambda: database.value(DONE) == 4, "the first batch")
    sleeping = "wait_event = 'PgSleep' AND datname = current_database()"
    wait_for(lambda: database.rows(f"SELECT pid FROM pg_stat_activity WHERE {sleeping}"), "the pause")

    locks = database.rows(
        "SELECT l.locktype, l.mode FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
        f" WHERE {sleeping} AND locktype NOT IN ('advisory', 'virtualxid')"
    )
    assert locks == []
    database.rows("SET lock_timeout = '20s'; UPDATE users SET email = upper(email)")

    database.rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {sleeping}")
    assert finish(process).returncode == ExitCode.DIRTY


def test_rows_that_others_lock_are_left_for_later_and_nobody_is_waited_for(
    project: Project, database: TestDatabase
) -> None:
    users(database, 100)
    backfill(project, batch="10")
    with database.connect() as other:
        other.execute("BEGIN")
        other.execute("UPDATE users SET email = 'Other' WHERE id = 35")
        process = project.start("migratekit", "up")
        wait_for(lambda: database.value(DONE) == 99, "the other rows")
        assert process.poll() is None
        assert database.value("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0
        other.execute("COMMIT")
    done = finish(process)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert database.rows("SELECT email_lower, updates FROM users WHERE id = 35") == [("other", 2)]
    assert database.value("SELECT count(*) FROM users WHERE updates <> 1") == 1


def test_rows_that_come_meanwhile_are_filled_too(project: Project, database: TestDatabase) -> None:
    users(database, 20)
    # What is written in a batch's transaction is seen in the next round.
    database.rows(
        "CREATE FUNCTION one_more() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN IF NEW.id = 1 THEN INSERT INTO users (email) VALUES ('Late'); END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER one_more AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION one_more()"
    )
    backfill(project, batch="10")
    assert project.migratekit("up").returncode == ExitCode.DONE
    assert database.value("SELECT email_lower FROM users WHERE email = 'Late'") == "late"
    assert database.value(NOT_ONCE) == 0


@either
def test_rows_that_stay_undone_are_an_error(project: Project, database: TestDatabase, command: str) -> None:
    users(database, 100)
    only_rounds(backfill(project, batch="10"), 2)
    with database.connect() as other:
        other.execute("BEGIN")
        other.execute("SELECT FROM users WHERE id IN (5, 6) FOR UPDATE")
        done = run(project, command, "up")
    assert done.returncode != 0
    assert "2 rows of table users in schema public are left" in done.stderr
    assert database.value(DONE) == 98
    mended(project)
    assert project.migratekit("up").returncode == ExitCode.DONE
    assert database.value(NOT_ONCE) == 0


SPOILT = {
    "a change that leaves the condition true": ("", {"where": "email IS NOT NULL"}, "are to be changed again"),
    "a trigger that takes the change back": (
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN NEW.email_lower := NULL; RETURN NEW; END';"
        "CREATE TRIGGER spoil BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION spoil()",
        {},
        "10 of 10 rows of table users are to be changed again after their change",
    ),
    "a trigger that swallows the change": (
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER spoil BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION spoil()",
        {},
        "100 rows of table users in schema public are left",
    ),
    "the table in another schema only": (
        "CREATE SCHEMA elsewhere; ALTER TABLE users SET SCHEMA elsewhere;"
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, elsewhere', current_database());"
        " END $$",
        {},
        "table users is missing in schema public",
    ),
}


@pytest.mark.parametrize(("sql", "inputs", "says"), SPOILT.values(), ids=SPOILT)
def test_a_backfill_that_does_not_do_its_work_raises(
    project: Project, database: TestDatabase, sql: str, inputs: dict[str, str], says: str
) -> None:
    users(database, 100)
    only_rounds(backfill(project, batch="10", **inputs), 2)
    if sql:
        database.rows(sql)
    done = project.migratekit("up")
    assert done.returncode == ExitCode.DIRTY
    assert says in done.stderr
    kept = database.rows("SELECT count(*), sum(updates) FROM users") if "elsewhere" not in sql else [(100, 0)]
    assert kept == [(100, 0)]


def test_it_refuses_to_run_inside_of_a_transaction_ahead_of_any_work(project: Project, database: TestDatabase) -> None:
    users(database, 10)
    up = backfill(project)
    up.write_text(f"BEGIN;\n{up.read_text()}\nCOMMIT;\n")
    done = project.migratekit("up")
    assert done.returncode == ExitCode.FAILED
    assert "invalid transaction termination" in done.stderr
    assert database.value(DONE) == 0


def test_a_statement_timeout_ends_it_and_what_was_done_stays(project: Project, database: TestDatabase) -> None:
    users(database, 6)
    backfill(project, batch="2", pause="1s")
    done = project.migratekit("up", "--statement-timeout", "1500ms")
    assert done.returncode == ExitCode.DIRTY
    assert "statement timeout" in done.stderr
    assert 2 <= int(str(database.value(DONE))) < 6
    mended(project)
    assert project.migratekit("up", "--statement-timeout", "0").returncode == ExitCode.DONE
    assert database.value(NOT_ONCE) == 0


def test_a_standby_that_is_behind_is_waited_for(project: Project, database: TestDatabase) -> None:
    users(database, 20)
    backfill(project, batch="1", pause="100ms", lag="1s")
    with standby_of(database.server) as standby:
        ask(standby.url(database.name), "SELECT pg_wal_replay_pause()::text")
        process = project.start("migratekit", "up")
        told = ""
        assert process.stderr is not None
        while "waits for a standby that is behind by" not in told:
            told = process.stderr.readline()
            assert told, "the run ended without waiting"
        assert database.value(DONE) != 20
        ask(standby.url(database.name), "SELECT pg_wal_replay_resume()::text")
        done = finish(process)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert database.value(NOT_ONCE) == 0
