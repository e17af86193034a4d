"""The fixtures for pytest, as a user's own suite calls them."""

import subprocess
import sys
from pathlib import Path

import pytest

from support import CLEAN, Project, TestDatabase

SUITE = """
import os

import psycopg
import pytest


@pytest.mark.parametrize("number", range({tests}))
def test_each(migrated_database, number):
    with psycopg.connect(migrated_database) as connection:
        assert connection.execute("SELECT count(*) FROM a").fetchone() == (0,)
        connection.execute("INSERT INTO a DEFAULT VALUES")
        connection.execute("CREATE TABLE mine ()")
        run, name = connection.execute(
            "SELECT min(run::text), current_database() FROM schema_migrations_history"
        ).fetchone()
    with open("told", "a") as told:
        told.write(f"{{os.getpid()}} {{run}} {{name}}\\n")
"""


def suite(project: Project, *words: str, tests: int = 3, **env: str) -> "subprocess.CompletedProcess[str]":
    """Runs a suite of so many tests in the project's folder, forgetting what the last one told."""
    (project.folder / "told").unlink(missing_ok=True)
    (project.folder / "test_suite.py").write_text(SUITE.format(tests=tests))
    (project.folder / "pytest.ini").touch()
    argv = [sys.executable, "-m", "pytest", "-q", *words]
    given = {**CLEAN, "TMPDIR": str(project.folder / "tmp"), **env}
    (project.folder / "tmp").mkdir(exist_ok=True)
    (project.folder / "tmp").chmod(0o755)
    return subprocess.run(argv, cwd=project.folder, env=given, capture_output=True, text=True, check=False)


def told(project: Project) -> tuple[set[str], set[str], set[str]]:
    """The processes, the runs that made the template, and the databases."""
    lines = [line.split() for line in (project.folder / "told").read_text().splitlines()]
    pids, runs, names = (set(column) for column in zip(*lines, strict=True))
    return pids, runs, names


# Runs others in the midst of its own: one from newer files, which is killed, and one that is not.
AMONG_OTHERS = """
import os, pathlib, signal, subprocess, sys

INNER = "import os\\ndef test_it(migrated_database): os.getenv('KILL') and os.kill(os.getpid(), 9)"


def test_one(migrated_database):
    pathlib.Path("migrations/3_c.up.sql").write_text("CREATE TABLE c ();")
    pathlib.Path("inner.py").write_text(INNER)
    argv = [sys.executable, "-m", "pytest", "-q", "inner.py"]
    assert subprocess.run(argv, env={**os.environ, "KILL": "1"}).returncode == -signal.SIGKILL
    assert subprocess.run(argv).returncode == 0


def test_two(migrated_database):
    pass
"""


@pytest.fixture
def chain(project: Project) -> Project:
    """Two migrations, and the suite of a user."""
    project.write(
        {"1_a.up.sql": "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY);", "1_a.down.sql": "DROP TABLE a;"}
    )
    project.write({"2_b.up.sql": "CREATE TABLE b ();", "2_b.down.sql": "DROP TABLE b;"})
    return project


def test_workers_share_a_server_and_a_template(chain: Project) -> None:
    done = suite(chain, "-n", "3", tests=12)
    assert done.returncode == 0, done.stdout + done.stderr
    pids, runs, names = told(chain)
    assert (len(runs), len(names)) == (1, 12)
    assert len(pids) > 1
    assert list((chain.folder / "tmp").glob("migratekit*/*")) == [], "the server is gone"


def test_on_a_given_server_the_template_is_kept_until_a_file_changes(chain: Project, database: TestDatabase) -> None:
    def databases() -> set[str]:
        rows = database.rows("SELECT datname FROM pg_database WHERE datname LIKE 'mk\\_%'")
        return {str(name) for (name,) in rows}

    before = databases()
    try:
        assert suite(chain, MIGRATEKIT_TEST_SERVER=database.url).returncode == 0
        first, made = told(chain), databases() - before
        assert suite(chain, MIGRATEKIT_TEST_SERVER=database.url).returncode == 0
        assert told(chain)[1] == first[1], "nothing was migrated again"
        assert databases() - before == made
        assert len(made) == 1, "the tests' own are gone"

        chain.write({"3_c.up.sql": "CREATE TABLE c ();"})
        assert suite(chain, MIGRATEKIT_TEST_SERVER=database.url).returncode == 0
        assert told(chain)[1] != first[1]
        assert len(databases() - before) == 1, "the old one is dropped"
        assert databases() - before != made
    finally:
        for name in databases() - before:
            database.rows(f"DROP DATABASE {name}")


def test_a_migration_that_fails_is_told_and_tried_again(chain: Project, database: TestDatabase) -> None:
    chain.write({"2_b.up.sql": "SELECT 1/0;"})
    done = suite(chain, MIGRATEKIT_TEST_SERVER=database.url)
    assert done.returncode == 1
    assert "division by zero" in done.stdout
    assert "2_b.up.sql" in done.stdout
    assert not (chain.folder / "told").exists()
    chain.write({"2_b.up.sql": "CREATE TABLE b ();"})
    assert suite(chain, MIGRATEKIT_TEST_SERVER=database.url).returncode == 0
    left = database.rows("SELECT datname FROM pg_database WHERE datname LIKE 'mk\\_%\\_x'")
    assert left == []


@pytest.mark.parametrize("embedded", [True, False])
def test_runs_at_once_do_not_disturb_each_other_and_what_a_killed_one_left_is_removed(
    chain: Project, database: TestDatabase, embedded: bool
) -> None:
    def left() -> set[str]:
        rows = database.rows("SELECT datname FROM pg_database WHERE datname LIKE 'mk\\_test\\_%'")
        return {str(name) for (name,) in rows} | {path.name for path in (chain.folder / "tmp").glob("migratekit*/*")}

    (chain.folder / "test_among_others.py").write_text(AMONG_OTHERS)
    try:
        done = suite(chain, "test_among_others.py", MIGRATEKIT_TEST_SERVER="" if embedded else database.url)
        assert done.returncode == 0, done.stdout + done.stderr
        assert left() == set()
    finally:
        for (name,) in database.rows("SELECT datname FROM pg_database WHERE datname LIKE 'mk\\_%'"):
            database.rows(f"DROP DATABASE {name}")


def test_without_the_fixture_nothing_is_started(chain: Project) -> None:
    (chain.folder / "test_other.py").write_text("def test_other(): pass\n")
    argv = ["test_other.py", "--setup-show"]
    done = suite(chain, *argv)
    assert done.returncode == 0
    assert list((chain.folder / "tmp").glob("migratekit*/*")) == []


def test_settings_name_folder_source_and_table(chain: Project, database: TestDatabase) -> None:
    folder = chain.folder / "db" / "files"
    folder.mkdir(parents=True)
    text = "-- migrate:up\nCREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY);\n-- migrate:down\nDROP TABLE a;\n"
    (folder / "1_a.sql").write_text(text)
    ini = "[pytest]\nmigratekit_path = db/files\nmigratekit_source = dbmate\n"
    done = suite(chain, "-c", ini_file(chain.folder, ini), tests=1, MIGRATEKIT_TEST_SERVER=database.url)
    assert done.returncode == 0, done.stdout
    for (name,) in database.rows("SELECT datname FROM pg_database WHERE datname LIKE 'mk\\_%'"):
        database.rows(f"DROP DATABASE {name}")


def ini_file(folder: Path, text: str) -> str:
    (folder / "other.ini").write_text(text)
    return "other.ini"
