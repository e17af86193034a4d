"""Repeatable files: run behind the others whenever they changed, each in one transaction with its record."""

import json
import re
from collections.abc import Mapping

import pytest

from migratekit import Migrator
from migratekit.errors import ExitCode
from outcomes import NOWHERE, good, write_three
from support import Project, TestDatabase

VIEW = "CREATE OR REPLACE VIEW {} AS SELECT {} AS n FROM a;"


@pytest.fixture
def three(project: Project) -> Project:
    write_three(project)
    (project.migrations / "repeatable").mkdir()
    write(project, {"b_names": VIEW.format("names", 1), "a_rights": "GRANT SELECT ON a TO public;"})
    return project


def write(project: Project, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (project.migrations / "repeatable" / f"{name}.sql").write_text(text)


def shown(project: Project) -> dict[str, str]:
    document = json.loads(project.migratekit("status", "--json").stdout)
    return {each["name"]: each["state"] for each in document["repeatables"]}


def test_they_run_behind_the_others_and_again_when_they_changed(three: Project, database: TestDatabase) -> None:
    assert shown(three) == {"a_rights": "never applied", "b_names": "never applied"}
    assert good(three.migratekit("up", "2"))[-1] == "2 migrations applied; development is at version 2"
    assert three.migratekit("plan", "--brief").stdout.count("repeatable/") == 2
    run = good(three.migratekit("up"))
    assert [line.split()[1] for line in run[:3]] == ["003_create_c", "repeatable/a_rights", "repeatable/b_names"]
    assert run[3] == "1 migration and 2 repeatable files applied; development is at version 3"
    assert good(three.migratekit("up")) == ["nothing to do; development is at version 3"]
    assert three.migratekit("status", "--quiet").returncode == ExitCode.DONE

    write(three, {"b_names": VIEW.format("names", 2)})
    assert shown(three) == {"a_rights": "applied", "b_names": "changed"}
    assert three.migratekit("status", "--quiet").returncode == ExitCode.PENDING
    dry = good(three.migratekit("up", "--dry-run"))
    assert dry[-1] == "1 would run on development; nothing was changed"
    assert good(three.migratekit("up"))[-1] == "1 repeatable file applied; development is at version 3"
    assert database.state() == [(3, False)]
    (three.migrations / "repeatable" / "a_rights.sql").unlink()
    assert shown(three) == {"a_rights": "file gone", "b_names": "applied"}
    told = good(three.migratekit("status"))
    assert [line.split()[:2] for line in told if "_names" in line or "_rights" in line] == [
        ["a_rights", "file"],
        ["b_names", "applied"],
    ]


def test_the_rows_confuse_nobody(three: Project, database: TestDatabase) -> None:
    three.migratekit("up")
    rows = database.rows(
        "SELECT version, name, outcome, version_before, version_after FROM schema_migrations_history"
        " WHERE outcome = 'applied' ORDER BY id DESC LIMIT 2"
    )
    assert rows == [(None, "b_names", "applied", 3, 3), (None, "a_rights", "applied", 3, 3)]
    assert three.migratekit("validate").returncode == ExitCode.DONE
    assert "up   repeatable/b_names" in three.migratekit("history").stdout
    assert "repeatable/b_names" in three.migratekit("history", "--verbose").stdout
    assert three.migratekit("verify").returncode == ExitCode.DONE
    assert three.migratekit("repair").returncode == ExitCode.DONE
    assert three.migratekit("report", "--json").returncode == ExitCode.DONE
    assert "repeatable/b_names" in three.migratekit("report", "--json").stdout
    # `down` leaves them, and golang-migrate's form knows nothing of them.
    good(three.migratekit("down"))
    assert database.value("SELECT count(*) FROM pg_views WHERE viewname = 'names'") == 1
    write(three, {"b_names": VIEW.format("names", 3)})
    done = three.migrate("up")
    assert (done.returncode, "names" in done.stderr) == (0, False)
    assert shown(three)["b_names"] == "changed"


def test_what_fails_leaves_nothing_and_the_others_stay(three: Project, database: TestDatabase) -> None:
    write(three, {"b_names": "CREATE TABLE half ();\nSELECT nothing FROM a;", "c_late": VIEW.format("late", 1)})
    done = three.migratekit("up")
    assert done.returncode == ExitCode.FAILED
    assert 'repeatable/b_names.sql:2:8: column "nothing" does not exist' in done.stderr
    assert "nothing of the file was kept; the database is at version 3, clean" in done.stderr
    assert "`migratekit --env development down --all` undoes the 3 migrations of this run" in done.stderr
    assert database.tables() == {"a", "b", "c"}
    assert shown(three) == {"a_rights": "applied", "b_names": "never applied", "c_late": "never applied"}
    assert database.rows("SELECT outcome FROM schema_migrations_history WHERE name = 'b_names'") == [("failed",)]
    write(three, {"b_names": VIEW.format("names", 1)})
    assert good(three.migratekit("up"))[-1] == "2 repeatable files applied; development is at version 3"

    write(three, {"b_names": "CREATE VIEW names AS SELECT 1 AS n;"})
    assert "write CREATE OR REPLACE" in three.migratekit("up").stderr


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("CREATE INDEX CONCURRENTLY x ON a (id);", "is a repeatable file and cannot run in one transaction"),
        ("BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;", "cannot run in one transaction"),
        ("-- Script: x.py\nSELECT 1;", "is a repeatable file and calls a program"),
        ("CREATE TABEL x ();", "syntax error"),
    ],
)
def test_what_one_transaction_cannot_hold_is_refused(three: Project, text: str, what: str) -> None:
    (three.migrations / "repeatable" / "x.py").write_text("")
    write(three, {"b_names": text})
    found = three.migratekit("validate", "--files-only")
    assert found.returncode == ExitCode.FAILED
    assert re.search(r"^error: repeatable/b_names\.sql.*\[(transaction|syntax)\]", found.stdout, re.M)
    assert what in three.migratekit("up").stderr


def test_a_role_that_the_file_takes_on_does_not_make_it_dirty(three: Project, database: TestDatabase) -> None:
    database.rows("CREATE ROLE names_only NOLOGIN")
    try:
        write(three, {"b_names": "SET LOCAL ROLE names_only; SELECT 1;"})
        assert three.migratekit("up").returncode == ExitCode.FAILED
        assert database.state() == [(3, False)]
    finally:
        database.rows("DROP ROLE names_only")


def test_programs_run_them_too(three: Project) -> None:
    migrator = Migrator(three.url, path=three.migrations)
    assert [step.version for step in migrator.plan()] == [1, 2, 3, None, None]
    run = migrator.up()
    assert ([each.version for each in run.ran], run.repeated) == ([1, 2, 3], ("a_rights", "b_names"))
    assert migrator.up().repeated == ()


def test_a_run_that_is_cut_short_in_one_is_clean(three: Project, database: TestDatabase) -> None:
    write(three, {"b_names": "SELECT pg_terminate_backend(pg_backend_pid());"})
    lost = three.migratekit("up")
    assert lost.returncode == ExitCode.FAILED
    assert "run the same command again to go on" in lost.stderr
    assert database.state() == [(3, False)]
    write(three, {"b_names": VIEW.format("names", 1)})
    assert three.migratekit("validate").returncode == ExitCode.DONE
    assert "interrupted" in three.migratekit("history").stdout
    good(three.migratekit("up"))


def test_preflight_looks_at_what_is_to_run(three: Project) -> None:
    good(three.migratekit("up", "3"))
    write(three, {"b_names": "ALTER TABLE a ADD n int;", "c_bad": "-- Script: x.py\nSELECT 1;"})
    done = three.migratekit("preflight", "--json", env={"MIGRATEKIT_SHADOW_URL": NOWHERE})
    told = {(one["check"], one["subject"]): (one["level"], one["figure"]) for one in json.loads(done.stdout)}
    assert told["history", '"public"."schema_migrations"'] == (
        "ok",
        "at version 3, 2 repeatable files pending: repeatable/b_names, repeatable/c_bad",
    )
    level, figure = told["tables", "public.a"]
    assert (level, figure.partition(", ACCESS EXCLUSIVE: ")[2]) == (
        "ok",
        "repeatable/b_names.sql:1 ALTER TABLE a ADD n int",
    )
    assert told["files", "repeatable/c_bad.sql"] == ("fail", "calls a program [transaction]")


def test_files_in_a_folder_of_their_folder_are_told_of(three: Project) -> None:
    (three.migrations / "repeatable" / "sub").mkdir()
    write(three, {"sub/x": "SELECT 1;"})
    told = "a file below repeatable/ is passed over: repeatable/sub/x.sql is not called repeatable/NAME.sql"
    assert told in three.migratekit("status").stderr
    found = three.migratekit("validate", "--files-only").stdout
    assert "warning: repeatable/sub/x.sql: is passed over" in found


def test_in_a_database_that_is_newer_than_the_files_none_is_to_run(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    write(three, {"b_names": VIEW.format("names", 2)})
    for name in ("003_create_c.up.sql", "003_create_c.down.sql"):
        (three.migrations / name).unlink()
    assert "repeatable to run" not in three.migratekit("status").stdout
    assert three.migratekit("status", "--exit-code").returncode == ExitCode.DIRTY
    assert three.migratekit("up").returncode == ExitCode.REFUSED
    # Nor where that is let pass: the text of an older release must not take the place of a newer one's.
    assert "nothing to do" in three.migratekit("up", "--allow-missing").stdout
    assert database.value("SELECT definition FROM pg_views WHERE viewname = 'names'") == " SELECT 1 AS n\n   FROM a;"


def test_drift_knows_them(three: Project) -> None:
    three.migratekit("up")
    assert three.migratekit("drift", "--exit-code").returncode == ExitCode.DONE


def test_a_program_and_those_who_wait_see_what_is_due(three: Project) -> None:
    migrator = Migrator(three.url, three.migrations)
    assert migrator.up(3).repeated == ("a_rights", "b_names")
    assert migrator.status().is_current
    write(three, {"b_names": VIEW.format("names", 2)})
    status = migrator.status()
    assert (status.pending, status.repeatables_due, status.is_current) == ((), ("b_names",), False)
    waited = three.migratekit("wait-for-version", "--timeout", "0")
    assert waited.returncode == ExitCode.PENDING
    assert "repeatable/b_names is to run" in waited.stderr
    for name in ("003_create_c.up.sql", "003_create_c.down.sql"):
        (three.migrations / name).unlink()
    assert migrator.status().repeatables_due == (), "an older release has older files, and may start"


def test_after_all_was_undone_they_run_again(three: Project, database: TestDatabase) -> None:
    three.write({"001_create_a.down.sql": "DROP TABLE a CASCADE;"})
    three.migratekit("up")
    assert three.migratekit("down", "--all").returncode == ExitCode.DONE
    assert database.value("SELECT count(*) FROM pg_views WHERE viewname = 'names'") == 0
    assert shown(three) == {"a_rights": "never applied", "b_names": "never applied"}
    assert good(three.migratekit("up"))[-1].startswith("3 migrations and 2 repeatable files applied")
    assert database.value("SELECT count(*) FROM pg_views WHERE viewname = 'names'") == 1


def test_without_any_migration_they_run_once(project: Project) -> None:
    (project.migrations / "repeatable").mkdir()
    write(project, {"one": "CREATE OR REPLACE VIEW one AS SELECT 1 AS n;"})
    assert good(project.migratekit("up"))[-1] == "1 repeatable file applied; development is at no version"
    assert good(project.migratekit("up")) == ["nothing to do; development is at no version"]
