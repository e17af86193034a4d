"""Those who may only read, and databases that can only be read: everything can be looked at, nothing is written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from histories import TABLE, rows, states
from migratekit.errors import ExitCode
from migratekit.server import Server
from outcomes import bad, good, write_three
from runs import fresh_database
from standby import Standby, standby_of
from support import Project, TestDatabase


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


READING = (["status"], ["status", "--json"], ["history"], ["history", "--verbose"], ["plan"], ["version"])


@contextmanager
def reader(project: Project, database: TestDatabase, *tables: str) -> Iterator[None]:
    """The project connects as a role that may do nothing but read these tables."""
    role = f"{database.name}_reader"
    database.rows(f"CREATE ROLE {role} LOGIN")
    for table in tables:
        database.rows(f"GRANT SELECT ON {table} TO {role}")
    owner, project.url = project.url, database.url.replace("postgres@", f"{role}@")
    try:
        yield
    finally:
        project.url = owner
        database.rows(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


def all_there_is(database: TestDatabase) -> object:
    return database.state(), database.tables(), rows(database), database.digest()


def test_who_may_only_read_can_look_at_everything(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up", "2"))
    shown = [three.migratekit(*words).stdout for words in READING]
    before = all_there_is(database)
    with reader(three, database, "schema_migrations", TABLE):
        done = [three.migratekit(*words) for words in READING]
        assert [(each.returncode, each.stdout, each.stderr) for each in done] == [(0, text, "") for text in shown]
        assert three.migratekit("validate").returncode == 0
        assert three.migratekit("validate", "--files-only").returncode == 0
        assert three.migratekit("up").returncode == ExitCode.FAILED
    assert all_there_is(database) == before


def test_who_may_not_read_the_history_sees_the_version_row(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up", "2"))
    three.write({"001_create_a.up.sql": "SELECT 1;"})
    with reader(three, database, "schema_migrations"):
        assert states(three) == {1: "applied", 2: "applied", 3: "pending"}
        assert three.migratekit("status", "--exit-code").returncode == ExitCode.PENDING
        assert json.loads(three.migratekit("status", "--json").stdout)["has_history"] is False
        for words in (["plan"], ["history"], ["version"]):
            assert three.migratekit(*words).returncode == 0
    assert states(three)[1] == "changed"


def test_a_database_that_is_read_only_can_be_looked_at(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up", "2"))
    database.rows(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    for words in READING:
        assert three.migratekit(*words).returncode == 0
    assert "read-only" in bad(three.migratekit("up"), ExitCode.FAILED)
    assert states(three) == {1: "applied", 2: "applied", 3: "pending"}


@pytest.fixture(scope="module")
def standby(server: Server) -> Iterator[Standby]:
    with standby_of(server) as follower:
        yield follower


def test_a_standby_can_be_looked_at(three: Project, database: TestDatabase, standby: Standby) -> None:
    good(three.migratekit("up", "2"))
    with fresh_database(database.server) as empty:
        standby.catch_up()
        shown = [three.migratekit(*words).stdout for words in READING]
        before = rows(database)
        three.url = standby.url(database.name)
        done = [three.migratekit(*words) for words in READING]
        assert [(each.returncode, each.stdout, each.stderr) for each in done] == [(0, text, "") for text in shown]
        assert three.migratekit("validate").returncode == 0
        assert "read-only" in bad(three.migratekit("up"), ExitCode.FAILED)
        three.url = standby.url(empty.name)
        assert states(three) == dict.fromkeys((1, 2, 3), "pending")
        assert rows(database) == before
