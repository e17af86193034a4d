"""`migratekit status`: how every migration stands, for people, for programs, and for those who may only read."""

import json
from pathlib import Path

import pytest

from histories import golden, rows, states, story, written
from migratekit.errors import ExitCode
from outcomes import bad, good, write_three
from runs import WAIT, finish, gate
from support import Project, TestDatabase

FOREIGN = "applied by another tool"


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


@pytest.mark.every_server(long=True)
def test_both_commands_take_turns_on_one_database(project: Project, database: TestDatabase) -> None:
    project.chain(*(f"CREATE TABLE t{n} ();" for n in range(1, 7)))
    project.write({"5_m5.down.sql": "DROP TABLE t5;"})

    assert project.migrate("up", "3").returncode == 0
    assert states(project) == dict.fromkeys((1, 2, 3), "applied") | dict.fromkeys((4, 5, 6), "pending")
    assert project.migratekit("status", "--exit-code").returncode == ExitCode.PENDING

    assert project.migratekit("up", "2").returncode == ExitCode.DONE
    expected = dict.fromkeys((1, 2, 3), FOREIGN) | {4: "applied", 5: "applied", 6: "pending"}
    assert states(project) == expected
    assert written(database) == ["started", "applied up 4", "applied up 5", "finished"]
    assert project.migratekit("status", "--exit-code").returncode == ExitCode.PENDING

    assert project.migrate("down", "1").returncode == 0
    assert states(project) == expected | {5: "pending"}
    assert written(database)[4:] == ["started", "applied down 5", "finished"]
    assert project.migratekit("status").returncode == ExitCode.DONE

    assert project.migratekit("up").returncode == ExitCode.DONE
    assert states(project) == expected | {6: "applied"}
    assert project.migratekit("status", "--exit-code").returncode == ExitCode.DONE
    assert story(project) == ["applied up 4", "applied up 5", "applied down 5", "applied up 5", "applied up 6"]


def test_what_another_program_did_between_is_told(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up", "1"))
    database.rows("CREATE TABLE b (); UPDATE schema_migrations SET version = 2")
    assert states(three) == {1: "applied", 2: FOREIGN, 3: "pending"}
    assert story(three) == ["applied up 1", "moved 1 -> 2"]
    good(three.migratekit("up"))
    assert states(three) == {1: "applied", 2: FOREIGN, 3: "applied"}
    database.rows("DROP TABLE b, c; UPDATE schema_migrations SET version = 1")
    assert states(three) == {1: "applied", 2: "pending", 3: "pending"}
    good(three.migratekit("up"))
    assert states(three) == dict.fromkeys((1, 2, 3), "applied")
    assert story(three) == [
        "applied up 1",
        "moved 1 -> 2",
        "applied up 3",
        "moved 3 -> 1",
        "applied up 2",
        "applied up 3",
    ]


def test_status_is_a_table_for_people(three: Project, database: TestDatabase) -> None:
    three.write({"002_create_b.up.sql": "-- Version: 002\n-- Author: Ann Example\nCREATE TABLE b ();"})
    assert golden(three.migratekit("status").stdout) == [
        "version  name  state  author",
        "001  create_a  pending",
        "002  create_b  pending  Ann Example",
        "003  create_c  pending",
        "development is at no version; 3 pending",
    ]
    assert three.migrate("up", "1").returncode == 0
    good(three.migratekit("up", "1"))
    assert golden(three.migratekit("status").stdout) == [
        "version  name  state  when  took  by  author",
        "001  create_a  applied by another tool",
        "002  create_b  applied  TIME  TOOK  WHO  Ann Example",
        "003  create_c  pending",
        "development is at version 2; 1 pending",
    ]


def test_each_trouble_is_explained_and_counted(project: Project, database: TestDatabase) -> None:
    project.chain(*["SELECT 1;"] * 6)
    (project.migrations / "4_m4.up.sql").unlink()
    (project.migrations / "4_m4.down.sql").unlink()
    good(project.migratekit("up", "5"))
    project.write({"1_m1.up.sql": "SELECT 2;", "4_late.up.sql": "SELECT 4;", "7_m7.up.sql": "SELECT 7;"})
    for way in ("up", "down"):
        (project.migrations / f"2_m2.{way}.sql").rename(project.migrations / f"2_other.{way}.sql")
        (project.migrations / f"3_m3.{way}.sql").unlink()
    done = project.migratekit("status")
    assert done.returncode == ExitCode.DONE
    assert golden(done.stdout) == [
        "version  name  state  when  took  by",
        "1  m1  changed  TIME  TOOK  WHO",
        "2  other  renamed  TIME  TOOK  WHO",
        "3  m3  file missing  TIME  TOOK  WHO",
        "4  late  missed",
        "5  m5  applied  TIME  TOOK  WHO",
        "6  m6  applied  TIME  TOOK  WHO",
        "7  m7  pending",
        "1 changed: is not what was applied",
        "2 renamed: was applied as m2",
        "4 missed: came when later ones were applied already",
        "development is at version 6; 1 pending, 1 missed, 1 changed, 1 renamed, 1 file missing",
    ]
    assert done.stderr == "`migratekit validate` says what to do about each\n"


@pytest.mark.parametrize("command", ["migrate", "migratekit"])
def test_a_run_at_work_is_shown(project: Project, database: TestDatabase, command: str) -> None:
    project.chain("SELECT 1;")
    good(project.migratekit("up"))
    project.chain("SELECT 1;", f"CREATE TABLE a (); COMMIT; {WAIT}", "SELECT 1;")
    with gate(database) as closed:
        process = project.start(command, "up")
        pid = closed.wait()
        done = project.migratekit("status", "--exit-code")
        document = json.loads(project.migratekit("status", "--json").stdout)
        told = story(project)
        closed.open()

    assert finish(process).returncode == 0
    assert done.returncode == ExitCode.PENDING
    assert "  running now  " in done.stdout
    assert done.stdout.splitlines()[-1] == "development is at version 2; 1 pending, 1 running now"
    assert done.stderr.startswith(f"a run is at work: pid {pid}, user postgres")
    assert (document["running"]["pid"], document["running"]["user"]) == (pid, "postgres")
    assert [entry["state"] for entry in document["migrations"]] == ["applied", "running now", "pending"]
    assert told == ["applied up 1", "running up 2"]
    assert story(project) == ["applied up 1", "applied up 2", "applied up 3"]


def test_json_says_all_that_is_known(three: Project, database: TestDatabase) -> None:
    three.write({"002_create_b.up.sql": "-- Version: 002\n-- Author: Ann Example\nCREATE TABLE b ();"})
    good(three.migratekit("up", "1"))
    done = three.migratekit("status", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    first, second, third = document.pop("migrations")
    assert document == {
        "environment": "development",
        "version": 1,
        "dirty": False,
        "has_history": True,
        "running": None,
        "pending": 2,
        "repeatables": [],
    }
    (row,) = rows(database, "applied")
    same = {key: row[key] for key in ("database_user", "os_user", "host", "tool", "checksum", "outcome", "version")}
    assert {key: first[key] for key in same} == same
    assert (first["name"], first["state"], first["at"]) == ("create_a", "applied", row["started_at"])
    assert first["seconds"] > 0
    blank = dict.fromkeys(("outcome", "at", "seconds", "database_user", "os_user", "host", "tool", "checksum"))
    assert second == blank | {
        "version": 2,
        "name": "create_b",
        "state": "pending",
        "remark": "",
        "author": "Ann Example",
    }
    assert set(third) == set(second)


QUIET = {
    "pending": ("SELECT 1", ExitCode.PENDING),
    "up to date": ("UPDATE schema_migrations SET version = 3", ExitCode.DONE),
    "dirty": ("UPDATE schema_migrations SET dirty = true", ExitCode.DIRTY),
    "newer than the files": ("UPDATE schema_migrations SET version = 9", ExitCode.DIRTY),
}


@pytest.mark.parametrize(("statement", "code"), QUIET.values(), ids=QUIET)
def test_quiet_prints_nothing(three: Project, database: TestDatabase, statement: str, code: ExitCode) -> None:
    good(three.migratekit("up", "1"))
    database.rows(statement)
    done = three.migratekit("status", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
    assert three.migratekit("status", "--exit-code").returncode == code
    assert three.migratekit("status", "--exit-code", "--json").returncode == code


def test_quiet_says_what_went_wrong_all_the_same(three: Project) -> None:
    bad(three.migratekit("status", "--quiet", "--path", "nowhere"), ExitCode.FAILED)


@pytest.mark.parametrize(
    ("version", "shown"), [(3, "003  create_c  dirty"), (9, "9  ?  dirty"), (-1, "001  create_a  dirty")]
)
def test_a_dirty_database_is_told_though_no_history_knows_why(
    three: Project, database: TestDatabase, version: int, shown: str
) -> None:
    assert three.migrate("up").returncode == 0
    database.rows(f"UPDATE schema_migrations SET version = {version}, dirty = true")
    for words in (["status"], ["status", "--json"], ["status", "--quiet"]):
        assert three.migratekit(*words).returncode == ExitCode.DIRTY
    done = three.migratekit("status")
    assert shown in golden(done.stdout)
    assert "dirty" in done.stdout.splitlines()[-1]
    assert "`migratekit repair`" in done.stderr


def test_a_dirty_database_without_any_file_is_dirty(project: Project, database: TestDatabase) -> None:
    assert project.migrate("force", "--", "-1").returncode == 0
    database.rows("INSERT INTO schema_migrations VALUES (-1, true)")
    done = project.migratekit("status")
    assert (done.returncode, done.stdout) == (ExitCode.DIRTY, "development is at no version, dirty; 0 pending\n")


def test_a_down_that_failed_half_way_is_dirty_where_it_was(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    three.write({"003_create_c.down.sql": "DROP TABLE c; COMMIT; SELECT 1 / 0;"})
    assert three.migratekit("down").returncode == ExitCode.DIRTY
    assert states(three) == {1: "applied", 2: "applied", 3: "dirty"}
    done = three.migratekit("status")
    assert done.stdout.splitlines()[-1] == "development is at version 2, dirty; 0 pending"
    assert "down of version 3 stopped half-way" in done.stderr


def test_an_empty_project_has_nothing_to_show(project: Project) -> None:
    assert good(project.migratekit("status")) == ["development is at no version; 0 pending"]
    assert project.migratekit("status", "--exit-code").returncode == ExitCode.DONE


def test_reading_goes_on_where_the_files_are_not(three: Project, tmp_path: Path) -> None:
    good(three.migratekit("up"))
    (tmp_path / "empty").mkdir()
    done = three.migratekit("status", "--path", str(tmp_path / "empty"))
    assert golden(done.stdout)[1:] == [
        "1  create_a  file missing  TIME  TOOK  WHO",
        "2  create_b  file missing  TIME  TOOK  WHO",
        "3  create_c  file missing  TIME  TOOK  WHO",
        "development is at version 3; 0 pending, 3 file missing",
    ]
    assert done.stderr == "warning: the database is newer than the files, the last of which is none\n"
