"""`migratekit renumber`: what is not applied gets another number, with all that names it, or nothing changes."""

import json
import subprocess
from pathlib import Path

import pytest

from conventions import CHAIN, CONVENTIONS
from migratekit.errors import ExitCode
from migratekit.file_changes import NOTE
from outcomes import NOWHERE, bad, good, write_three
from support import Project, TestDatabase

LATE = {
    "002_add_late.up.sql": "-- Version: 002\n-- Phase: x\n-- Script: 002_late.py --by 2\nSELECT '002_add_late';\n",
    "002_add_late.down.sql": "-- Version: 002\r\n-- Rollback for: 002_add_late\r\nSELECT 2;\r\n",
    "002_late.py": "print('002_add_late')\n",
}


def names(project: Project) -> list[str]:
    return sorted(path.name for path in project.migrations.iterdir())


def texts(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in project.migrations.iterdir() if path.is_file()}


def test_of_two_branches_the_one_that_is_not_applied_moves_on(project: Project, database: TestDatabase) -> None:
    write_three(project)
    good(project.migratekit("up"))
    project.write({**LATE, "004_after.up.sql": "-- Dependencies: 001, 002\n", "004_after.down.sql": ""})
    (project.migrations / "002_late.py").chmod(0o755)
    git = ["git", "-C", str(project.folder)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    index = subprocess.check_output([*git, "ls-files", "-s"])

    refused = bad(project.migratekit("renumber", "002_create_b.up.sql"), ExitCode.REFUSED)
    assert "002_create_b: is applied on development" in refused
    before = texts(project)
    planned = good(project.migratekit("renumber", "2", "--dry-run"))
    assert texts(project) == before
    assert good(project.migratekit("renumber", "2")) == [*planned[:-1], "1 migration renumbered"]
    assert planned[:-1] == [
        "002_late.py -> 005_late.py",
        "002_add_late.up.sql -> 005_add_late.up.sql",
        "002_add_late.down.sql -> 005_add_late.down.sql",
        "look: 004_after.up.sql depends on 2; mend that if it means what is 005 now",
    ]
    now = texts(project)
    assert now["005_add_late.up.sql"] == LATE["002_add_late.up.sql"].replace("002", "005").encode()
    assert now["005_add_late.down.sql"] == LATE["002_add_late.down.sql"].replace("002", "005").encode()
    assert (project.migrations / "005_late.py").stat().st_mode & 0o777 == 0o755
    assert {name for name in names(project) if name.startswith(".")} == set()
    assert subprocess.check_output([*git, "ls-files", "-s"]) == index
    assert project.migratekit("up").stderr == "005_add_late\n"
    assert database.state() == [(5, False)]


def test_a_late_branch_moves_as_one_and_what_depends_on_it_follows(project: Project, database: TestDatabase) -> None:
    write_three(project)
    good(project.migratekit("up"))
    branch = {"001_x.up.sql": "CREATE TABLE x ();", "001_x.down.sql": "DROP TABLE x;"}
    branch |= {"003_y.up.sql": "-- Dependencies: 001\nALTER TABLE x ADD y int;", "003_y.down.sql": ""}
    project.write(branch)
    project.write({"004_z.up.sql": "-- Dependencies: 003, 001\n", "004_z.down.sql": ""})

    assert "2 migrations have the number 1" in project.migratekit("renumber", "1", "--files-only").stderr
    said = good(project.migratekit("renumber", "migrations/003_y.up.sql", "001_x", "004_z"))
    assert said[-1] == "3 migrations renumbered"
    assert texts(project)["005_y.up.sql"].startswith(b"-- Dependencies: 004\n")
    assert texts(project)["006_z.up.sql"] == b"-- Dependencies: 005, 004\n"
    good(project.migratekit("up"))


def test_dependencies_of_others_follow_or_it_is_refused(project: Project) -> None:
    write_three(project)
    project.write({"004_z.up.sql": "-- Dependencies: 003\n", "004_z.down.sql": ""})
    before = texts(project)
    refused = bad(project.migratekit("renumber", "003"), ExitCode.REFUSED)
    assert "depends on 3, which would be 005 and come behind it" in refused
    assert "add 004_z" in refused
    assert "number 2 is in use" in bad(project.migratekit("renumber", "003", "--to", "2"), ExitCode.REFUSED)
    assert texts(project) == before
    project.write({"010_z.up.sql": "-- Dependencies: 3, 2\n", "010_z.down.sql": ""})
    (project.migrations / "004_z.up.sql").write_text("")
    assert "010_z.up.sql: depends on 007 now" in good(project.migratekit("renumber", "3", "--to", "7"))
    assert texts(project)["010_z.up.sql"] == b"-- Dependencies: 007, 2\n"


def test_without_a_database_only_if_that_is_said(project: Project) -> None:
    write_three(project)
    project.url = NOWHERE
    before = texts(project)
    assert "--files-only" in bad(project.migratekit("renumber", "1"), ExitCode.FAILED)
    assert texts(project) == before
    good(project.migratekit("renumber", "1", "--files-only"))
    assert "004_create_a.up.sql" in names(project)
    assert "nothing to do" in good(project.migratekit("renumber", "4", "--files-only"))[0]


def test_a_name_that_is_taken_undoes_all(project: Project) -> None:
    write_three(project)
    # No convention takes it for a migration.
    (project.migrations / "004_create_a.down.sql").mkdir()
    before = texts(project)
    refused = bad(project.migratekit("renumber", "1"), ExitCode.REFUSED)
    assert "is there already; nothing was changed" in refused
    assert texts(project) == before


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_each_convention_keeps_its_way_to_number(convention: str, project: Project, database: TestDatabase) -> None:
    manner = CONVENTIONS[convention]
    table = "" if convention != "rollback" else "CREATE TABLE schema_migrations (version text, applied_at timestamptz);"
    database.rows(table or "SELECT 1")
    for name, text in manner.files(CHAIN[:3]).items():
        path = project.migrations / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    good(project.migratekit("up", "1"))
    told = good(project.migratekit("renumber", str(manner.version(2))))
    number = told[0].partition(" -> ")[2].partition("_")[0]
    assert len(number) == (14 if manner.times else 3)
    assert good(project.migratekit("up"))[-1] == f"2 migrations applied; development is at version {int(number)}"
    left = [path for path in Path(project.migrations).rglob("*") if path.name.startswith(".")]
    assert left == []


def test_nothing_runs_under_half_of_the_new_numbers(project: Project, database: TestDatabase) -> None:
    write_three(project)
    good(project.migratekit("up", "1"))
    # As a kill behind the first of two names leaves it.
    move = ["002_create_b.up.sql", "008_create_b.up.sql"]
    (project.migrations / move[0]).rename(project.migrations / move[1])
    note = {"phase": "moving", "moves": [move], "texts": {}, "aside": [], "made": []}
    (project.migrations / NOTE).write_text(json.dumps(note))
    for words in (("up",), ("goto", "3"), ("down",)):
        assert "a call that did so was killed" in bad(project.migratekit(*words), ExitCode.REFUSED)
    assert "they are as they were" in project.migratekit("renumber", "3", "--files-only").stderr
    assert good(project.migratekit("up"))[-1].endswith("development is at version 3")
