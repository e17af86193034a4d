"""Migrations that call a program for what SQL cannot say."""

import os
import signal

import pytest

from migratekit.errors import ExitCode
from outcomes import bad, good
from runs import finish, wait_for_line
from support import Project, TestDatabase, wait_for

CHECK = """-- Version: 002
-- Description: Rescore
-- Script: programs/rescore.py --by 10
{more}
BEGIN;
DO $$ BEGIN
    IF EXISTS (SELECT FROM scores WHERE score < 10) THEN
        RAISE EXCEPTION 'scores are not rescored: run this with migratekit';
    END IF;
END $$;
COMMIT;
"""
RESCORE = """import os, sys
import psycopg
print("rescoring", *sys.argv[1:])
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("UPDATE scores SET score = score + %s WHERE score < 10", [int(sys.argv[2])])
    {more}
"""


@pytest.fixture
def scored(project: Project) -> Project:
    project.write({"001_a.up.sql": "CREATE TABLE scores (score int); INSERT INTO scores VALUES (1), (2);"})
    project.write(
        {"001_a.down.sql": "DROP TABLE scores;", "002_rescore.down.sql": "UPDATE scores SET score = score - 10;"}
    )
    write(project)
    return project


def write(project: Project, *, header: str = "", program: str = "pass") -> None:
    project.write({"002_rescore.up.sql": CHECK.format(more=header)})
    (project.migrations / "programs").mkdir(exist_ok=True)
    (project.migrations / "programs" / "rescore.py").write_text(RESCORE.format(more=program))


def test_the_program_runs_first_and_the_file_looks_at_what_it_did(scored: Project, database: TestDatabase) -> None:
    done = scored.migratekit("up")

    assert done.returncode == ExitCode.DONE, done.stderr
    assert "rescoring --by 10" in done.stderr
    assert database.rows("SELECT score FROM scores ORDER BY 1") == [(11,), (12,)]
    assert database.state() == [(2, False)]
    good(scored.migratekit("down"))
    assert "scores are not rescored" in scored.migrate("up").stderr


def test_a_changed_program_is_a_changed_migration(scored: Project) -> None:
    scored.migratekit("up")
    assert scored.migratekit("status", "--exit-code").returncode == ExitCode.DONE

    write(scored, program="print('more')")

    assert "002 changed" in scored.migratekit("status").stdout


def test_a_program_that_fails_leaves_the_version_dirty(scored: Project, database: TestDatabase) -> None:
    write(scored, program="connection.commit(); sys.exit(7)")

    done = scored.migratekit("up")

    assert done.returncode == ExitCode.DIRTY
    assert "002_rescore.up.sql: its program programs/rescore.py failed with exit code 7" in done.stderr
    assert database.state() == [(2, True)]
    assert "exit code 7" in scored.migratekit("history", "--verbose").stdout


def test_one_that_may_run_again_is_repaired(scored: Project, database: TestDatabase) -> None:
    write(scored, header="-- migratekit: resumable\n", program="sys.exit(7)")
    scored.migratekit("up")
    write(scored, header="-- migratekit: resumable\n")

    assert scored.migratekit("repair", "--yes").returncode == ExitCode.DONE
    assert scored.migratekit("up").returncode == ExitCode.DONE
    assert database.rows("SELECT score FROM scores ORDER BY 1") == [(11,), (12,)]


@pytest.mark.parametrize("script", ["../../evil.py", "/bin/true", "programs/none.py", "'programs", "programs"])
def test_only_files_beside_the_migration_are_run(scored: Project, database: TestDatabase, script: str) -> None:
    scored.write({"002_rescore.up.sql": CHECK.format(more="").replace("programs/rescore.py --by 10", script)})

    assert "002_rescore.up.sql: its" in bad(scored.migratekit("up"), ExitCode.FAILED)
    assert database.state() is None


def test_a_file_that_refuses_what_the_program_did(scored: Project, database: TestDatabase) -> None:
    write(scored, program="connection.execute('UPDATE scores SET score = 1')")

    done = scored.migratekit("up")

    assert done.returncode == ExitCode.DIRTY
    assert "scores are not rescored" in done.stderr
    assert database.state() == [(2, True)]


def test_a_second_signal_ends_the_program(scored: Project, database: TestDatabase) -> None:
    write(scored, program="connection.execute('SELECT pg_sleep(600)')")
    process = scored.start("migratekit", "up")
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'pg_sleep' AND datname = current_database()"
    wait_for(lambda: database.value(sleeping) == 2, "the program to sleep")

    os.kill(process.pid, signal.SIGTERM)
    wait_for_line(process, "stopping after the running migration")
    os.kill(process.pid, signal.SIGTERM)

    assert finish(process).returncode == ExitCode.INTERRUPTED
    assert database.state() == [(2, True)]
