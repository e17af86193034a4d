"""The history: what each attempt leaves in it, whatever happens to the attempt."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import psycopg
import pytest
from psycopg import sql

from histories import TABLE, attempts, golden, has_history, rows, states, story, written
from migratekit.errors import ExitCode
from migratekit.lock import lock_id
from migratekit.server import Server
from outcomes import bad, good, write_three
from runs import COMMANDS, WAIT, Gate, either, finish, fresh_role, gate, nothing_left, run, version, wait_for_line
from support import Project, TestDatabase, drop_database, wait_for

DEFERRED = "id int PRIMARY KEY, other int REFERENCES a DEFERRABLE INITIALLY DEFERRED"
SHAPES = pytest.mark.parametrize("shape", ["{}", "BEGIN; {} COMMIT;"], ids=["plain", "whole"])


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


@pytest.mark.every_server
def test_a_run_leaves_its_start_each_file_and_its_end(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    assert written(database) == ["started", "applied up 1", "applied up 2", "applied up 3", "finished"]
    started, *applied, finished = rows(database)
    assert started["steps"] == [["up", n, f"create_{name}", n] for n, name in enumerate("abc", 1)]
    assert (started["version_before"], started["ended_at"], finished["version_after"]) == (None, None, 3)
    assert len({row["run"] for row in (started, *applied, finished)}) == 1
    for row, path in zip(applied, sorted(three.migrations.glob("*.up.sql")), strict=True):
        assert row["checksum"] == sha256(path.read_bytes()).hexdigest()
        assert f"00{row['version']}_{row['name']}.up.sql" == path.name
        assert row["down_sql"] == path.with_name(path.name.replace(".up.", ".down.")).read_text()
        assert (row["dirty"], row["sqlstate"], row["message"]) == (False, None, None)
        assert str(row["started_at"]) < str(row["ended_at"])
        assert (row["database_user"], row["host"]) == ("postgres", os.uname().nodename)
        assert str(row["tool"]).startswith("migratekit ")
    assert [(row["version_before"], row["version_after"]) for row in applied] == [(None, 1), (1, 2), (2, 3)]


def test_a_run_down_is_told_as_such(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    good(three.migratekit("down", "2"))
    assert written(database)[-4:] == ["started", "applied down 3", "applied down 2", "finished"]
    *_, last, finished = rows(database)
    assert (last["version_before"], last["version_after"], finished["version_after"]) == (2, 1, 1)
    assert last["checksum"] == sha256(b"DROP TABLE b;").hexdigest()
    assert last["down_sql"] is None


def test_a_redo_is_one_run_down_and_up(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up", "1"))
    good(three.migratekit("redo"))
    assert written(database)[-4:] == ["started", "applied down 1", "applied up 1", "finished"]
    assert story(three) == ["applied up 1", "applied down 1", "applied up 1"]


def test_nothing_to_do_leaves_nothing(three: Project, database: TestDatabase) -> None:
    for words in (["up", "0"], ["down"], ["redo"], ["up", "--dry-run"], ["plan"], ["status"], ["history"], ["version"]):
        assert three.migratekit(*words).returncode == 0
    assert not has_history(database)
    good(three.migratekit("up"))
    before = rows(database)
    good(three.migratekit("up"))
    assert rows(database) == before


def test_what_is_written_is_never_changed(three: Project, database: TestDatabase) -> None:
    seen: list[dict[str, object]] = []
    for words in (["up", "2"], ["redo"], ["force", "1"], ["goto", "3"], ["force", "none"], ["baseline", "2"], ["up"]):
        three.migratekit(*words)
        three.migrate("down", "1")
        found = rows(database)
        assert found[: len(seen)] == seen
        assert len(found) > len(seen)
        seen = found
    database.rows(f"SELECT 1 FROM {TABLE} WHERE xmax <> 0")


@SHAPES
def test_a_success_is_there_as_soon_as_the_file_is_and_not_before(
    project: Project, database: TestDatabase, shape: str
) -> None:
    project.chain(shape.format(f"CREATE TABLE a (); {WAIT}"), WAIT)
    with gate(database) as first, gate_of(database, 4712):
        project.chain(shape.format(f"CREATE TABLE a (); {WAIT}"), "SELECT pg_advisory_xact_lock(4712);")
        process = project.start("migratekit", "up")
        first.wait()
        assert (written(database), database.tables()) == (["started"], set())
        first.open()
        wait_for(lambda: database.tables() == {"a"}, "the first file to be committed")
        assert written(database) == ["started", "applied up 1"]
        process.kill()
        finish(process)


@contextmanager
def gate_of(database: TestDatabase, number: int) -> Iterator[None]:
    """A second gate."""
    with database.connect() as other:
        other.execute(f"SELECT pg_advisory_lock({number})".encode())
        yield
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'migratekit up'")


@SHAPES
@either
def test_a_file_whose_commit_fails_leaves_a_failure_alone(
    project: Project, database: TestDatabase, command: str, shape: str
) -> None:
    project.chain("CREATE TABLE old ();")
    good(project.migratekit("up"))
    project.chain("CREATE TABLE old ();", shape.format(f"CREATE TABLE a ({DEFERRED}); INSERT INTO a VALUES (1, 2);"))

    assert run(project, command, "up").returncode == 1

    assert written(database)[-2:] == ["started", "failed up 2"]
    failed = rows(database)[-1]
    assert (failed["sqlstate"], failed["version_before"]) == ("23503", 1)
    assert "violates foreign key constraint" in str(failed["message"])
    assert (failed["version_after"], failed["dirty"]) == ((1, False) if command == "migratekit" else (2, True))


def test_a_failure_is_shown_with_its_reason(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE a ();", "CREATE TABLE b ();\nINSERT INTO missing VALUES (1);")
    assert project.migratekit("up").returncode == ExitCode.FAILED
    assert written(database) == ["started", "applied up 1", "failed up 2"]
    assert rows(database)[-1]["figures"] == [{"rows": 0}, {"done": 1}]
    lines = good(project.migratekit("history", "--verbose"))
    assert '    SQLSTATE 42P01: relation "missing" does not exist' in lines
    assert states(project) == {1: "applied", 2: "pending"}


SECRETS = {
    "refused option": "CREATE ROLE r PASSWORD 'canary' NOSUCHOPTION;",
    "raised": "DO $$ BEGIN RAISE EXCEPTION 'cannot ALTER ROLE r PASSWORD ''canary'''; END $$;",
    "in a block": "DO $$ BEGIN EXECUTE 'ALTER ROLE nobody_there PASSWORD ''canary'''; END $$;",
    "connection string": "SELECT * FROM pg_no_such_function('host=h password=canary');",
    "division": "CREATE TABLE a (); SELECT 1 / 0; ALTER ROLE r PASSWORD 'canary';",
}


@either
@pytest.mark.parametrize("statement", SECRETS.values(), ids=SECRETS)
def test_no_password_is_kept(project: Project, database: TestDatabase, command: str, statement: str) -> None:
    project.write({"1_a.up.sql": "SELECT 1;", "1_a.down.sql": "ALTER ROLE r PASSWORD 'canary';"})
    project.write({"2_b.up.sql": statement, "2_b.down.sql": "SELECT 1;"})
    good(project.migratekit("up", "1"))
    assert run(project, command, "up").returncode == 1
    assert written(database)[-1] == "failed up 2"
    assert "canary" not in str(database.rows(f"SELECT h::text FROM {TABLE} h"))
    assert "canary" not in project.migratekit("history", "--json").stdout


DIRECTIONS = {"up": (["up"], 2, 1, "up"), "down": (["down", "--all"], 3, 2, "down")}


@pytest.mark.parametrize(("words", "at", "files", "way"), DIRECTIONS.values(), ids=DIRECTIONS)
def test_a_killed_run_is_told_as_interrupted(
    project: Project, database: TestDatabase, words: list[str], at: int, files: int, way: str
) -> None:
    project.chain("CREATE TABLE a ();", WAIT if way == "up" else "CREATE TABLE b ();", "CREATE TABLE c ();")
    if way == "down":
        good(project.migratekit("up"))
        project.write({"3_m3.down.sql": WAIT})
    with gate(database) as closed:
        kill(project.start("migratekit", *words), closed, database)

    nothing_left(database)
    assert story(project)[-1] == f"interrupted {way} {at}"
    told = attempts(project)[-1]
    assert (told["name"], told["ended_at"], told["version_before"]) == (f"m{at}", None, told["version_before"])
    assert written(database)[-1] in ("started", "applied up 1")
    assert states(project) == (
        {1: "applied", 2: "pending", 3: "pending"} if way == "up" else dict.fromkeys((1, 2, 3), "applied")
    )
    project.write({f"{at}_m{at}.{way}.sql": "SELECT 1;"})
    good(project.migratekit(*words))
    assert f"interrupted {way} {at}" in story(project)


def kill(process: "object", closed: Gate, database: TestDatabase) -> None:
    """Kills the run at the gate and its server process before it can go on."""
    import subprocess

    assert isinstance(process, subprocess.Popen)
    pid = closed.wait()
    process.kill()
    finish(process)
    database.rows(f"SELECT pg_terminate_backend({pid})")


@either
def test_a_run_killed_outside_of_a_transaction_is_dirty_and_told(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain("SELECT 1;")
    good(project.migratekit("up"))
    project.chain("SELECT 1;", f"CREATE TABLE a (); COMMIT; {WAIT}")
    with gate(database) as closed:
        kill(project.start(command, "up"), closed, database)

    nothing_left(database)
    assert database.state() == [(2, True)]
    assert story(project) == ["applied up 1", "interrupted up 2"]
    assert states(project) == {1: "applied", 2: "dirty"}
    status = project.migratekit("status")
    assert (status.returncode, status.stdout.splitlines()[-1]) == (
        ExitCode.DIRTY,
        "development is at version 2, dirty; 0 pending",
    )
    assert "up of version 2 stopped half-way" in status.stderr


@SHAPES
def test_a_file_that_two_signals_cancelled_is_interrupted(
    project: Project, database: TestDatabase, shape: str
) -> None:
    project.chain("CREATE TABLE a ();", shape.format(WAIT))
    with gate(database) as closed:
        process = project.start("migratekit", "up")
        closed.wait()
        process.send_signal(signal.SIGINT)
        wait_for_line(process, "a second signal cancels it")
        process.send_signal(signal.SIGINT)
        assert finish(process).returncode == ExitCode.INTERRUPTED

    assert written(database) == ["started", "applied up 1", "interrupted up 2"]
    assert story(project) == ["applied up 1", "interrupted up 2"]
    assert rows(database)[-1]["sqlstate"] == "57014"


def test_a_file_that_its_time_limit_cancelled_failed(project: Project, database: TestDatabase) -> None:
    project.chain("SELECT pg_sleep(60);")
    assert project.migratekit("up", "--statement-timeout", "100ms").returncode == ExitCode.FAILED
    assert written(database) == ["started", "failed up 1"]
    assert rows(database)[-1]["sqlstate"] == "57014"


def test_a_run_that_one_signal_stopped_has_an_end(project: Project, database: TestDatabase) -> None:
    project.chain(f"CREATE TABLE a (); {WAIT}", "CREATE TABLE b ();")
    with gate(database) as closed:
        process = project.start("migratekit", "up")
        closed.wait()
        process.send_signal(signal.SIGINT)
        wait_for_line(process, "a second signal cancels it")
        closed.open()
        assert finish(process).returncode == ExitCode.INTERRUPTED
    assert written(database) == ["started", "applied up 1", "finished"]


def test_a_run_whose_connection_was_lost_is_told_as_interrupted(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE a ();", WAIT)
    with gate(database) as closed:
        process = project.start("migratekit", "up")
        database.rows(f"SELECT pg_terminate_backend({closed.wait()})")
        assert finish(process).returncode == ExitCode.FAILED
    assert story(project) == ["applied up 1", "interrupted up 2"]


@pytest.mark.every_server
def test_rows_and_wal_of_each_file_are_kept(project: Project, database: TestDatabase) -> None:
    insert = "INSERT INTO a SELECT generate_series(1, 1000);"
    project.chain(
        "CREATE TABLE a (id int);",
        insert,
        f"BEGIN; {insert} UPDATE a SET id = 0 WHERE id <= 10; DELETE FROM a WHERE id = 0; COMMIT;",
        f"{insert} COMMIT; {insert}",
        "CREATE TABLE b AS SELECT * FROM a; SELECT * FROM a;",
        "SELECT 1;",
    )
    good(project.migratekit("up"))
    found = attempts(project)
    assert [row["rows"] for row in found] == [0, 1000, 1040, 2000, 3980, 0]
    wal = [int(str(row["wal_bytes"])) for row in found]
    assert all(1000 * 30 < volume < 1000 * 1000 for volume in wal[1:5]), wal
    assert wal[5] < 30_000
    assert any("rows 1,000, WAL about " in line for line in good(project.migratekit("history", "--verbose")))


@either
def test_the_wait_for_the_lock_is_kept_with_the_first_file(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain("SELECT 1;")
    good(project.migratekit("up"))
    project.chain("SELECT 1;", "CREATE TABLE a ();", "CREATE TABLE b ();")
    with database.connect() as other:
        number = lock_id(f"/{database.name}", "public", "schema_migrations")
        other.execute(f"SELECT pg_advisory_lock({number})".encode())
        process = project.start(command, "up")
        wait_for_line(process, "waiting for the ")
    assert finish(process).returncode == 0
    started, first, second, _ = rows(database)[3:]
    assert float(str(first["lock_wait"])) == float(str(started["lock_wait"])) >= 0.5
    assert second["lock_wait"] == 0
    assert any("waited " in line for line in good(project.migratekit("history", "--verbose")))


KINDS = {
    "own COMMIT": "CREATE TABLE b (); COMMIT; CREATE TABLE c ();",
    "CONCURRENTLY": "CREATE INDEX CONCURRENTLY i ON a (id);",
    "own transaction": "BEGIN; CREATE TABLE b (); COMMIT;",
    "empty": "",
    "comment": "-- nothing to do",
    "blank": " \n",
    "role": "SET ROLE pg_read_all_data; CREATE TEMP TABLE t ();",
    "open quote": "SELECT 1; -- it's",
    "CALL": "CALL note();",
}


@either
@pytest.mark.parametrize("text", KINDS.values(), ids=KINDS)
def test_every_kind_of_file_leaves_one_row(project: Project, database: TestDatabase, command: str, text: str) -> None:
    procedure = "CREATE PROCEDURE note() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;"
    project.chain(f"CREATE TABLE a (id int); {procedure}")
    good(project.migratekit("up"))
    project.chain(f"CREATE TABLE a (id int); {procedure}", text)
    assert run(project, command, "up").returncode == 0
    assert written(database)[3:] == ["started", "applied up 2", "finished"]
    assert rows(database)[-2]["checksum"] == sha256(text.encode()).hexdigest()
    assert str(rows(database)[-2]["started_at"]) <= str(rows(database)[-2]["ended_at"])
    assert states(project) == {1: "applied", 2: "applied"}


HALF_WAY = {
    "own COMMIT": ("CREATE TABLE b (); COMMIT; SELECT 1 / 0;", "22012", True),
    "CONCURRENTLY": ("CREATE UNIQUE INDEX CONCURRENTLY i ON a (id);", "23505", True),
    "CONCURRENTLY on nothing": ("CREATE UNIQUE INDEX CONCURRENTLY i ON missing (id);", "42P01", False),
}


@pytest.mark.parametrize(("text", "sqlstate", "dirty"), HALF_WAY.values(), ids=HALF_WAY)
def test_a_file_that_fails_outside_of_a_transaction_says_whether_it_is_dirty(
    project: Project, database: TestDatabase, text: str, sqlstate: str, dirty: bool
) -> None:
    project.chain("CREATE TABLE a (id int); INSERT INTO a VALUES (1), (1);", text)
    assert project.migratekit("up").returncode == (ExitCode.DIRTY if dirty else ExitCode.FAILED)
    failed = rows(database)[-1]
    assert (failed["outcome"], failed["sqlstate"], failed["dirty"]) == ("failed", sqlstate, dirty)
    assert failed["version_after"] == (2 if dirty else 1)
    assert states(project) == {1: "applied", 2: "dirty" if dirty else "pending"}


@pytest.mark.every_server
def test_migrate_appends_and_never_makes_the_table(three: Project, database: TestDatabase) -> None:
    assert three.migrate("up", "1").returncode == 0
    assert three.migrate("down", "1").returncode == 0
    assert three.migrate("force", "1").returncode == 0
    assert three.migrate("force", "-1").returncode == 0
    assert not has_history(database)
    good(three.migratekit("up", "1"))
    assert three.migrate("up").returncode == 0
    assert three.migrate("down", "1").returncode == 0
    assert three.migrate("force", "1").returncode == 0
    assert written(database)[3:] == [
        "started",
        "applied up 2",
        "applied up 3",
        "finished",
        "started",
        "applied down 3",
        "finished",
        "forced 2 -> 1",
    ]
    assert {str(row["tool"]).split()[0] for row in rows(database)[3:]} == {"migrate"}


RIGHTS = {"no INSERT": "SELECT", "no SELECT": "INSERT", "nothing": ""}


@contextmanager
def as_role(project: Project, database: TestDatabase, rights: str, more: str = "") -> Iterator[str]:
    """The project connects as a role that owns the version table's rows and has these rights on the history."""
    with fresh_role(database) as role:
        database.rows(f"GRANT SELECT, INSERT, UPDATE, DELETE ON schema_migrations TO {role}")
        if rights:
            database.rows(f"GRANT {rights} ON {TABLE} TO {role}")
        if more:
            database.rows(more.format(role))
        owner, project.url = project.url, database.url.replace("postgres@", f"{role}@")
        try:
            yield role
        finally:
            project.url = owner


@pytest.mark.parametrize("rights", RIGHTS.values(), ids=RIGHTS)
def test_without_rights_on_the_history_migratekit_refuses_and_migrate_does_not(
    three: Project, database: TestDatabase, rights: str
) -> None:
    good(three.migratekit("up", "1"))
    before = written(database)
    with as_role(three, database, rights):
        told = bad(three.migratekit("up"), ExitCode.FAILED)
        assert f'"public"."{TABLE}"' in told
        assert f'GRANT SELECT, INSERT ON "public"."{TABLE}" TO' in told
        assert (version(database), database.tables(), written(database)) == (1, {"a"}, before)
        assert three.migrate("up").returncode == 0
        assert version(database) == 3
        assert "INSERT" in rights or written(database) == before
        assert three.migratekit("status").returncode == 0
        assert good(three.migratekit("up")) == ["nothing to do; development is at version 3"]


def test_without_the_right_to_make_the_history_nothing_is_run(three: Project, database: TestDatabase) -> None:
    assert three.migrate("up", "1").returncode == 0
    with fresh_role(database) as role:
        database.rows(f"GRANT SELECT, INSERT, UPDATE, DELETE ON schema_migrations TO {role}")
        database.rows(f"REVOKE CREATE ON SCHEMA public FROM {role}, public")
        three.write({"002_create_b.up.sql": "SELECT 2;"})
        owner, three.url = three.url, database.url.replace("postgres@", f"{role}@")
        told = bad(three.migratekit("up", "1"), ExitCode.FAILED)
        assert "the history cannot be made, so nothing was run: permission denied for schema public" in told
        assert 'GRANT CREATE ON SCHEMA "public" TO' in told
        assert version(database) == 1
        assert three.migrate("up", "1").returncode == 0
        assert (version(database), has_history(database)) == (2, False)
        three.url = owner


@either
def test_a_history_that_refuses_rows_fails_migratekit_alone(
    three: Project, database: TestDatabase, command: str
) -> None:
    good(three.migratekit("up", "1"))
    before = written(database)
    database.rows("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$")
    database.rows(f"CREATE TRIGGER t BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION no()")
    done = run(three, command, "up")
    assert done.returncode == (1 if command == "migratekit" else 0)
    assert version(database) == (1 if command == "migratekit" else 3)
    assert written(database) == before


DROPPING = {
    "plain": "DROP TABLE {};",
    "whole": "BEGIN; DROP TABLE {}; COMMIT;",
    "own commit": "COMMIT; DROP TABLE {};",
    "renamed": "ALTER TABLE {} RENAME TO other;",
}


@pytest.mark.parametrize("text", DROPPING.values(), ids=DROPPING)
def test_migrate_goes_on_when_a_file_drops_the_history(three: Project, database: TestDatabase, text: str) -> None:
    good(three.migratekit("up", "1"))
    three.write({"002_create_b.up.sql": text.format(TABLE)})
    assert three.migrate("up").returncode == 0
    assert (version(database), has_history(database)) == (3, False)
    assert good(three.migratekit("down"))[-1] == "1 migration undone; development is at version 2"
    assert written(database) == ["started", "applied down 3", "finished"]


@pytest.mark.parametrize("text", [DROPPING["plain"], DROPPING["whole"]], ids=["plain", "whole"])
def test_migratekit_refuses_a_file_that_drops_the_history(three: Project, database: TestDatabase, text: str) -> None:
    good(three.migratekit("up", "1"))
    three.write({"002_create_b.up.sql": text.format(TABLE)})
    done = three.migratekit("up")
    assert (done.returncode, done.stdout) == (ExitCode.FAILED, "")
    assert f"002_create_b.up.sql: the version row cannot be written: relation \"public.{TABLE}\"" in done.stderr
    assert "nothing of the file was kept" in done.stderr
    assert version(database) == 1
    assert written(database)[-2:] == ["started", "failed up 2"]


@either
def test_a_history_that_was_dropped_begins_anew(three: Project, database: TestDatabase, command: str) -> None:
    good(three.migratekit("up", "2"))
    database.rows(f"DROP TABLE {TABLE}")
    assert states(three) == {1: "applied", 2: "applied", 3: "pending"}
    assert run(three, command, "up").returncode == 0
    assert has_history(database) == (command == "migratekit")
    if command == "migratekit":
        assert states(three) == {1: "applied by another tool", 2: "applied by another tool", 3: "applied"}


FOREIGN = {
    "a table": "CREATE TABLE {} (id int, note text)",
    "a view": "CREATE VIEW {} AS SELECT 1 AS id",
    "a table with some of the columns": "CREATE TABLE {} (id int, run uuid, outcome text, version bigint)",
}


@pytest.mark.parametrize("statement", FOREIGN.values(), ids=FOREIGN)
def test_another_table_of_that_name_is_left_alone(three: Project, database: TestDatabase, statement: str) -> None:
    database.rows(statement.format(TABLE))
    before = database.rows(f"SELECT * FROM {TABLE}")
    told = bad(three.migratekit("up"), ExitCode.FAILED)
    assert "a table of another kind has the name of the history" in told
    assert "--table" in told
    assert database.tables() == set()
    assert three.migrate("up").returncode == 0
    assert version(database) == 3
    assert three.migratekit("status").returncode == 0
    assert good(three.migratekit("history"))[0].startswith("development has no history yet")
    assert database.rows(f"SELECT * FROM {TABLE}") == before
    good(three.migratekit("up", "--table", "mine", "--allow-missing", "0"))


@contextmanager
def encoded_database(server: Server, encoding: str) -> Iterator[TestDatabase]:
    """A database that cannot hold, or does not know, every character."""
    name = f"encoded_{encoding.lower()}_{os.getpid()}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        made = "CREATE DATABASE {} ENCODING {} TEMPLATE template0 LOCALE 'C'"
        admin.execute(sql.SQL(made).format(sql.Identifier(name), sql.Literal(encoding)))
    try:
        yield TestDatabase(name, server, server.binaries.major)
    finally:
        drop_database(server, name)


@either
@pytest.mark.every_server
@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_without_unicode_keeps_what_it_can(
    project: Project, server: Server, encoding: str, command: str
) -> None:
    project.write(
        {
            "1_prüfung.up.sql": "CREATE TABLE a ();",
            "1_prüfung.down.sql": "DROP TABLE a; -- für später €",
            "2_€.up.sql": "DO $$ BEGIN RAISE EXCEPTION 'zu früh'; END $$;",
            "2_€.down.sql": "SELECT 'é';",
        }
    )
    with encoded_database(server, encoding) as database:
        project.url = database.url
        good(project.migratekit("up", "1"))
        assert states(project) == {1: "applied", 2: "pending"}
        assert run(project, command, "up").returncode == 1
        assert project.migratekit("force", "1").returncode == 0
        assert story(project) == ["applied up 1", "failed up 2", f"forced {1 if command == 'migratekit' else 2} -> 1"]
        good(project.migratekit("history"))
        project.write({"2_€.up.sql": "SELECT 'é';" if encoding == "LATIN1" else "SELECT '€';"})
        assert run(project, command, "up").returncode == 0
        assert states(project) == {1: "applied", 2: "applied"}
        assert run(project, command, "down", "1").returncode == 0
        (project.migrations / "1_prüfung.up.sql").unlink()
        (project.migrations / "1_prüfung.down.sql").unlink()
        done = project.migratekit("down", "--stored")
        assert done.returncode == (ExitCode.REFUSED if encoding == "LATIN1" else ExitCode.DONE), done.stderr


def test_a_title_that_is_no_text_is_the_same_title_later(project: Project, database: TestDatabase) -> None:
    for way in ("up", "down"):
        (project.migrations / os.fsdecode(b"1_f\xfcr." + way.encode() + b".sql")).write_text("SELECT 1;")
    good(project.migratekit("up"))
    assert good(project.migratekit("up")) == ["nothing to do; development is at version 1"]
    assert [row["state"] for row in status_rows(project)] == ["applied"]


def status_rows(project: Project) -> list[dict[str, object]]:
    import json

    done = project.migratekit("status", "--json")
    return list(json.loads(done.stdout.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))["migrations"])


NAMES = {
    "long": ("v" * 60, f"{'v' * 55}_history"),
    "longest": ("v" * 63, f"{'v' * 55}_history"),
    "long, several bytes a letter": ("ä" * 30, f"{'ä' * 27}_history"),
    "of another schema": ("other.versions", "other.versions_history"),
    "odd": ('a"b c', 'a"b c_history'),
}


@pytest.mark.parametrize(("table", "history"), NAMES.values(), ids=NAMES)
def test_the_history_is_beside_the_version_table(
    three: Project, database: TestDatabase, table: str, history: str
) -> None:
    database.rows("CREATE SCHEMA other")
    good(three.migratekit("up", "2", "--table", table))
    good(three.migratekit("down", "--table", table))
    name = ".".join('"{}"'.format(part.replace('"', '""')) for part in history.split("."))
    assert written(database, table=name) == [
        "started",
        "applied up 1",
        "applied up 2",
        "finished",
        "started",
        "applied down 2",
        "finished",
    ]
    assert states(three, "--table", table) == {1: "applied", 2: "pending", 3: "pending"}


@pytest.mark.parametrize("second", COMMANDS)
def test_two_runners_at_once_write_one_story(project: Project, database: TestDatabase, second: str) -> None:
    project.chain("SELECT 1;")
    good(project.migratekit("up"))
    project.chain("SELECT 1;", *(f"CREATE TABLE t{n} ();" for n in range(20)))
    done = [finish(process) for process in [project.start(command, "up") for command in ("migratekit", second)]]
    assert [each.returncode for each in done] == [0, 0]
    assert story(project) == [f"applied up {n}" for n in range(1, 22)]
    assert written(database)[3:] == ["started", *(f"applied up {n}" for n in range(2, 22)), "finished"]
    assert set(states(project).values()) == {"applied"}


@pytest.mark.parametrize("command", COMMANDS)
def test_two_runners_of_single_steps_write_one_story(project: Project, database: TestDatabase, command: str) -> None:
    project.chain("SELECT 1;", "CREATE TABLE a ();", "CREATE TABLE b ();")
    good(project.migratekit("up", "1"))
    for process in [project.start(command, "up", "1") for _ in range(2)]:
        assert finish(process).returncode == 0
    assert story(project) == ["applied up 1", "applied up 2", "applied up 3"]
    found = rows(database)
    assert [row["outcome"] for row in found[3:]] == ["started", "applied", "finished"] * 2
    assert [(row["version_before"], row["version_after"]) for row in rows(database, "applied")] == [
        (None, 1),
        (1, 2),
        (2, 3),
    ]


def test_a_thousand_migrations_are_all_there(project: Project, database: TestDatabase) -> None:
    project.chain(*(f"CREATE TABLE t{n} (); INSERT INTO t{n} DEFAULT VALUES;" for n in range(1, 1001)))
    assert project.migratekit("up").returncode == 0
    assert written(database) == ["started", *(f"applied up {n}" for n in range(1, 1001)), "finished"]
    assert states(project) == dict.fromkeys(range(1, 1001), "applied")
    found = attempts(project)
    assert [(row["version"], row["rows"]) for row in found] == [(n, 1) for n in range(1, 1001)]
    assert len(good(project.migratekit("history"))) == 1001


def test_history_is_a_table_for_people(project: Project, database: TestDatabase) -> None:
    assert good(project.migratekit("history")) == ["development has no history yet; the first `up` begins it"]
    project.chain("CREATE TABLE a ();", "CREATE TABLE b ();", "SELECT 1 / 0;")
    good(project.migratekit("up", "1"))
    database.rows("UPDATE schema_migrations SET version = 2; CREATE TABLE b ()")
    assert project.migratekit("up").returncode == 1
    good(project.migratekit("down"))
    good(project.migratekit("force", "2"))
    good(project.migratekit("force", "none"))
    database.rows("DROP TABLE a, b")
    good(project.migratekit("baseline", "1"))
    assert golden(project.migratekit("history").stdout) == [
        "when  what  outcome  took  by",
        "TIME  up  1_m1  applied  TOOK  WHO",
        "TIME  version 1 -> 2  moved  another tool",
        "TIME  up  3_m3  failed  TOOK  WHO",
        "TIME  down 2_m2  applied  TOOK  WHO",
        "TIME  version 1 -> 2  forced  TOOK  WHO",
        "TIME  version 2 -> none  forced  TOOK  WHO",
        "TIME  1_m1  baselined  TOOK  WHO",
    ]


def test_history_in_full_is_told_attempt_by_attempt(project: Project) -> None:
    project.chain("CREATE TABLE a AS SELECT 1;", "SELECT 1 / 0;")
    assert project.migratekit("up").returncode == 1
    lines = golden(project.migratekit("history", "--verbose").stdout)
    assert [line.split(", run ")[0] for line in lines] == [
        "TIME  up  1_m1  applied  TOOK  WHO",
        lines[1].split(", run ")[0],
        "TIME  up  2_m2  failed  TOOK  WHO",
        "  SQLSTATE 22012: division by zero",
        "  by postgres with migratekit 0.1.0",
    ]
    assert lines[1].startswith("  rows 1, WAL about ")
    assert ", by postgres with migratekit 0.1.0, run " in lines[1]


def test_history_as_json_has_every_figure(three: Project) -> None:
    good(three.migratekit("up", "1"))
    (row,) = attempts(three)
    assert set(row) == {
        "id", "run", "outcome", "started_at", "version", "name", "direction", "checksum", "version_before",
        "version_after", "dirty", "ended_at", "lock_wait", "wal_bytes", "sqlstate", "message", "database_user",
        "os_user", "host", "tool", "seconds", "rows",
    }  # fmt: skip
    assert (row["outcome"], row["version"], row["direction"], row["rows"]) == ("applied", 1, "up", 0)
    assert float(str(row["seconds"])) > 0
