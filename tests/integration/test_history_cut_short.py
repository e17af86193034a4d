"""What the history tells of runs that were killed, cancelled or cut off, or that still go on."""

import signal
import subprocess

import pytest

from histories import attempts, rows, states, story, written
from migratekit.errors import ExitCode
from outcomes import good
from runs import WAIT, either, finish, gate, nothing_left, wait_for_line
from support import Project, TestDatabase, wait_for

SHAPES = pytest.mark.parametrize("shape", ["{}", "BEGIN; {} COMMIT;"], ids=["plain", "whole"])


def kill(process: "subprocess.Popen[str]", database: TestDatabase, pid: int) -> None:
    """Kills a run and its server process before it can go on."""
    process.kill()
    finish(process)
    database.rows(f"SELECT pg_terminate_backend({pid})")


@SHAPES
def test_a_success_is_there_as_soon_as_the_file_is_and_not_before(
    project: Project, database: TestDatabase, shape: str
) -> None:
    project.chain(shape.format(f"CREATE TABLE a (); {WAIT}"), "SELECT pg_sleep(60);")
    with gate(database) as closed:
        process = project.start("migratekit", "up")
        pid = closed.wait()
        assert (written(database), database.tables()) == (["started"], set())
        closed.open()
        wait_for(lambda: database.tables() == {"a"}, "the first file to be committed")
        assert written(database) == ["started", "applied up 1"]
        kill(process, database, pid)


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
        kill(project.start("migratekit", *words), database, closed.wait())

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


@either
def test_a_run_killed_outside_of_a_transaction_is_dirty_and_told(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain("SELECT 1;")
    good(project.migratekit("up"))
    project.chain("SELECT 1;", f"CREATE TABLE a (); COMMIT; {WAIT}")
    with gate(database) as closed:
        kill(project.start(command, "up"), database, closed.wait())

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


@either
def test_a_file_that_goes_on_without_its_client_runs_now_and_then_is_applied(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain("SELECT 1;")
    good(project.migratekit("up"))
    project.chain("SELECT 1;", f"CREATE TABLE a (); {WAIT}")
    with gate(database) as closed:
        process = project.start(command, "up")
        closed.wait()
        process.kill()
        finish(process)
        assert states(project) == {1: "applied", 2: "running now"}
        assert story(project)[-1] == "running up 2"
        closed.open()

    nothing_left(database)
    assert story(project)[1:] == (["applied up 2"] if database.tables() else ["interrupted up 2"])
    assert states(project)[2] == ("applied" if database.tables() else "pending")


@SHAPES
def test_a_file_that_two_signals_cancelled_is_interrupted(project: Project, database: TestDatabase, shape: str) -> None:
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
