"""What the server is asked by `test-connection`, `health` and `stats`."""

import json

import pytest

from migratekit.errors import ExitCode
from outcomes import NOWHERE, bad, good, write_three
from support import Project, TestDatabase


def test_a_connection_is_tried(database: TestDatabase, project: Project) -> None:
    done = project.migratekit("test-connection")
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")
    assert f"database {database.name} as " in done.stdout
    assert f"PostgreSQL {database.major}" in done.stdout
    project.url = NOWHERE
    assert "Connection refused" in bad(project.migratekit("test-connection"), ExitCode.FAILED)


@pytest.mark.every_server(long=True)
def test_health_tells_of_server_and_migrations(database: TestDatabase, project: Project) -> None:
    write_three(project)
    assert project.migratekit("up", "2").returncode == ExitCode.DONE
    found = json.loads(project.migratekit("health", "--json").stdout)
    assert (found["status"], found["problems"], found["database"]) == ("healthy", [], database.name)
    assert found["migrations"] == {"version": 2, "dirty": False, "running": False, "applied": 2, "pending": 1}
    assert found["connections"]["used"] >= found["connections"]["of_this_database"] == 1
    assert found["connections"]["max"] == 120
    assert found["counts"]["tables"] == 4
    project.url += "&pool_max_conns=7"
    assert json.loads(project.migratekit("health", "--json").stdout)["pool"] == {"pool_max_conns": "7"}
    lines = good(project.migratekit("health"))
    assert lines[0] == "development is healthy"
    assert lines[-1] == "  version      2; 2 applied, 1 pending"


def test_what_is_not_well_ends_with_1(database: TestDatabase, project: Project) -> None:
    write_three(project)
    project.migratekit("up")
    database.rows("UPDATE schema_migrations SET dirty = true")
    done = project.migratekit("health")
    assert done.returncode == ExitCode.FAILED
    assert done.stdout.startswith("development is unhealthy\n")
    assert done.stderr == "error: version 3 is dirty; `migratekit repair` says what to do\n"
    project.url = NOWHERE
    assert "Connection refused" in bad(project.migratekit("health"), ExitCode.FAILED)
    away = project.migratekit("health", "--json")
    assert away.returncode == ExitCode.FAILED
    found = json.loads(away.stdout)
    assert found["status"] == "unhealthy"
    assert "Connection refused" in found["error"]


@pytest.mark.every_server(long=True)
def test_stats_tell_what_the_server_has_counted(database: TestDatabase, project: Project) -> None:
    database.rows("CREATE TABLE big AS SELECT generate_series(1, 5000) AS id; ANALYZE big")
    found = json.loads(project.migratekit("stats", "--json").stdout)
    assert found["database"] == database.name
    assert found["connections"].keys() == {"open", "created", "closed", "failed"}
    assert found["queries"]["transactions"] >= 0
    (table,) = found["tables"]
    assert (table["schema"], table["table"], table["rows"]) == ("public", "big", 5000)
    assert table["bytes"] > 100_000
    text = project.migratekit("stats").stdout
    assert "last check" in text
    assert "about 5,000" in text
