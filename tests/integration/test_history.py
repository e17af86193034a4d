"""The history: the rows that each attempt leaves in it."""

import os
from hashlib import sha256

import pytest

from histories import TABLE, Row, attempts, has_history, rows, states, story, written
from migratekit.errors import ExitCode
from migratekit.lock import lock_id
from outcomes import good, write_three
from runs import COMMANDS, either, finish, run, wait_for_line
from support import Project, TestDatabase

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


def test_what_is_written_is_never_changed(project: Project, database: TestDatabase) -> None:
    project.chain("SELECT 1;", "SELECT 1;", "SELECT 1 / 0;")
    seen: list[Row] = []
    for words in (["up", "2"], ["redo"], ["force", "1"], ["up"], ["force", "none"], ["baseline", "2"], ["up"]):
        project.migratekit(*words)
        assert project.migrate("down", "1").returncode == (1 if words == ["force", "none"] else 0)
        found = rows(database)
        assert (found[: len(seen)], len(found) > len(seen)) == (seen, True)
        seen = found


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
    assert rows(database)[-1]["figures"] == [{"rows": 0}, {"done": 0, "each": False, "text": sha256(b"").hexdigest()}]
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


@pytest.mark.every_server
def test_rows_and_wal_of_each_file_are_kept(project: Project, database: TestDatabase) -> None:
    insert = "INSERT INTO a SELECT generate_series(1, 1000);"
    project.chain(
        "CREATE TABLE a (id int);",
        insert,
        f"BEGIN; {insert} UPDATE a SET id = 0 WHERE id <= 10; DELETE FROM a WHERE id = 0; COMMIT;",
        f"BEGIN; {insert} COMMIT; {insert}",
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
    "role": "SET LOCAL ROLE pg_read_all_data; CREATE TEMP TABLE t ();",
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


def test_a_file_that_migrate_cuts_into_pieces_is_one_row(project: Project, database: TestDatabase) -> None:
    project.chain("SELECT 1;")
    good(project.migratekit("up"))
    project.chain("SELECT 1;", "CREATE TABLE a AS SELECT 1; INSERT INTO a VALUES (2), (3);", "SELECT 1; SELECT 1 / 0;")
    project.url += "&x-multi-statement=true"
    assert project.migrate("up").returncode == 1
    assert story(project) == ["applied up 1", "applied up 2", "failed up 3"]
    assert [row["rows"] for row in attempts(project)] == [0, 3, None]
    ran = sha256(b"SELECT 1").hexdigest()
    assert rows(database)[-1]["figures"] == [{"rows": 3}, {"done": 1, "each": True, "text": ran}]


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


def test_the_end_of_a_run_tells_what_the_schema_is_like_then(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE a (id int);", "CREATE TABLE b ();")
    assert project.migratekit("up", "1").returncode == 0
    assert project.migratekit("up").returncode == 0
    assert project.migratekit("down").returncode == 0
    ends = "FROM schema_migrations_history WHERE outcome = 'finished' ORDER BY id"
    (first,), (second,), (third,) = database.rows(f"SELECT schema_digest {ends}")
    assert len(str(first)) == 64
    assert (first == second, second == third) == (False, True), "the way down of the second does nothing"
