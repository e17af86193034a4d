"""Who can reach the project's own server: its socket, its port, its password, its files."""

import os
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from local_server import NEWEST, ask, clean_up, idle_server, pid_file, socket_folder
from migratekit.errors import ServerError
from migratekit.server import Server

WITH_PROC = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def own_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("access")
    yield path
    clean_up(path)


@pytest.fixture
def own(own_project: Path) -> Server:
    """The project's server, running without a port."""
    server = Server(own_project, wanted=NEWEST)
    server.start()
    return server


@pytest.fixture
def idle(own_project: Path) -> Iterator[Server]:
    with idle_server(own_project) as server:
        yield server


def process(server: Server) -> Path:
    return Path("/proc") / pid_file(server)[0]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_socket_folder_is_private_and_its_path_short(own: Server) -> None:
    folder = socket_folder(own)
    assert mode(folder) == 0o700
    assert folder.stat().st_uid == own.data.stat().st_uid
    assert len(os.fsencode(folder)) < 80


def test_data_log_and_password_are_private(own: Server, own_project: Path) -> None:
    assert mode(own.data) == 0o700
    assert mode(own_project / ".migratekit") == 0o700
    assert mode(own.log) == 0o600
    assert mode(own.data.with_name("postgres.password")) == 0o600


def test_the_state_folder_is_kept_out_of_git(own: Server, own_project: Path) -> None:
    assert own.running()
    subprocess.run(["git", "init", "-q", str(own_project)], check=True)
    argv = ["git", "-C", str(own_project), "status", "--porcelain"]
    assert subprocess.run(argv, check=True, capture_output=True).stdout == b""


def test_the_url_leads_to_our_server_whatever_the_environment_says(
    own: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {
        "PGHOST": "192.0.2.1",
        "PGHOSTADDR": "192.0.2.1",
        "PGPORT": "1",
        "PGUSER": "mallory",
        "PGDATABASE": "elsewhere",
        "PGSSLMODE": "require",
    }
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    found = ask(own.url("template1"), "SELECT current_user || ' in ' || current_database()")
    assert found == "postgres in template1"


def test_a_server_starts_with_the_variables_of_another_server_set(
    idle: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGDATA": "/nowhere", "PGPORT": "x", "PGOPTIONS": "--bogus", "LC_ALL": "xx"}.items():
        monkeypatch.setenv(name, value)
    idle.start()
    assert idle.running()


def test_the_url_quotes_the_database_name(own: Server) -> None:
    name = "a b/c?d&e=%41'\"ü"
    with psycopg.connect(own.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    assert ask(own.url(name), "SELECT current_database()") == name


@WITH_PROC
def test_without_a_port_nothing_listens_on_tcp(own: Server) -> None:
    files = {str(path.readlink()) for path in (process(own) / "fd").iterdir()}
    tables = [Path("/proc/net/tcp").read_text(), Path("/proc/net/tcp6").read_text()]
    listening = {f"socket:[{line.split()[9]}]" for table in tables for line in table.splitlines()[1:]}
    assert any(name.startswith("socket:") for name in files)
    assert not files & listening
    assert own.tcp_url("postgres") is None


@WITH_PROC
def test_the_server_holds_neither_our_lock_nor_our_streams(own: Server) -> None:
    files = {path.name: str(path.readlink()) for path in (process(own) / "fd").iterdir()}
    assert not [name for name in files.values() if name.endswith("server.lock")]
    assert (files["0"], files["1"], files["2"]) == ("/dev/null", str(own.log), str(own.log))


@WITH_PROC
def test_the_password_is_in_no_argument_and_no_variable(own: Server) -> None:
    password = own.data.with_name("postgres.password").read_bytes().strip()
    assert len(password) > 20
    assert b"postgres" in (process(own) / "cmdline").read_bytes()
    for name in ("cmdline", "environ"):
        assert password not in (process(own) / name).read_bytes()


def test_a_port_is_for_this_machine_and_for_the_password(idle: Server) -> None:
    port = free_port()
    idle.start(port=port)
    first = pid_file(idle)[0]
    idle.start(port=port)
    idle.start()
    assert pid_file(idle)[0] == first
    url = idle.tcp_url("postgres")
    assert ask(url, "SELECT host(inet_server_addr())") == "127.0.0.1"
    assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(idle.url("postgres"), "SHOW port") == str(port)
    for password in ("", ":wrong"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            ask(f"postgresql://postgres{password}@127.0.0.1:{port}/postgres")


def test_a_running_server_is_not_restarted_for_a_port(own: Server) -> None:
    pid = pid_file(own)[0]
    with pytest.raises(ServerError, match="not on port") as raised:
        own.start(port=free_port())
    assert "stop" in raised.value.hint
    assert pid_file(own)[0] == pid


def test_settings_are_passed_on_but_cannot_open_the_server(idle: Server, own_project: Path) -> None:
    settings = {"work_mem": "7MB", "listen_addresses": "*", "my.setting": "it's $HOME"}
    server = Server(own_project, wanted=NEWEST, settings=settings)
    server.start()
    assert ask(server.url("postgres"), "SHOW work_mem") == "7MB"
    assert ask(server.url("postgres"), "SHOW my.setting") == "it's $HOME"
    assert ask(server.url("postgres"), "SHOW listen_addresses") == ""
    assert ask(server.url("postgres"), "SHOW fsync") == "on"
