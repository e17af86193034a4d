"""`migratekit create`: two new files in the folder, and nothing anywhere else."""

import datetime
import re
from pathlib import Path

import pytest

from migratekit.errors import ExitCode
from outcomes import NOWHERE, bad, good
from support import Project, TestDatabase


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A project without files; its database cannot be reached, for none is needed."""
    project = Project(tmp_path / "project", NOWHERE)
    project.migrations.mkdir(parents=True)
    return project


def names(project: Project) -> list[str]:
    return sorted(path.name for path in project.migrations.iterdir())


def everything(project: Project) -> set[Path]:
    return set(project.folder.parent.rglob("*"))


def versions(project: Project) -> list[str]:
    return [name.partition("_")[0] for name in names(project) if name.endswith(".up.sql")]


def test_create_makes_a_pair_and_names_it(empty: Project) -> None:
    paths = [f"migrations/001_create_users_table.{way}.sql" for way in ("up", "down")]
    assert good(empty.migratekit("create", "create_users_table")) == paths
    assert names(empty) == ["001_create_users_table.down.sql", "001_create_users_table.up.sql"]


def test_the_files_have_a_header_and_no_statement(empty: Project) -> None:
    empty.migratekit("create", "add_users_email")
    up, down = ((empty.migrations / f"001_add_users_email.{way}.sql").read_text() for way in ("up", "down"))
    for line in (
        "-- Version: 001",
        "-- Description: Add users email",
        f"-- Date: {datetime.datetime.now(datetime.UTC).date()}",
        "-- Dependencies: None",
    ):
        assert line in up.splitlines()
    assert re.search(r"^-- Author: \S+", up, re.MULTILINE)
    assert "-- Rollback for: 001_add_users_email" in down.splitlines()
    assert all(line.startswith("--") for line in (up + down).splitlines() if line)


def test_what_is_created_can_be_run_and_undone(project: Project, database: TestDatabase) -> None:
    project.migratekit("create", "nothing_yet")
    good(project.migratekit("validate"))
    assert good(project.migratekit("up"))[-1].startswith("1 migration applied")
    assert good(project.migratekit("down"))[-1].startswith("1 migration undone")


SLUGS = {
    "Create users table": "create_users_table",
    "add-index-to-users": "add_index_to_users",
    "ADD_Users": "add_users",
    "a  -  b": "a_b",
    "__init__": "init",
    "7 up": "7_up",
    "x" * 100: "x" * 100,
}


@pytest.mark.parametrize(("name", "slug"), SLUGS.items(), ids=[*SLUGS.values()])
def test_a_name_becomes_a_slug(empty: Project, name: str, slug: str) -> None:
    good(empty.migratekit("create", "--", name))
    assert names(empty) == [f"001_{slug}.down.sql", f"001_{slug}.up.sql"]


ODD = [
    "",
    " ",
    "_",
    " leading",
    "trailing ",
    "a/b",
    "../../evil",
    "/tmp/evil",
    "..",
    ".",
    "a\\b",
    "a\nb",
    "a\tb",
    "a'b",
    'a"b',
    "a;b",
    "$(touch pwned)",
    "`touch pwned`",
    "{{ version }}",
    "a%2fb",
    "a.up.sql",
    "größe",
    "日本",
    "x" * 101,
    "x" * 300,
]


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_an_odd_name_is_refused_and_writes_nothing(empty: Project, name: str) -> None:
    before = everything(empty)
    bad(empty.migratekit("create", "--", name), ExitCode.USAGE)
    assert everything(empty) == before


@pytest.mark.parametrize("words", [["create"], ["create", "-x"], ["create", "a", "b"]], ids=" ".join)
def test_create_takes_one_name(empty: Project, words: list[str]) -> None:
    before = everything(empty)
    bad(empty.migratekit(*words), ExitCode.USAGE)
    assert everything(empty) == before


NEXT = {
    ("1_a", "2_b"): "3",
    ("9_a",): "10",
    ("0007_a",): "0008",
    ("099_a",): "100",
    ("999_a",): "1000",
    ("10_a", "9_b"): "11",
    ("001_a", "20_b"): "21",
    ("20240131120000_a",): "20240131120001",
    ("000001_a",): "000002",
}


@pytest.mark.parametrize(("existing", "expected"), NEXT.items(), ids=[" ".join(key) for key in NEXT])
def test_the_next_number_is_written_as_wide_as_the_last(
    empty: Project, existing: tuple[str, ...], expected: str
) -> None:
    empty.write({f"{name}.{way}.sql": "" for name in existing for way in ("up", "down")})
    empty.migratekit("create", "next")
    assert f"{expected}_next.up.sql" in names(empty)


def test_a_lone_down_file_takes_a_number_too(empty: Project) -> None:
    empty.write({"001_a.down.sql": ""})
    empty.migratekit("create", "b")
    assert "002_b.up.sql" in names(empty)


def test_numbers_can_be_times(empty: Project) -> None:
    before = datetime.datetime.now(datetime.UTC)
    good(empty.migratekit("create", "--timestamp", "a"))
    after = datetime.datetime.now(datetime.UTC)
    (version,) = versions(empty)
    assert f"{before:%Y%m%d%H%M%S}" <= version <= f"{after:%Y%m%d%H%M%S}"


def create_at_once(project: Project, count: int, name: str, *options: str) -> None:
    running = [project.start("migratekit", "create", *options, name.format(number)) for number in range(count)]
    told = [process.communicate(timeout=60)[1] for process in running]
    assert (told, [process.returncode for process in running]) == ([""] * count, [0] * count)


SAME_OR_NOT = pytest.mark.parametrize("name", ["same", "other_{}"], ids=["one name", "several names"])


@SAME_OR_NOT
def test_of_several_at_once_no_two_take_one_number(empty: Project, name: str) -> None:
    # So many files take a moment to read, in which the others read them too.
    empty.write({f"{number:04}_old.up.sql": "" for number in range(1, 2001)})
    create_at_once(empty, 8, name)
    assert versions(empty)[2000:] == [str(number) for number in range(2001, 2009)]


@SAME_OR_NOT
def test_of_two_at_once_no_two_take_one_time(empty: Project, name: str) -> None:
    create_at_once(empty, 2, name, "--timestamp")
    assert len(set(versions(empty))) == 2
    assert len(names(empty)) == 4


def test_no_file_is_overwritten(empty: Project) -> None:
    empty.write({"002_b.up.sql": "SELECT 2;", "001_b.down.sql": "SELECT 1;"})
    empty.migratekit("create", "b")
    assert (empty.migrations / "002_b.up.sql").read_text() == "SELECT 2;"
    assert (empty.migrations / "001_b.down.sql").read_text() == "SELECT 1;"
    assert "003_b.up.sql" in names(empty)


def test_the_folder_is_made_where_it_is_missing(empty: Project) -> None:
    empty.migrations.rmdir()
    assert good(empty.migratekit("create", "a", "--path", "sql/new"))[0] == "sql/new/001_a.up.sql"
    assert sorted(path.name for path in (empty.folder / "sql" / "new").iterdir()) == ["001_a.down.sql", "001_a.up.sql"]


def test_a_template_of_the_project_comes_first(empty: Project) -> None:
    templates = empty.folder / "templates"
    templates.mkdir()
    (templates / "header.up.sql.j2").write_text("-- {{ name }} is ours\n")
    empty.migratekit("create", "a")
    assert (empty.migrations / "001_a.up.sql").read_text() == "-- a is ours\n"
    assert "Rollback for" in (empty.migrations / "001_a.down.sql").read_text()


@pytest.mark.parametrize("template", ["{{ nope }}", "{% if %}", "{{ ''.__class__.__mro__ }}"])
def test_a_broken_template_is_named_and_leaves_no_files(empty: Project, template: str) -> None:
    templates = empty.folder / "templates"
    templates.mkdir()
    (templates / "header.down.sql.j2").write_text(template)
    told = bad(empty.migratekit("create", "a"), ExitCode.FAILED)
    assert "header.down.sql.j2" in told
    assert names(empty) == []


def test_a_folder_that_cannot_be_written_is_named(empty: Project) -> None:
    empty.migrations.rmdir()
    empty.migrations.write_text("a file")
    assert str(empty.migrations) in bad(empty.migratekit("create", "a"), ExitCode.FAILED)
