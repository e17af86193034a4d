"""The database as users of other tools name it: by DB_HOST and its like, and in the words of Prisma and SQLAlchemy."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from guarded import SECRET, Guarded, guarded_server
from migratekit.errors import ExitCode
from migratekit.url import parse
from outcomes import bad, good
from support import Project, TestDatabase

PROGRAM = """import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("INSERT INTO told SELECT current_schema()")
"""


@pytest.fixture
def files(project: Project) -> Project:
    """A file with a program, an environment of the usual variable and one with a variable of its own."""
    project.write(
        {
            "001_told.up.sql": "CREATE TABLE told (by text);",
            "002_tell.up.sql": "-- Version: 002\n-- Description: Tell\n-- Script: tell.py\nSELECT 1;",
            "tell.py": PROGRAM,
        }
    )
    folder = project.folder / "environments"
    folder.mkdir()
    (folder / "development.yaml").write_text("embedded: true\nurl_variable: DATABASE_URL\n")
    (folder / "production.yaml").write_text("url_variable: PRODUCTION_DATABASE_URL\n")
    return project


def parts_of(database: TestDatabase, name: str) -> dict[str, str]:
    """The database as variables; the server's socket is in a folder."""
    found = parse(database.url).parameters
    place = {name: found["host"], "DB_PORT": found["port"]}
    return place | {"DB_NAME": found["dbname"], "DB_USER": found["user"], "DB_PASSWORD": SECRET}


def settled(project: Project, *words: str) -> dict[str, str]:
    shown = json.loads(good_text(project, "config", "--json", *words))
    database: dict[str, str] = shown["database"]
    return database


def good_text(project: Project, *words: str) -> str:
    done = project.migratekit(*words)
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")
    return done.stdout


@pytest.mark.parametrize("name", ["DB_HOST", "DB_CONNECTION_NAME"])
def test_a_socket_named_by_its_parts_is_migrated_and_backed_up(
    files: Project, database: TestDatabase, name: str
) -> None:
    files.url, files.env = "", parts_of(database, name)
    good(files.migratekit("up"))
    assert database.rows("SELECT * FROM told") == [("public",)]
    done = files.migratekit("backup", "create")
    assert (done.returncode, SECRET in done.stdout + done.stderr) == (ExitCode.DONE, False)
    shown = settled(files)
    assert shown["origin"] == f"{name} … (environment)"
    assert (SECRET in str(shown), files.env[name] in shown["value"]) == (False, True)


def test_an_environment_with_a_variable_of_its_own_does_not_fall_back(files: Project, database: TestDatabase) -> None:
    files.url, files.env = "", parts_of(database, "DB_HOST")
    (files.folder / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in files.env.items()))
    told = bad(files.migratekit("--env", "production", "up"), ExitCode.USAGE)
    assert ("PRODUCTION_DATABASE_URL" in told, "DB_HOST" in told) == (True, False)
    assert database.state() is None


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded_server(tmp_path_factory) as server:
        yield server


def test_a_password_among_the_parts_may_hold_any_character(tmp_path: Path, guarded: Guarded) -> None:
    parts = {"DB_HOST": "127.0.0.1", "DB_PORT": str(guarded.port), "DB_NAME": "postgres", "DB_USER": "ann"}
    project = Project(tmp_path, env=parts | {"PGSSLMODE": "disable"})
    project.migrations.mkdir()
    (tmp_path / ".env").write_text(f"DB_PASSWORD='{SECRET}'\n")
    assert good(project.migratekit("version")) == ["none"]
    assert settled(project)["origin"] == "DB_HOST … (environment, .env)"


def test_urls_of_prisma_and_sqlalchemy_are_taken_as_they_are(files: Project, database: TestDatabase) -> None:
    database.rows('CREATE SCHEMA "My App"')
    files.url = f"{database.url.replace('://', '+psycopg2://', 1)}&schema=My%20App&connection_limit=5&pgbouncer=true"
    files.write({"003_wait.up.sql": "CREATE TABLE waits AS SELECT current_setting('lock_timeout') AS wait;"})
    good(files.migratekit("up", env={"PGOPTIONS": "-c lock_timeout=7s"}))
    assert database.rows('SELECT * FROM "My App".told') == [("My App",)]
    assert database.rows('SELECT * FROM "My App".waits') == [("7s",)]
    assert database.tables() == set()
    asked = files.migratekit("db", "shell", input="SELECT current_schema() AS schema;\n")
    assert asked.stdout.split()[2:4] == ["My", "App"]


def test_a_secret_that_psql_takes_from_its_arguments_alone_is_not_handed_over(files: Project) -> None:
    files.url += "&sslpassword=s3cr3t-canary"
    message = bad(files.migratekit("db", "shell"), ExitCode.USAGE)
    assert "sslpassword cannot be handed to psql without everybody seeing it" in message
    assert "s3cr3t" not in message


def test_migrate_takes_them_as_golang_migrate_does(files: Project, database: TestDatabase) -> None:
    files.url = f"{database.url}&schema=public"
    done = files.migrate("up")
    assert (done.returncode, "parameter" in done.stderr, "schema" in done.stderr) == (1, True, True)
    files.url = database.url.replace("://", "+psycopg2://", 1)
    assert "unknown driver postgresql+psycopg2 (forgotten import?)" in files.migrate("up").stderr
