"""Real servers, a fresh database per test, and project folders."""

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migratekit.errors import ServerError
from migratekit.server import Server
from migratekit.server.binaries import find_binaries
from support import Project, TestDatabase, create_database, drop_database

MAJORS = ("18", "16", "15")
# What a crash of the machine would lose does not matter to a test, except where WAL syncs are counted.
SETTINGS = {"fsync": "off", "max_connections": "120", "shared_buffers": "64MB"}
_numbers = itertools.count(1)


def _present() -> list[str]:
    """The majors to test on; only 15 comes from the system, and may be missing outside of CI."""
    found = []
    for major in MAJORS:
        try:
            find_binaries(major)
        except ServerError:
            if major != "15" or os.environ.get("CI"):
                raise
        else:
            found.append(major)
    return found


def pytest_configure() -> None:
    """A shell that starts the tests in the background has SIGINT ignored, and every command would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One server for most tests; each of them for those that depend on it."""
    if "server" in metafunc.fixturenames:
        present = _present()
        everywhere = metafunc.definition.get_closest_marker("every_server")
        chosen = present if everywhere else present[:1]
        # `every_server(long=True)`: on the others than the newest only where time does not matter.
        marks = [pytest.mark.long] if everywhere and everywhere.kwargs.get("long") else []
        servers = [pytest.param(major, marks=marks if major != chosen[0] else []) for major in chosen]
        metafunc.parametrize("server", servers, indirect=True, scope="session")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`every_server(older=[...])`: on the others than the newest only these cases where time matters."""
    for item in items:
        everywhere = item.get_closest_marker("every_server")
        if everywhere and "older" in everywhere.kwargs and isinstance(item, pytest.Function):
            major, case = item.callspec.params["server"], item.callspec.id
            if major != MAJORS[0] and not any(older in case for older in everywhere.kwargs["older"]):
                item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """Starts a server of a major version at its first use and stops it at the end."""
    running: dict[str, Server] = {}
    folder = tmp_path_factory.mktemp("servers")

    def get(major: str) -> Server:
        if major not in running:
            server = Server(folder / major, wanted=major, settings=SETTINGS)
            (folder / major).mkdir()
            running[major] = server
            server.start()
        return running[major]

    yield get
    for server in running.values():
        server.remove()


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, servers: Callable[[str], Server]) -> Server:
    """The server of the test; see `every_server`."""
    return servers(request.param)


@pytest.fixture
def database(server: Server) -> Iterator[TestDatabase]:
    """An empty database of the test's own."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    create_database(server, name)
    yield TestDatabase(name, server, server.binaries.major)
    drop_database(server, name)


@pytest.fixture
def project(tmp_path: Path, database: TestDatabase) -> Project:
    """An empty project whose commands work on the test's own database."""
    project = Project(tmp_path / "project", database.url)
    project.migrations.mkdir(parents=True)
    return project
