"""What the tests of the project's own server share; unlike the server of conftest.py, theirs is stopped and broken."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from migratekit.errors import ServerError
from migratekit.server import Server
from migratekit.server.binaries import find_binaries

NEWEST = "18"
ProjectOf = Callable[[str], Path]


def versions() -> list[str]:
    """The versions to test; 15 is the system's, where there is one."""
    try:
        find_binaries("15")
    except ServerError:
        return ["16", NEWEST]
    return ["15", "16", NEWEST]


@contextlib.contextmanager
def projects(factory: pytest.TempPathFactory) -> Iterator[ProjectOf]:
    """One project per version, made at its first use, because initdb takes its time."""
    made: dict[str, Path] = {}

    def project_of(version: str) -> Path:
        if version not in made:
            made[version] = factory.mktemp(f"of {version}")
        return made[version]

    yield project_of
    for path in made.values():
        clean_up(path)


@contextlib.contextmanager
def idle_server(project: Path) -> Iterator[Server]:
    """A server that has data and does not run, before and after."""
    server = Server(project, wanted=NEWEST)
    server.start()
    server.stop()
    yield server
    server.stop()


def clean_up(project: Path) -> None:
    """Ends the project's server and removes its data."""
    server = Server(project)
    server.stop()
    shutil.rmtree(server.data.parent, ignore_errors=True)


def ask(url: str | None, query: str = "SELECT 1") -> object:
    """The first value of a query."""
    assert url is not None
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def pid_file(server: Server) -> list[str]:
    """What the running server says of itself."""
    return (server.data / "postmaster.pid").read_text().splitlines()


def pid_of(server: Server) -> int:
    """The running server's process."""
    return int(pid_file(server)[0])


def socket_folder(server: Server) -> Path:
    """Where the running server's socket is."""
    return Path(pid_file(server)[4])
