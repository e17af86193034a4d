"""Applied migrations without a file: a database that is newer than the folder, and undoing with what was kept."""

import pytest

from histories import states, story
from migratekit.errors import ExitCode
from outcomes import bad, good, without_times, write_three
from support import Project, TestDatabase


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


@pytest.fixture
def behind(three: Project, database: TestDatabase) -> Project:
    """A folder that lacks the last two of three applied migrations, as an older checkout does."""
    good(three.migratekit("up"))
    remove(three, 2, 3)
    return three


def remove(project: Project, *versions: int) -> None:
    for version in versions:
        for path in project.migrations.glob(f"00{version}_*"):
            path.unlink()


def test_a_database_that_is_newer_than_the_files_is_said_to_be(behind: Project, database: TestDatabase) -> None:
    for words in (["up"], ["plan"], ["up", "--dry-run"]):
        told = bad(behind.migratekit(*words), ExitCode.REFUSED)
        assert "error: development is at version 3, newer than the files: the last of them is 1\n" in told
        assert "`migratekit down --stored`" in told
    status = behind.migratekit("status")
    assert status.stderr == "warning: the database is newer than the files, the last of which is 1\n"
    assert status.stdout.splitlines()[-1] == "development is at version 3; 0 pending, 2 file missing"
    assert behind.migratekit("status", "--exit-code").returncode == ExitCode.DIRTY
    done = behind.migratekit("up", "--allow-missing")
    assert (done.returncode, done.stdout) == (0, "nothing to do; development is at version 3\n")
    assert done.stderr.count("warning: ") == 2


def test_what_has_no_file_is_undone_with_what_was_kept_of_it(behind: Project, database: TestDatabase) -> None:
    for words in (["down"], ["down", "2"], ["down", "--to", "1"], ["down", "--all"]):
        told = bad(behind.migratekit(*words), ExitCode.REFUSED)
        assert "version 3 is applied, but its file is gone" in told
        assert "--stored" in told
    assert database.state() == [(3, False)]
    assert without_times(behind.migratekit("down", "3", "--stored").stdout) == [
        "down history:3_create_c",
        "down history:2_create_b",
        "down 001_create_a",
        "3 migrations undone; development is at no version",
    ]
    assert database.tables() == set()
    assert story(behind)[-3:] == ["applied down 3", "applied down 2", "applied down 1"]
    assert states(behind) == {1: "pending"}


def test_a_stored_down_is_what_was_there_when_it_was_applied(three: Project, database: TestDatabase) -> None:
    for name in ("first", "second"):
        three.write({"003_create_c.down.sql": f"DROP TABLE c; CREATE TABLE {name} ();"})
        good(three.migratekit("up"))
        if name == "first":
            good(three.migratekit("down"))
    remove(three, 3)
    good(three.migratekit("down", "--stored"))
    assert database.tables() == {"a", "b", "first", "second"}


def test_a_down_that_was_not_kept_is_not_replaced_by_an_older_one(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    good(three.migratekit("down"))
    three.write({"003_create_c.down.sql": "DROP TABLE c; ALTER ROLE postgres PASSWORD 'canary';"})
    good(three.migratekit("up"))
    remove(three, 3)
    told = bad(three.migratekit("down", "--stored"), ExitCode.REFUSED)
    assert "the history kept no down SQL of it" in told


def test_a_file_that_is_there_is_taken_before_what_is_stored(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    three.write({"003_create_c.down.sql": "DROP TABLE c; CREATE TABLE mine ();"})
    good(three.migratekit("down", "--stored"))
    assert database.tables() == {"a", "b", "mine"}


def test_what_nobody_kept_cannot_be_undone(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    database.rows("UPDATE schema_migrations SET version = 50")
    for words in (["down"], ["down", "--stored"]):
        told = bad(three.migratekit(*words), ExitCode.REFUSED)
        assert "version 50 is applied, but its file is gone, and the history kept no down SQL of it" in told
    assert database.state() == [(50, False)]


def test_a_file_of_which_only_the_down_half_is_left_is_undone_with_it(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    (three.migrations / "003_create_c.up.sql").unlink()
    assert without_times(three.migratekit("down").stdout)[0] == "down 003_create_c"
    assert database.tables() == {"a", "b"}
