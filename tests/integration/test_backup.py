"""A backup is whole, private and proved, or there is none."""

import json
import os
import resource
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from backups import CANARY, COUNTED, ROWS, Tools, databases, made, manifest, names, partial, refused
from migratekit.backup import NoTools, backups, client_tools, newest
from migratekit.backup.manifest import read, write
from migratekit.errors import ExitCode
from outcomes import bad, good
from runs import finish, nothing_left
from support import Project, TestDatabase, wait_for

FORMATS = pytest.mark.parametrize("form", ["custom", "directory"])


@pytest.fixture
def filled(database: TestDatabase) -> TestDatabase:
    database.rows(ROWS)
    return database


@pytest.fixture
def tools(project: Project, filled: TestDatabase) -> Iterator[Tools]:
    tools = Tools(project, filled)
    yield tools
    tools.end()


@FORMATS
def test_a_backup_is_private_and_says_what_is_in_it(project: Project, tools: Tools, form: str) -> None:
    project.url += f"&password={CANARY}&app.key={CANARY}"
    before = os.umask(0)
    try:
        process = project.start(
            "migratekit", "backup", "--format", form, "--verify", "restore", "--json", "--yes", installed=True
        )
    finally:
        os.umask(before)
    done = finish(process)

    assert (done.returncode, done.stderr) == (0, "")
    backup = Path(json.loads(done.stdout)["path"])
    document = manifest(backup)
    assert (document["version"], document["dirty"], document["verified"]) == (12, False, "restore")
    assert document["rows"] == {
        '"Odd ""one"."Ordérs"': 100,
        '"public"."parts_1"': 50,
        '"public"."schema_migrations"': 1,
        '"public"."users"': 5000,
    }
    files = [backup.parent, *backup.parent.rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600, 0o700}
    assert {path.stat().st_mode & 0o777 for path in files if path.is_dir()} == {0o700}
    assert partial(project) == []
    everything = b"".join(path.read_bytes() for path in files if path.is_file()) + tools.said.read_bytes()
    assert b"--snapshot" in tools.said.read_bytes()
    assert CANARY.encode() not in everything + done.stdout.encode()
    assert good(project.migratekit("backup", "verify"))[0].startswith(f"{backup.name} is good: ")
    assert backup.name in project.migratekit("backup", "list").stdout


def test_rows_and_sequences_are_those_of_one_moment_while_others_write(project: Project, filled: TestDatabase) -> None:
    done = threading.Event()

    def work() -> None:
        with psycopg.connect(filled.url, autocommit=True) as session:
            while not done.is_set():
                session.execute("INSERT INTO users (email) VALUES (gen_random_uuid())")
                session.execute("DELETE FROM parts WHERE day = (SELECT min(day) FROM parts)")

    writer = threading.Thread(target=work)
    writer.start()
    try:
        backup = made(project, "--verify", "restore")
    finally:
        done.set()
        writer.join()
    assert manifest(backup)["rows"]['"public"."users"'] >= 5000
    assert databases(filled) == set()


def test_a_table_that_is_rewritten_when_the_backup_begins_is_in_it_with_its_rows(
    project: Project, filled: TestDatabase
) -> None:
    with filled.connect() as other:
        other.execute('BEGIN; ALTER TABLE "Odd ""one"."Ordérs" ALTER note TYPE varchar(9)')
        process = project.start("migratekit", "backup", "--verify", "restore")
        wait_for(lambda: filled.rows("SELECT 1 FROM pg_locks WHERE NOT granted"), "the backup to wait for the lock")
        other.execute("COMMIT")
        done = finish(process)
    assert done.returncode == 0, done.stderr
    assert manifest(project.folder / "backups" / names(project)[0])["rows"]['"Odd ""one"."Ordérs"'] == 100


def test_a_scratch_database_with_a_subscription_goes_too(project: Project, filled: TestDatabase) -> None:
    filled.rows("CREATE SUBSCRIPTION s CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false)")
    try:
        made(project, "--verify", "restore")
    finally:
        filled.rows("ALTER SUBSCRIPTION s SET (slot_name = NONE)")
        filled.rows("DROP SUBSCRIPTION s")
    assert databases(filled) == set()


FAILURES = {
    "it fails half-way": '"$real" "$@" | head -c 3000; exit 1',
    "it is killed": '"$real" "$@" | head -c 3000; kill -9 $$',
    "what it writes ends early": '"$real" "$@" | head -c 300',
    "it writes nothing": "exit 0",
    "it is none": "exec /nonexistent",
}


@pytest.mark.parametrize("script", FAILURES.values(), ids=FAILURES)
def test_what_pg_dump_does_not_finish_is_no_backup(project: Project, tools: Tools, script: str) -> None:
    tools.write("pg_dump", script)
    bad(project.migratekit("backup"), ExitCode.FAILED)
    assert (names(project), partial(project)) == ([], [])


@FORMATS
def test_a_full_disk_leaves_nothing(project: Project, filled: TestDatabase, form: str) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        process = project.start("migratekit", "backup", "--format", form, installed=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    done = finish(process)
    said = bad(done, ExitCode.FAILED)
    assert form == "directory" or "File too large" in said
    assert (names(project), partial(project)) == ([], [])


def test_a_backup_that_is_not_what_was_counted_is_none(project: Project, tools: Tools) -> None:
    tools.write("pg_dump", 'exec "$real" --exclude-table-data=parts_1 "$@"')
    said = bad(project.migratekit("backup", "--verify", "restore"), ExitCode.FAILED)
    assert '"public"."parts_1" has 0 rows and should have 50' in said
    assert (names(project), partial(project)) == ([], [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_ends_pg_dump_and_leaves_nothing(
    project: Project, filled: TestDatabase, number: signal.Signals
) -> None:
    with filled.connect() as other:
        other.execute("BEGIN; LOCK TABLE users")
        process = project.start("migratekit", "backup", installed=True)
        wait_for(lambda: filled.rows("SELECT 1 FROM pg_locks WHERE NOT granted"), "pg_dump to wait for the lock")
        assert len(partial(project)) == 1
        process.send_signal(number)
        done = finish(process)
    assert done.returncode == ExitCode.INTERRUPTED
    assert "interrupted; no backup was made" in done.stderr
    assert (names(project), partial(project)) == ([], [])
    nothing_left(filled)


def test_what_a_killed_run_left_goes_with_the_next_one_once_its_process_is_gone(project: Project, tools: Tools) -> None:
    tools.write("pg_dump", '"$real" "$@" | head -c 3000; stand_still')
    process = project.start("migratekit", "backup")
    tools.wait()
    process.kill()
    finish(process)
    left = partial(project)
    assert (len(left), names(project)) == (1, [])

    tools.write("pg_dump", 'exec "$real" "$@"')
    first = made(project)
    assert partial(project) == left
    tools.end()
    wait_for(lambda: (made(project), partial(project))[1] == [], "the leftover to go")
    assert first.name in names(project)


def test_only_the_rows_that_pending_migrations_touch(project: Project, filled: TestDatabase) -> None:
    project.write({"13_add.up.sql": "ALTER TABLE users ADD age int;", "13_add.down.sql": "ALTER TABLE users DROP age;"})
    backup = made(project, "--tables-only", "--verify", "restore")
    assert (manifest(backup)["scope"], manifest(backup)["rows"]) == ("tables", {'"public"."users"': 5000})
    refused(project.migratekit("restore", "--yes", backup.name), "it holds the rows of some tables alone")


def test_tools_that_are_too_old_are_named() -> None:
    with pytest.raises(NoTools, match=r"pg_dump 1\d\.\d+ at /.*: too old; the server is PostgreSQL 99"):
        client_tools(990000)


def test_only_backups_that_had_their_time_are_removed(project: Project, filled: TestDatabase) -> None:
    (project.folder / "environments").mkdir()
    (project.folder / "environments" / "development.yaml").write_text("backup: {keep: 2, keep_for: 30d}\n")
    original = read(made(project))
    assert original is not None
    for day in (1, 2, 3, 4):
        for environment in ("development", "staging"):
            path = original.path.with_name(f"{environment}-{day}")
            path.mkdir(mode=0o700)
            (path / "dump").write_bytes((original.path / "dump").read_bytes())
            at = f"2026-01-0{day}T00:00:00+00:00"
            write(replace(original, environment=environment, started_at=at), path)
    ahead = original.path.with_name("development-9")
    ahead.mkdir()
    (ahead / "dump").write_bytes((original.path / "dump").read_bytes())
    write(replace(original, started_at="2099-01-01T00:00:00+00:00"), ahead)
    (original.path / "dump").write_bytes(b"")

    assert project.migratekit("backup", "prune", "--dry-run").stdout.splitlines()[-1] == "3 backups would be gone"
    assert len(names(project)) == 10
    good(project.migratekit("backup", "prune"))

    assert names(project) == sorted(
        [original.name, "development-4", ahead.name, "staging-1", "staging-2", "staging-3", "staging-4"]
    )
    found = backups(original.path.parent)
    assert found[0].name == original.name
    assert newest(original.path.parent, "staging", filled.name) == next(b for b in found if b.name == "staging-4")


def test_a_signal_ends_what_the_service_started(project: Project, filled: TestDatabase) -> None:
    (project.folder / "environments").mkdir()
    script = "sleep 60 & echo $! >pid.new && mv pid.new pid; wait"
    settings = json.dumps({"backup": {"command": ["sh", "-c", script]}})
    (project.folder / "environments" / "development.yaml").write_text(settings)
    process, pid = project.start("migratekit", "backup"), project.folder / "pid"
    wait_for(pid.exists, "the service to work")
    process.send_signal(signal.SIGTERM)
    assert finish(process).returncode == ExitCode.INTERRUPTED
    child = Path(f"/proc/{pid.read_text().strip()}/stat")
    wait_for(lambda: not child.exists() or child.read_text().split()[2] == "Z", "its program to end")
    assert (names(project), partial(project)) == ([], [])


SERVICE = """
import os, sys
print("talk"); print("label-42")
assert os.environ["DATABASE_URL"] and os.environ["MIGRATEKIT_BACKUP_VERSION"] == "12"
"""
CHECK = 'import os, sys; sys.exit(os.environ["MIGRATEKIT_BACKUP_REFERENCE"] != "label-42")'


@pytest.mark.parametrize(("check", "code"), [(CHECK, ExitCode.DONE), ("raise SystemExit(3)", ExitCode.FAILED)])
def test_a_service_stands_in_for_pg_dump(project: Project, filled: TestDatabase, check: str, code: ExitCode) -> None:
    (project.folder / "environments").mkdir()
    settings = {"backup": {"command": ["python3", "-c", SERVICE], "check": ["python3", "-c", check]}}
    (project.folder / "environments" / "development.yaml").write_text(json.dumps(settings))

    done = project.migratekit("backup")

    assert done.returncode == code, done.stderr
    if code:
        assert (names(project), partial(project)) == ([], [])
        return
    document = manifest(project.folder / "backups" / names(project)[0])
    assert (document["reference"], document["verified"], document["files"]) == ("label-42", "command", [])
    assert "checked by its service" in good(project.migratekit("backup", "verify"))[0]
    refused(project.migratekit("restore", "--yes"), "it calls the backup: label-42")
    assert filled.rows(COUNTED)
