"""Signals, and a reader that goes away, stop a run between two files and not within one."""

import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator

import pytest

from migratekit.lock import lock_id
from runs import WAIT, Done, either, finish, gate, nothing_left, run, version, wait_for_line
from support import Project, TestDatabase

SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
SHAPES = pytest.mark.parametrize(
    "shape", ["CREATE TABLE a (); {}", "BEGIN; CREATE TABLE a (); {} COMMIT;"], ids=["plain", "whole"]
)
STOPPING = {
    "migratekit": "stopping after the running migration; a second signal cancels it",
    "migrate": "Stopping after this running migration ...",
}


def signalled(project: Project, database: TestDatabase, command: str, *numbers: signal.Signals) -> Done:
    """A run that gets the signals during its second file."""
    with gate(database) as closed:
        process = project.start(command, "up", installed=True)
        closed.wait()
        process.send_signal(numbers[0])
        wait_for_line(process, STOPPING[command])
        if len(numbers) > 1:
            process.send_signal(numbers[1])
            process.wait(timeout=60)
        closed.open()
        return finish(process)


@SIGNALS
@SHAPES
@either
def test_a_signal_lets_the_file_finish_and_stops_the_run(
    project: Project, database: TestDatabase, command: str, shape: str, number: signal.Signals
) -> None:
    project.chain("CREATE TABLE old ();", shape.format(WAIT), "CREATE TABLE next ();")

    done = signalled(project, database, command, number)

    assert done.returncode == (130 if command == "migratekit" else 0)
    assert (version(database), database.tables()) == (2, {"old", "a"})
    if command == "migratekit":
        assert "interrupted after 2 migrations; development is at version 2, clean\n" in done.stderr
    nothing_left(database)
    assert run(project, command, "up").returncode == 0
    assert (version(database), database.tables()) == (3, {"old", "a", "next"})


def test_a_terminal_that_hangs_up_lets_the_file_finish_too(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE old ();", f"CREATE TABLE a (); {WAIT}", "CREATE TABLE next ();")

    done = signalled(project, database, "migratekit", signal.SIGHUP)

    assert (done.returncode, version(database), database.tables()) == (130, 2, {"old", "a"})
    nothing_left(database)


@SIGNALS
def test_a_signal_during_the_last_file_is_no_failure_of_the_run(
    project: Project, database: TestDatabase, number: signal.Signals
) -> None:
    project.chain("CREATE TABLE old ();", f"CREATE TABLE a (); {WAIT}")

    done = signalled(project, database, "migratekit", number)

    assert done.returncode == 0
    assert "2 migrations applied; development is at version 2\n" in done.stdout
    assert version(database) == 2


@SIGNALS
@SHAPES
def test_a_second_signal_cancels_the_file_and_nothing_of_it_is_kept(
    project: Project, database: TestDatabase, shape: str, number: signal.Signals
) -> None:
    project.chain("CREATE TABLE old ();", shape.format(WAIT), "CREATE TABLE next ();")

    done = signalled(project, database, "migratekit", number, number)

    assert done.returncode == 130
    assert "2_m2.up.sql" in done.stderr
    assert "nothing of the file was kept; the database is at version 1, clean" in done.stderr
    assert (version(database), database.tables()) == (1, {"old"})
    nothing_left(database)


def test_an_interrupted_run_down_says_where_it_stopped(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE a ();", "CREATE TABLE b ();", "CREATE TABLE c ();")
    project.write({"3_m3.down.sql": f"DROP TABLE c; {WAIT}"})
    assert project.migratekit("up").returncode == 0
    with gate(database) as closed:
        process = project.start("migratekit", "down", "--all", installed=True)
        closed.wait()
        process.send_signal(signal.SIGINT)
        wait_for_line(process, STOPPING["migratekit"])
        closed.open()
        done = finish(process)

    assert done.returncode == 130
    assert "interrupted after 1 migration; development is at version 2, clean\n" in done.stderr
    assert (version(database), database.tables()) == (2, {"a", "b"})


@SIGNALS
@either
def test_a_signal_ends_the_wait_for_the_lock_at_once(
    project: Project, database: TestDatabase, command: str, number: signal.Signals
) -> None:
    project.chain("CREATE TABLE a ();")
    assert run(project, command, "up", "0").returncode == 0
    with database.connect() as other:
        other.execute(f"SELECT pg_advisory_lock({lock_id(database.name, 'public', 'schema_migrations')})".encode())
        process = project.start(command, "up", installed=True)
        wait_for_line(process, "waiting for the ")
        process.send_signal(number)
        done = finish(process)

    assert done.returncode == (130 if command == "migratekit" else 1)
    assert "stopped while waiting for the lock; nothing was run" in done.stderr
    assert (version(database), database.tables()) == (0, set())


@pytest.fixture
def mute_server() -> Iterator[tuple[str, socket.socket]]:
    """The URL of a server that takes connections and never says a word, and its socket."""
    with tempfile.TemporaryDirectory(prefix="mute-") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/.s.PGSQL.5432")
        listener.listen()
        yield f"postgresql://postgres@/db?host={folder}", listener


@SIGNALS
@either
def test_a_signal_ends_the_wait_for_a_server_that_does_not_answer(
    project: Project, mute_server: tuple[str, socket.socket], command: str, number: signal.Signals
) -> None:
    project.chain("CREATE TABLE a ();")
    project.url, listener = mute_server
    process = project.start(command, "up", installed=True)
    connection, _ = listener.accept()
    with connection:
        # The client has begun to talk, and waits.
        assert connection.recv(1024)
        process.send_signal(number)
        done = finish(process)

    # golang-migrate does not catch them there.
    assert done.returncode == (130 if command == "migratekit" else -number)
    assert ("interrupted" in done.stderr or "terminated" in done.stderr) == (command == "migratekit")


@either
def test_a_reader_that_went_away_leaves_no_half_recorded_file(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain(f"CREATE TABLE a (); {WAIT}", "BEGIN; CREATE TABLE b (); COMMIT;", "CREATE TABLE c ();")
    with gate(database) as closed:
        process = project.start(command, "up", installed=True)
        closed.wait()
        close_outputs(process)
        closed.open()
        code = process.wait(timeout=60)

    nothing_left(database)
    reached = version(database)
    assert database.tables() == set("abc"[:reached])
    assert reached >= 1
    assert (code == 0) == (reached == 3)
    assert run(project, command, "up").returncode == 0
    assert (version(database), database.tables()) == (3, set("abc"))


def close_outputs(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stderr.close()
