"""Files that stand in the way of others, or others in theirs: what is seen, told, tried again and cancelled."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from migratekit.database import Database
from migratekit.errors import ExitCode
from migratekit.url import parse
from migratekit.watch.look import Look
from migratekit.watch.probe import Probe
from runs import WAIT, Done, finish, fresh_role, gate, nothing_left, wait_for_line
from support import Project, Row, TestDatabase, wait_for

WATCHER = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'migratekit watch%' AND datname = '{}'"
SLOW = (
    "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS"
    " 'BEGIN PERFORM pg_sleep(0.05); RETURN $1; END';"
)


class Idle(NamedTuple):
    """A session, and its server process."""

    session: psycopg.Connection[Row]
    pid: int


def rules(project: Project, *, lock_timeout: str = "0", **watch: object) -> None:
    """What the environment says of watching; files are tried again soon."""
    folder = project.folder / "environments"
    folder.mkdir(exist_ok=True)
    text = f"lock_timeout: {lock_timeout}\nwatch: {json.dumps({'retry_pause': '200ms', **watch})}\n"
    (folder / "development.yaml").write_text(text)


@contextmanager
def idle_transaction(database: TestDatabase, table: str = "busy") -> Iterator[Idle]:
    """A session that has read the table and does not go."""
    with database.connect() as other, other.transaction():
        other.execute(f"LOCK TABLE {table} IN ACCESS SHARE MODE".encode())
        yield Idle(other, other.info.backend_pid)


def drain(session: psycopg.Connection[Row]) -> None:
    """Waits for the end of what was sent."""
    while session.pgconn.get_result() is not None:
        pass


def waits_for_lock(database: TestDatabase, table: str) -> Callable[[], object]:
    """True once somebody waits for the table."""
    query = f"SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND NOT granted"
    return lambda: database.value(query)


def busy_chain(project: Project, second: str) -> None:
    """A chain whose second file is next."""
    project.chain("CREATE TABLE busy ();", second)
    assert project.migratekit("up", "1").returncode == 0


def seen(project: Project) -> dict[str, Any]:
    """What was seen of the last file, as the history has it."""
    story = json.loads(project.migratekit("history", "--json").stdout)
    return dict(story[-1].get("seen", {}))


@pytest.mark.every_server(long=True)
def test_a_file_behind_an_idle_transaction_is_applied_once_that_leaves(
    project: Project, database: TestDatabase
) -> None:
    rules(project, lock_timeout="300ms", blocked="100ms")
    busy_chain(project, "ALTER TABLE busy ADD COLUMN x int;")

    with idle_transaction(database) as other:
        process = project.start("migratekit", "up")
        wait_for_line(process, "has been waiting for")
        wait_for_line(process, f"pid {other.pid}, user postgres, test, from")
        wait_for_line(process, "canceling statement due to lock timeout; try 2 in")
    done = finish(process)

    assert done.returncode == ExitCode.DONE, done.stderr
    assert database.state() == [(2, False)]
    figures = seen(project)
    assert figures["tries"] >= 2
    assert figures["lock_wait"] > 0.1
    assert [text for text in figures["blocked_by"] if f"pid {other.pid}," in text]
    told = project.migratekit("history", "--verbose").stdout
    assert re.search(r"^    tries \d, waited for locks \d\.\d s", told, re.M), told
    assert re.search(rf"^    behind pid {other.pid}, user postgres, test, from .*, idle in tran", told, re.M), told


@pytest.mark.parametrize("timeout", ["100ms", "400ms"])
def test_a_file_that_never_gets_its_lock_names_who_has_it(
    project: Project, database: TestDatabase, timeout: str
) -> None:
    rules(project, lock_timeout=timeout, retries=2)
    busy_chain(project, "CREATE TABLE a (); ALTER TABLE busy ADD COLUMN x int;")

    with idle_transaction(database) as other:
        done = project.migratekit("up")

    assert done.returncode == ExitCode.LOCKED
    blocker = rf"in the way: pid {other.pid}, user postgres, test, from .+, idle in transaction for \d+ s\n"
    assert re.search(blocker, done.stderr), done.stderr
    assert "it was tried 3 times\n" in done.stderr
    assert (database.state(), database.tables()) == ([(1, False)], {"busy"})
    assert seen(project)["tries"] == 3
    nothing_left(database)


def test_a_run_that_is_stopped_between_two_tries_was_interrupted(project: Project, database: TestDatabase) -> None:
    rules(project, lock_timeout="100ms", retry_pause="50s")
    busy_chain(project, "ALTER TABLE busy ADD COLUMN x int;")

    with idle_transaction(database):
        process = project.start("migratekit", "up")
        wait_for_line(process, "try 2 in")
        process.terminate()
        done = finish(process)

    assert done.returncode == ExitCode.INTERRUPTED
    assert "nothing of the file was kept; the database is at version 1, clean" in done.stderr
    assert database.state() == [(1, False)]


def test_a_role_without_rights_sees_at_least_who_is_in_the_way(project: Project, database: TestDatabase) -> None:
    with fresh_role(database) as role:
        project.url = database.url.replace("//postgres@", f"//{role}@")
        rules(project, lock_timeout="400ms", retries=0)
        busy_chain(project, "ALTER TABLE busy ADD COLUMN x int;")

        with idle_transaction(database) as other:
            done = project.migratekit("up")

    assert done.returncode == ExitCode.LOCKED
    assert f"in the way: pid {other.pid}, user postgres, test, from an address that is not shown" in (done.stderr)


@pytest.mark.every_server(long=True)
def test_a_file_that_keeps_others_waiting_is_told_of_and_cancelled(project: Project, database: TestDatabase) -> None:
    rules(project, blocking="200ms", cancel_blocking="600ms")
    busy_chain(project, "CREATE TABLE a (); ALTER TABLE busy ADD COLUMN x int; SELECT pg_sleep(60);")

    with database.connect() as other:
        process = project.start("migratekit", "up")
        wait_for(lambda: locked(database, "busy"), "the file to lock the table")
        other.pgconn.send_query(b"SELECT * FROM busy")
        wait_for_line(process, "warning: 2_m2 has kept others waiting for")
        wait_for_line(process, f"       pid {other.info.backend_pid}, user postgres, test, from")
        done = finish(process)
        drain(other)

    assert done.returncode == ExitCode.LOCKED
    assert "; cancelling it\n" in done.stderr
    assert re.search(r"cancelled: it kept 1 session waiting for 0\.\d s \(watch\.cancel_blocking\)", done.stderr)
    assert "nothing of the file was kept; the database is at version 1, clean" in done.stderr
    assert (database.state(), database.tables()) == ([(1, False)], {"busy"})
    figures = seen(project)
    assert figures["kept_waiting"]["sessions"] == 1
    assert list(figures["locks"]) == ["ACCESS EXCLUSIVE"]
    assert set(figures["locks"]["ACCESS EXCLUSIVE"]) == {"busy"}
    assert "tries" not in figures


def locked(database: TestDatabase, table: str) -> object:
    query = f"SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND mode = 'AccessExclusiveLock'"
    return database.value(f"{query} AND granted")


def test_another_migration_that_waits_for_its_turn_is_none_of_those_kept_waiting(
    project: Project, database: TestDatabase
) -> None:
    rules(project, cancel_blocking="200ms")
    project.chain("SELECT pg_sleep(1);")
    advisory = "SELECT max(objid::bigint) FROM pg_locks WHERE locktype = 'advisory' AND granted"

    with database.connect() as other:
        process = project.start("migratekit", "up")
        wait_for(lambda: database.value(advisory), "the run to have its lock")
        other.pgconn.send_query(f"SELECT pg_advisory_lock({database.value(advisory)})".encode())
        done = finish(process)
        drain(other)

    assert done.returncode == ExitCode.DONE, done.stderr


def test_a_file_that_queues_in_front_of_others_is_cancelled_and_tried_again(
    project: Project, database: TestDatabase
) -> None:
    rules(project, cancel_blocking="300ms")
    busy_chain(project, "ALTER TABLE busy ADD COLUMN x int;")

    with idle_transaction(database), database.connect() as reader:
        process = project.start("migratekit", "up")
        wait_for(waits_for_lock(database, "busy"), "the file to wait")
        reader.pgconn.send_query(b"SELECT * FROM busy")
        wait_for_line(process, "(watch.cancel_blocking); try 2 in")
        drain(reader)
    done = finish(process)

    assert done.returncode == ExitCode.DONE, done.stderr
    assert database.state() == [(2, False)]


@pytest.mark.parametrize(
    ("file", "code", "state"),
    [
        ("CREATE TABLE a (); SELECT pg_sleep(60);", ExitCode.FAILED, (1, False)),
        ("CREATE INDEX CONCURRENTLY i ON busy (slow(n));", ExitCode.DIRTY, (2, True)),
    ],
    ids=["transaction", "no transaction"],
)
def test_a_file_that_runs_for_too_long_is_told_of_and_cancelled(
    project: Project, database: TestDatabase, file: str, code: ExitCode, state: tuple[int, bool]
) -> None:
    rules(project, long_running="300ms", cancel_running="700ms")
    project.chain(f"{SLOW} CREATE TABLE busy AS SELECT n FROM generate_series(1, 1000) AS n;", file)
    assert project.migratekit("up", "1").returncode == 0

    done = project.migratekit("up")

    assert done.returncode == code
    assert "warning: 2_m2 has been running for " in done.stderr
    assert re.search(r"cancelled: it ran for 0\.\d s \(watch\.cancel_running\)", done.stderr)
    assert "try 2" not in done.stderr
    assert (database.state(), database.tables()) == ([state], {"busy"})
    nothing_left(database)


def test_a_file_that_lost_against_others_at_its_version_row_is_tried_again(
    project: Project, database: TestDatabase
) -> None:
    rules(project)
    file = f"BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE a SET x = (SELECT sum(x) + 1 FROM b); {WAIT} COMMIT;"
    project.chain("CREATE TABLE a AS SELECT 0 AS x; CREATE TABLE b AS SELECT 0 AS x", file)

    with gate(database) as closed:
        process = project.start("migratekit", "up")
        closed.wait()
        database.rows("BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE b SET x = (SELECT sum(x) + 1 FROM a); COMMIT")
        closed.open()
        wait_for_line(process, "could not serialize access")
    done = finish(process)

    assert done.returncode == ExitCode.DONE, done.stderr
    assert (database.state(), database.value("SELECT x FROM a")) == ([(2, False)], 2)


def test_a_deadlock_is_tried_again(project: Project, database: TestDatabase) -> None:
    rules(project)
    project.chain("CREATE TABLE a (); CREATE TABLE b ();", "ALTER TABLE a ADD x int; ALTER TABLE b ADD x int;")
    assert project.migratekit("up", "1").returncode == 0

    with idle_transaction(database, "b") as other:
        # Whoever looks for deadlocks first is the victim.
        other.session.execute("SET LOCAL deadlock_timeout = '60s'")
        process = project.start("migratekit", "up")
        wait_for(waits_for_lock(database, "b"), "the file to wait")
        other.session.execute("SELECT * FROM a")
        wait_for_line(process, "2_m2: deadlock detected; try 2 in")
        wait_for_line(process, f"in the way: pid {other.pid}")
    done = finish(process)

    assert done.returncode == ExitCode.DONE, done.stderr
    assert database.state() == [(2, False)]


@pytest.mark.every_server(long=True)
@pytest.mark.parametrize(
    ("statement", "what", "phase", "unit"),
    [
        ("CREATE INDEX ON t (slow(n))", "CREATE INDEX t", "building index: scanning table", "blocks"),
        ("VACUUM FULL t", "VACUUM FULL t", "rebuilding index", "indexes"),
        ("ANALYZE t", "ANALYZE t", "acquiring sample rows", "blocks"),
        ("SET vacuum_cost_delay = 100; SET vacuum_cost_limit = 1; VACUUM t", "VACUUM t", "scanning heap", "blocks"),
        ("COPY (SELECT slow(n) FROM t) TO PROGRAM 'cat > /dev/null'", "COPY", "", "rows"),
    ],
)
def test_the_server_tells_how_far_a_long_statement_is(
    database: TestDatabase, statement: str, what: str, phase: str, unit: str
) -> None:
    database.rows(f"{SLOW} CREATE TABLE t AS SELECT n, repeat('x', 500) FROM generate_series(1, 1000) AS n")
    if "FULL" in statement:
        database.rows("DELETE FROM t WHERE n > 10")
        database.rows("CREATE INDEX ON t (slow(n))")
    probe = Probe(lambda: Database.connect(parse(database.url), {}))

    with database.connect() as other:
        *settings, last = statement.split("; ")
        for setting in settings:
            other.execute(setting.encode())
        other.execute("SET vacuum_cost_delay = 100; SET vacuum_cost_limit = 1") if "ANALYZE" in last else None
        other.pgconn.send_query(last.encode())
        look = looked(probe, other.info.backend_pid, phase)
        other.cancel()
        drain(other)
    probe.close()

    assert look.advance is not None
    assert (look.advance.what, look.advance.unit) == (what, unit)


def looked(probe: Probe, pid: int, phase: str) -> Look:
    """What is seen of the server process in the phase."""
    looks: list[Look] = []

    def found() -> bool:
        look = probe.look(pid)
        if look is not None and look.advance is not None and look.advance.phase == phase:
            looks.append(look)
        return bool(looks)

    wait_for(found, f"the phase {phase!r}")
    return looks[0]


def test_a_long_statement_is_told_of_in_lines_where_there_is_no_terminal(
    project: Project, database: TestDatabase
) -> None:
    rules(project)
    project.chain(
        f"{SLOW} CREATE TABLE t AS SELECT n FROM generate_series(1, 110) AS n;",
        "CREATE INDEX CONCURRENTLY i ON t (slow(n));",
    )

    done = project.migratekit("up")

    assert done.returncode == ExitCode.DONE, done.stderr
    assert re.search(r"^     2_m2: scanning table: \d+ %, \d+ of 1 blocks", done.stderr, re.M), done.stderr
    figures = seen(project)
    assert figures["locks"]["SHARE UPDATE EXCLUSIVE"]["t"] >= 5
    assert figures["growth"]["t"] > 0


def test_no_connection_left_harms_nobody(project: Project, database: TestDatabase) -> None:
    with fresh_role(database) as role:
        database.rows(f"ALTER DATABASE {database.name} OWNER TO {role}")
        project.url = database.url.replace("//postgres@", f"//{role}@")
        rules(project, cancel_running="2s")
        project.chain(f"ALTER DATABASE {database.name} CONNECTION LIMIT 1;", WAIT)
        with gate(database) as closed:
            process = project.start("migratekit", "up")
            wait_for_line(process, "warning: the run is not watched: ")
            closed.wait()
            closed.open()
            done = finish(process)
        unharmed(done, database)
        database.rows(f"ALTER DATABASE {database.name} OWNER TO postgres")


@pytest.mark.every_server(long=True)
def test_a_watcher_whose_session_is_ended_harms_nobody(project: Project, database: TestDatabase) -> None:
    rules(project)
    project.chain("CREATE TABLE a ();", WAIT)
    with gate(database) as closed:
        process = project.start("migratekit", "up")
        closed.wait()
        wait_for(lambda: database.value(WATCHER.format(database.name)), "somebody who watches")
        database.rows(WATCHER.replace("count(*)", "pg_terminate_backend(pid)").format(database.name))
        wait_for_line(process, "warning: the run is not watched: ")
        closed.open()
        done = finish(process)

    unharmed(done, database)


def unharmed(done: Done, database: TestDatabase) -> None:
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "not watched" not in done.stderr, "told again"
    assert database.state() == [(2, False)]
    nothing_left(database)


@pytest.mark.long
def test_a_workload_never_stands_still_for_longer_than_the_lock_timeout(
    project: Project, database: TestDatabase
) -> None:
    pgbench = Path("/usr/lib/postgresql/15/bin/pgbench")
    if not pgbench.exists():
        pytest.skip("there is no pgbench")
    rules(project, lock_timeout="1s", retries=30, retry_pause="300ms", retry_limit="1s")
    database.rows("CREATE TABLE busy AS SELECT n, 0 AS seen FROM generate_series(1, 1000) AS n")
    database.rows("ALTER TABLE busy ADD PRIMARY KEY (n)")
    project.chain("ALTER TABLE busy ADD COLUMN x int;")
    script = project.folder / "workload.sql"
    script.write_text("\\set n random(1, 1000)\nUPDATE busy SET seen = seen + 1 WHERE n = :n;\n")
    workload = subprocess.Popen(
        [str(pgbench), "-n", "-c", "4", "-T", "3600", "-l", "--log-prefix=pace", "-f", str(script), database.url],
        cwd=project.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: database.value("SELECT sum(seen) FROM busy"), "the workload to begin")
        with idle_transaction(database):
            process = project.start("migratekit", "up")
            for number in (2, 3, 4):
                wait_for_line(process, f"canceling statement due to lock timeout; try {number} in")
        done = finish(process)
    finally:
        workload.terminate()
        errors = workload.communicate()[1]

    assert (done.returncode, errors) == (ExitCode.DONE, "")
    assert database.state() == [(1, False)]
    ends = sorted(ended_at(line) for log in project.folder.glob("pace.*") for line in log.read_text().splitlines()[:-1])
    gaps = [later - earlier for earlier, later in pairwise(ends)]
    assert 0.5 < max(gaps) < 2.0, "it never stood still, so that nothing was tried; or for longer than it may"


def ended_at(line: str) -> float:
    """The moment at which a transaction of pgbench's log was done."""
    fields = line.split()
    return float(fields[4]) + float(fields[5]) / 1e6
