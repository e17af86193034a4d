"""Every convention passes the same tests: one chain, written as the users of each write it."""

import json
from typing import Any

import pytest

from conventions import CHAIN, CONVENTIONS, FOREIGN_TABLE, Change, Convention
from migratekit.errors import ExitCode
from migratekit.server import Server
from outcomes import bad, good
from runs import fresh_database
from support import Project, TestDatabase

STOPS = "CREATE TABLE one (id int);\nCOMMIT;\nSELECT 1 / count(*) FROM ready;\nCREATE TABLE two (id int);"
RULES = "rules: {header: off, validation: off}\n"
each = pytest.mark.parametrize("convention", CONVENTIONS.values(), ids=list(CONVENTIONS))


@pytest.fixture(scope="module")
def digest(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What golang-migrate's own pairs make of an empty database."""
    with fresh_database(server) as database:
        pairs = Project(tmp_path_factory.mktemp("pairs"), database.url)
        pairs.write(CONVENTIONS["golang"].files(CHAIN))
        good(pairs.migratekit("up"))
        return database.digest()


def write(project: Project, convention: Convention, *changes: Change, first: int = 1) -> None:
    """Writes migrations; E's own table is there before them, as its program makes it."""
    (project.folder / "environments").mkdir(exist_ok=True)
    (project.folder / "environments" / "development.yaml").write_text(RULES)
    for name, text in convention.files(changes, first).items():
        path = project.migrations / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def prepare(database: TestDatabase, convention: Convention) -> None:
    if convention.name == "rollback":
        database.rows(f"{FOREIGN_TABLE} INSERT INTO schema_migrations VALUES ('000_theirs')")


def version(database: TestDatabase, convention: Convention) -> tuple[object, ...]:
    return database.rows(f"SELECT version, dirty FROM {convention.table}")[0]


def told(project: Project, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(project.migratekit(*words, "--json").stdout)
    return found


def standings(project: Project) -> list[str]:
    return [entry["state"] for entry in json.loads(project.migratekit("status", "--json").stdout)["migrations"]]


@each
def test_a_chain_goes_up_and_down_and_up_again(
    project: Project, database: TestDatabase, convention: Convention, digest: str
) -> None:
    write(project, convention, *CHAIN)
    prepare(database, convention)
    good(project.migratekit("up"))
    assert database.digest() == digest
    assert version(database, convention) == (convention.version(5), False)
    good(project.migratekit("down", "2"))
    assert standings(project) == ["applied"] * 3 + ["pending"] * 2
    planned = told(project, "plan")
    assert [(each["version"], each["mode"]) for each in planned] == [
        (convention.version(4), "no transaction"),
        (convention.version(5), "own transaction" if convention.name == "rollback" else "transaction"),
    ]
    refused = bad(project.migratekit("down", "--all"), ExitCode.FAILED)
    assert f"version {convention.version(2)} (say_who) has no down" in refused
    good(project.migratekit("up"))
    assert database.digest() == digest
    if convention.table != "schema_migrations":
        assert database.value("SELECT count(*) FROM schema_migrations") == (convention.name == "rollback")
    shown = json.loads(project.migratekit("config", "--json").stdout)
    assert (shown["source"]["value"], shown["table"]["value"]) == (convention.name, convention.table)


@each
def test_findings_and_errors_name_file_and_line(
    project: Project, database: TestDatabase, convention: Convention
) -> None:
    write(project, convention, *CHAIN[:2])
    prepare(database, convention)
    good(project.migratekit("up"))
    broken = Change("Broken-one", "SELECT 1;\n\nCREATE TABL ä;", "SELECT 1;\nDROP TABL ä;")
    write(project, convention, broken, first=3)
    places = {
        (name, number, line.index("TABL") + 1)
        for name in convention.files([broken], 3)
        for number, line in enumerate((project.migrations / name).read_text().splitlines(), 1)
        if "TABL " in line
    }
    findings = told(project, "validate", "--files-only")
    assert {(f["file"], f["line"], f["column"]) for f in findings if f["rule"] == "syntax"} == places
    assert {f["file"] for f in findings if f["rule"] == "pair"} == {next(iter(convention.files(CHAIN[1:2], 2)))}
    named = {f["file"] for f in findings if f["rule"] == "name"}
    assert named == {name for name in convention.files([broken], 3) if "Broken" in name}
    assert {f["rule"] for f in findings} == {"syntax", "pair", "name"}
    failed = project.migratekit("up")
    assert failed.returncode == ExitCode.FAILED
    assert [place for place in places if "{}:{}:{}".format(*place) in failed.stderr] != []


@each
def test_what_was_applied_is_known_again(project: Project, database: TestDatabase, convention: Convention) -> None:
    write(project, convention, *CHAIN[:3])
    prepare(database, convention)
    good(project.migratekit("up"))
    write(project, convention, CHAIN[1]._replace(down="COMMENT ON TABLE people IS NULL;"), first=2)
    assert standings(project) == ["applied"] * 3
    write(project, convention, CHAIN[2]._replace(up=CHAIN[2].up + "\nSELECT 1;"), first=3)
    assert standings(project) == ["applied"] * 2 + ["changed"]
    kept = str(
        database.value(f"SELECT down_sql FROM {convention.table}_history WHERE down_sql LIKE '%FUNCTION touch%'")
    )
    assert kept.strip().startswith(("DROP TRIGGER", "BEGIN;"))
    for path in project.migrations.iterdir():
        if "touch_people" in path.name:
            path.rename(project.folder / path.name)
    good(project.migratekit("down", "--stored"))
    assert database.value("SELECT to_regproc('touch')") is None


@each
def test_what_stopped_half_way_is_repaired(project: Project, database: TestDatabase, convention: Convention) -> None:
    stops = Change("stops", STOPS, "DROP TABLE one, two;", apart=True)
    write(project, convention, CHAIN[0], stops)
    prepare(database, convention)
    assert project.migratekit("up").returncode == ExitCode.DIRTY
    database.rows("INSERT INTO ready VALUES (1)")
    repaired = project.migratekit("repair", "--yes")
    assert (repaired.returncode, repaired.stderr) == (ExitCode.DONE, "")
    assert {"one", "two"} <= database.tables()
    good(project.migratekit("down"))
    assert version(database, convention) == (convention.version(1), False)


@pytest.mark.parametrize("name", ["dbmate", "goose"])
def test_statements_without_a_transaction_are_sent_one_by_one(
    project: Project, database: TestDatabase, name: str
) -> None:
    convention = CONVENTIONS[name]
    indexes = [f"CREATE INDEX CONCURRENTLY i{n} ON people (name);" for n in (1, 2)]
    up = f"-- ü\n{indexes[0]}\nSELECT 'ü' FROM late;\n{indexes[1]}"
    down = "DROP INDEX CONCURRENTLY i1;\nDROP INDEX CONCURRENTLY i2;"
    two = Change("two_indexes", up, down, apart=True)
    write(project, convention, CHAIN[0], two)
    failed = project.migratekit("up")
    assert failed.returncode == ExitCode.DIRTY
    (file,) = convention.files([two], 2)
    line = (project.migrations / file).read_text().splitlines().index("SELECT 'ü' FROM late;") + 1
    assert f"{file}:{line}:17: " in failed.stderr
    database.rows("CREATE TABLE late (id int)")
    dry = project.migratekit("repair", "--dry-run")
    assert "the first 1 of 3 statements are there" in dry.stdout
    repaired = project.migratekit("repair", "--yes")
    assert (repaired.returncode, repaired.stderr) == (ExitCode.DONE, "")
    assert database.value("SELECT count(*) FROM pg_index WHERE indexrelid::regclass::text IN ('i1', 'i2')") == 2
    (project.migrations / file).unlink()
    good(project.migratekit("down", "--stored"))
    assert database.value("SELECT count(*) FROM pg_index WHERE indexrelid::regclass::text IN ('i1', 'i2')") == 0


@each
def test_create_writes_what_the_convention_reads(
    project: Project, database: TestDatabase, convention: Convention
) -> None:
    write(project, convention, CHAIN[0])
    prepare(database, convention)
    good(project.migratekit("up"))
    for words in (("add_index_on_people_name",), ("create_teams_table", "--columns", "name:text!")):
        assert project.migratekit("create", *words).returncode == ExitCode.DONE
    rules = {f["rule"] for f in told(project, "validate", "--files-only")}
    assert rules <= {"empty"}
    before = database.digest()
    good(project.migratekit("up"))
    assert database.value("SELECT count(*) FROM pg_class WHERE relname IN ('teams', 'people_name_idx')") == 2
    good(project.migratekit("down", "3"))
    assert database.digest() == before


AMBIGUOUS = {
    "two conventions": (
        {"1_a.up.sql": "", "2_b.sql": "-- migrate:up\n"},
        "holds migrations of several conventions: dbmate: 2_b.sql; golang: 1_a.up.sql",
    ),
    "no sign": ({"001_a.sql": "SELECT 1;"}, "holds 001_a.sql, which may be of several conventions"),
}


@pytest.mark.parametrize(("files", "what"), AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_a_folder_that_can_be_read_in_two_ways_is_not_guessed_at(
    project: Project, files: dict[str, str | bytes], what: str
) -> None:
    project.write(files)
    for verb in ("up", "status", "validate"):
        assert what in bad(project.migratekit(verb), ExitCode.USAGE)
    assert project.migratekit("up", "--source", "commented").returncode != ExitCode.USAGE
    assert what in project.migratekit("config").stdout


REFUSED = {
    "no up": ("2_b.sql", "-- +goose Down\nSELECT 1;", "has no line `-- +goose Up`", "goose"),
    "SQL in front": ("2_b.sql", "SELECT 1;\n-- UP\n", "2_b.sql:1: has SQL in front of `-- UP`", "updown"),
    "down first": ("2_b.sql", "-- DOWN\n-- UP\n", "2_b.sql:1: has its down part first", "updown"),
    "substitution": ("2_b.sql", "-- +goose ENVSUB ON\n-- +goose Up\n", "2_b.sql:1: has `-- +goose ENVSUB ON`", "goose"),
    "no end": (
        "2_b.sql",
        "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n",
        "2_b.sql:2: has `-- +goose StatementBegin` without its end",
        "goose",
    ),
    "Go": ("2_b.go", "package migrations", "2_b.go: is a migration in Go", "goose"),
    "a wrong word": ("2_b.sql", "-- migrate:up transaction:no\n", "has `transaction:no` behind", "dbmate"),
    "a space too many": ("2_b.sql", "-- migrate:up\n-- migrate: down\n", "2_b.sql:2: has `-- migrate: down`", "dbmate"),
    "a mark indented": ("2_b.sql", "-- migrate:up\n  -- migrate:down\n", "2_b.sql:2: has `-- migrate:down`", "dbmate"),
    "line ends of old": ("2_b.sql", "-- migrate:up\r-- migrate:down\r", "2_b.sql:1: has `-- migrate:down`", "dbmate"),
    "no plus": ("2_b.sql", "-- +goose Up\r\n-- goose Down\r\n", "2_b.sql:2: has `-- goose Down`", "goose"),
    "more words": ("2_b.sql", "-- UP\n-- DOWN: drop\n", "2_b.sql:2: has `-- DOWN: drop`", "updown"),
    "a line of dashes": ("2_b.sql", "-- UP\n--- down ---\n", "2_b.sql:2: has `--- down ---`", "updown"),
    "by names later": ("20240215_b.sql", "-- migrate:up\n", "comes before 20240215_b.sql for dbmate", "dbmate"),
    "not commented out": (
        "2_b.sql",
        "SELECT 1;\n-- Down migration\n-- SELECT 1;\nDROP TABLE people;",
        "2_b.sql:4: has SQL behind `-- Down migration`",
        "commented",
    ),
}


@pytest.mark.parametrize(("name", "text", "what", "source"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_the_convention_does_not_allow_is_refused_before_anything_runs(
    project: Project, database: TestDatabase, name: str, text: str, what: str, source: str
) -> None:
    write(project, CONVENTIONS[source], CHAIN[0])
    path = project.migrations / name.replace("2_b", f"{CONVENTIONS[source].version(2)}_b")
    path.write_text(text)
    told = bad(project.migratekit("up", "--source", source), ExitCode.FAILED)
    assert what.replace("2_b", f"{CONVENTIONS[source].version(2)}_b") in told
    assert database.tables() == set()


def test_headers_are_not_put_into_a_file_with_two_halves(project: Project) -> None:
    write(project, CONVENTIONS["dbmate"], CHAIN[0])
    assert "hold both halves" in bad(project.migratekit("headers"), ExitCode.REFUSED)
