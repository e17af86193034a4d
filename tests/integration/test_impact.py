"""What is predicted of statements, and what they do on real servers: locks, rewrites, whole tables read."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
import pytest

from migratekit.database import Database
from migratekit.evidence import session_of
from migratekit.impact import Kind, LockMode, Touched, read_impacts, touched
from support import ROOT, TestDatabase, wait_for

CASES = ROOT / "tests" / "cases" / "impact"
SCHEMA = (CASES / "schema.sql").read_text(encoding="utf-8")
PATH = "SET search_path = app, public"
NEWEST = "# From 18 on"
# Whether these read a table whole is up to the planner, or they cannot do without.
QUERIES = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "DO", "EXPLAIN", "DECLARE", "TRUNCATE")
# What a check of foreign keys reads beside the table that has them: up to the planner too.
JOINED = {
    "ALTER TABLE item ADD COLUMN x int DEFAULT 1 REFERENCES line": {"line"},
    "ALTER TABLE part ADD CONSTRAINT x FOREIGN KEY (owner_id) REFERENCES owner (code)": {"owner"},
    "ALTER TABLE line VALIDATE CONSTRAINT line_later": {"item"},
    "ALTER TABLE day ALTER COLUMN month_id TYPE bigint": {"month1", "month2"},
}
OUTSIDE = {
    "CREATE INDEX CONCURRENTLY x ON app.item (a)": ("item", LockMode.SHARE_UPDATE_EXCLUSIVE),
    "DROP INDEX CONCURRENTLY app.item_a": ("item", LockMode.SHARE_UPDATE_EXCLUSIVE),
    "REINDEX TABLE CONCURRENTLY app.item": ("item", LockMode.SHARE_UPDATE_EXCLUSIVE),
    "REINDEX INDEX CONCURRENTLY app.item_a": ("item", LockMode.SHARE_UPDATE_EXCLUSIVE),
    "ALTER TABLE app.month DETACH PARTITION app.month2 CONCURRENTLY": ("month", LockMode.SHARE_UPDATE_EXCLUSIVE),
    "VACUUM app.item": ("item", LockMode.SHARE_UPDATE_EXCLUSIVE),
    "VACUUM (FULL) app.item": ("item", LockMode.ACCESS_EXCLUSIVE),
    "VACUUM (FULL off, ANALYZE) app.item": ("item", LockMode.SHARE_UPDATE_EXCLUSIVE),
}


class Done(NamedTuple):
    """What a statement does to a table, in truth or by prediction."""

    lock: str
    rewrites: bool
    scans: bool


def statements(major: int) -> list[str]:
    older, newer = (CASES / "statements.txt").read_text(encoding="utf-8").split(NEWEST)
    lines = (older + (newer if major >= 18 else "")).splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@contextmanager
def opened(database: TestDatabase) -> Iterator[tuple["psycopg.Connection[tuple[object, ...]]", Database]]:
    with database.connect() as connection:
        connection.execute(SCHEMA.encode())
        connection.execute(PATH)
        yield connection, Database(connection)


def predict(database: Database, statement: str) -> dict[str, Touched]:
    found = touched(database, read_impacts(statement.encode(), session_of(database)))
    return {f"{one.schema}.{one.name}".removeprefix("app."): one for one in found}


def run(connection: "psycopg.Connection[tuple[object, ...]]", statement: str) -> dict[str, Done]:
    """What it does, seen from inside of its transaction, which is then rolled back."""
    tables = (
        "SELECT oid, relnamespace::regnamespace || '.' || relname, relfilenode, pg_stat_get_xact_numscans(oid),"
        " CASE WHEN relkind = 'S' THEN 'S' END FROM pg_class"
        " WHERE relnamespace IN ('app'::regnamespace, 'side'::regnamespace) AND relkind IN ('r', 'p', 'm', 'v', 'S')"
    )
    connection.execute("BEGIN")
    before = {row[0]: row for row in connection.execute(tables.encode())}
    connection.execute(statement.encode())
    after = {row[0]: row for row in connection.execute(tables.encode())}
    locks = connection.execute(
        "SELECT relation, array_agg(mode) FROM pg_locks"
        " WHERE pid = pg_backend_pid() AND locktype = 'relation' GROUP BY relation"
    ).fetchall()
    connection.execute("ROLLBACK")
    done = {}
    for oid, modes in locks:
        if oid in before and isinstance(modes, list):
            _, name, file, scans, is_sequence = before[oid]
            now = after.get(oid, before[oid])
            strongest = max(LockMode.of(mode) for mode in modes).words
            key = str(name).removeprefix("app.")
            done[key] = Done(strongest, now[2] != file and not is_sequence, now[3] != scans)
    return done


def differences(statement: str, truth: dict[str, Done], said: dict[str, Touched]) -> list[str]:
    found = []
    predicted = {name: Done(one.lock.words, one.rewrites, one.scans) for name, one in said.items()}
    # The sequence of a column is no table, and is not named.
    for name in (truth.keys() | predicted.keys()) - ({"item_id_seq"} - predicted.keys()):
        real, thought = truth.get(name), predicted.get(name)
        if real and thought:
            if statement.startswith("TRUNCATE"):
                # A new file, of no size.
                real = real._replace(rewrites=False)
            if statement.startswith(QUERIES) or name in JOINED.get(statement, set()) or real.lock == "ACCESS SHARE":
                real = real._replace(scans=thought.scans)
        if real != thought:
            found.append(f"{statement}: {name}: {real}, and not {thought}")
    return found


@pytest.mark.every_server
def test_statements_lock_rewrite_and_read_what_is_predicted(database: TestDatabase) -> None:
    found = []
    with opened(database) as (connection, own):
        for statement in statements(database.major):
            said = predict(own, statement)
            found += differences(statement, run(connection, statement), said)
            assert not any(one.doubtful for one in said.values()), statement
    assert found == []


@pytest.mark.every_server
def test_statements_that_run_alone_ask_for_the_locks_that_are_predicted(database: TestDatabase) -> None:
    with opened(database) as (connection, own), ThreadPoolExecutor(1) as pool, database.connect() as other:
        for statement, (table, lock) in OUTSIDE.items():
            said = predict(own, statement)
            assert said[table].lock is lock
            # Work on indexes gets its lock at once, and then waits for those who write.
            mode = "ROW EXCLUSIVE" if "INDEX" in statement else "SHARE UPDATE EXCLUSIVE"
            other.execute(f"BEGIN; LOCK TABLE app.{table} IN {mode} MODE".encode())
            running = pool.submit(_run_alone, database, statement)
            wait_for(lambda table=table: _asked(connection, table), statement)  # type: ignore[misc]
            assert _asked(connection, table) == lock.pg_locks, statement
            other.execute("ROLLBACK")
            running.result()
            connection.execute("CREATE INDEX IF NOT EXISTS item_a ON item (a)")


def _run_alone(database: TestDatabase, statement: str) -> None:
    with database.connect() as connection:
        connection.execute("SET application_name = 'alone'")
        connection.execute(statement.encode())


def _asked(connection: "psycopg.Connection[tuple[object, ...]]", table: str) -> str | None:
    """The strongest lock that the session holds or waits for, once it waits."""
    rows = connection.execute(
        "SELECT mode FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE application_name = 'alone' AND wait_event_type = 'Lock' AND relation = %s::regclass",
        [f"app.{table}"],
    ).fetchall()
    return max((LockMode.of(str(mode)) for (mode,) in rows), default=None).pg_locks if rows else None  # type: ignore[union-attr]


def test_a_role_without_rights_learns_the_size_of_what_others_have_locked(database: TestDatabase) -> None:
    with opened(database) as (connection, own), database.connect() as other:
        connection.execute("ANALYZE")
        connection.execute(
            "INSERT INTO app.loose SELECT n, n, repeat('x', 100) FROM generate_series(1, 1000) n; ANALYZE"
        )
        said = predict(
            own, "ALTER TABLE loose ADD x int; DROP VIEW shown; ALTER TABLE sum ADD x int; ALTER TABLE no ADD x int"
        )
        assert [(one.name, one.kind, one.rows) for one in said.values()] == [
            ("loose", Kind.TABLE, 1001),
            ("shown", Kind.VIEW, None),
            ("sum", Kind.TABLE, 0),
        ]
        size = said["loose"].size
        assert size is not None
        assert size >= 1000 * 100
        other.execute("BEGIN; LOCK TABLE app.loose, app.item")
        connection.execute("CREATE ROLE nobody_impact; SET ROLE nobody_impact; SET lock_timeout = 1")
        again = predict(own, "ALTER TABLE app.loose ADD x int; ALTER TABLE app.item ALTER a SET NOT NULL")
        assert again["loose"].lock is LockMode.ACCESS_EXCLUSIVE
        assert abs((again["loose"].size or 0) - size) <= 65536
        other.execute("ROLLBACK")
        connection.execute("RESET ROLE; DROP ROLE nobody_impact")


def test_what_cannot_be_known_counts_as_a_rewrite(database: TestDatabase) -> None:
    with opened(database) as (_, own):
        for doubtful in ("ADD COLUMN x int DEFAULT not_yet()", "ALTER COLUMN b TYPE not_yet"):
            said = predict(own, f"ALTER TABLE loose {doubtful}")
            assert (said["loose"].rewrites, said["loose"].doubtful) == (True, True)
        said = predict(own, "ALTER TABLE loose ADD x int DEFAULT random(), ADD y int DEFAULT not_yet()")
        assert (said["loose"].rewrites, said["loose"].doubtful) == (True, False)


def test_each_table_lists_the_statements_of_all_files_that_touch_it(database: TestDatabase) -> None:
    first = b"ALTER TABLE item ADD x int;\n\nCREATE INDEX CONCURRENTLY item_x ON item (x)"
    second = b"-- rows\nUPDATE item SET x = 1"
    with opened(database) as (_, own):
        session = session_of(own)
        impacts = [*read_impacts(first, session), *read_impacts(second, session, file=1)]
        item = {one.name: one for one in touched(own, impacts)}["item"]
    assert [(m.file, m.line, m.label, m.lock.words, m.concurrently, m.scans, m.writes) for m in item.statements] == [
        (0, 1, "ALTER TABLE item ADD x int", "ACCESS EXCLUSIVE", False, False, False),
        (0, 3, "CREATE INDEX CONCURRENTLY item_x ON item", "SHARE UPDATE EXCLUSIVE", True, True, False),
        (1, 2, "UPDATE item", "ROW EXCLUSIVE", False, True, True),
    ]
    assert (item.lock, item.rewrites, item.scans, item.writes) == (LockMode.ACCESS_EXCLUSIVE, False, True, True)
