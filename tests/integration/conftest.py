"""Projects with an embedded server of their own, for the tests of that server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_server import NEWEST, ProjectOf, clean_up, idle_server, projects
from migratekit.server import Server


@pytest.fixture(scope="module")
def project_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectOf]:
    with projects(tmp_path_factory) as made:
        yield made


@pytest.fixture
def idle(project_of: ProjectOf) -> Iterator[Server]:
    with idle_server(project_of(NEWEST)) as server:
        yield server


@pytest.fixture
def empty_project(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "project"
    path.mkdir()
    yield path
    clean_up(path)
