"""What `verify` finds after a migration, and what a record says of tables and catalog before and after it."""

import json
import re
import shutil
from typing import Any

import pytest

from migratekit.errors import ExitCode
from outcomes import bad, good
from runs import WAIT, finish, gate
from support import ROOT, Project, TestDatabase

CANARY = "canary-8271"


def check(project: Project, **queries: str) -> None:
    """Writes the project's own queries, and nothing else to complain about."""
    (project.folder / "checks").mkdir(exist_ok=True)
    for name, sql in queries.items():
        (project.folder / "checks" / f"{name}.sql").write_text(sql)


def rules(project: Project, text: str) -> None:
    (project.folder / "environments").mkdir(exist_ok=True)
    (project.folder / "environments" / "development.yaml").write_text(text)


def recorded(project: Project, name: str) -> Any:
    """What the newest record has under a name."""
    newest = max((project.folder / "reports").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    stages = json.loads(newest.read_text())["stages"]
    return stages[-1].get(name)


def test_a_healthy_database_passes_without_any_check(project: Project) -> None:
    project.chain("CREATE TABLE a (id int)")
    project.migratekit("up")
    assert good(project.migratekit("verify")) == ["development: 0 checks, 0 errors, 0 warnings"]


def test_rows_of_a_check_fail_and_are_in_no_record(project: Project, database: TestDatabase) -> None:
    project.chain(f"CREATE TABLE a AS SELECT n, '{CANARY}' || n AS name FROM generate_series(1, 1200) n")
    project.migratekit("up")
    check(
        project,
        bad=f"-- Description: No canaries\nSELECT name, n FROM a WHERE name LIKE '{CANARY}%' ORDER BY n;\n",
        doubtful="-- Level: warn\nSELECT chr(27) || '[2J' || repeat('x', 500)",
        fine="SELECT 1 FROM a WHERE n > 5000",
        large="TABLE a ORDER BY n",
    )
    record = project.folder / "reports" / "r.json"
    record.parent.mkdir()
    record.write_text('{"schema": "migratekit-report/1", "stages": []}')
    done = project.migratekit("verify", env={"MIGRATEKIT_RELEASE": "r"})
    assert done.returncode == ExitCode.FAILED
    assert f"error: bad.sql: 1200 rows, as in\n  {CANARY}1\n  {CANARY}2\n  {CANARY}3\n" in done.stdout
    assert f"warn: doubtful.sql: 1 row, as in\n  ?[2J{'x' * 96}…\n" in done.stdout
    assert "error: large.sql: 1200 rows, as in\n  1\n" in done.stdout
    assert done.stdout.splitlines()[-1] == "development: 4 checks, 2 errors, 1 warning"
    [stage] = json.loads(record.read_text())["stages"]
    assert CANARY not in record.read_text()
    assert [{**one, "seconds": 0} for one in stage["integrity"]][1:3] == [
        {"check": "doubtful.sql", "rows": 1, "level": "warn", "seconds": 0},
        {"check": "fine.sql", "rows": 0, "level": "ok", "seconds": 0},
    ]


def test_what_is_no_query_fails_with_its_place_and_changes_nothing(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE a (id serial)")
    check(
        project,
        block="-- Description: x\n\nDO $$ BEGIN DELETE FROM a; END $$",
        clause="WITH gone AS (DELETE FROM a RETURNING 1) SELECT * FROM gone",
        effect="SELECT nextval('a_id_seq')",
        level="-- Level: maybe\nSELECT 1",
        long="SELECT pg_sleep(30)",
        two="SELECT 1 WHERE false;\nCOMMIT",
        wrong="-- Level: warn\nSELECT 1\n  FROM nowhere",
    )
    rules(project, "check_timeout: 300ms")
    done = project.migratekit("verify", "--json")
    assert (done.returncode, done.stderr) == (ExitCode.FAILED, "")
    problems = {
        one["check"]: (one["where"], one["problem"], one["level"]) for one in json.loads(done.stdout)["integrity"]
    }
    kinds = "a check is one SELECT, WITH, VALUES or TABLE"
    assert problems == {
        "block.sql": ("block.sql:3", f"is no query, but DO: {kinds}", "error"),
        "clause.sql": ("clause.sql:1", "DECLARE CURSOR must not contain data-modifying statements in WITH", "error"),
        "effect.sql": ("effect.sql:1", "cannot execute nextval() in a read-only transaction", "error"),
        "level.sql": ("level.sql:1", "its header has Level: maybe, which is neither warn nor error", "error"),
        "long.sql": ("long.sql:1", "canceling statement due to statement timeout", "error"),
        "two.sql": ("two.sql:2", f"holds a second statement: {kinds}", "error"),
        "wrong.sql": ("wrong.sql:3", 'relation "nowhere" does not exist', "error"),
    }


def test_a_named_folder_that_is_not_there_is_an_error(project: Project) -> None:
    rules(project, "checks: questions")
    assert "questions: the checks cannot be read" in bad(project.migratekit("verify"), ExitCode.FAILED)


def test_an_invalid_index_is_an_error_and_a_dirty_version_outweighs_it(
    project: Project, database: TestDatabase
) -> None:
    project.chain("CREATE TABLE a AS SELECT 1 AS id UNION ALL SELECT 1", "CREATE UNIQUE INDEX CONCURRENTLY b ON a (id)")
    project.migratekit("up")
    assert project.migratekit("verify").returncode == ExitCode.DIRTY
    database.rows("UPDATE schema_migrations SET version = 1, dirty = false; TRUNCATE schema_migrations_history")
    done = project.migratekit("verify")
    assert done.returncode == ExitCode.FAILED
    assert "error: public.b: is INVALID" in done.stdout
    rules(project, "rules: {invalid-index: warn}")
    assert project.migratekit("verify").returncode == ExitCode.DONE


def test_the_checks_of_the_worked_chain_find_what_its_trigger_cannot(project: Project, database: TestDatabase) -> None:
    for folder in ("migrations", "checks"):
        shutil.copytree(ROOT / folder, project.folder / folder, dirs_exist_ok=True)
    project.migratekit("up")
    assert project.migratekit("verify").returncode == ExitCode.DONE
    database.rows("INSERT INTO plans (name) VALUES ('p'), ('q')")
    database.rows(
        "INSERT INTO tasks (plan_id, title, slug) SELECT 1 + n % 2, 't', 's' || n FROM generate_series(1, 3) n"
    )
    database.rows("ALTER TABLE task_dependencies DISABLE TRIGGER USER")
    database.rows("INSERT INTO task_dependencies VALUES (1, 3), (3, 1), (2, 1)")
    done = project.migratekit("verify")
    assert done.returncode == ExitCode.FAILED
    assert "error: no_dependency_cycles.sql: 2 rows, as in\n  1\n  3\n" in done.stdout
    assert (
        "warn: dependencies_within_plans.sql: 1 row, as in\n  task 2 of plan 1 waits for task 1 of plan 2"
        in done.stdout
    )


def test_the_record_has_tables_and_catalog_before_and_after(project: Project, database: TestDatabase) -> None:
    rules(project, "reports: true")
    database.rows("CREATE TABLE a AS SELECT n FROM generate_series(1, 10) n; CREATE TABLE other (id int)")
    project.chain("INSERT INTO a VALUES (11), (12); CREATE TABLE c AS SELECT 1 AS x; ALTER TABLE a ADD b text")
    assert project.migratekit("up").returncode == ExitCode.DONE
    tables = {str(one["table"]): one for one in recorded(project, "tables")}
    assert tables.keys() == {"public.a", "public.c"}
    assert (tables["public.a"]["rows_before"], tables["public.a"]["rows_after"]) == (10, 12)
    assert (tables["public.c"]["rows_before"], tables["public.c"]["rows_after"]) == (None, 1)
    assert all(one["exact"] for one in tables.values())
    schema = recorded(project, "schema")
    assert re.fullmatch(r"[0-9a-f]{64}", schema["before"]) and schema["before"] != schema["after"]
    assert recorded(project, "catalog") == [
        "+ table public.a: column b text",
        "+ table public.c: column x integer",
        "+ table public.c: permanent",
    ]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DO $$ BEGIN EXECUTE 'DELETE FROM a WHERE n < 4'; END $$;\nUPDATE a SET n = n", True),
        ("DELETE FROM a WHERE n < 4", False),
        ("DELETE FROM parent", False),
        ("UPDATE a SET n = n + 1", False),
        ("DROP TABLE a", False),
    ],
)
def test_rows_that_went_unplanned_are_told_of(
    project: Project, database: TestDatabase, statement: str, told: bool
) -> None:
    rules(project, "reports: true")
    database.rows("CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1)")
    database.rows("CREATE TABLE a AS SELECT n, 1 AS p FROM generate_series(1, 10) n")
    database.rows("ALTER TABLE a ADD FOREIGN KEY (p) REFERENCES parent ON DELETE CASCADE")
    project.chain(statement)
    done = project.migratekit("up")
    assert done.returncode == ExitCode.DONE
    line = "warning: table public.a had 10 rows and has 7, which no statement of the files explains"
    assert (line in done.stderr) is told
    assert told or "warning" not in done.stderr


def test_a_look_that_fails_fails_nothing_else(project: Project, database: TestDatabase) -> None:
    rules(project, "reports: true\nanalyze: true")
    database.rows("CREATE TABLE a (id int); CREATE TABLE held (id int); CREATE VIEW v AS TABLE held")
    project.chain("INSERT INTO a VALUES (1)")
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE held")
        done = project.migratekit("up")
    assert done.returncode == ExitCode.DONE
    assert database.rows("SELECT * FROM a") == [(1,)]
    assert [one["rows_after"] for one in recorded(project, "tables")] == [1]
    [problem] = recorded(project, "not_looked_at")
    assert problem == "catalog: canceling statement due to lock timeout"


def test_tables_that_could_not_be_looked_at_are_said_not_to_be_analysed(
    project: Project, database: TestDatabase
) -> None:
    rules(project, "analyze: true")
    database.rows("CREATE TABLE held (id int)")
    project.chain(f"{WAIT} INSERT INTO held SELECT generate_series(1, 100)")
    with gate(database) as closed:
        with database.connect() as other, other.transaction():
            other.execute("LOCK TABLE held")
            process = project.start("migratekit", "up")
            closed.wait()
        closed.open()
        done = finish(process)
    assert (done.returncode, database.value("SELECT count(*) FROM held")) == (ExitCode.DONE, 100)
    assert "warning: not analysed: what the run touched was not looked at: tables: canceling" in done.stderr


def test_what_a_run_made_stale_is_analysed(project: Project, database: TestDatabase) -> None:
    rules(project, "analyze: true")
    database.rows("CREATE TABLE calm AS SELECT 1 AS id; ANALYZE calm")
    for name in ("typed", "filled", "indexed", "locked"):
        # Autovacuum would analyse what has changed as well, if it came by.
        database.rows(
            f"CREATE TABLE {name} WITH (autovacuum_enabled = false) AS"
            f" SELECT n, 'x' AS t FROM generate_series(1, 200) n; ANALYZE {name}"
        )
    project.chain(
        "ALTER TABLE typed ALTER n TYPE bigint; INSERT INTO calm VALUES (2); INSERT INTO filled SELECT n FROM filled",
        "CREATE INDEX ON indexed ((n + 1)); ALTER TABLE calm ADD b int; CREATE TABLE made AS SELECT 1 AS id",
    )
    done = project.migratekit("up")
    assert done.returncode == ExitCode.DONE
    assert "analysed public.filled, public.indexed, public.made, public.typed (" in done.stdout
    assert database.value("SELECT count(*) FROM pg_stats WHERE tablename = 'indexed_expr_idx'") == 1
    assert not (project.folder / "reports").exists()
