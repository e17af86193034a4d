"""schema.sql and the page of the schema: the same for the same schema, and what the database gives."""

import os
import re
import shutil
from pathlib import Path

import pytest

from migratekit.errors import ExitCode
from outcomes import bad, good
from runs import finish
from support import ROOT, Project, TestDatabase, create_database, drop_database

CASE = ROOT / "tests" / "cases" / "schema_files"
CANARY = "canary-4711"


def applied(project: Project) -> Project:
    """The worked chain of this repository, applied."""
    shutil.copytree(ROOT / "migrations", project.migrations, dirs_exist_ok=True)
    assert project.migratekit("up").returncode == ExitCode.DONE
    return project


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.every_server(long=True)
def test_the_worked_chain_gives_the_same_files_on_every_server(project: Project, database: TestDatabase) -> None:
    applied(project)
    assert good(project.migratekit("dump")) == ["schema.sql: written"]
    assert good(project.migratekit("docs")) == ["docs/schema.md: written"]
    assert text(project.folder / "schema.sql") == text(CASE / "schema.sql")
    assert text(project.folder / "docs" / "schema.md") == text(CASE / "schema.md")
    assert good(project.migratekit("dump")) == ["schema.sql: as it was"]


def test_what_is_dumped_makes_the_same_schema_again(worked_project: Project, worked_database: TestDatabase) -> None:
    database, project = worked_database, worked_project
    assert project.migratekit("dump").returncode == ExitCode.DONE
    copy = f"{database.name}_copy"
    create_database(database.server, copy)
    try:
        loaded = TestDatabase(copy, database.server, database.major)
        loaded.rows(text(project.folder / "schema.sql"))
        assert loaded.digest() == database.digest()
        env = {"DATABASE_URL": loaded.url}
        assert good(project.migratekit("dump", "--check", env=env)) == ["schema.sql: is what the database gives"]
    finally:
        drop_database(database.server, copy)


def test_check_tells_a_file_that_is_not_what_the_database_gives(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE a (id int); GRANT SELECT ON a TO PUBLIC")
    for verb, name in (("dump", "schema.sql"), ("docs", "docs/schema.md")):
        missing = project.migratekit(verb, "--check")
        assert (missing.returncode, missing.stdout.splitlines()[0]) == (ExitCode.FAILED, f"{name}: is not there")
        assert project.migratekit(verb).returncode == ExitCode.DONE
        assert project.migratekit(verb, "--check").returncode == ExitCode.DONE
    database.rows("ALTER TABLE a ADD b text")
    done = project.migratekit("dump", "--check")
    assert (done.returncode, done.stderr) == (ExitCode.FAILED, "")
    assert "\n-    id integer\n+    id integer,\n+    b text\n" in done.stdout
    assert "schema.sql: is not what the database gives\nhint: `migratekit dump` writes it" in done.stdout
    assert "b text" not in text(project.folder / "schema.sql")
    assert "GRANT" in text(project.folder / "schema.sql")
    project.migratekit("dump", "--no-grants")
    assert "GRANT" not in text(project.folder / "schema.sql")


def test_what_is_written_is_for_nobody_else_to_write(project: Project, database: TestDatabase) -> None:
    (project.folder / "page.sql.j2").write_text("SELECT 1;\n")
    before = os.umask(0)
    try:
        for words in (
            "create create_a_table --columns x:text",
            "dump",
            "dump --file b/c/d.sql",
            "render page.sql.j2 --to e",
        ):
            assert finish(project.start("migratekit", *words.split())).returncode == ExitCode.DONE
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in project.folder.rglob("*")}
    del modes["page.sql.j2"]
    folders = {"migrations", "b", "c", "e"}
    assert {name for name, mode in modes.items() if mode != (0o755 if name in folders else 0o644)} == set()
    assert {"schema.sql", "d.sql", "page.sql"} | folders <= modes.keys()


def test_the_toolkit_s_own_tables_and_passwords_are_in_neither(project: Project, database: TestDatabase) -> None:
    project.chain(
        "CREATE TABLE a (id int); CREATE SCHEMA _migratekit_kept; CREATE TABLE _migratekit_kept.rows (id int);"
        "CREATE TABLE goose_db_version_before_adopt (id serial)",
        f"CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (password '{CANARY}');"
        f"CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u', password '{CANARY}')",
    )
    project.migratekit("up")
    for verb in ("dump", "docs"):
        shown = project.migratekit(verb, "--file", "-").stdout
        assert re.search(r"\ba\b", shown)
        assert not re.search(rf"schema_migrations|_migratekit_kept|before_adopt|{CANARY}|MAPPING", shown)


def test_a_role_that_may_not_read_a_table_cannot_dump(project: Project, database: TestDatabase) -> None:
    role = f"reader_{database.name}"
    database.rows(f"CREATE TABLE a (id int); CREATE ROLE {role} LOGIN")
    project.env["DATABASE_URL"] = database.url.replace("postgres@", f"{role}@")
    try:
        assert "permission denied for table a" in bad(project.migratekit("dump"), ExitCode.FAILED)
        assert not (project.folder / "schema.sql").exists()
        assert "### a\n" in project.migratekit("docs", "--file", "-").stdout
    finally:
        database.rows(f"DROP ROLE {role}")


@pytest.mark.long
def test_a_locked_table_is_not_waited_for_for_long(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE a (id int)")
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE a")
        assert "somebody holds a lock on a table" in bad(project.migratekit("dump"), ExitCode.FAILED)
    assert not (project.folder / "schema.sql").exists()
    (project.folder / "schema.sql").mkdir()
    told = bad(project.migratekit("dump"), ExitCode.FAILED)
    assert f"{project.folder / 'schema.sql'}: cannot be written: Is a directory" in told


def test_a_page_holds_all_kinds_of_things_whatever_they_are_called(project: Project, database: TestDatabase) -> None:
    database.rows(text(CASE / "odd.sql"))
    assert project.migratekit("docs", "--file", "-").stdout == text(CASE / "odd.md")


def test_the_file_is_kept_behind_every_run_that_changed_something(worked_project: Project) -> None:
    project = worked_project
    (project.folder / "environments").mkdir()
    (project.folder / "environments" / "development.yaml").write_text("schema_file: db/schema.sql\n")
    file = project.folder / "db" / "schema.sql"
    assert project.migratekit("up").returncode == ExitCode.DONE
    assert not file.exists(), "nothing was run"
    for verb in ("down", "up"):
        done = project.migratekit(verb)
        assert (done.returncode, "db/schema.sql: written" in done.stderr) == (ExitCode.DONE, True), done.stderr
    assert project.migratekit("dump", "--file", "db/schema.sql", "--check").returncode == ExitCode.DONE
    # The run is done, whatever becomes of the file.
    shutil.rmtree(file.parent)
    file.parent.write_text("")
    done = project.migratekit("redo")
    assert done.returncode == ExitCode.DONE
    assert "warning: db/schema.sql is not written" in done.stderr
