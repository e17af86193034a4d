"""The project's own PostgreSQL server after a crash, a move, or somebody's hand in its files."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from local_server import (
    NEWEST,
    ProjectOf,
    ask,
    clean_up,
    pid_file,
    pid_of,
    socket_folder,
    versions,
)
from migratekit.server import Server


def create_table(server: Server, name: str) -> None:
    with psycopg.connect(server.url("postgres")) as connection:
        connection.execute(sql.SQL("CREATE TABLE {} ()").format(sql.Identifier(name)))


def has_table(server: Server, name: str) -> bool:
    return ask(server.url("postgres"), f"SELECT to_regclass('{name}') IS NOT NULL") is True


def kill(server: Server) -> None:
    pid = pid_of(server)
    os.kill(pid, signal.SIGKILL)
    # Seen, but not reaped: the pid stays taken, as long as the command that started the server lives.
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


@pytest.mark.parametrize("version", versions())
def test_a_server_starts_again_after_kill_9(version: str, project_of: ProjectOf) -> None:
    server = Server(project_of(version), wanted=version)
    server.start()
    create_table(server, "survivor")
    sockets, pid = socket_folder(server), pid_of(server)
    kill(server)

    assert not server.running()
    server.start()

    assert pid_of(server) != pid
    assert has_table(server, "survivor")
    assert not sockets.exists()
    server.stop()


def test_stop_removes_the_socket_folder_of_a_killed_server(idle: Server) -> None:
    idle.start()
    sockets = socket_folder(idle)
    kill(idle)
    assert idle.stop() is False
    assert not sockets.exists()


def test_a_foreign_process_with_the_pid_is_neither_taken_for_the_server_nor_harmed(idle: Server) -> None:
    idle.start()
    lines = pid_file(idle)
    idle.stop()
    # The hardest case: it runs as the server's user, in the server's data directory.
    uid = idle.data.stat().st_uid if os.geteuid() == 0 else None
    foreign = subprocess.Popen(["sleep", "600"], cwd=idle.data, user=uid)
    try:
        (idle.data / "postmaster.pid").write_text("\n".join([str(foreign.pid), *lines[1:]]) + "\n")
        assert not idle.running()
        idle.start()
        assert pid_of(idle) != foreign.pid
        assert ask(idle.url("postgres")) == 1
        assert foreign.poll() is None
    finally:
        foreign.kill()
        foreign.wait()


def test_a_pid_file_that_a_crash_left_empty_does_not_stop_the_next_start(idle: Server) -> None:
    (idle.data / "postmaster.pid").touch()
    assert not idle.running()
    idle.start()
    assert ask(idle.url("postgres")) == 1


def test_the_pid_file_of_another_project_is_not_taken_for_ours(idle: Server, project_of: ProjectOf) -> None:
    other = Server(project_of("16"), wanted="16")
    other.start()
    shutil.copyfile(other.data / "postmaster.pid", idle.data / "postmaster.pid")

    assert not idle.running()
    idle.start()

    assert pid_of(idle) != pid_of(other)
    assert ask(other.url("postgres")) == 1
    other.stop()


def test_what_a_killed_initdb_left_is_not_used(empty_project: Path) -> None:
    server = Server(empty_project, wanted=NEWEST)
    half = server.data.with_name("postgres.new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("12\n")
    server.start()
    assert ask(server.url("postgres"), "SHOW server_version") == server.binaries.version
    assert not half.exists()


def lose(folder: Path) -> None:
    shutil.rmtree(folder)


def open_to_all(folder: Path) -> None:
    folder.chmod(0o777)


def replace_by_link(folder: Path) -> None:
    folder.symlink_to(folder.rename(folder.with_name(folder.name + "-moved")))


@pytest.mark.parametrize("spoil", [lose, open_to_all, replace_by_link])
def test_a_server_whose_socket_folder_is_not_safe_any_more_is_replaced(
    spoil: Callable[[Path], None], idle: Server
) -> None:
    idle.start()
    folder, pid = socket_folder(idle), pid_of(idle)
    spoil(folder)
    try:
        assert not idle.running()
        idle.start()
        assert pid_of(idle) != pid
        assert socket_folder(idle) != folder
        assert ask(idle.url("postgres")) == 1
    finally:
        if folder.is_symlink():
            shutil.rmtree(folder.readlink())
            folder.unlink()


@pytest.fixture
def moved(empty_project: Path) -> Iterator[Callable[[], Path]]:
    """Moves the project and tells where it is then."""
    target = empty_project.with_name("moved")
    yield lambda: empty_project.rename(target)
    clean_up(target)


def test_a_moved_project_keeps_its_server_and_its_data(empty_project: Path, moved: Callable[[], Path]) -> None:
    server = Server(empty_project, wanted=NEWEST)
    server.start()
    create_table(server, "kept")
    server = Server(moved(), wanted=NEWEST)
    assert server.stop() is True
    server.start()
    assert has_table(server, "kept")


def test_a_killed_server_of_a_moved_project_leaves_no_socket_folder(
    empty_project: Path, moved: Callable[[], Path]
) -> None:
    server = Server(empty_project, wanted=NEWEST)
    server.start()
    sockets = socket_folder(server)
    kill(server)
    server = Server(moved(), wanted=NEWEST)
    server.start()
    assert server.running()
    assert not sockets.exists()
