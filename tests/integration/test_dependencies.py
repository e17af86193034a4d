"""`Dependencies` in a header: a file never runs in front of what it needs."""

import pytest

from migratekit.errors import ExitCode
from outcomes import bad
from support import Project, TestDatabase


def needing(number: int, needed: str) -> dict[str, str | bytes]:
    """A pair that says in its header what it depends on."""
    header = f"-- Version: {number:03}\n-- Description: Makes t{number}\n-- Dependencies: {needed}\n"
    return {
        f"{number:03}_t{number}.up.sql": f"{header}CREATE TABLE t{number} (id int);",
        f"{number:03}_t{number}.down.sql": f"DROP TABLE t{number};",
    }


def test_what_comes_first_may_be_needed(project: Project, database: TestDatabase) -> None:
    project.write({**needing(1, "None"), **needing(2, "001"), **needing(3, "1, 002")})

    assert project.migratekit("up").returncode == ExitCode.DONE
    assert database.state() == [(3, False)]
    assert "[dependency]" not in project.migratekit("validate").stdout


@pytest.mark.parametrize("words", [("up",), ("up", "1"), ("goto", "2"), ("plan",)])
def test_what_comes_later_or_does_not_exist_is_refused(
    project: Project, database: TestDatabase, words: tuple[str, ...]
) -> None:
    project.write({**needing(1, "None"), **needing(2, "003"), **needing(3, "007")})
    if words != ("up", "1"):
        project.migratekit("up", "1")
        refused = bad(project.migratekit(*words), ExitCode.REFUSED)
        assert "002_t2 depends on version 3, which is not applied; nothing was run" in refused
    else:
        assert project.migratekit(*words).returncode == ExitCode.DONE
    assert database.state() == [(1, False)]


def test_validate_says_which(project: Project) -> None:
    project.write({**needing(1, "None"), **needing(2, "003"), **needing(3, "007")})

    done = project.migratekit("validate", "--files-only")

    assert done.returncode == ExitCode.FAILED
    assert "error: 002_t2.up.sql: depends on a version that comes later: 3 [dependency]" in done.stdout
    assert "error: 003_t3.up.sql: depends on a version that has no file: 7 [dependency]" in done.stdout


def test_a_late_file_that_is_needed_is_missed(project: Project, database: TestDatabase) -> None:
    project.write(needing(2, "None"))
    project.migratekit("up")
    project.write({**needing(1, "None"), **needing(3, "001")})
    (project.folder / "environments").mkdir()
    (project.folder / "environments" / "development.yaml").write_text("rules: {missed: off}\n")

    assert "003_t3 depends on version 1" in bad(project.migratekit("up"), ExitCode.REFUSED)
    assert project.migratekit("up", "--allow-missing").returncode == ExitCode.DONE
    assert database.state() == [(3, False)]


def test_prose_is_no_dependency(project: Project, database: TestDatabase) -> None:
    project.write(needing(1, "the users table of 2019"))

    assert project.migratekit("up").returncode == ExitCode.DONE
    assert database.state() == [(1, False)]
