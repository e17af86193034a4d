"""Files that cannot be run are refused before the first one runs, each with its name."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from migratekit.errors import ExitCode
from outcomes import bad, good, write_three
from support import BIN, Project, TestDatabase

Spoil = Callable[[Path], object]


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


def holding(content: bytes) -> Spoil:
    return lambda path: path.write_bytes(content)


def replaced_by(make: Callable[[Path], object]) -> Spoil:
    def spoil(path: Path) -> None:
        path.unlink()
        make(path)

    return spoil


SPOILED: dict[str, tuple[Spoil, str]] = {
    "NUL": (holding(b"SELECT 1;\nSELECT '\0';"), "003_create_c.{}.sql:2: holds a NUL byte"),
    "UTF-16": (holding("SELECT 1;".encode("utf-16")), "003_create_c.{}.sql:1: holds a NUL byte"),
    "byte order mark": (holding(b"\xef\xbb\xbfSELECT 1;"), "003_create_c.{}.sql:1: starts with a byte order mark"),
    "Latin-1": (holding(b"SELECT 1;\n\n-- f\xfcr"), "003_create_c.{}.sql:3: is not UTF-8"),
    "COPY FROM STDIN": (holding(b"COPY a FROM STDIN;\n1\n\\.\n"), "003_create_c.{}.sql: uses COPY"),
    "BEGIN without COMMIT": (holding(b"BEGIN; SELECT 1;"), "003_create_c.{}.sql: begins a transaction"),
    "pipe": (replaced_by(os.mkfifo), "003_create_c.{}.sql: is not a regular file"),
    "device": (replaced_by(lambda path: path.symlink_to("/dev/zero")), "003_create_c.{}.sql: is not a regular file"),
    "link to a folder": (replaced_by(lambda path: path.symlink_to("/")), "003_create_c.{}.sql: is not a regular file"),
    "link to nothing": (replaced_by(lambda path: path.symlink_to("nowhere")), "003_create_c.{}.sql: cannot be read"),
    # Nobody may read this one, not even root.
    "link to what cannot be read": (
        replaced_by(lambda path: path.symlink_to("/proc/self/mem")),
        "003_create_c.{}.sql: cannot be read",
    ),
    "link to itself": (replaced_by(lambda path: path.symlink_to(path.name)), "003_create_c.{}.sql: cannot be read"),
}


@pytest.mark.parametrize(("spoil", "told"), SPOILED.values(), ids=SPOILED)
def test_up_refuses_a_bad_file_before_the_first_one_runs(
    three: Project, database: TestDatabase, spoil: Spoil, told: str
) -> None:
    spoil(three.migrations / "003_create_c.up.sql")
    assert told.format("up") in bad(three.migratekit("up"), ExitCode.FAILED)
    assert database.tables() == set()


@pytest.mark.parametrize("kind", ["NUL", "COPY FROM STDIN", "pipe", "link to nothing"])
def test_down_refuses_a_bad_file_before_the_first_one_runs(three: Project, database: TestDatabase, kind: str) -> None:
    spoil, told = SPOILED[kind]
    good(three.migratekit("up"))
    three.migrations.joinpath("003_create_c.down.sql").rename(three.migrations / "004_d.down.sql")
    three.write({"003_create_c.down.sql": "", "004_d.up.sql": "SELECT 1;"})
    good(three.migratekit("up"))
    spoil(three.migrations / "003_create_c.down.sql")
    assert told.format("down") in bad(three.migratekit("down", "--all"), ExitCode.FAILED)
    assert (database.tables(), database.state()) == ({"a", "b", "c"}, [(4, False)])


@pytest.mark.parametrize(
    "words", [["down", "--all"], ["down", "3"], ["goto", "1"], ["down", "--to", "1"]], ids=" ".join
)
def test_a_missing_down_file_is_refused_before_anything_moves(
    three: Project, database: TestDatabase, words: list[str]
) -> None:
    good(three.migratekit("up"))
    (three.migrations / "002_create_b.down.sql").unlink()
    told = bad(three.migratekit(*words), ExitCode.FAILED)
    assert "version 2 (create_b) has no down file" in told
    assert (database.tables(), database.state()) == ({"a", "b", "c"}, [(3, False)])


def test_a_missing_down_file_that_is_not_needed_is_no_matter(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    (three.migrations / "002_create_b.down.sql").unlink()
    good(three.migratekit("down"))
    assert database.state() == [(2, False)]


def test_a_missing_up_file_is_refused_before_anything_runs(three: Project, database: TestDatabase) -> None:
    (three.migrations / "002_create_b.up.sql").unlink()
    assert "version 2 (create_b) has no up file" in bad(three.migratekit("up"), ExitCode.FAILED)
    assert database.tables() == set()


def test_all_bad_files_are_named_together(three: Project, database: TestDatabase) -> None:
    three.write({"001_create_a.up.sql": b"\0", "002_create_b.up.sql": b"\xff"})
    (three.migrations / "003_create_c.up.sql").unlink()
    told = bad(three.migratekit("up"), ExitCode.FAILED)
    assert told.startswith("error: 3 files cannot be run, so nothing was:\n")
    for part in ("001_create_a.up.sql:1", "002_create_b.up.sql:1", "create_c"):
        assert part in told


def test_a_bad_file_that_is_not_pending_is_no_matter(three: Project, database: TestDatabase) -> None:
    three.write({"003_create_c.up.sql": b"\0"})
    good(three.migratekit("up", "2"))
    assert database.state() == [(2, False)]


NO_CHAIN = {
    "a version twice": ("01_other.up.sql", "01_other.up.sql: has the version and direction of 001_create_a.up.sql"),
    "a version twice, another ending": (
        "001_create_a.up.sql~",
        "001_create_a.up.sql~: has the version and direction of 001_create_a.up.sql",
    ),
    "a version beyond bigint": (f"{2**63}_huge.up.sql", f"{2**63}_huge.up.sql: its version does not fit a bigint"),
}


@pytest.mark.parametrize(("name", "told"), NO_CHAIN.values(), ids=NO_CHAIN)
def test_files_that_are_no_chain_are_refused_by_every_verb_but_validate(
    three: Project, database: TestDatabase, name: str, told: str
) -> None:
    three.write({name: "SELECT 1;"})
    before = sorted(three.migrations.iterdir())
    for words in (["up"], ["down"], ["status"], ["create", "new"]):
        assert told.format(name) in bad(three.migratekit(*words), ExitCode.FAILED)
    assert database.state() is None
    assert sorted(three.migrations.iterdir()) == before


@pytest.mark.parametrize("version", [2**63 - 1, 0])
def test_the_smallest_and_the_largest_version_can_be_run(
    project: Project, database: TestDatabase, version: int
) -> None:
    project.write({f"{version}_x.up.sql": "SELECT 1;", f"{version}_x.down.sql": "SELECT 1;"})
    good(project.migratekit("up"))
    assert database.state() == [(version, False)]
    good(project.migratekit("down"))
    assert database.state() == []


def test_what_is_no_migration_is_passed_over(three: Project, database: TestDatabase) -> None:
    three.write(dict.fromkeys(("README.md", ".1_a.up.sql", "x_a.up.sql", "1_a.sideways.sql", "2-a.up.sql"), "nonsense"))
    (three.migrations / "9_folder.up.sql").mkdir()
    done = three.migratekit("up")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "3 migrations applied; development is at version 3")
    assert re.fullmatch(r"warning: 3 files .* 1_a\.sideways\.sql .*`migratekit validate` lists them\n", done.stderr)


def test_a_folder_that_is_not_there_is_named(three: Project, database: TestDatabase) -> None:
    told = bad(three.migratekit("up", "--path", "elsewhere"), ExitCode.FAILED)
    assert str(three.folder / "elsewhere") in told
    assert "--path" in told


def test_a_name_that_is_no_text_can_be_run(project: Project, database: TestDatabase) -> None:
    folder = os.fsencode(project.migrations)
    for way in (b"up", b"down"):
        Path(os.fsdecode(folder + b"/1_f\xfcr." + way + b".sql")).write_text("SELECT 1;")
    argv = [str(BIN / "migratekit"), "up"]
    done = subprocess.run(argv, cwd=project.folder, env=project.environment(), capture_output=True, check=True)
    assert done.stdout.startswith(b"up   1_f\xfcr ")
    assert database.state() == [(1, False)]
