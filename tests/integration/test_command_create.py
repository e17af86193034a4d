"""`migratekit create`: new files in the folder, and nothing anywhere else."""

import datetime
import re
from pathlib import Path

import pytest

from migratekit.errors import ExitCode
from outcomes import NOWHERE, bad, good
from support import Project


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


def test_the_files_have_a_header(empty: Project) -> None:
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


def test_the_first_pair_depends_on_what_makes_its_tables(empty: Project) -> None:
    empty.write(
        {
            "001_a.up.sql": "CREATE TABLE users (id int);",
            "002_b.up.sql": 'create unlogged table if not exists "projects" (id int);',
            "003_c.up.sql": "DROP TABLE users; CREATE TABLE users (id int);",
        }
    )
    empty.migratekit("create", "add_projects_fk_to_users")
    assert dependencies(empty) == ["002, 003", "004"]


def dependencies(project: Project) -> list[str]:
    texts = [path.read_text() for path in sorted(project.migrations.glob("*.up.sql"))]
    return [found[1] for text in texts if (found := re.search(r"^-- Dependencies: (.*)", text, re.M))]


def test_several_pairs_are_numbered_in_a_row(empty: Project) -> None:
    empty.write({"0007_a.up.sql": ""})
    assert good(empty.migratekit("create", "create_users_email_index")) == [
        f"migrations/{name}.{way}.sql"
        for name in ("0008_create_users_email_index", "0009_verify_users_email_index")
        for way in ("up", "down")
    ]


def test_preview_prints_and_writes_nothing(empty: Project) -> None:
    empty.migrations.rmdir()
    before = everything(empty)
    done = empty.migratekit("create", "create_users_email_index", "--preview")
    assert everything(empty) == before
    headings = [line for line in done.stdout.splitlines() if line.startswith("==> ")]
    assert headings == [
        f"==> migrations/{name}.{way}.sql <=="
        for name in ("001_create_users_email_index", "002_verify_users_email_index")
        for way in ("up", "down")
    ]
    assert "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);" in done.stdout.splitlines()


def test_the_kind_can_be_given(empty: Project) -> None:
    good(empty.migratekit("create", "speed up", "--kind", "index", "--table", "users", "--columns", "email"))
    assert "001_speed_up.up.sql" in names(empty)
    assert "ON users (email)" in (empty.migrations / "001_speed_up.up.sql").read_text()
    good(empty.migratekit("create", "create_users_table", "--kind", "raw"))
    assert "CREATE TABLE" not in (empty.migrations / "003_create_users_table.up.sql").read_text()


def test_the_version_table_is_named_in_front_of_the_verb(empty: Project) -> None:
    good(empty.migratekit("--table", "my_versions", "create", "create_users_table", "--table", "people"))
    assert "CREATE TABLE people (" in (empty.migrations / "001_create_users_table.up.sql").read_text()


# What is missing or wrong, and what is told to be given.
REFUSED = {
    ("add_email_and_phone_to_users",): '--columns "email:TYPE phone:TYPE"',
    ("add_email_to_users", "--columns", "email"): "email has no type",
    ("add_email_to_users", "--columns", "email:text!"): "make_email_not_null_on_users",
    ("add_key_to_users", "--columns", "key:uuid!=gen_random_uuid()"): "make_key_not_null_on_users",
    ("add_key_to_users", "--columns", "key:bigint:identity"): "rewrite the table",
    ("add_amount_check_to_invoices",): "--set check=",
    ("add_amount_check_to_invoices", "--set", "check=a > (0"): "parentheses do not match",
    ("add_amount_check_to_invoices", "--set", "check=true; DROP TABLE x"): "semicolon",
    ("add_amount_check_to_invoices", "--set", "check=true); DROP TABLE x; --"): "parentheses",
    ("add_amount_check_to_invoices", "--set", "check=true) OR (true"): "parentheses do not match",
    ("add_amount_check_to_invoices", "--set", "check=true -- ok"): "takes no comment",
    ("add_amount_check_to_invoices", "--set", "check='a"): "never ends",
    ("create_a_view", "--set", "query=SELECT 1; DROP TABLE x"): "semicolon",
    ("create_a_view", "--set", "query=DROP TABLE x"): "a query begins with",
    ("create_users_email_index", "--set", "method=tree"): "must be one of btree",
    ("create_users_index", "--columns", "email:unique"): "create add_unique_email_to_users",
    ("create_users_email_index", "--set", "nope=1"): "takes no nope",
    ("create_users_email_index", "--set", "wher=true"): "did you mean where?",
    ("create_users_email_index", "--set", "where"): "is not KEY=VALUE",
    ("create_users_email_index", "--set", "where=a", "--set", "where=b"): "given twice",
    ("create_users_email_index", "--table", "x" * 64): "longer than a name can be",
    ("create_users_email_index", "--table", "a.b.c"): "more than a schema and a name",
    ("create_users_table", "--columns", f"{'y' * 64}:int"): "longer than a name can be",
    ("create_users_table", "--kind", "tabel"): "did you mean table?",
    ("create_users_table", "--kind", "../table"): "there is no kind",
    ("create_touch_trigger_on_users", "--set", "events=when it likes"): "is not like BEFORE INSERT OR UPDATE",
    ("create_f_function", "--set", "language=sql"): "needs its body",
    ("change_amount_type_on_invoices", "--columns", "amount:bigint"): "--set old_type=",
    ("drop_projects",): "--set definition=",
    ("drop_email_from_users",): '--columns "email:TYPE"',
    ("rename_a_to_b_on_users",): '--columns "NEW:TYPE"',
}


@pytest.mark.parametrize(("words", "told"), REFUSED.items(), ids=[" ".join(words)[:80] for words in REFUSED])
def test_what_is_missing_or_wrong_is_told(empty: Project, words: tuple[str, ...], told: str) -> None:
    before = everything(empty)
    empty.url = ""
    assert told in bad(empty.migratekit("create", *words), ExitCode.USAGE)
    assert everything(empty) == before


SLUGS = {
    "Create users table": "create_users_table",
    "speed-up-users": "speed_up_users",
    "ADD_Users": "add_users",
    "a  -  b": "a_b",
    "__init__": "init",
    "7 up": "7_up",
    "x" * 63: "x" * 63,
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
    "x" * 64,
    "x" * 70,
    "x" * 300,
    "'; drop table x; --",
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


@SAME_OR_NOT
def test_of_several_with_two_pairs_no_two_take_one_number(empty: Project, name: str) -> None:
    create_at_once(empty, 6, name, "--kind", "index", "--table", "users", "--columns", "email")
    assert versions(empty) == [f"{number:03}" for number in range(1, 13)]
    assert dependencies(empty)[1::2] == versions(empty)[::2]


def test_times_of_several_pairs_follow_each_other(empty: Project) -> None:
    for _ in range(2):
        good(empty.migratekit("create", "create_users_email_index", "--timestamp"))
    assert len(set(versions(empty))) == 4


def test_all_files_are_made_or_none(empty: Project) -> None:
    in_the_way = empty.migrations / "002_verify_users_email_index.down.sql"
    in_the_way.mkdir()
    assert "cannot make the files" in bad(empty.migratekit("create", "create_users_email_index"), ExitCode.FAILED)
    assert names(empty) == [in_the_way.name]


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


def test_a_folder_that_cannot_be_written_is_named(empty: Project) -> None:
    empty.migrations.rmdir()
    empty.migrations.write_text("a file")
    assert str(empty.migrations) in bad(empty.migratekit("create", "a"), ExitCode.FAILED)
