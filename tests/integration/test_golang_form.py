"""`migrate`: golang-migrate's words on stderr and its exit codes, to the letter."""

import re
import subprocess

import pytest

from support import Project, TestDatabase

DURATION = r"\d+(?:\.\d+)?(?:ns|µs|ms|s)"
TIME = r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d "
ALL_DOWN = "Are you sure you want to apply all down migrations? [y/N]\n"
DROP = "Are you sure you want to drop the entire database schema? [y/N]\n"


@pytest.fixture
def pair(project: Project) -> Project:
    """Two migrations that make the tables a and b."""
    for number, name in enumerate("ab", 1):
        project.write(
            {
                f"{number}_make_{name}.up.sql": f"CREATE TABLE {name} (id int);",
                f"{number}_make_{name}.down.sql": f"DROP TABLE {name};",
            }
        )
    return project


def told(done: subprocess.CompletedProcess[str], code: int = 0) -> str:
    """What was said on stderr, with T for durations; nothing is ever said on stdout."""
    assert (done.returncode, done.stdout) == (code, "")
    return re.sub(rf"\b{DURATION}(?=[,)\n])", "T", done.stderr)


def test_up(pair: Project, database: TestDatabase) -> None:
    assert told(pair.migrate("up")) == "1/u make_a (T)\n2/u make_b (T)\n"
    assert told(pair.migrate("up")) == "no change\n"
    assert (database.tables(), database.state()) == ({"a", "b"}, [(2, False)])


def test_up_so_many(pair: Project, database: TestDatabase) -> None:
    assert told(pair.migrate("up", "1")) == "1/u make_a (T)\n"
    assert told(pair.migrate("up", "0")) == "no change\n"
    assert told(pair.migrate("up", "3"), 1) == "2/u make_b (T)\nerror: limit 2 short\n"
    assert told(pair.migrate("up", "1"), 1) == "error: file does not exist\n"
    assert told(pair.migrate("up", "many"), 1) == "error: can't read limit argument N\n"
    assert database.state() == [(2, False)]


def test_down_so_many(pair: Project, database: TestDatabase) -> None:
    pair.migrate("up")
    assert told(pair.migrate("down", "1")) == "2/d make_b (T)\n"
    assert told(pair.migrate("down", "2"), 1) == "1/d make_a (T)\nerror: limit 1 short\n"
    assert told(pair.migrate("down", "1"), 1) == "error: file does not exist\n"
    assert (database.tables(), database.state()) == (set(), [])


@pytest.mark.parametrize("answer", ["y\n", "Y\n", "y please\n", "  y", "y"])
def test_down_asks_and_goes_on(pair: Project, database: TestDatabase, answer: str) -> None:
    pair.migrate("up")
    expected = f"{ALL_DOWN}Applying all down migrations\n2/d make_b (T)\n1/d make_a (T)\n"
    assert told(pair.migrate("down", input=answer)) == expected
    assert database.tables() == set()


@pytest.mark.parametrize("answer", ["", "\n", "n\n", "yes\n", "\ny\n"])
def test_down_asks_and_leaves_it(pair: Project, database: TestDatabase, answer: str) -> None:
    pair.migrate("up")
    assert told(pair.migrate("down", input=answer), 1) == f"{ALL_DOWN}Not applying all down migrations\n"
    assert database.tables() == {"a", "b"}


def test_down_all_asks_nothing(pair: Project, database: TestDatabase) -> None:
    pair.migrate("up")
    assert told(pair.migrate("down", "-all")) == "2/d make_b (T)\n1/d make_a (T)\n"
    assert told(pair.migrate("down", "-all")) == "no change\n"
    assert told(pair.migrate("down", "-all", "1"), 1) == "error: -all cannot be used with other arguments\n"
    assert told(pair.migrate("down", "1", "2"), 1) == "error: too many arguments\n"


def test_goto(pair: Project, database: TestDatabase) -> None:
    assert told(pair.migrate("goto", "2")) == "1/u make_a (T)\n2/u make_b (T)\n"
    assert told(pair.migrate("goto", "1")) == "2/d make_b (T)\n"
    assert told(pair.migrate("goto", "1")) == "no change\n"
    missing = "error: no migration found for version 7: read down for version 7 .: file does not exist"
    assert told(pair.migrate("goto", "7"), 1) == f"{missing}{missing}\n"
    assert told(pair.migrate("goto"), 1) == "error: please specify version argument V\n"
    assert told(pair.migrate("goto", "x"), 1) == "error: can't read version argument V\n"
    assert database.state() == [(1, False)]


def test_force_and_version(pair: Project, database: TestDatabase) -> None:
    assert told(pair.migrate("version"), 1) == "error: no migration\n"
    assert told(pair.migrate("force", "77")) == ""
    assert told(pair.migrate("version")) == "77\n"
    assert told(pair.migrate("force", "--", "-1")) == ""
    assert told(pair.migrate("version"), 1) == "error: no migration\n"
    assert told(pair.migrate("force", "--", "-2"), 1) == "error: argument V must be >= -1\n"
    assert told(pair.migrate("force", "-1"), 2).startswith("flag provided but not defined: -1\n")
    assert told(pair.migrate("force"), 1) == "error: please specify version argument V\n"
    assert told(pair.migrate("force", "x"), 1) == "error: can't read version argument V\n"
    assert (database.tables(), database.state()) == (set(), [])


def test_an_error_leaves_the_version_dirty(pair: Project, database: TestDatabase) -> None:
    pair.write({"2_make_b.up.sql": "CREATE TABLE b (id int);\nSELECT nope;"})
    assert told(pair.migrate("up"), 1) == (
        "1/u make_a (T)\n"
        'error: migration failed: column "nope" does not exist (column 8) in line 2:'
        " CREATE TABLE b (id int);\nSELECT nope;"
        ' (details: pq: column "nope" does not exist)\n'
    )
    assert (database.tables(), database.state()) == ({"a"}, [(2, True)])
    dirty = "error: Dirty database version 2. Fix and force version.\n"
    for words in (["up"], ["down", "-all"], ["goto", "1"]):
        assert told(pair.migrate(*words), 1) == dirty
    assert told(pair.migrate("version")) == "2 (dirty)\n"
    assert told(pair.migrate("force", "1")) == ""
    assert database.state() == [(1, False)]


def test_what_a_file_sets_stays_in_force_for_the_next(pair: Project, database: TestDatabase) -> None:
    pair.write({"1_make_a.up.sql": "CREATE SCHEMA s; SET search_path = s; CREATE TEMP TABLE seen (id int);"})
    pair.write({"2_make_b.up.sql": "CREATE TABLE b AS SELECT * FROM seen;"})
    assert told(pair.migrate("up")) == "1/u make_a (T)\n2/u make_b (T)\n"
    assert database.value("SELECT count(*) FROM s.b") == 0
    assert database.state() == [(2, False)]


def test_drop_asks(pair: Project, database: TestDatabase) -> None:
    pair.migrate("up")
    assert told(pair.migrate("drop", input="n\n"), 1) == f"{DROP}Aborted dropping the entire database schema\n"
    assert database.tables() == {"a", "b"}
    assert told(pair.migrate("drop", input="y\n")) == f"{DROP}Dropping the entire database schema\n"
    assert (database.tables(), database.state()) == (set(), None)


def test_drop_takes_tables_and_what_hangs_on_them_only(pair: Project, database: TestDatabase) -> None:
    pair.migrate("up")
    database.rows(
        "CREATE VIEW v AS SELECT * FROM a; CREATE VIEW w AS SELECT 1 AS one; CREATE TYPE t AS ENUM ();"
        " CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SCHEMA s; CREATE TABLE s.a (id int)"
    )
    assert told(pair.migrate("drop", "-f")) == ""
    kept = "SELECT to_regclass('v'), to_regclass('w')::text, to_regclass('s.a')::text, to_regtype('t')::text, f()"
    assert database.rows(kept) == [(None, "w", "s.a", "t", 1)]


def test_create_in_sequence(pair: Project) -> None:
    folder = pair.folder / "new"
    for number in ("000001", "000002"):
        made = told(pair.migrate("create", "-ext", "sql", "-dir", "new", "-seq", "add users"))
        assert made == "".join(f"{folder}/{number}_add users.{way}.sql\n" for way in ("up", "down"))
    assert sorted(path.read_bytes() for path in folder.iterdir()) == [b""] * 4
    made = told(pair.migrate("create", "-ext=.sql", "-dir=new/", "-seq", "-digits=3", "x"))
    assert made == f"{folder}/003_x.up.sql\n{folder}/003_x.down.sql\n"


def test_create_by_the_time(pair: Project) -> None:
    made = told(pair.migrate("create", "-ext", "sql", "x")).splitlines()
    assert re.fullmatch(rf"{re.escape(str(pair.folder))}/\d{{14}}_x\.up\.sql", made[0])
    made = told(pair.migrate("create", "-ext", "sql", "-format", "unix", "y")).splitlines()
    assert re.fullmatch(rf"{re.escape(str(pair.folder))}/\d{{10}}_y\.up\.sql", made[0])


CREATE_ERRORS = {
    ("create", "-ext", "sql"): "error: please specify name",
    ("create", "x"): "error: -ext flag must be specified",
    ("create", "-ext", "sql", "-tz", "Nowhere/At", "x"): "unknown time zone Nowhere/At",
    ("create", "-ext", "sql", "-seq", "-digits", "0", "x"): "error: digits must be positive",
}


@pytest.mark.parametrize(("words", "message"), CREATE_ERRORS.items(), ids=[*CREATE_ERRORS.values()])
def test_create_refuses(pair: Project, words: tuple[str, ...], message: str) -> None:
    assert told(pair.migrate(*words), 1) == f"{message}\n"


def test_verbose_tells_each_stage_with_its_time(pair: Project, database: TestDatabase) -> None:
    done = pair.migrate("-verbose", "up", "1")
    assert (done.returncode, done.stdout) == (0, "")
    assert re.fullmatch(
        rf"{TIME}Start buffering 1/u make_a\n"
        rf"{TIME}Read and execute 1/u make_a\n"
        rf"{TIME}Finished 1/u make_a \(read {DURATION}, ran {DURATION}\)\n"
        rf"{TIME}Finished after {DURATION}\n"
        rf"{TIME}Closing source and database\n",
        done.stderr,
    )


def test_words_before_the_command_are_options(pair: Project, database: TestDatabase) -> None:
    assert told(pair.migrate(), 2).startswith("Usage: migrate OPTIONS COMMAND [arg...]\n")
    assert told(pair.migrate("sideways"), 2).startswith("Usage: migrate OPTIONS COMMAND [arg...]\n")
    assert told(pair.migrate("-help")).startswith("Usage: migrate OPTIONS COMMAND [arg...]\n")
    assert told(pair.migrate("-nope", "up"), 2).startswith("flag provided but not defined: -nope\nUsage: migrate ")
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", told(pair.migrate("-version")))
    assert told(pair.migrate("-source", f"file://{pair.migrations}", "up", "1")) == "1/u make_a (T)\n"


def test_what_cannot_be_opened_is_named(pair: Project) -> None:
    done = pair.migrate("-path", "nowhere", "up")
    assert told(done, 1) == 'error: failed to open source, "file://nowhere": open .: no such file or directory\n'
    pair.url = "mysql://h/db"
    unknown = "error: failed to open database: database driver: unknown driver mysql (forgotten import?)\n"
    assert told(pair.migrate("up"), 1) == unknown
    pair.url = ""
    assert told(pair.migrate("up"), 1) == "error: failed to parse scheme from database URL: URL cannot be empty\n"
