"""The project's own PostgreSQL server after a crash, a move, or somebody's hand in its files."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from migratekit.binaries import find_binaries
from migratekit.errors import ServerError
from migratekit.server import Server

NEWEST = "18"


def is_here(version: str) -> bool:
    try:
        find_binaries(version)
    except ServerError:
        return False
    return True


VERSIONS = [*(["15"] if is_here("15") else []), "16", NEWEST]


@pytest.fixture(scope="module")
def project_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """One project per version for this whole module, because initdb takes its time."""
    made: dict[str, Path] = {}

    def project(version: str) -> Path:
        if version not in made:
            made[version] = tmp_path_factory.mktemp(f"of {version}")
        return made[version]

    yield project
    for path in made.values():
        clean_up(path)


@pytest.fixture
def server(project_of: Callable[[str], Path]) -> Iterator[Server]:
    """A server that has data and does not run."""
    server = Server(project_of(NEWEST), wanted=NEWEST)
    server.start()
    server.stop()
    yield server
    server.stop()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A project that never had a server."""
    path = tmp_path / "project"
    path.mkdir()
    yield path
    clean_up(path)


def clean_up(project: Path) -> None:
    server = Server(project)
    server.stop()
    shutil.rmtree(server.data.parent, ignore_errors=True)


def ask(url: str, query: str = "SELECT 1") -> object:
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def create_table(server: Server, name: str) -> None:
    with psycopg.connect(server.url("postgres")) as connection:
        connection.execute(f"CREATE TABLE {name} ()".encode())


def has_table(server: Server, name: str) -> bool:
    return ask(server.url("postgres"), f"SELECT to_regclass('{name}') IS NOT NULL") is True


def pid_file(server: Server) -> list[str]:
    return (server.data / "postmaster.pid").read_text().splitlines()


def pid_of(server: Server) -> int:
    return int(pid_file(server)[0])


def socket_folder(server: Server) -> Path:
    return Path(pid_file(server)[4])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_starts_again_after_kill_9(version: str, project_of: Callable[[str], Path]) -> None:
    server = Server(project_of(version), wanted=version)
    server.start()
    create_table(server, "survivor")
    sockets, pid = socket_folder(server), pid_of(server)
    os.kill(pid, signal.SIGKILL)
    # Seen, but not reaped: as for the command that started it, the pid is still taken.
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert not server.running()
    server.start()

    assert pid_of(server) != pid
    assert has_table(server, "survivor")
    assert not sockets.exists()
    server.stop()


def test_stop_removes_the_socket_folder_of_a_killed_server(server: Server) -> None:
    server.start()
    sockets, pid = socket_folder(server), pid_of(server)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert server.stop() is False
    assert not sockets.exists()


def test_a_foreign_process_with_the_pid_is_neither_taken_for_the_server_nor_harmed(server: Server) -> None:
    server.start()
    lines = pid_file(server)
    server.stop()
    # The hardest case: it runs as the server's user, in the server's data directory.
    uid = server.data.stat().st_uid if os.geteuid() == 0 else None
    foreign = subprocess.Popen(["sleep", "600"], cwd=server.data, user=uid)
    try:
        (server.data / "postmaster.pid").write_text("\n".join([str(foreign.pid), *lines[1:]]) + "\n")
        assert not server.running()
        server.start()
        assert pid_of(server) != foreign.pid
        assert ask(server.url("postgres")) == 1
        assert foreign.poll() is None
    finally:
        foreign.kill()
        foreign.wait()


def test_a_pid_file_that_a_crash_left_empty_does_not_stop_the_next_start(server: Server) -> None:
    (server.data / "postmaster.pid").touch()
    assert not server.running()
    server.start()
    assert ask(server.url("postgres")) == 1


def test_the_pid_file_of_another_project_is_not_taken_for_ours(
    server: Server, project_of: Callable[[str], Path]
) -> None:
    other = Server(project_of("16"), wanted="16")
    other.start()
    shutil.copyfile(other.data / "postmaster.pid", server.data / "postmaster.pid")

    assert not server.running()
    server.start()

    assert pid_of(server) != pid_of(other)
    assert ask(other.url("postgres")) == 1
    other.stop()


def test_what_a_killed_initdb_left_is_not_used(project: Path) -> None:
    server = Server(project, wanted=NEWEST)
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
    spoil: Callable[[Path], None], server: Server
) -> None:
    server.start()
    folder, pid = socket_folder(server), pid_of(server)
    spoil(folder)
    try:
        assert not server.running()
        server.start()
        assert pid_of(server) != pid
        assert socket_folder(server) != folder
        assert ask(server.url("postgres")) == 1
    finally:
        if folder.is_symlink():
            shutil.rmtree(folder.readlink())
            folder.unlink()


def test_a_moved_project_keeps_its_server_and_its_data(project: Path) -> None:
    server = Server(project, wanted=NEWEST)
    server.start()
    create_table(server, "kept")
    other = project.rename(project.with_name("moved"))
    try:
        moved = Server(other, wanted=NEWEST)
        assert moved.stop() is True
        moved.start()
        assert has_table(moved, "kept")
    finally:
        clean_up(other)
