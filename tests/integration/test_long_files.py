"""Files that are sent in several messages: one transaction as any other, and errors with their places."""

import pytest

from migratekit.errors import ExitCode
from outcomes import bad
from runs import either, fresh_role, run
from support import Project, TestDatabase

# A message takes some 8 MiB.
FILLING = ("SELECT length('" + "ä" * (1 << 20) + "');\n") * 9


@pytest.mark.parametrize("around", [("", ""), ("BEGIN;\n", "COMMIT; -- the end\n")], ids=["plain", "own transaction"])
@either
def test_all_of_a_long_file_is_committed_or_nothing(
    project: Project, database: TestDatabase, command: str, around: tuple[str, str]
) -> None:
    begin, commit = around
    project.chain(
        "CREATE TABLE a (id int PRIMARY KEY);",
        f"{begin}INSERT INTO a VALUES (1);\n{FILLING}INSERT INTO a VALUES (2);\n{commit}",
        f"{begin}INSERT INTO a VALUES (3);\n{FILLING}INSERT INTO a VALUES (4), (1);\n{commit}",
    )
    done = run(project, command, "up")
    assert done.returncode == 1
    assert "duplicate key value" in done.stderr
    if command == "migratekit":
        assert database.state() == [(2, False)]
    assert database.rows("SELECT id FROM a ORDER BY id") == [(1,), (2,)]


def test_the_place_of_an_error_is_that_in_the_file(project: Project, database: TestDatabase) -> None:
    project.chain(f"SELECT 1;\n{FILLING}SELECT 2;\n  SELEKT 3;\n")
    text = bad(project.migratekit("up"), ExitCode.FAILED)
    assert "1_m1.up.sql:12:3: syntax error" in text
    assert database.state() == []


def test_a_deferred_constraint_that_fails_at_the_end_is_the_error_of_the_file(
    project: Project, database: TestDatabase
) -> None:
    project.chain(
        "CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a DEFERRABLE INITIALLY DEFERRED);"
        f"INSERT INTO a VALUES (1, 2);\n{FILLING}"
    )
    text = bad(project.migratekit("up"), ExitCode.FAILED)
    assert "violates foreign key constraint" in text
    assert "version row" not in text
    assert database.state() == []


def test_a_long_file_may_give_its_rights_away(project: Project, database: TestDatabase) -> None:
    with fresh_role(database) as role:
        project.chain(f"CREATE TABLE a ();\n{FILLING}SET ROLE {role};\nCREATE TABLE public.b ();")
        done = project.migratekit("up")
        assert (done.returncode, database.state()) == (0, [(1, False)]), done.stderr


@either
def test_a_quote_that_never_ends_refuses_all_of_a_long_file(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain("CREATE TABLE a (i int);", f"BEGIN; INSERT INTO a VALUES (1); COMMIT;\n{FILLING}SELECT 'never")
    assert run(project, command, "up").returncode == 1
    assert database.value("SELECT count(*) FROM a") == 0


@either
def test_what_a_long_file_sets_does_not_change_how_its_rest_is_read(
    project: Project, database: TestDatabase, command: str
) -> None:
    text = "INSERT INTO a VALUES ('ä', 'b\\n');\n"
    prepare = "PREPARE mine AS SELECT 1;\n" if command == "migratekit" else ""
    project.chain(
        f"CREATE TABLE a (t text, u text); SET client_encoding = 'LATIN1'; SET standard_conforming_strings = off;"
        f"\n{prepare}{text}{FILLING}{text}"
    )
    done = run(project, command, "up")
    assert done.returncode == 0, done.stderr
    assert database.rows("SELECT t, u FROM a") == [("ä", "b\\n")] * 2
