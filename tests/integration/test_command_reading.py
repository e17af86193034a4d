"""The verbs that only read: they write nothing and wait for nobody."""

import json

import pytest

from histories import has_history
from outcomes import good, write_three
from support import Project, TestDatabase


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


@pytest.mark.parametrize("verb", ["version", "current"])
def test_version_prints_the_version_alone(three: Project, database: TestDatabase, verb: str) -> None:
    assert good(three.migratekit(verb)) == ["none"]
    assert json.loads(three.migratekit(verb, "--json").stdout) == {"version": None, "dirty": False}
    three.migratekit("up", "2")
    assert good(three.migratekit(verb)) == ["2"]
    assert json.loads(three.migratekit(verb, "--json").stdout) == {"version": 2, "dirty": False}


def test_reading_writes_nothing(three: Project, database: TestDatabase) -> None:
    for verb in ("version", "status", "history", "plan", "validate", "config"):
        assert three.migratekit(verb).returncode == 0
    assert database.state() is None
    assert not has_history(database)
