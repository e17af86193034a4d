"""Death of the client, of its server process and of the line between them, at any moment."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg
import pytest

from runs import (
    COMMANDS,
    WAIT,
    Done,
    either,
    empty,
    finish,
    fresh_database,
    gate,
    nothing_left,
    run,
    version,
    wait_for_line,
)
from support import Project, TestDatabase, wait_for

FILES = 40
ROWS = 500
# About the time, in seconds, that two files of the chain take, and that a command takes to begin.
TWO_FILES = 0.02
START = 0.3


def file_of_chain(number: int) -> str:
    """Every second one is a whole transaction; each adds to the table of the one before it."""
    body = f"CREATE TABLE t{number} (id int PRIMARY KEY, text text);\n"
    body += f"INSERT INTO t{number} SELECT g, 'row ' || g FROM generate_series(1, {ROWS}) g;\n"
    if number > 1:
        body += f"ALTER TABLE t{number - 1} ADD COLUMN next int;\nUPDATE t{number - 1} SET next = {number};\n"
    return body if number % 2 else f"BEGIN;\n{body}COMMIT;\n"


CHAIN = [file_of_chain(number) for number in range(1, FILES + 1)]


@pytest.fixture
def digests(project: Project, database: TestDatabase) -> list[str]:
    """The digest of the schema after so many files of the chain, applied without any command of ours."""
    project.chain(*CHAIN)
    with fresh_database(database.server) as reference, reference.connect() as session:
        found = [reference.digest()]
        for text in CHAIN:
            session.execute(text.encode())
            found.append(reference.digest())
    return found


def kill_at_random(project: Project, database: TestDatabase, digests: list[str], count: int) -> None:
    seed = int(os.environ.get("SEED") or time.time_ns() % 10**6)
    print(f"\nSEED={seed}")
    moments = random.Random(seed)
    reached = []
    for turn in range(count):
        command = COMMANDS[turn % 2]
        empty(database)
        kill_one(project, command, moments)
        reached.append(assert_clean_and_whole(database, digests))
        assert run(project, command, "up").returncode == 0
        assert assert_clean_and_whole(database, digests) == FILES
    assert len(set(reached)) > 2, f"hardly a kill met a run at work: {reached}"


def kill_one(project: Project, command: str, moments: random.Random) -> None:
    """Kills a run while it starts, or a moment after it said that some file is applied."""
    process = project.start(command, "up", installed=True)
    number = moments.randint(1 - FILES // 8, FILES - 1)
    if number > 0:
        line = f"{number}/u m{number} " if command == "migrate" else f"{number}_m{number} "
        wait_for_line(process, line, out=command == "migratekit")
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=moments.uniform(0, TWO_FILES if number > 0 else START))
    process.kill()
    finish(process)


def assert_clean_and_whole(database: TestDatabase, digests: list[str]) -> int:
    """The version, which is clean, with the schema and the rows that belong to it."""
    wait_for(lambda: database.sessions() == 0, "the server to end the session of the dead")
    reached = version(database)
    assert database.digest() == digests[reached], f"version {reached} has another schema"
    rows = [database.value(f"SELECT count(*) FROM t{number}") for number in range(max(1, reached - 1), reached + 1)]
    assert set(rows) <= {ROWS}
    return reached


def test_a_killed_run_is_never_dirty_and_goes_on(project: Project, database: TestDatabase, digests: list[str]) -> None:
    kill_at_random(project, database, digests, 20)


@pytest.mark.long
def test_many_killed_runs_are_never_dirty_and_go_on(
    project: Project, database: TestDatabase, digests: list[str]
) -> None:
    kill_at_random(project, database, digests, 200)


@either
@pytest.mark.parametrize("shape", ["CREATE TABLE a (); {}", "BEGIN; CREATE TABLE a (); {} COMMIT;"])
def test_what_a_dead_clients_server_process_ends_is_recorded_or_undone(
    project: Project, database: TestDatabase, command: str, shape: str
) -> None:
    project.chain("CREATE TABLE old ();", shape.format(WAIT), "CREATE TABLE next ();")
    with gate(database) as closed:
        process = project.start(command, "up", installed=True)
        closed.wait()
        process.kill()
        finish(process)
        closed.open()

    nothing_left(database)
    reached = version(database)
    assert reached in (1, 2)
    assert database.tables() == ({"old", "a"} if reached == 2 else {"old"})
    assert run(project, command, "up").returncode == 0
    assert (version(database), database.tables()) == (3, {"old", "a", "next"})


@pytest.mark.every_server
@either
def test_a_terminated_server_process_leaves_nothing_of_the_file(
    project: Project, database: TestDatabase, command: str
) -> None:
    done = while_a_file_runs(project, database, command, lambda pid: terminate(database, pid))

    assert done.returncode == 1
    assert "the connection was lost" in done.stderr
    assert "nothing of the file was kept" in done.stderr
    assert_undone_and_goes_on(project, database, command)


@either
def test_a_killed_server_process_leaves_nothing_of_the_file(
    project: Project, database: TestDatabase, command: str
) -> None:
    done = while_a_file_runs(project, database, command, lambda pid: os.kill(pid, signal.SIGKILL))

    # The server restarts, and lets nobody in until it has recovered.
    wait_for(lambda: answers(database), "the server to recover")
    assert done.returncode == 1
    assert "the connection was lost" in done.stderr
    assert "nothing of the file was kept" in done.stderr or "the server cannot be reached" in done.stderr
    assert_undone_and_goes_on(project, database, command)


@either
def test_a_cancelled_file_leaves_nothing(project: Project, database: TestDatabase, command: str) -> None:
    done = while_a_file_runs(project, database, command, lambda pid: database.rows(f"SELECT pg_cancel_backend({pid})"))

    assert done.returncode == 1
    assert "canceling statement due to user request" in done.stderr
    assert database.tables() == {"old"}
    assert database.state() == [(1, False) if command == "migratekit" else (2, True)]


@either
def test_a_server_process_terminated_in_a_concurrent_index_leaves_it_dirty(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain("CREATE TABLE old (id int);", "CREATE INDEX CONCURRENTLY i ON old (id);")
    assert run(project, command, "up", "1").returncode == 0
    with database.connect() as other, other.transaction():
        other.execute("INSERT INTO old VALUES (1)")
        process = project.start(command, "up")
        wait_for(lambda: building(database), "the index to wait for the other session")
        terminate(database, building(database)[0])
        done = finish(process)

    assert done.returncode == (4 if command == "migratekit" else 1)
    assert "the file may be applied in part: its version is dirty" in done.stderr
    assert database.state() == [(2, True)]
    assert database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") is False


def while_a_file_runs(project: Project, database: TestDatabase, command: str, act: Callable[[int], object]) -> Done:
    """A run during whose second file something is done to its server process."""
    project.chain("CREATE TABLE old ();", f"CREATE TABLE a (); {WAIT}")
    with gate(database) as closed:
        process = project.start(command, "up")
        act(closed.wait())
        return finish(process)


def assert_undone_and_goes_on(project: Project, database: TestDatabase, command: str) -> None:
    nothing_left(database)
    assert (version(database), database.tables()) == (1, {"old"})
    assert run(project, command, "up").returncode == 0
    assert (version(database), database.tables()) == (2, {"old", "a"})


def terminate(database: TestDatabase, pid: int) -> None:
    database.rows(f"SELECT pg_terminate_backend({pid})")


def building(database: TestDatabase) -> list[int]:
    rows = database.rows(
        "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%' AND wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )
    return [int(str(pid)) for (pid,) in rows]


def answers(database: TestDatabase) -> bool:
    try:
        return database.value("SELECT 1") == 1
    except psycopg.OperationalError:
        return False
