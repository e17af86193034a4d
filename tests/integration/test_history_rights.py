"""Who makes the history, who may write it, and what happens where that is refused or it is gone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from histories import TABLE, has_history, rows, states, story, written
from migratekit.errors import ExitCode
from outcomes import bad, good, write_three
from runs import either, fresh_role, run, version
from support import Project, TestDatabase

SHAPES = pytest.mark.parametrize("shape", ["{}", "BEGIN; {} COMMIT;"], ids=["plain", "whole"])


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


@pytest.mark.every_server(long=True)
def test_migrate_appends_and_never_makes_the_table(three: Project, database: TestDatabase) -> None:
    assert three.migrate("up", "1").returncode == 0
    assert three.migrate("down", "1").returncode == 0
    assert three.migrate("force", "1").returncode == 0
    assert three.migrate("force", "--", "-1").returncode == 0
    assert not has_history(database)
    good(three.migratekit("up", "1"))
    assert three.migrate("up").returncode == 0
    assert three.migrate("down", "1").returncode == 0
    assert three.migrate("force", "1").returncode == 0
    assert written(database)[3:] == [
        "started",
        "applied up 2",
        "applied up 3",
        "finished",
        "started",
        "applied down 3",
        "finished",
        "forced 2 -> 1",
    ]
    assert {str(row["tool"]).split()[0] for row in rows(database)[3:]} == {"migrate"}


@either
def test_drop_takes_the_history_along(three: Project, database: TestDatabase, command: str) -> None:
    good(three.migratekit("up"))
    assert run(three, command, "drop", "--yes" if command == "migratekit" else "-f").returncode == 0
    assert not has_history(database)
    assert states(three) == dict.fromkeys((1, 2, 3), "pending")
    good(three.migratekit("up"))
    assert story(three) == ["applied up 1", "applied up 2", "applied up 3"]


@SHAPES
@either
def test_a_file_that_becomes_one_who_may_not_write_the_history_is_applied_and_recorded(
    project: Project, database: TestDatabase, command: str, shape: str
) -> None:
    project.chain("SELECT 1;")
    good(project.migratekit("up"))
    with fresh_role(database) as role:
        database.rows(f"GRANT SELECT, INSERT, UPDATE, DELETE ON schema_migrations TO {role}")
        project.chain("SELECT 1;", shape.format(f"SET LOCAL ROLE {role}; CREATE TABLE a ();"))
        assert run(project, command, "up").returncode == 0
        assert (version(database), database.tables()) == (2, {"a"})
        assert story(project) == ["applied up 1", "applied up 2"]


RIGHTS = {"no INSERT": "SELECT", "no SELECT": "INSERT", "nothing": ""}


@contextmanager
def as_role(project: Project, database: TestDatabase, rights: str, more: str = "") -> Iterator[str]:
    """The project connects as a role that owns the version table's rows and has these rights on the history."""
    with fresh_role(database) as role:
        database.rows(f"GRANT SELECT, INSERT, UPDATE, DELETE ON schema_migrations TO {role}")
        if rights:
            database.rows(f"GRANT {rights} ON {TABLE} TO {role}")
        if more:
            database.rows(more.format(role))
        owner, project.url = project.url, database.url.replace("postgres@", f"{role}@")
        try:
            yield role
        finally:
            project.url = owner


@pytest.mark.parametrize("rights", RIGHTS.values(), ids=RIGHTS)
def test_without_rights_on_the_history_migratekit_refuses_and_migrate_does_not(
    three: Project, database: TestDatabase, rights: str
) -> None:
    good(three.migratekit("up", "1"))
    before = written(database)
    with as_role(three, database, rights):
        told = bad(three.migratekit("up"), ExitCode.FAILED)
        assert f'"public"."{TABLE}"' in told
        assert f'GRANT SELECT, INSERT ON "public"."{TABLE}" TO' in told
        assert (version(database), database.tables(), written(database)) == (1, {"a"}, before)
        assert three.migrate("up").returncode == 0
        assert version(database) == 3
        assert "INSERT" in rights or written(database) == before
        assert three.migratekit("status").returncode == 0
        assert good(three.migratekit("up")) == ["nothing to do; development is at version 3"]


def test_without_the_right_to_make_the_history_nothing_is_run(three: Project, database: TestDatabase) -> None:
    assert three.migrate("up", "1").returncode == 0
    with fresh_role(database) as role:
        database.rows(f"GRANT SELECT, INSERT, UPDATE, DELETE ON schema_migrations TO {role}")
        database.rows(f"REVOKE CREATE ON SCHEMA public FROM {role}, public")
        three.write({"002_create_b.up.sql": "SELECT 2;"})
        owner, three.url = three.url, database.url.replace("postgres@", f"{role}@")
        told = bad(three.migratekit("up", "1"), ExitCode.FAILED)
        assert "the history cannot be made, so nothing was run: permission denied for schema public" in told
        assert 'GRANT CREATE ON SCHEMA "public" TO' in told
        assert version(database) == 1
        assert three.migrate("up", "1").returncode == 0
        assert (version(database), has_history(database)) == (2, False)
        three.url = owner


@either
def test_a_history_that_refuses_rows_fails_migratekit_alone(
    three: Project, database: TestDatabase, command: str
) -> None:
    good(three.migratekit("up", "1"))
    before = written(database)
    database.rows("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$")
    database.rows(f"CREATE TRIGGER t BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION no()")
    done = run(three, command, "up")
    assert done.returncode == (1 if command == "migratekit" else 0)
    assert version(database) == (1 if command == "migratekit" else 3)
    assert written(database) == before


DROPPING = {
    "plain": "DROP TABLE {};",
    "whole": "BEGIN; DROP TABLE {}; COMMIT;",
    "own commit": "COMMIT; DROP TABLE {};",
    "renamed": "ALTER TABLE {} RENAME TO other;",
}


@pytest.mark.parametrize("text", DROPPING.values(), ids=DROPPING)
def test_migrate_goes_on_when_a_file_drops_the_history(three: Project, database: TestDatabase, text: str) -> None:
    good(three.migratekit("up", "1"))
    three.write({"002_create_b.up.sql": text.format(TABLE)})
    assert three.migrate("up").returncode == 0
    assert (version(database), has_history(database)) == (3, False)
    assert good(three.migratekit("down"))[-1] == "1 migration undone; development is at version 2"
    assert written(database) == ["started", "applied down 3", "finished"]


@pytest.mark.parametrize("text", [DROPPING["plain"], DROPPING["whole"]], ids=["plain", "whole"])
def test_migratekit_refuses_a_file_that_drops_the_history(three: Project, database: TestDatabase, text: str) -> None:
    good(three.migratekit("up", "1"))
    three.write({"002_create_b.up.sql": text.format(TABLE)})
    done = three.migratekit("up")
    assert (done.returncode, done.stdout) == (ExitCode.FAILED, "")
    assert f'002_create_b.up.sql: the history cannot be written: relation "public.{TABLE}"' in done.stderr
    assert "nothing of the file was kept" in done.stderr
    assert version(database) == 1
    assert written(database)[-2:] == ["started", "failed up 2"]


@either
def test_a_history_that_was_dropped_begins_anew(three: Project, database: TestDatabase, command: str) -> None:
    good(three.migratekit("up", "2"))
    database.rows(f"DROP TABLE {TABLE}")
    assert states(three) == {1: "applied", 2: "applied", 3: "pending"}
    assert run(three, command, "up").returncode == 0
    assert has_history(database) == (command == "migratekit")
    if command == "migratekit":
        assert states(three) == {1: "applied by another tool", 2: "applied by another tool", 3: "applied"}


FOREIGN = {
    "a table": "CREATE TABLE {} (id int, note text)",
    "a view": "CREATE VIEW {} AS SELECT 1 AS id",
    "a table with some of the columns": "CREATE TABLE {} (id int, run uuid, outcome text, version bigint)",
}


@pytest.mark.parametrize("statement", FOREIGN.values(), ids=FOREIGN)
def test_another_table_of_that_name_is_left_alone(three: Project, database: TestDatabase, statement: str) -> None:
    database.rows(statement.format(TABLE))
    before = database.rows(f"SELECT * FROM {TABLE}")
    told = bad(three.migratekit("up"), ExitCode.FAILED)
    assert "a table of another kind has the name of the history" in told
    assert "--table" in told
    assert database.tables() == set()
    assert three.migrate("up").returncode == 0
    assert version(database) == 3
    assert three.migratekit("status").returncode == 0
    assert good(three.migratekit("history"))[0].startswith("development has no history yet")
    assert database.rows(f"SELECT * FROM {TABLE}") == before
    good(three.migratekit("up", "--table", "mine", "--allow-missing", "0"))


@pytest.mark.parametrize("password", ["'canary;", "canary;", "'canary' BROKEN;"])
def test_a_password_that_is_in_the_way_is_shown_nowhere(
    project: Project, database: TestDatabase, password: str
) -> None:
    project.chain(f"SELECT 1;\nCREATE ROLE nobody_at_all PASSWORD {password}")

    done = project.migratekit("up")

    assert done.returncode == ExitCode.FAILED
    told = done.stdout + done.stderr + project.migratekit("history", "--json").stdout
    assert "canary" not in told
    assert "canary" not in str(database.rows("SELECT h::text FROM schema_migrations_history AS h"))


def test_a_role_that_may_not_read_the_version_table_is_not_told_that_all_is_pending(
    three: Project, database: TestDatabase
) -> None:
    good(three.migratekit("up"))
    with fresh_role(database) as name:
        url = database.url.replace("postgres@", f"{name}@")
        refused = three.migratekit("--database", url, "status")
        assert (refused.returncode, refused.stdout) == (ExitCode.FAILED, "")
        grants = refused.stderr.partition("hint: ")[2].strip()
        assert "the role may not read the version table" in refused.stderr
        assert f'GRANT SELECT ON "public"."schema_migrations" TO "{name}"' in grants
        database.rows(grants)
        assert three.migratekit("--database", url, "version").stdout == "3\n"
