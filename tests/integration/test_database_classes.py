"""`DatabaseManager` and `DatabaseMigrator`: the classes that programs called before, and `migrate.py`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from conventions import FOREIGN_TABLE
from migratekit import FileFailed, Refused, UsageError
from migratekit.compat.database_manager import DatabaseManager
from migratekit.compat.database_migrator import DatabaseMigrator
from support import Project, TestDatabase


@pytest.fixture
def commented(project: Project) -> Project:
    """Numbered files with the way back in comments."""
    project.write(
        {
            "001_initial_schema.sql": f"CREATE TABLE a ();\n{FOREIGN_TABLE}\n-- Down migration\n-- DROP TABLE a;\n",
            "002_more.sql": "CREATE TABLE b ();\n-- Down migration\n-- DROP TABLE b;\n",
        }
    )
    (project.folder / "config").mkdir()
    return project


@pytest.fixture
def rollback(project: Project, database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Numbered files with rollback files, and the variables DB_…."""
    database.rows(FOREIGN_TABLE)
    for number, table in enumerate("abc", 1):
        name = f"{number:03}_create_{table}"
        project.write(
            {
                f"{name}.sql": f"BEGIN;\nCREATE TABLE {table} ();\nCOMMIT;\n",
                f"{name}_rollback.sql": f"BEGIN;\nDROP TABLE {table};\n"
                f"DELETE FROM schema_migrations WHERE version = '{name}';\nCOMMIT;\n",
            }
        )
    for name, value in variables(database).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(project.folder)
    project.env, project.url = variables(database), ""
    return project


def variables(database: TestDatabase) -> dict[str, str]:
    parts = urlsplit(database.url)
    place = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {
        "DB_HOST": place["host"],
        "DB_PORT": place["port"],
        "DB_NAME": database.name,
        "DB_USER": parts.username or "",
        "DB_PASSWORD": "not asked for",
    }


def config(project: Project, **database: Any) -> Path:
    path = project.folder / "config" / "development.json"
    path.write_text(json.dumps({"database": {"url": project.url, **database}, "other": 1}))
    return path


def test_a_manager_migrates_and_lends_connections(commented: Project, database: TestDatabase) -> None:
    path = config(commented, pool_min_size=1, pool_max_size=2, timeout=5)
    with DatabaseManager(path, commented.migrations) as manager:
        run = manager.run_migrations()
        assert [ran.version for ran in run.ran] == [1, 2]
        with manager.connection() as connection:
            connection.execute("INSERT INTO schema_migrations VALUES ('kept')")
        assert (manager.pool.min_size, manager.pool.max_size, manager.pool.timeout) == (1, 2, 5)
        assert manager.run_migrations().ran == ()
    assert manager.run_migrations().version == 2, "the pool is not needed for it"
    assert database.tables() == {"a", "b", "migratekit_migrations", "migratekit_migrations_history"}
    assert database.rows("SELECT version FROM schema_migrations") == [("kept",)]


def test_the_pool_of_a_manager_takes_the_urls_of_others_too(commented: Project) -> None:
    url = f"{commented.url.replace('://', '+psycopg://', 1)}&connection_limit=5"
    with DatabaseManager(config(commented, url=url, timeout=5)) as manager, manager.connection() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_manager_finds_its_file_by_itself(commented: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    config(commented)
    monkeypatch.chdir(commented.folder)
    assert DatabaseManager().run_migrations().version == 2
    monkeypatch.setenv("MIGRATEKIT_ENV", "staging")
    with pytest.raises(UsageError, match=r"config/staging\.json") as error:
        DatabaseManager()
    assert "development.json" in error.value.hint


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({}, "names no database"),
        ({"database": {"url": ""}}, "names no database"),
        ({"database": {"url": "postgresql:///x", "pool_max_size": "many"}}, "database.pool_max_size"),
        ({"database": {"url": "postgresql:///x", "pool_min_size": 11}}, "database.pool_max_size is too small"),
        ({"database": {"url": "mysql:///x"}}, "not a PostgreSQL URL"),
        ({"database": {"url": "postgresql:///x", "timeout": -1}}, "database.timeout"),
    ],
)
def test_a_config_that_makes_no_sense_is_told(content: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        DatabaseManager(content)


def test_a_config_that_is_no_json_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(UsageError, match=r"x\.json: this is not JSON"):
        DatabaseManager(tmp_path / "x.json")


def test_a_failed_migration_is_an_exception(commented: Project) -> None:
    commented.write({"003_bad.sql": "SELECT 1/0;\n-- Down migration\n"})
    with DatabaseManager(config(commented), commented.migrations) as manager, pytest.raises(FileFailed, match="zero"):
        manager.run_migrations()


def test_a_migrator_goes_by_the_names_of_files(rollback: Project, database: TestDatabase) -> None:
    migrator = DatabaseMigrator()
    names = ["001_create_a", "002_create_b", "003_create_c"]
    assert migrator.get_status() == {"version": None, "dirty": False, "applied": [], "pending": names}
    assert migrator.migrate_up() == names
    assert migrator.migrate_up() == []
    assert migrator.get_status() == {"version": names[2], "dirty": False, "applied": names, "pending": []}
    with pytest.raises(Refused, match="version 2 is not the last one; that is 3"):
        migrator.migrate_down("002_create_b")
    with pytest.raises(Refused, match="no migration is called 004"):
        migrator.migrate_down("004_x")
    assert migrator.migrate_down("003_create_c") == "003_create_c"
    assert migrator.migrate_down("002") == "002_create_b"
    assert "b" not in database.tables()


def test_migrate_py_does_what_it_did(rollback: Project) -> None:
    (rollback.folder / "migrate.py").write_text(
        "import sys\nfrom migratekit.compat.database_migrator import main\nsys.exit(main())\n"
    )

    def call(*words: str) -> "subprocess.CompletedProcess[str]":
        argv = [sys.executable, "migrate.py", *words]
        env = rollback.environment()
        return subprocess.run(argv, cwd=rollback.folder, env=env, capture_output=True, text=True, check=False)

    up = call("--action=up")
    assert (up.returncode, up.stdout) == (0, "3 applied\n")
    assert up.stderr.startswith("up 001_create_a, ")
    refused = call("--action=down", "--migration=001_create_a")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.startswith("error: version 1 is not the last one; that is 3; nothing was undone\n  hint: ")
    assert call("down", "--version", "003_create_c").stdout == "003_create_c undone\n"
    assert call("--action=status").stdout == (
        "applied  001_create_a\napplied  002_create_b\npending  003_create_c\n"
        "the database is at 002_create_b; 1 pending\n"
    )
    assert call("--action=sideways").returncode == 2
    assert call("--action=down").returncode == 2
