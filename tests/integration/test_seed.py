"""Sample data: every table of a schema is filled, its constraints hold, and the same seed gives the same rows."""

import shutil
from pathlib import Path

import pytest

from migratekit.errors import ExitCode
from migratekit.server import Server
from outcomes import bad
from runs import fresh_database
from support import ROOT, Project, TestDatabase

SCHEMA = (ROOT / "tests" / "cases" / "sample" / "schema.sql").read_text(encoding="utf-8")
ODD = '"Odd ""schema"."Odd ""table"'


def counts(database: TestDatabase) -> dict[str, int]:
    """The rows of each table, partitions left out."""
    names = database.rows(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_)')"
    )
    return {str(name): int(str(database.value(f"SELECT count(*) FROM {name}"))) for (name,) in names}


def contents(database: TestDatabase) -> dict[str, object]:
    """Equal for equal rows."""
    digest = "SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM {} AS t"
    return {name: database.value(digest.format(name)) for name in counts(database)}


@pytest.mark.every_server(long=True)
def test_every_table_of_a_schema_is_filled(database: TestDatabase, project: Project) -> None:
    database.rows(SCHEMA)
    done = project.migratekit("seed", "--seed", "7", "--count", "200")
    assert done.returncode == ExitCode.DONE, done.stderr
    # What is true or false and unique is two rows at most, and that is no failure.
    assert counts(database) == dict.fromkeys(counts(database), 200) | {"settings": 1, "flags": 2}
    assert "warning: settings: settings_pkey lets no more rows in" in done.stderr
    assert "--seed 7 gives the same ones again" in done.stdout
    for what in (
        "SELECT count(*) FROM customers WHERE email !~ '@example\\.(com|org|net)$' OR created_at > updated_at",
        "SELECT count(*) FROM everything WHERE instant > '2026-01-01' OR kind <> 'standard'",
        "SELECT count(*) FROM links WHERE from_id = to_id",
        "SELECT count(*) FROM folders WHERE parent_id >= id",
        f"SELECT count(*) FROM {ODD} WHERE \"a,b\" = ''",
    ):
        assert database.value(what) == 0, what
    # What may be NULL is so now and then; a circle is closed by a second pass.
    assert 0 < int(str(database.value("SELECT count(*) FROM everything WHERE big IS NULL"))) < 60
    assert int(str(database.value("SELECT count(lead_id) FROM teams"))) == 180
    assert int(str(database.value("SELECT count(DISTINCT kind) FROM jobs"))) == 2


def test_the_same_seed_gives_the_same_rows(server: Server, tmp_path: Path) -> None:
    found = []
    # Two ways in which Python may order what has no order.
    for number, env in enumerate(({}, {"PYTHONHASHSEED": "1"}, {})):
        with fresh_database(server) as database:
            database.rows(SCHEMA)
            project = Project(tmp_path, database.url)
            project.migrations.mkdir(exist_ok=True)
            seed = "9" if number == 2 else "8"
            done = project.migratekit("seed", "--seed", seed, "--count", "50", env=env)
            assert done.returncode == ExitCode.DONE, done.stderr
            found.append(contents(database))
    assert found[0] == found[1]
    assert found[0]["customers"] != found[2]["customers"]


def test_rows_are_added_to_the_worked_chain_once_that_is_confirmed(
    worked_database: TestDatabase, worked_project: Project
) -> None:
    database, project = worked_database, worked_project
    versions = database.rows("SELECT * FROM schema_migrations_history ORDER BY 1")
    text = bad(project.migratekit("create-sample-data", "--count=40"), ExitCode.REFUSED)
    assert "add sample data to task_statuses, where rows are already; nobody is there to confirm it" in text
    assert database.value("SELECT count(*) FROM plans") == 0
    assert project.migratekit("seed", "--only-empty", "--count", "40").returncode == ExitCode.DONE
    assert counts(database) | {"schema_migrations": 1, "task_statuses": 4} == counts(database)
    # Unique with the rows that are there, too.
    again = project.migratekit("seed", "--count", "40", "--yes", "--table", "tasks", "--table", "task_statuses")
    assert again.returncode == ExitCode.DONE, again.stderr
    assert (database.value("SELECT count(*) FROM tasks"), counts(database)["task_statuses"]) == (80, 44)
    assert database.rows("SELECT * FROM schema_migrations_history ORDER BY 1") == versions
    assert database.value("SELECT count(*) FROM tasks WHERE slug IS NULL OR updated_at < created_at") == 0


def test_what_cannot_be_filled_is_told_by_name(database: TestDatabase, project: Project) -> None:
    database.rows(
        "CREATE TABLE a (id int PRIMARY KEY, t text NOT NULL, CONSTRAINT a_never CHECK (md5(t) = 'no'));"
        "CREATE TABLE b (a_id int NOT NULL REFERENCES a);"
        "CREATE TABLE c (at int4range, CONSTRAINT c_apart EXCLUDE USING gist (at WITH &&));"
        "CREATE TABLE d (path jsonpath NOT NULL); CREATE TABLE e (at date) PARTITION BY RANGE (at);"
        "CREATE TABLE f (name text NOT NULL)"
    )
    done = project.migratekit("seed", "--count", "5")
    assert done.returncode == ExitCode.REFUSED
    assert counts(database) == dict.fromkeys("abcde", 0) | {"f": 5}
    for line in (
        "error: a: no row satisfies a_never",
        "error: b: a_id points to a, which has no rows (b_a_id_fkey)",
        "error: c: its exclusion constraint c_apart cannot be satisfied by chance",
        "error: d: column path is NOT NULL, and of type jsonpath nothing can be made",
        "error: e: it has no partitions",
    ):
        assert line in done.stderr
    only = project.migratekit("seed", "--count", "5", "--table", "a")
    assert (only.returncode, database.value("SELECT count(*) FROM a")) == (ExitCode.FAILED, 0)


def test_a_trigger_that_refuses_is_the_error(database: TestDatabase, project: Project) -> None:
    database.rows(
        "CREATE TABLE guarded (note text NOT NULL); CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE 'not on a Saturday'; END$$;"
        "CREATE TRIGGER guard BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION no()"
    )
    text = bad(project.migratekit("seed"), ExitCode.FAILED)
    assert "error: guarded: not on a Saturday" in text
    assert "PL/pgSQL function no()" in text


def test_settings_that_make_no_sense_are_told(database: TestDatabase, project: Project, tmp_path: Path) -> None:
    database.rows("CREATE TABLE t (id int)")
    assert "no table is called 'u'" in bad(project.migratekit("seed", "--table", "u"), ExitCode.USAGE)
    assert "Faker knows no locale 'xx_XX'" in bad(project.migratekit("seed", "--locale", "xx_XX"), ExitCode.USAGE)
    assert "'many' is no number of rows" in bad(project.migratekit("seed", "--count", "many"), ExitCode.USAGE)
    (tmp_path / "faker.py").write_text("raise ImportError")
    text = bad(project.migratekit("seed", env={"PYTHONPATH": str(tmp_path)}), ExitCode.USAGE)
    assert "python -m pip install 'migratekit[seed]'" in text
    (project.folder / "environments").mkdir()
    shutil.copy(ROOT / "environments" / "production.yaml", project.folder / "environments")
    text = bad(project.migratekit("--env", "production", "seed"), ExitCode.REFUSED)
    assert "environment production does not allow `seed`" in text


@pytest.mark.long
def test_a_million_rows_go_into_the_worked_chain(database: TestDatabase, project: Project) -> None:
    shutil.copytree(ROOT / "migrations", project.migrations, dirs_exist_ok=True)
    more = (
        "CREATE TYPE effect AS ENUM ('good', 'bad'); CREATE TABLE reviews (id bigint GENERATED ALWAYS AS IDENTITY"
        " PRIMARY KEY, task_id bigint NOT NULL REFERENCES tasks, effect effect NOT NULL,"
        " code varchar(12) NOT NULL UNIQUE, stars int NOT NULL CHECK (stars BETWEEN 1 AND 5))"
    )
    project.write({"015_create_reviews.up.sql": more, "015_create_reviews.down.sql": "DROP TABLE reviews;"})
    assert project.migratekit("up").returncode == ExitCode.DONE
    tables = ("plans", "tasks", "task_dependencies", "reviews")
    words = [word for table in tables for word in ("--table", table)]
    process = project.start("migratekit", "seed", "--seed", "1", "--count", "250000", *words)
    _, err = process.communicate(timeout=1500)
    assert process.returncode == ExitCode.DONE, err
    assert {name: counts(database)[name] for name in tables} == dict.fromkeys(tables, 250_000)
    # What is unique and what is pointed to holds by the indexes; a cycle would have been refused by a trigger.
    assert database.value("SELECT count(DISTINCT code) FROM reviews") == 250_000
    assert (
        database.value("SELECT count(*) FROM tasks WHERE num_nonnulls(complexity_score, complexity_rationale) = 1") == 0
    )
