"""Real servers, a fresh database per test, and project folders."""

import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from migratekit.errors import ServerError
from migratekit.server import Server
from migratekit.server.binaries import find_binaries
from migratekit.server.throwaway import shelved
from support import ROOT, Project, TestDatabase, create_database, drop_database

MAJORS = ("18", "16", "15")
# What a crash of the machine would lose does not matter to a test, except where WAL syncs are counted.
SETTINGS = {"fsync": "off", "max_connections": "120", "shared_buffers": "64MB", "max_wal_size": "256MB"}
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
    """What starts the tests in the background has signals ignored, and every command would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


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
def servers() -> Iterator[Callable[[str], Server]]:
    """Starts a server of a major version at its first use and removes it at the end."""
    running: dict[str, Server] = {}
    shelf = Path(tempfile.gettempdir()) / f"migratekit-tests-{os.geteuid()}"
    with ExitStack() as stack:

        def get(major: str) -> Server:
            if major not in running:
                folder = stack.enter_context(shelved(shelf))
                running[major] = Server(folder, wanted=major, settings=SETTINGS, throwaway=True)
                running[major].start()
            return running[major]

        yield get


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


@pytest.fixture(scope="session")
def migratekit_server(servers: Callable[[str], Server]) -> str:
    """Where `migrated_database`, a fixture of the product itself, clones the worked chain."""
    return servers(MAJORS[0]).url("postgres")


@pytest.fixture
def worked_database(migrated_database: str, servers: Callable[[str], Server]) -> TestDatabase:
    """A database of the test's own with the worked chain applied."""
    server = servers(MAJORS[0])
    return TestDatabase(urlsplit(migrated_database).path[1:], server, server.binaries.major)


@pytest.fixture
def worked_project(tmp_path: Path, worked_database: TestDatabase) -> Project:
    """A copy of the worked chain, whose commands work on that database."""
    project = Project(tmp_path / "project", worked_database.url)
    shutil.copytree(ROOT / "migrations", project.migrations)
    return project
