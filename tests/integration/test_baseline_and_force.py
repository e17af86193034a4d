"""The verbs that take somebody's word for what a database is: `baseline` and `force`."""

from hashlib import sha256

import pytest

from histories import TABLE, has_history, rows, states, story, written
from migratekit.errors import ExitCode
from outcomes import bad, good, write_three
from runs import fresh_role
from support import Project, TestDatabase
from terminal import talk


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


def checksum(project: Project, name: str) -> str:
    return sha256((project.migrations / name).read_bytes()).hexdigest()


@pytest.mark.every_server(long=True)
def test_a_baseline_takes_over_a_database_made_without_migrations(three: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE a (id int); CREATE TABLE b (id int)")
    assert good(three.migratekit("baseline", "2")) == [
        "development is at version 2; 2 migrations count as applied, none ran"
    ]
    assert (database.state(), database.tables()) == ([(2, False)], {"a", "b"})
    assert states(three) == {1: "applied", 2: "applied", 3: "pending"}
    assert [(row["outcome"], row["version"], row["name"], row["checksum"]) for row in rows(database)] == [
        ("baselined", 1, "create_a", checksum(three, "001_create_a.up.sql")),
        ("baselined", 2, "create_b", checksum(three, "002_create_b.up.sql")),
    ]
    assert {row["version_before"] for row in rows(database)} == {None}
    assert {row["version_after"] for row in rows(database)} == {2}
    assert good(three.migratekit("up"))[-1] == "1 migration applied; development is at version 3"
    assert three.migratekit("status", "--exit-code").returncode == ExitCode.DONE
    assert good(three.migratekit("down", "--all"))[-1] == "3 migrations undone; development is at no version"
    assert database.tables() == set()


def test_after_a_baseline_files_are_held_against_it(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("baseline", "2"))
    three.write({"001_create_a.up.sql": "SELECT 1;", "0_late.up.sql": "SELECT 1;"})
    assert states(three) == {0: "missed", 1: "changed", 2: "applied", 3: "pending"}
    assert three.migratekit("up").returncode == ExitCode.REFUSED
    assert database.tables() == set()


THERE_ALREADY = {
    "at a version": ("INSERT INTO schema_migrations VALUES (1, false)", "development is at version 1 already"),
    "dirty": ("INSERT INTO schema_migrations VALUES (1, true)", "development is at version 1 already"),
    "two rows": (
        "INSERT INTO schema_migrations VALUES (1, false), (2, false)",
        "development is at an unknown version already",
    ),
}


@pytest.mark.parametrize(("statement", "told"), THERE_ALREADY.values(), ids=THERE_ALREADY)
def test_a_database_with_a_version_takes_no_baseline(
    three: Project, database: TestDatabase, statement: str, told: str
) -> None:
    assert three.migrate("up", "1").returncode == 0
    database.rows(f"TRUNCATE schema_migrations; {statement}")
    before = database.state()
    assert told in bad(three.migratekit("baseline", "2"), ExitCode.REFUSED)
    assert (database.state(), has_history(database)) == (before, False)


def test_a_baseline_is_laid_once(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("baseline", "2"))
    assert "is at version 2 already" in bad(three.migratekit("baseline", "3"), ExitCode.REFUSED)
    good(three.migratekit("force", "none"))
    good(three.migratekit("baseline", "1"))
    assert states(three) == {1: "applied", 2: "pending", 3: "pending"}
    assert written(database) == [
        "baselined None -> 2",
        "baselined None -> 2",
        "forced 2 -> None",
        "baselined None -> 1",
    ]


@pytest.mark.parametrize("verb", ["baseline", "force"])
def test_a_version_without_a_file_is_not_believed(three: Project, database: TestDatabase, verb: str) -> None:
    told = bad(three.migratekit(verb, "7"), ExitCode.REFUSED)
    assert "no migration has version 7; the last is 3" in told
    assert (database.state(), has_history(database)) == (None, False)


def test_force_without_a_check_takes_any_version(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up", "1"))
    assert good(three.migratekit("force", "7", "--no-check")) == ["development is at version 7; nothing was run"]
    assert database.state() == [(7, False)]
    assert states(three) == {1: "applied", 2: "applied", 3: "applied", 7: "file missing"}
    assert story(three) == ["applied up 1", "forced 1 -> 7"]
    good(three.migratekit("force", "1"))
    assert three.migratekit("status", "--exit-code").returncode == ExitCode.PENDING


def test_force_records_the_file_that_it_vouches_for(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up", "1"))
    good(three.migratekit("force", "003"))
    (row,) = rows(database, "forced")
    assert (row["version"], row["name"], row["checksum"]) == (3, "create_c", checksum(three, "003_create_c.up.sql"))
    assert (row["version_before"], row["version_after"], row["database_user"]) == (1, 3, "postgres")
    assert states(three) == dict.fromkeys((1, 2, 3), "applied")
    three.write({"003_create_c.up.sql": "SELECT 1;"})
    assert states(three)[3] == "changed"


@pytest.mark.parametrize("word", ["none", "-1"])
def test_force_to_no_version_makes_all_pending(three: Project, database: TestDatabase, word: str) -> None:
    good(three.migratekit("up", "2"))
    good(three.migratekit("force", "--", word))
    assert database.state() == []
    assert states(three) == dict.fromkeys((1, 2, 3), "pending")
    assert story(three) == ["applied up 1", "applied up 2", "forced 2 -> None"]


BROKEN = {
    "dirty": ("UPDATE schema_migrations SET dirty = true", "forced 2 -> 1"),
    "two rows": ("INSERT INTO schema_migrations VALUES (9, false)", "forced None -> 1"),
}


@pytest.mark.parametrize(("statement", "told"), BROKEN.values(), ids=BROKEN)
def test_force_mends_a_version_row(three: Project, database: TestDatabase, statement: str, told: str) -> None:
    good(three.migratekit("up", "2"))
    database.rows(statement)
    good(three.migratekit("force", "1"))
    assert database.state() == [(1, False)]
    assert story(three)[-1] == told
    assert states(three) == {1: "applied", 2: "pending", 3: "pending"}


def test_force_after_a_failure_says_what_it_was_before(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up", "1"))
    three.write({"002_create_b.up.sql": "CREATE TABLE b (); COMMIT; SELECT 1 / 0;"})
    assert three.migratekit("up").returncode == ExitCode.DIRTY
    three.write({"002_create_b.up.sql": "CREATE TABLE b ();"})
    good(three.migratekit("force", "2"))
    assert story(three) == ["applied up 1", "failed up 2", "forced 2 -> 2"]
    assert states(three) == {1: "applied", 2: "applied", 3: "pending"}


def test_force_of_migrate_is_in_the_story_too(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up", "1"))
    assert three.migrate("force", "3").returncode == 0
    assert states(three) == dict.fromkeys((1, 2, 3), "applied")
    assert three.migrate("force", "--", "-1").returncode == 0
    assert states(three) == dict.fromkeys((1, 2, 3), "pending")
    assert story(three) == ["applied up 1", "forced 1 -> 3", "forced 3 -> None"]
    assert {str(row["tool"]).split()[0] for row in rows(database, "forced")} == {"migrate"}


@pytest.mark.parametrize("words", [["force", "2"], ["baseline", "2"]], ids=" ".join)
def test_who_may_not_write_the_history_may_not_vouch(three: Project, database: TestDatabase, words: list[str]) -> None:
    good(three.migratekit("up", "1"))
    good(three.migratekit("force", "none"))
    before = written(database)
    with fresh_role(database) as role:
        database.rows(f"GRANT SELECT, INSERT, UPDATE, DELETE ON schema_migrations TO {role}")
        owner, three.url = three.url, database.url.replace("postgres@", f"{role}@")
        assert f'GRANT SELECT, INSERT ON "public"."{TABLE}"' in bad(three.migratekit(*words), ExitCode.FAILED)
        three.url = owner
    assert (database.state(), written(database)) == ([], before)


def test_a_baseline_beside_another_version_table(three: Project, database: TestDatabase) -> None:
    database.rows("CREATE SCHEMA other")
    good(three.migratekit("up", "1"))
    good(three.migratekit("baseline", "2", "--table", "other.versions"))
    assert states(three) == {1: "applied", 2: "pending", 3: "pending"}
    assert states(three, "--table", "other.versions") == {1: "applied", 2: "applied", 3: "pending"}


QUESTIONS = {
    "baseline 2": "baseline will call 2 migrations, up to version 2, applied on careful without running them",
    "force 2": "force will set careful to version 2 without running anything",
}


@pytest.mark.parametrize(("words", "question"), QUESTIONS.items(), ids=[*QUESTIONS])
def test_an_environment_can_want_a_confirmation(
    three: Project, database: TestDatabase, words: str, question: str
) -> None:
    (three.folder / "environments").mkdir()
    (three.folder / "environments" / "careful.yaml").write_text(
        "url_variable: DATABASE_URL\nconfirm: [baseline, force]\n"
    )
    three.env["MIGRATEKIT_ENV"] = "careful"
    prompt = "Type careful to go on: "
    bad(three.migratekit(*words.split()), ExitCode.REFUSED)
    talked = talk(three, "migratekit", *words.split(), answer="no\n", prompt=prompt)
    assert (talked.code, question in talked.shown) == (ExitCode.REFUSED, True)
    assert database.state() is None
    talked = talk(three, "migratekit", *words.split(), answer="careful\n", prompt=prompt)
    assert (talked.code, database.state()) == (ExitCode.DONE, [(2, False)])
