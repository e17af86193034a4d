"""`migratekit history` for people and programs; and histories of odd names, encodings and lengths."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

import psycopg
import pytest
from psycopg import sql

from histories import attempts, golden, states, story, written
from migratekit.errors import ExitCode
from migratekit.server import Server
from outcomes import good, write_three
from runs import either, run
from support import BIN, Project, TestDatabase, drop_database


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


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
@pytest.mark.every_server(long=True)
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
    for name in ("1_f\udcfcr.up.sql", "1_f\udcfcr.down.sql"):
        (project.migrations / name).write_text("SELECT 1;")
    for words in (["up"], ["up"], ["status", "--exit-code"]):
        argv = [str(BIN / "migratekit"), *words]
        done = subprocess.run(argv, cwd=project.folder, env=project.environment(), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


NAMES = {
    "long": ("v" * 60, f"{'v' * 46}_{crc32(b'v' * 60):08x}_history"),
    "longest": ("v" * 63, f"{'v' * 46}_{crc32(b'v' * 63):08x}_history"),
    "long, several bytes a letter": ("ä" * 30, f"{'ä' * 23}_{crc32('ä'.encode() * 30):08x}_history"),
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


def test_a_thousand_migrations_are_all_there(project: Project, database: TestDatabase) -> None:
    project.chain(*(f"CREATE TABLE t{n} (); INSERT INTO t{n} DEFAULT VALUES;" for n in range(1, 1001)))
    assert project.migratekit("up").returncode == 0
    assert written(database) == ["started", *(f"applied up {n}" for n in range(1, 1001)), "finished"]
    assert states(project) == dict.fromkeys(range(1, 1001), "applied")
    found = attempts(project)
    assert [(row["version"], row["rows"]) for row in found] == [(n, 1) for n in range(1, 1001)]
    assert len(good(project.migratekit("history"))) == 1001
