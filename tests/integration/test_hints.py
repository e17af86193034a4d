"""What is said to do about an error: true, and fit for whoever wrote the file."""

import pytest

from migratekit.errors import ExitCode
from migratekit.url import parse
from outcomes import bad, good
from runs import fresh_role
from support import Project, TestDatabase

FIRST = {
    "CREATE TABLE there ();": "`migratekit baseline V` counts what is there as applied",
    "CREATE SCHEMA here;": "`migratekit baseline V`",
}
LATER = {
    "CREATE INDEX i ON there (id);": "if all that the file makes is there, `migratekit force 2` counts it as applied",
    "ALTER TABLE there ADD id int;": "IF NOT EXISTS takes whatever has the name",
    "CREATE TYPE mood AS ENUM ();": "`migratekit force 2`",
    "CREATE FUNCTION f() RETURNS int RETURN 1;": "`migratekit force 2`",
    "INSERT INTO absent VALUES (1);": "what makes it must be in a migration in front of this one",
    "SELECT idd FROM there;": 'hint: Perhaps you meant to reference the column "there.id".\n',
    "CREATE TABLE absent.t ();": "make the schema first",
    "CREATE TABLE t (a citext);": "CREATE EXTENSION IF NOT EXISTS citext must come first",
    "SELECT uuid_generate_v4();": 'explicit type casts; CREATE EXTENSION IF NOT EXISTS "uuid-ossp" must come first',
    "SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(60);": "give it more time (--statement-timeout",
    "SELEC;": "hint: mend the file and run the same command again\n",
    "DO $$ BEGIN RAISE 'no' USING HINT = 'Ask Ann.'; END $$;": "hint: Ask Ann.\n",
}


@pytest.fixture
def there(project: Project, database: TestDatabase) -> Project:
    """A database that has things which no migration made."""
    database.rows("CREATE SCHEMA here; CREATE TABLE there (id int); CREATE INDEX i ON there (id)")
    database.rows("CREATE TYPE mood AS ENUM (); CREATE FUNCTION f() RETURNS int RETURN 1")
    return project


def told_of(project: Project, text: str, code: ExitCode = ExitCode.FAILED) -> str:
    """What is said of a second file."""
    project.write({"2_b.up.sql": text})
    return bad(project.migratekit("up"), code)


@pytest.mark.parametrize(("text", "hint"), FIRST.items())
def test_the_first_file_meets_what_was_made_without_migrations(there: Project, text: str, hint: str) -> None:
    there.write({"1_a.up.sql": text})
    assert hint in bad(there.migratekit("up"), ExitCode.FAILED)


def test_a_later_file_is_told_what_helps(there: Project) -> None:
    there.chain("SELECT 1;")
    good(there.migratekit("up"))
    told = {text: told_of(there, text) for text in LATER}
    assert {text: said for text, said in told.items() if LATER[text] not in said} == {}
    # What the hint says is true.
    there.write({"2_b.up.sql": "CREATE INDEX i ON there (id);"})
    good(there.migratekit("force", "2"))
    assert good(there.migratekit("up")) == ["nothing to do; development is at version 2"]


def test_what_helps_comes_before_the_repair(there: Project) -> None:
    there.chain("SELECT 1;")
    good(there.migratekit("up"))
    told = told_of(there, "BEGIN;\nCREATE TABLE t ();\nCOMMIT;\nCREATE INDEX i ON there (id);", ExitCode.DIRTY)
    assert "has the name, also what is not the same; then `migratekit repair` finds out" in told
    assert "migratekit force" not in told


def test_the_way_back_may_meet_what_is_gone(there: Project) -> None:
    there.write({"1_a.up.sql": "SELECT 1;", "1_a.down.sql": "DROP TABLE absent;"})
    good(there.migratekit("up"))
    assert "DROP … IF EXISTS goes on without it" in bad(there.migratekit("down"), ExitCode.FAILED)


RIGHTS = {
    "ALTER TABLE there ADD c int;": "run it as the owner",
    "INSERT INTO there VALUES (1);": "have its owner GRANT",
    "CREATE TABLE here.t ();": "GRANT USAGE and CREATE on it",
    "CREATE SCHEMA s;": "GRANT CREATE ON DATABASE",
    "CREATE ROLE nobody;": "have an administrator give it",
}


def test_a_right_that_is_lacking_is_told_with_who_can_give_it(there: Project, database: TestDatabase) -> None:
    there.chain("SELECT 1;")
    with fresh_role(database) as role:
        there.url = database.url.replace(f"{parse(database.url).user}@", f"{role}@", 1)
        good(there.migratekit("up"))
        told = {text: told_of(there, text) for text in RIGHTS}
        assert {text: said for text, said in told.items() if RIGHTS[text] not in said} == {}
        there.url += "&options=-csearch_path%3Dpublic"
        database.rows(f"REVOKE CREATE ON SCHEMA public FROM {role}, public; DROP TABLE schema_migrations")
        assert "GRANT CREATE ON SCHEMA public" in bad(there.migratekit("up"), ExitCode.FAILED)
        database.rows(f"REVOKE CONNECT ON DATABASE {database.name} FROM public")
        assert "GRANT CONNECT ON DATABASE" in bad(there.migratekit("up"), ExitCode.FAILED)
        database.rows(f"ALTER ROLE {role} NOLOGIN")
        assert "ALTER ROLE … LOGIN" in bad(there.migratekit("up"), ExitCode.FAILED)
