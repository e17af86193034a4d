"""A restore gives back what was there, or touches nothing."""

import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from backups import COUNTED, ROWS, Tools, change, databases, made, refused
from migratekit.backup.beside import named
from migratekit.errors import ExitCode
from migratekit.lock import lock_id
from migratekit.server import Server
from outcomes import bad, good
from runs import finish, fresh_role, wait_for_line
from support import Project, TestDatabase, drop_database, wait_for

SETTINGS = """
    SELECT datconnlimit, datacl::text, shobj_description(d.oid, 'pg_database'), pg_get_userbyid(datdba), datcollate,
           (SELECT string_agg(line, E'\\n' ORDER BY line)
              FROM pg_db_role_setting, concat_ws(' ', setrole::regrole, setconfig) AS line WHERE setdatabase = d.oid)
      FROM pg_database d WHERE datname = current_database()
"""


@pytest.fixture
def filled(database: TestDatabase) -> Iterator[TestDatabase]:
    database.rows(ROWS)
    yield database
    for name in databases(database):
        drop_database(database.server, name)


@pytest.mark.every_server(long=True)
def test_what_was_there_is_back_and_what_replaced_it_is_kept(project: Project, filled: TestDatabase) -> None:
    name = filled.name
    filled.rows(
        f"""ALTER DATABASE {name} SET search_path = "$user", public, "Odd ""one";
        ALTER DATABASE {name} SET app.x = 'y z';
        ALTER ROLE CURRENT_USER IN DATABASE {name} SET work_mem = '5MB'; ALTER DATABASE {name} CONNECTION LIMIT 77;
        REVOKE CONNECT ON DATABASE {name} FROM PUBLIC; COMMENT ON DATABASE {name} IS 'it''s ours'"""
    )
    was = (filled.digest(), filled.rows(COUNTED), filled.rows(SETTINGS), filled.state())
    made(project, "--verify", "restore")
    filled.rows(
        "INSERT INTO users (email) VALUES ('later'); DROP TABLE parts; UPDATE schema_migrations SET version = 13"
    )
    later = filled.digest()

    with filled.connect() as session:
        lines = good(project.migratekit("restore", "--yes"))
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")

    assert (filled.digest(), filled.rows(COUNTED), filled.rows(SETTINGS), filled.state()) == was
    (former,) = databases(filled)
    assert f"what was there is kept as database {former}:" in lines
    assert filled.rows("INSERT INTO users (email) VALUES ('next') RETURNING id") == [(5001,)]

    assert good(project.migratekit("restore", "--back", "--yes"))[0] == f"{name} is again what was kept as {former}"
    assert (filled.digest(), filled.state()) == (later, [(13, False)])


def truncate(backup: Path) -> None:
    content = (backup / "dump").read_bytes()
    (backup / "dump").write_bytes(content[: len(content) // 2])


def flip(backup: Path) -> None:
    content = bytearray((backup / "dump").read_bytes())
    content[len(content) // 2] ^= 1
    (backup / "dump").write_bytes(content)


DAMAGES = {
    "truncated": (truncate, "bytes and should have"),
    "bit-flipped": (flip, "its checksum is not the one that was written down"),
    "empty": (lambda backup: (backup / "dump").write_bytes(b""), "it has 0 bytes and should have"),
    "gone": (lambda backup: (backup / "dump").unlink(), "it cannot be read"),
    "no manifest": (lambda backup: (backup / "manifest.json").write_text("{"), "it has no manifest"),
    "no files": (lambda backup: change(backup, files=[]), "its manifest names no file of it"),
    "edited": (lambda backup: change(backup, server_version="15"), "it has no manifest that can be read"),
    "other database": (lambda backup: change(backup, database="other"), "it is of database other, not of"),
    "other server": (lambda backup: change(backup, system="1"), "it is of another server (1, not"),
    "newer server": (lambda backup: change(backup, server_version=990001), "it is of PostgreSQL 99"),
    "newer tools": (lambda backup: change(backup, tool="pg_dump 99.1"), "the server is PostgreSQL 99"),
    "roles missing": (
        lambda backup: change(backup, roles=["nobody_here"]),
        "roles are missing on the server: nobody_here",
    ),
    "extensions missing": (lambda backup: change(backup, extensions=["postgis9"]), "extensions are missing"),
    "rows missing": (
        lambda backup: change(backup, rows={'"public"."users"': 5001}),
        "has 5,000 rows and should have 5,001",
    ),
}


def test_what_is_damaged_or_foreign_or_newer_is_refused_and_nothing_touched(
    project: Project, filled: TestDatabase
) -> None:
    was = (filled.digest(), filled.rows(COUNTED))
    backup = made(project, "--verify", "restore")
    original = {path: path.read_bytes() for path in backup.iterdir()}
    with filled.connect() as session:
        for damage, text in DAMAGES.values():
            damage(backup)
            refused(project.migratekit("restore", "--yes", backup.name), text)
            assert databases(filled) == set()
            for path, content in original.items():
                path.write_bytes(content)
        assert session.execute(COUNTED).fetchall() == was[1]
    assert (filled.digest(), filled.rows(COUNTED)) == was
    assert "nobody is there to confirm it" in bad(project.migratekit("restore"), ExitCode.REFUSED)


def test_a_backup_becomes_a_database_of_another_name(project: Project, filled: TestDatabase) -> None:
    backup = made(project)
    name = f"{filled.name}_copy"
    good(project.migratekit("restore", "--as", name, "--no-owner", backup.name))
    copy = TestDatabase(name, filled.server, filled.major)
    assert (copy.digest(), copy.rows(COUNTED)) == (filled.digest(), filled.rows(COUNTED))
    refused(project.migratekit("restore", "--as", name), f"there is a database {name} already")
    drop_database(filled.server, name)
    # One that was dropped by mistake comes back under its own name.
    project.url = filled.server.url(name)
    good(project.migratekit("restore", "--from-other", backup.name))
    assert copy.rows(COUNTED) == filled.rows(COUNTED)


def test_rights_that_are_missing_are_said_before_anything(project: Project, filled: TestDatabase) -> None:
    backup = made(project)
    with fresh_role(filled) as role:
        project.url = filled.url.replace("postgres@", f"{role}@", 1)
        refused(project.migratekit("restore", "--yes", backup.name), f"role {role} may not make databases")
        refused(project.migratekit("backup", "--verify", "restore"), "give it CREATEDB")
        filled.rows(f"ALTER ROLE {role} CREATEDB")
        good(project.migratekit("restore", "--as", f"{filled.name}_copy", "--no-owner", backup.name))
        taken = f"{filled.name}_verifying_20261121T101500Z"
        refused(
            project.migratekit("restore", "--as", taken, backup.name), f"the name {taken} is one that restores give"
        )
        refused(project.migratekit("restore", "--as", "x" * 64, backup.name), "PostgreSQL keeps 63 bytes of it")
        drop_database(filled.server, f"{filled.name}_copy")
    assert databases(filled) == set()


def test_what_is_in_the_way_is_said_before_any_session_is_ended(project: Project, tmp_path: Path) -> None:
    server = Server(tmp_path, settings={"max_prepared_transactions": "1", "fsync": "off"})
    server.start()
    try:
        project.url = server.url("app")
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            admin.execute("CREATE DATABASE app")
        made(project)
        with psycopg.connect(project.url, autocommit=True) as session:
            session.execute("BEGIN; CREATE TABLE t (); PREPARE TRANSACTION 'it''s open'")
            refused(project.migratekit("restore", "--yes"), "ROLLBACK PREPARED 'it''s open' ends the first")
            session.execute("ROLLBACK PREPARED 'it''s open'")
            with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
                admin.execute("ALTER DATABASE app ALLOW_CONNECTIONS false")
            refused(project.migratekit("restore", "--yes"), "app takes no connections")
            assert session.execute("SELECT 1").fetchall() == [(1,)]
    finally:
        server.remove()


def test_names_too_long_to_be_extended_are_not_taken_for_each_other() -> None:
    first, second, short = (named(name, "before") for name in ("ä" * 31, "ä" * 30 + "b", "ä" * 10))
    assert first.partition("_before_")[0] != second.partition("_before_")[0]
    assert len(first.encode()) <= 63
    assert short.startswith("ä" * 10 + "_before_")


def test_a_killed_restore_leaves_the_old_one_whole_and_the_next_one_clears_up(
    project: Project, filled: TestDatabase
) -> None:
    made(project, "--verify", "restore")
    filled.rows("INSERT INTO users (email) VALUES ('later')")
    was = (filled.digest(), filled.rows(COUNTED))
    tools = Tools(project, filled)
    tools.write("pg_restore", 'case "$*" in *--list*) ;; *) "$real" "$@"; stand_still;; esac; exec "$real" "$@"')
    process = project.start("migratekit", "restore", "--yes")
    try:
        tools.wait()
        process.kill()
        finish(process)
    finally:
        tools.end()
    assert (filled.digest(), filled.rows(COUNTED)) == was
    (left,) = databases(filled)
    assert "_restoring_" in left

    tools.write("pg_restore", 'exec "$real" "$@"')
    wait_for(lambda: not filled.rows(f"SELECT 1 FROM pg_stat_activity WHERE datname = '{left}'"), "its sessions to end")
    good(project.migratekit("restore", "--yes"))
    (kept,) = databases(filled)
    assert "_before_" in kept
    assert filled.value("SELECT count(*) FROM users") == 5000


def test_a_signal_ends_pg_restore_and_leaves_nothing(project: Project, filled: TestDatabase) -> None:
    made(project)
    tools = Tools(project, filled)
    tools.write("pg_restore", 'case "$*" in *--list*) exec "$real" "$@";; esac; stand_still')
    process = project.start("migratekit", "restore", "--yes")
    try:
        tools.wait()
        process.send_signal(signal.SIGTERM)
        done = finish(process)
    finally:
        tools.end()
    assert (done.returncode, done.stdout) == (ExitCode.INTERRUPTED, "")
    assert "interrupted; nothing was restored" in done.stderr
    assert databases(filled) == set()


def test_a_signal_while_the_server_makes_a_database_leaves_none(project: Project, filled: TestDatabase) -> None:
    made(project)
    with filled.connect() as session:
        # Who makes a database waits for whoever changes its template.
        session.execute("BEGIN; COMMENT ON DATABASE template0 IS 'unmodifiable empty database'")
        process = project.start("migratekit", "restore", "--yes")
        waiting = "FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%_restoring_%' AND wait_event_type = 'Lock'"
        wait_for(lambda: filled.rows(f"SELECT pid {waiting}"), "the server to wait")
        process.send_signal(signal.SIGTERM)
        done = finish(process)
        session.execute("ROLLBACK")
    assert (done.returncode, databases(filled)) == (ExitCode.INTERRUPTED, set())


def test_a_runner_at_work_is_waited_for_and_a_kill_meanwhile_changes_nothing(
    project: Project, filled: TestDatabase
) -> None:
    made(project)
    filled.rows("INSERT INTO users (email) VALUES ('later')")
    was = (filled.digest(), filled.rows(COUNTED))
    with filled.connect() as runner:
        runner.execute(f"SELECT pg_advisory_lock({lock_id(f'/{filled.name}', 'public', 'schema_migrations')})")
        done = project.migratekit("restore", "--yes", "--lock-wait", "100ms")
        assert done.returncode == ExitCode.LOCKED, done.stderr
        assert databases(filled) == set()
        process = project.start("migratekit", "restore", "--yes")
        wait_for_line(process, "waiting for the lock, held by pid")
        process.kill()
        finish(process)
        assert runner.execute("SELECT 1").fetchall() == [(1,)]
    assert (filled.digest(), filled.rows(COUNTED)) == was


def test_clients_that_come_back_at_once_do_not_keep_it_from_being_restored(
    project: Project, filled: TestDatabase
) -> None:
    made(project)
    filled.rows("INSERT INTO users (email) VALUES ('later')")
    done = threading.Event()

    def come_back() -> None:
        while not done.is_set():
            with suppress(psycopg.OperationalError), filled.connect() as session:
                while not done.is_set():
                    session.execute("SELECT pg_sleep(0.01)")

    clients = [threading.Thread(target=come_back) for _ in range(4)]
    for client in clients:
        client.start()
    try:
        good(project.migratekit("restore", "--yes"))
    finally:
        done.set()
        for client in clients:
            client.join()
    assert filled.value("SELECT count(*) FROM users") == 5000
