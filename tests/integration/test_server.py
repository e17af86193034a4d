"""The project's own PostgreSQL server: started, stopped, killed and found again, with every version here."""

import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from local_server import NEWEST, ProjectOf, ask, clean_up, pid_file, versions
from migratekit.errors import ServerError
from migratekit.server import Server

START = """
import sys
from pathlib import Path
from migratekit.server import Server
server = Server(Path(sys.argv[1]), wanted=sys.argv[2])
server.start()
print(server.url("postgres"))
"""


@pytest.mark.parametrize("version", versions())
def test_a_server_starts_once_stops_and_keeps_its_data(version: str, project_of: ProjectOf) -> None:
    server = Server(project_of(version), wanted=version)
    assert not server.running()
    server.start()
    assert server.running()
    assert str(ask(server.url("postgres"), "SHOW server_version")).startswith(version)
    assert ask(server.url("postgres"), "SHOW server_encoding") == "UTF8"
    with psycopg.connect(server.url("postgres")) as connection:
        connection.execute("CREATE TABLE kept ()")
    first = pid_file(server)

    Server(project_of(version), wanted=version).start()
    assert pid_file(server) == first

    sockets = Path(first[4])
    assert server.stop() is True
    assert not server.running()
    assert not sockets.exists()
    assert server.stop() is False

    server.start()
    assert ask(server.url("postgres"), "SELECT count(*) FROM kept") == 0
    server.stop()


def test_stopping_what_never_ran_makes_nothing(empty_project: Path) -> None:
    server = Server(empty_project, wanted=NEWEST)
    assert server.stop() is False
    assert not server.running()
    assert list(empty_project.iterdir()) == []
    assert not server.data.parent.exists()


def test_stop_cuts_off_open_sessions(idle: Server) -> None:
    idle.start()
    with psycopg.connect(idle.url("postgres"), autocommit=True) as session:
        assert idle.stop() is True
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")


def test_a_command_that_starts_the_server_ends_while_its_output_is_a_pipe(idle: Server, project_of: ProjectOf) -> None:
    argv = [sys.executable, "-c", START, str(project_of(NEWEST)), NEWEST]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True)
    assert idle.running()
    assert ask(done.stdout.strip()) == 1


def test_two_commands_at_once_start_one_server(empty_project: Path) -> None:
    argv = [sys.executable, "-c", START, str(empty_project), NEWEST]
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    urls = [process.communicate(timeout=120)[0].strip() for process in both]
    server = Server(empty_project, wanted=NEWEST)
    assert [process.returncode for process in both] == [0, 0]
    assert urls == [server.url("postgres")] * 2
    assert server.log.read_text().count("database system is ready to accept connections") == 1


def test_a_project_path_may_hold_any_character(tmp_path: Path) -> None:
    project = tmp_path / 'it\'s "my" $HOME; %2F\\ ü' / "-D"
    project.mkdir(parents=True)
    server = Server(project, wanted=NEWEST)
    try:
        server.start()
        assert ask(server.url("postgres")) == 1
    finally:
        clean_up(project)


def test_a_refused_start_shows_the_log_and_leaves_no_socket_folder(
    idle: Server, project_of: ProjectOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("migratekit.server.postmaster.SOCKET_FOLDERS", tmp_path)
    refused = Server(project_of(NEWEST), wanted=NEWEST, settings={"max_connections": "many"})
    with pytest.raises(ServerError, match='invalid value for parameter "max_connections"') as raised:
        refused.start()
    assert str(idle.log) in raised.value.hint
    assert list(tmp_path.iterdir()) == []
    assert not idle.running()


def test_data_with_wrong_permissions_are_one_clear_error(idle: Server) -> None:
    idle.data.chmod(0o777)
    with pytest.raises(ServerError, match="invalid permissions"):
        idle.start()
    idle.data.chmod(0o700)


def test_a_folder_that_is_no_data_directory_is_not_touched(empty_project: Path) -> None:
    server = Server(empty_project, wanted=NEWEST)
    server.data.mkdir(parents=True)
    (server.data / "precious").touch()
    with pytest.raises(ServerError, match="cannot start PostgreSQL"):
        server.start()
    assert (server.data / "precious").exists()


def test_a_project_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="No such file"):
        Server(tmp_path / "missing", wanted=NEWEST).start()


def test_asking_for_a_url_of_a_stopped_server_is_an_error(idle: Server) -> None:
    with pytest.raises(ServerError, match="not running"):
        idle.url("postgres")


def test_data_keep_their_version(project_of: ProjectOf) -> None:
    project = project_of("16")
    Server(project, wanted="16").start()
    assert Server(project).binaries.major == 16
    for _ in ("running", "stopped"):
        with pytest.raises(ServerError, match="data are of PostgreSQL 16") as raised:
            Server(project, wanted=NEWEST).start()
        assert "MIGRATEKIT_POSTGRES=16" in raised.value.hint
        Server(project).stop()
    Server(project).start()
    assert Server(project, wanted="16").stop() is True


def test_data_of_a_version_that_is_not_here_say_so(empty_project: Path) -> None:
    server = Server(empty_project)
    server.data.mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("11\n")
    with pytest.raises(ServerError, match="data are of PostgreSQL 11") as raised:
        server.start()
    assert "delete this folder" in raised.value.hint


def test_a_port_in_use_is_told_from_the_log(idle: Server) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServerError, match="Address already in use"):
            idle.start(port=taken.getsockname()[1])
    assert not idle.running()
