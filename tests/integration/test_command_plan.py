"""`migratekit plan` and `up --dry-run`: what would run, shown and not run."""

import json

import pytest

from migratekit.errors import ExitCode
from migratekit.lock import lock_id
from outcomes import bad, good, write_three
from support import Project, TestDatabase


@pytest.fixture
def three(project: Project) -> Project:
    write_three(project)
    project.write({"002_create_b.up.sql": "BEGIN;\nCREATE TABLE b (id int);\nCOMMIT;\n"})
    project.write({"003_create_c.up.sql": "CREATE INDEX CONCURRENTLY c ON b (id)"})
    return project


@pytest.mark.parametrize("words", [["plan"], ["up", "--dry-run"]], ids=" ".join)
def test_what_would_run_is_shown_with_its_sql(three: Project, database: TestDatabase, words: list[str]) -> None:
    good(three.migratekit("up", "1"))
    assert good(three.migratekit(*words)) == [
        "-- up 002_create_b (own transaction)",
        "BEGIN;",
        "CREATE TABLE b (id int);",
        "COMMIT;",
        "",
        "-- up 003_create_c (no transaction)",
        "CREATE INDEX CONCURRENTLY c ON b (id)",
        "",
        "way  migration     runs in",
        "up   002_create_b  own transaction",
        "up   003_create_c  no transaction",
        "2 would run on development; nothing was changed",
    ]
    assert (database.tables(), database.state()) == ({"a"}, [(1, False)])


def test_on_a_fresh_database_not_even_the_version_table_is_made(three: Project, database: TestDatabase) -> None:
    assert len(good(three.migratekit("plan", "2", "--brief"))) == 4
    assert database.state() is None


def test_the_way_down_is_shown_too(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up", "2"))
    assert good(three.migratekit("plan", "--to", "1", "--brief"))[1].split() == ["down", "002_create_b", "transaction"]


def test_the_plan_is_json_on_demand(three: Project, database: TestDatabase) -> None:
    done = three.migratekit("plan", "1", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [
        {
            "version": 1,
            "name": "create_a",
            "direction": "up",
            "file": f"{three.migrations}/001_create_a.up.sql",
            "mode": "transaction",
            "leads_to": 1,
            "sql": "CREATE TABLE a (id int);",
        }
    ]


def test_nothing_to_do_is_said(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    assert good(three.migratekit("plan")) == ["nothing to do on development"]


def test_planning_waits_for_no_lock(three: Project, database: TestDatabase) -> None:
    with database.connect() as holder:
        holder.execute(f"SELECT pg_advisory_lock({lock_id(f'/{database.name}', 'public', 'schema_migrations')})")
        good(three.migratekit("plan"))


def test_a_file_that_could_not_be_run_is_told(three: Project, database: TestDatabase) -> None:
    three.write({"003_create_c.up.sql": b"\0"})
    assert "003_create_c.up.sql:1: holds a NUL byte" in bad(three.migratekit("plan"), ExitCode.FAILED)


def test_a_password_in_a_file_is_masked(three: Project, database: TestDatabase) -> None:
    three.write({"001_create_a.up.sql": "CREATE ROLE nobody_here PASSWORD 'c4nary';"})
    for words in (["plan", "1"], ["plan", "1", "--json"], ["up", "1", "--dry-run"]):
        done = three.migratekit(*words)
        assert done.returncode == 0
        assert "PASSWORD '***'" in done.stdout
        assert "c4nary" not in done.stdout
