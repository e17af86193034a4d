"""Options and arguments of `migratekit`, right and wrong."""

from pathlib import Path

import pytest

from migratekit import __version__
from migratekit.errors import ExitCode
from outcomes import NOWHERE, bad, good, write_three
from support import Project, TestDatabase


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


@pytest.mark.parametrize("words", [["--table", "other", "up", "1"], ["up", "1", "--table", "other"]], ids=" ".join)
def test_options_mean_the_same_on_both_sides_of_the_verb(
    three: Project, database: TestDatabase, words: list[str]
) -> None:
    good(three.migratekit(*words))
    assert database.rows("SELECT version FROM other") == [(1,)]
    assert database.state() is None


@pytest.mark.parametrize("words", [["--yes", "drop"], ["drop", "--yes"], ["--yes", "drop", "--yes"]], ids=" ".join)
def test_a_switch_means_the_same_on_both_sides_of_the_verb(
    three: Project, database: TestDatabase, words: list[str]
) -> None:
    three.migratekit("up")
    good(three.migratekit(*words))
    assert database.tables() == set()


USAGE = [
    [],
    ["nope"],
    ["up", "many"],
    ["up", "-1"],
    ["up", "1.5"],
    ["up", "1", "2"],
    ["up", "1", "--to", "2"],
    ["up", "--to"],
    ["down", "--all", "1"],
    ["goto"],
    ["goto", "0x1"],
    ["goto", str(2**63)],
    ["force"],
    ["force", str(2**63)],
    ["status", "--nope"],
    ["--env"],
    ["db", "burn"],
    ["up", "--lock-wait", "5"],
    ["up", "--lock-wait", "-5s"],
]


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_wrong_usage_is_told_before_anything_is_tried(tmp_path: Path, words: list[str]) -> None:
    told = bad(Project(tmp_path, NOWHERE).migratekit(*words), ExitCode.USAGE)
    assert len(told.splitlines()) == 2


@pytest.mark.parametrize("words", [[], ["--env", "staging"]], ids=str)
def test_without_a_verb_it_is_told_what_to_type(three: Project, database: TestDatabase, words: list[str]) -> None:
    told = bad(three.migratekit(*words), ExitCode.USAGE)
    assert [verb for verb in ("up", "status", "--help") if f"`migratekit {verb}`" not in told] == []
    assert database.state() is None


@pytest.mark.parametrize("words", [["drop", "--y"], ["force", "--tab", "x", "1"], ["status", "--js"]], ids=" ".join)
def test_options_are_not_abbreviated(tmp_path: Path, words: list[str]) -> None:
    bad(Project(tmp_path, NOWHERE).migratekit(*words), ExitCode.USAGE)


def test_help_is_a_result(tmp_path: Path) -> None:
    for words in (["--help"], ["up", "--help"], ["up", "-h"]):
        assert good(Project(tmp_path, NOWHERE).migratekit(*words))[0].startswith("usage: migratekit")
    assert good(Project(tmp_path, NOWHERE).migratekit("--version")) == [f"migratekit {__version__}"]


def test_what_nobody_reads_is_no_fault(three: Project, database: TestDatabase) -> None:
    process = three.start("migratekit", "up")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    told = process.stderr.read()
    process.wait(timeout=60)
    assert "Traceback" not in told
    assert "fault of migratekit" not in told
    assert database.rows("SELECT dirty FROM schema_migrations") == [(False,)]


def test_the_version_table_may_lie_in_a_schema(three: Project, database: TestDatabase) -> None:
    database.rows("CREATE SCHEMA ops")
    good(three.migratekit("up", "--table", "ops.versions"))
    assert database.rows("SELECT version, dirty FROM ops.versions") == [(3, False)]


def test_time_limits_of_statements_are_in_force(three: Project, database: TestDatabase) -> None:
    three.write({"001_create_a.up.sql": "CREATE TABLE a AS SELECT current_setting('lock_timeout') AS l;"})
    three.write({"002_create_b.up.sql": "SELECT pg_sleep(60);"})
    done = three.migratekit("up", "--lock-timeout", "1500ms", "--statement-timeout", "300ms")
    assert database.value("SELECT l FROM a") == "1500ms"
    assert done.returncode == ExitCode.FAILED
    assert "SQLSTATE 57014" in done.stderr
