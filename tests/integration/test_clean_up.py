"""Clean-ups: rows deleted in batches, kept if that is wished, and brought back by the down file."""

from pathlib import Path

import pytest

from jobs import job, killed, mended, only_rounds
from migratekit.errors import ExitCode
from outcomes import good
from runs import either, run
from support import Project, TestDatabase, wait_for

SESSIONS = 'CREATE TABLE sessions (id bigint PRIMARY KEY, state text, name text COLLATE "C");'


def sessions(database: TestDatabase, rows: int) -> None:
    """A table of which every other row has expired."""
    database.rows(SESSIONS)
    database.rows(
        "INSERT INTO sessions SELECT n, CASE WHEN n % 2 = 0 THEN 'expired' ELSE 'open' END, 'n' || n"
        f" FROM generate_series(1, {rows}) AS n"
    )


def clean_up(project: Project, **inputs: str) -> Path:
    return job(project, "clean_up_sessions", **{"where": "state = 'expired'", "keep": "yes", **inputs})


@pytest.mark.every_server(older=["migratekit"])
@either
def test_a_clean_up_that_is_killed_goes_on_and_its_down_brings_every_row_back(
    project: Project, database: TestDatabase, command: str
) -> None:
    sessions(database, 10_000)
    before = database.rows("SELECT md5(string_agg(s::text, ',' ORDER BY id)) FROM sessions AS s")
    clean_up(project, batch="100", pause="20ms")
    process = project.start(command, "up")
    left = "SELECT count(*) FROM sessions WHERE state = 'expired'"
    wait_for(lambda: int(str(database.value(left))) <= 4_000, "some batches")
    killed(process, database)
    assert int(str(database.value(left))) > 0
    unfinished = project.migratekit("kept", "list").stdout
    assert "unfinished" in unfinished

    mended(project)
    again = project.migratekit("up")

    assert again.returncode == ExitCode.DONE, again.stderr
    assert "clean-up sessions: 100 %" in again.stderr
    assert database.value("SELECT count(*) FROM sessions") == 5_000
    (listed,) = project.migratekit("kept", "list").stdout.splitlines()[1:]
    assert listed.split()[1:4] == ["public.sessions", "all", "5,000"]
    assert run(project, command, "down", "1").returncode == 0
    assert database.rows("SELECT md5(string_agg(s::text, ',' ORDER BY id)) FROM sessions AS s") == before
    assert good(project.migratekit("kept", "list")) == ["nothing is kept on development"]


def test_a_clean_up_without_keep_keeps_nothing_and_says_so(project: Project, database: TestDatabase) -> None:
    sessions(database, 10)
    clean_up(project, keep="no")
    assert project.migratekit("up").returncode == ExitCode.DONE
    assert database.value("SELECT to_regnamespace('_migratekit_kept')") is None
    down = (project.migrations / "001_clean_up_sessions.down.sql").read_text()
    assert "-- Data: has lost every row that was deleted" in down
    assert project.migratekit("down").returncode == ExitCode.DONE
    assert database.value("SELECT count(*) FROM sessions") == 5


@pytest.mark.parametrize("keep", ["yes", "no"])
def test_rows_that_a_clean_up_cannot_delete_are_an_error(project: Project, database: TestDatabase, keep: str) -> None:
    sessions(database, 10)
    only_rounds(clean_up(project, keep=keep), 2)
    database.rows(
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER spoil BEFORE DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION spoil()"
    )
    done = project.migratekit("up")
    assert done.returncode == ExitCode.DIRTY
    assert "5 rows of table sessions in schema public are left" in done.stderr
    assert database.value("SELECT count(*) FROM sessions") == 10
    database.rows("DROP TRIGGER spoil ON sessions")
    mended(project)
    assert project.migratekit("up").returncode == ExitCode.DONE
    assert database.value("SELECT count(*) FROM sessions") == 5


def test_a_clean_up_does_not_add_to_what_another_schema_keeps(project: Project, database: TestDatabase) -> None:
    sessions(database, 10)
    only_rounds(clean_up(project), 1)
    with database.connect() as other:
        other.execute("BEGIN")
        other.execute("SELECT FROM sessions WHERE id = 10 FOR UPDATE")
        assert project.migratekit("up").returncode == ExitCode.DIRTY
    database.rows(
        f"CREATE SCHEMA second; SET search_path = second; {SESSIONS} INSERT INTO sessions VALUES (2, 'expired')"
    )
    first, project.url = project.url, f"{project.url}&options=-csearch_path%3Dsecond"
    done = project.migratekit("up")
    assert done.returncode == ExitCode.DIRTY
    assert "is of another schema" in done.stderr
    project.url = first
    mended(project)
    assert project.migratekit("up").returncode == ExitCode.DONE
    assert database.value("SELECT count(*) FROM second.sessions") == 1
