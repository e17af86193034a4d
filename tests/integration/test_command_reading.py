"""The verbs that only read: they write nothing and wait for nobody."""

import json

import pytest

from migratekit.errors import ExitCode
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
    for verb in ("version", "status", "validate", "config"):
        assert three.migratekit(verb).returncode == 0
    assert database.state() is None


def test_status_lists_each_file(three: Project, database: TestDatabase) -> None:
    three.migratekit("up", "1")
    assert good(three.migratekit("status")) == [
        "version  name      state",
        "001      create_a  applied",
        "002      create_b  pending",
        "003      create_c  pending",
        "development is at version 1; 2 pending",
    ]


def test_status_is_json_on_demand(three: Project, database: TestDatabase) -> None:
    three.migratekit("up", "2")
    done = three.migratekit("status", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "environment": "development",
        "version": 2,
        "dirty": False,
        "pending": 1,
        "migrations": [
            {"version": 1, "name": "create_a", "state": "applied"},
            {"version": 2, "name": "create_b", "state": "applied"},
            {"version": 3, "name": "create_c", "state": "pending"},
        ],
    }


def test_status_tells_pending_migrations_by_its_exit_code(three: Project, database: TestDatabase) -> None:
    assert three.migratekit("status", "--exit-code").returncode == ExitCode.PENDING
    assert three.migratekit("status", "--exit-code", "--json").returncode == ExitCode.PENDING
    three.migratekit("up")
    assert three.migratekit("status", "--exit-code").returncode == ExitCode.DONE


def test_status_of_an_empty_folder(project: Project) -> None:
    assert good(project.migratekit("status")) == ["development is at no version; 0 pending"]


def test_status_warns_of_a_version_without_file(three: Project, database: TestDatabase) -> None:
    three.migratekit("force", "7")
    done = three.migratekit("status")
    assert done.returncode == 0
    assert "no file has version 7" in done.stderr
