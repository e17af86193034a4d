"""The kind `script`: a program that works through a table, and the file that looks at what it did."""

import pytest

from migratekit.errors import ExitCode
from outcomes import NOWHERE, bad, good
from support import Project, TestDatabase

ODD = "Ü \"x\" 'y' $$ {{ 1 }} %s {} \\ --; DROP TABLE u;"
MINE = """import os, sys, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("UPDATE users SET initials = %s", [*sys.argv[1:], None][:1])
"""
BODY = 'return {"initials": "".join(word[0] for word in row["name"].split())}'


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def create(project: Project, name: str, *words: str, **inputs: str) -> list[str]:
    given = (word for key, text in inputs.items() for word in ("--set", f"{key}={text}"))
    return good(project.migratekit("create", name, *words, *given))


@pytest.fixture
def named(project: Project, database: TestDatabase) -> Project:
    database.rows("CREATE TABLE users (id bigint PRIMARY KEY, name text, initials text)")
    database.rows("INSERT INTO users SELECT n, 'Ann ' || n FROM generate_series(1, 10) AS n")
    return project


def test_the_rows_are_done_undone_and_done_again(named: Project, database: TestDatabase) -> None:
    paths = create(named, "rescore_users_script", "--columns", "initials", body=BODY, undo="initials = NULL", batch="3")
    program = named.folder / paths[2]
    assert program.name == "001_rescore_users_script.py"
    assert program.stat().st_mode & 0o111

    for _ in range(2):
        done = named.migratekit("up")
        assert done.returncode == ExitCode.DONE, done.stderr
        assert done.stderr.splitlines().count("10 rows") == 1
        assert database.rows("SELECT initials FROM users ORDER BY id")[8:] == [("A9",), ("A1",)]
        good(named.migratekit("down"))
        assert database.value("SELECT count(initials) FROM users") == 0

    refused = named.migrate("up")
    assert "10 rows of table users in schema public are not done" in refused.stderr


def test_one_that_is_stopped_goes_on_where_it_was(named: Project, database: TestDatabase) -> None:
    database.rows("UPDATE users SET name = '' WHERE id = 8")
    create(named, "rescore_users_script", "--columns", "initials", body=BODY, batch="3")
    body = named.migrations / "001_rescore_users_script.py"
    body.write_text(body.read_text().replace("    return", '    assert row["name"], "no name"\n    return', 1))

    done = named.migratekit("up")

    assert done.returncode == ExitCode.DIRTY
    assert "AssertionError: no name" in done.stderr
    assert database.value("SELECT count(initials) FROM users") == 6
    database.rows("UPDATE users SET name = 'Bo' WHERE id = 8")
    assert named.migratekit("repair", "--yes").returncode == ExitCode.DONE
    done = named.migratekit("up")
    assert "4 rows" in done.stderr.splitlines()
    assert database.state() == [(1, False)]


def test_one_that_is_not_written_says_so(named: Project, database: TestDatabase) -> None:
    create(named, "rescore_users_script", "--columns", "initials")
    assert "write here what becomes of a row" in named.migratekit("up").stderr
    assert database.value("SELECT count(initials) FROM users") == 0
    database.rows("UPDATE users SET initials = 'x'")
    assert named.migratekit("repair", "--yes").returncode == ExitCode.DONE
    assert named.migratekit("up").returncode == ExitCode.DONE
    assert "001_rescore_users_script.down.sql has no validation yet" in bad(named.migratekit("down"), ExitCode.FAILED)


def test_odd_names_stay_names(project: Project, database: TestDatabase) -> None:
    name = quoted(ODD)
    where = f"{name} LIKE '%a' AND \"n'\" IS NULL"
    database.rows(f'CREATE SCHEMA s; CREATE TABLE s.{name} ({name} text PRIMARY KEY, "n\'" jsonb)')
    database.rows(f"INSERT INTO s.{name} VALUES ('a'), ('b''%a'), ('c')")
    words = ("--table", f"s.{name}", "--columns", '"n\'"', "--kind", "script")
    body = f'from psycopg.types.json import Jsonb\nreturn {{"n\'": Jsonb(row[{ODD!r}])}}'
    create(project, "x", *words, where=where, undo='"n\'" = NULL', key=name, body=body, batch="1")

    for _ in range(2):
        done = project.migratekit("up")
        assert done.returncode == ExitCode.DONE, done.stderr
        rows = database.rows(f'SELECT "n\'" FROM s.{name} ORDER BY 1')
        assert rows == [("a",), ("b'%a",), (None,)]
        good(project.migratekit("down"))


def test_a_program_that_is_there_is_called_and_not_written(named: Project, database: TestDatabase) -> None:
    named.write({"mine.py": MINE})
    words = ("--table", "users", "--columns", "initials", "--kind", "script")
    assert len(create(named, "x", *words, program="mine.py 'a  b'", undo_program="mine.py")) == 2

    good(named.migratekit("validate", "--files-only"))
    for _ in range(2):
        good(named.migratekit("up"))
        assert database.rows("SELECT DISTINCT initials FROM users") == [("a  b",)]
        good(named.migratekit("down"))
        assert database.value("SELECT count(initials) FROM users") == 0


def test_without_a_condition_the_file_raises_until_it_has_one(named: Project) -> None:
    named.write({"mine.py": ""})
    create(named, "run_mine_on_users", program="mine.py")
    assert "001_run_mine_on_users.up.sql has no validation yet" in named.migratekit("up").stderr


REFUSED = {
    ("program=../evil.py", "where=true"): "does not lie beside the migration",
    ("program=/bin/true", "where=true"): "does not lie beside the migration",
    ("program='x", "where=true"): "No closing quotation",
    ("program=x\n-- y", "where=true"): "in a line",
    ("program=x.py", "body=return {}"): "takes no body",
    ("where=true", "body=return {"): "would not be Python",
    ("where=true",): "",
    (): "which rows are still to be done",
    ("where=true", "undo=a = 1"): "which rows are still to be undone",
    ("where=true", "undo=a = 1", "undo_program=x.py"): "one way back only",
}


@pytest.mark.parametrize(("inputs", "told"), REFUSED.items(), ids=[" ".join(inputs) or "none" for inputs in REFUSED])
def test_what_makes_no_sense_is_refused(project: Project, inputs: tuple[str, ...], told: str) -> None:
    project.url = NOWHERE
    given = [word for text in inputs for word in ("--set", text)]
    done = project.migratekit("create", "run_it_on_users", *given)
    if told:
        assert told in bad(done, ExitCode.USAGE)
        assert list(project.migrations.iterdir()) == []
    else:
        assert len(good(done)) == 3


def test_a_program_in_the_way_stays_and_nothing_is_written(project: Project) -> None:
    project.url = NOWHERE
    project.write({"001_run_it_on_users.py": "mine"})
    assert "File exists" in bad(project.migratekit("create", "run_it_on_users", "--set", "where=true"), ExitCode.FAILED)
    assert {path.name: path.read_text() for path in project.migrations.iterdir()} == {"001_run_it_on_users.py": "mine"}
