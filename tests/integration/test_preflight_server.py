"""What `preflight` looks at on the server, each check failing for its real reason."""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local_server import ask
from migratekit.errors import ExitCode
from migratekit.impact import LockMode
from migratekit.preflight._conflicts import CONFLICTS
from migratekit.server import Server
from outcomes import Done
from runs import finish, fresh_database, fresh_role
from standby import Standby, standby_of
from support import Project, TestDatabase, wait_for

HERE = (
    *("server", "tables", "locks", "sessions", "wraparound", "connections"),
    *("replication", "slots", "prepared", "indexes", "extensions"),
)
Session = psycopg.Connection[tuple[object, ...]]
Found = dict[str, str]
SMALL = {"fsync": "off", "max_connections": "20"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of which settings can be changed, with few connections and prepared transactions."""
    folder = tmp_path_factory.mktemp("small")
    server = Server(folder, wanted="18", settings=SMALL)
    server.start()
    # From its own files a standby has it too.
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET max_prepared_transactions = 5")
    server.stop()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def own(small: Server, tmp_path: Path) -> Iterator[tuple[Project, TestDatabase]]:
    """A project on that server."""
    with fresh_database(small) as database:
        project = Project(tmp_path / "own", database.url)
        project.migrations.mkdir(parents=True)
        yield project, database


def allow(project: Project, **limits: object) -> None:
    folder = project.folder / "environments"
    folder.mkdir(exist_ok=True)
    (folder / "development.yaml").write_text(f"lock_timeout: 200ms\nlimits: {json.dumps(limits)}\n")


def orders(project: Project, database: TestDatabase, *statements: str) -> None:
    """A table with rows, and pending files."""
    database.rows("CREATE TABLE orders (id int, note text)")
    database.rows("INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 1000) n; ANALYZE orders")
    project.chain(*statements)


def results(done: Done) -> dict[str, list[Found]]:
    assert done.stderr == ""
    found: dict[str, list[Found]] = {}
    for result in json.loads(done.stdout):
        found.setdefault(result["check"], []).append(result)
    failed = any(one["level"] == "fail" for each in found.values() for one in each)
    assert done.returncode == (ExitCode.FAILED if failed else ExitCode.DONE)
    return found


def look(project: Project, check: str) -> list[Found]:
    return results(project.migratekit("preflight", "--json"))[check]


def only(found: list[Found], subject: str = "") -> Found:
    """The one result, or that of the subject."""
    chosen = [one for one in found if not subject or one["subject"].startswith(subject)]
    assert len(chosen) == 1, found
    return chosen[0]


def levels(found: list[Found]) -> list[str]:
    return [one["level"] for one in found]


@contextlib.contextmanager
def transaction(database: TestDatabase, *statements: str) -> Iterator[Session]:
    """A session that has done this and not committed."""
    with database.connect() as session:
        session.execute("BEGIN")
        for statement in statements:
            session.execute(statement.encode())
        yield session


def test_locks_wait_for_each_other_as_on_the_server(database: TestDatabase) -> None:
    database.rows("CREATE TABLE orders ()")
    with database.connect() as one, database.connect() as other:
        for held in LockMode:
            with one.transaction():
                one.execute(f"LOCK TABLE orders IN {held.words} MODE".encode())
                free = {mode for mode in LockMode if _is_free(other, mode)}
            assert CONFLICTS[held] == set(LockMode) - free


def _is_free(session: Session, mode: LockMode) -> bool:
    try:
        with session.transaction():
            session.execute(f"LOCK TABLE orders IN {mode.words} MODE NOWAIT".encode())
    except psycopg.errors.LockNotAvailable:
        return False
    return True


@pytest.mark.every_server(long=True)
def test_all_is_well_where_nothing_is_wrong_even_without_rights(project: Project, database: TestDatabase) -> None:
    orders(project, database, "ALTER TABLE orders ADD COLUMN total numeric", "CREATE EXTENSION IF NOT EXISTS plpgsql")
    allow(project)
    found = results(project.migratekit("preflight", "--json"))
    assert {name: levels(found[name]) for name in HERE if set(levels(found[name])) != {"ok"}} == {}
    assert f"PostgreSQL {database.major}" in found["server"][0]["figure"]
    assert only(found["tables"])["figure"].startswith("about 1,000 rows")
    with fresh_role(database) as role, transaction(database, "LOCK TABLE orders IN SHARE MODE") as other:
        project.url = database.url.replace("postgres@", f"{role}@")
        found = results(project.migratekit("preflight", "--json"))
        shown = {name: [one for one in found[name] if one["level"] != "ok"] for name in HERE}
        hidden, blocked = shown.pop("sessions"), only(shown.pop("locks"))
        assert {name: each for name, each in shown.items() if each} == {}
        assert "cannot be looked into" in only(hidden, "rights")["figure"]
        assert f'GRANT pg_read_all_stats TO "{role}"' in hidden[0]["hint"]
        assert (blocked["level"], blocked["subject"]) == ("fail", f"pid {other.info.backend_pid}")


def test_large_tables_that_are_rewritten_or_locked_are_named(project: Project, database: TestDatabase) -> None:
    change = "SELECT 1;\nALTER TABLE orders ALTER COLUMN id TYPE bigint;\nCREATE INDEX ON orders (note)"
    orders(project, database, "UPDATE orders SET note = 'y' WHERE id = 1", change)
    allow(project, table_size="8kB")
    rewritten, indexed = look(project, "tables")
    assert "migratekit create backfill_TABLE_COLUMN" in rewritten["hint"]
    assert rewritten["level"] == indexed["level"] == "warn"
    assert "rewritten under ACCESS EXCLUSIVE (reads and writes wait): 2_m2.up.sql:2 ALTER" in rewritten["figure"]
    assert "read whole under SHARE (writes wait): 2_m2.up.sql:3 CREATE INDEX" in indexed["figure"]
    assert "migratekit create add_index_on_TABLE_COLUMNS" in indexed["hint"]


def test_many_harmless_tables_are_one_line(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE event (at int) PARTITION BY RANGE (at)")
    for n in range(12):
        database.rows(f"CREATE TABLE event_{n} PARTITION OF event FOR VALUES FROM ({n}) TO ({n + 1})")
    project.chain("ALTER TABLE event ADD COLUMN what text")
    found = look(project, "tables")
    assert len(found) == 11
    assert only(found, "others")["figure"].startswith("3 tables, ")


def test_who_keeps_a_lock_that_is_in_the_way_is_named(project: Project, database: TestDatabase) -> None:
    orders(project, database, "ALTER TABLE orders ADD COLUMN total numeric")
    allow(project)
    with transaction(database, "UPDATE orders SET note = 'secret' WHERE id = 1") as other:
        found = only(look(project, "locks"))
        pid = other.info.backend_pid
        assert (found["level"], found["subject"]) == ("fail", f"pid {pid}")
        assert "holds ROW EXCLUSIVE on public.orders where ALTER TABLE orders ADD COLUMN" in found["figure"]
        assert "user postgres, test, idle in transaction, open for" in found["figure"]
        assert found["figure"].endswith("UPDATE orders SET note = '…' WHERE id = 1")
        assert found["hint"].endswith(f"SELECT pg_terminate_backend({pid})")
        text = project.migratekit("preflight").stdout
        assert f"fail: locks pid {pid}: holds ROW EXCLUSIVE" in text
        assert "secret" not in text


def test_who_gives_a_lock_back_at_once_is_not_in_the_way(project: Project, database: TestDatabase) -> None:
    orders(project, database, "ALTER TABLE orders ADD COLUMN total numeric")
    looked = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'migratekit preflight%' AND state = 'idle'"
        " AND query ~ 'virtualtransaction' AND datname = current_database()"
    )
    with transaction(database, "LOCK TABLE orders IN SHARE MODE") as other:
        process = project.start("migratekit", "preflight", "--json")
        wait_for(lambda: database.value(looked), "preflight to have seen the lock")
        other.execute("COMMIT")
        found = only(results(finish(process))["locks"])
    assert (found["level"], found["figure"]) == ("ok", "1 transaction, none of them for 2.0 s")


def test_transactions_that_are_open_for_long_or_idle(project: Project, database: TestDatabase) -> None:
    orders(project, database, "ALTER TABLE orders ADD COLUMN total numeric")
    with transaction(database, "CREATE TABLE other ()") as session:
        subject = f"pid {session.info.backend_pid}"
        allow(project, long_transaction="1ms")
        assert "on no touched table" in only(look(project, "sessions"))["figure"]
        project.chain("CREATE INDEX CONCURRENTLY i ON orders (id)")
        waited_for = only(look(project, "sessions"))
        assert (waited_for["level"], waited_for["subject"]) == ("warn", subject)
        assert waited_for["hint"].startswith("CREATE INDEX CONCURRENTLY and its like wait for it")
        session.execute("SELECT FROM orders LIMIT 1")
        allow(project, idle_transaction="1ms")
        found = results(project.migratekit("preflight", "--json"))
        idle = only(found["sessions"])
        # Which reads, and so does not stand in the way of this file.
        assert levels(found["locks"]) == ["ok"]
        assert (idle["level"], idle["limit"]) == ("fail", "1 ms")
        assert idle["figure"].startswith("on a table of the files, idle for")


def test_an_autovacuum_that_does_not_give_way(own: tuple[Project, TestDatabase]) -> None:
    project, database = own
    orders(project, database, "ALTER TABLE orders ADD COLUMN total numeric")
    database.rows("INSERT INTO orders SELECT n, 'x' FROM generate_series(1, 50000) n")
    slow = "autovacuum_freeze_max_age = 100000, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1"
    database.rows(f"ALTER TABLE orders SET ({slow})")
    database.rows("DO $$ BEGIN FOR n IN 1..100100 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$")
    due = only(look(project, "wraparound"))
    assert (due["level"], due["subject"]) == ("warn", "public.orders")
    assert due["hint"].endswith('VACUUM (FREEZE) "public"."orders"')
    change(database, "autovacuum_naptime", "1s")
    try:
        urgent = (
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"
            " AND query ~ 'orders .to prevent wraparound'"
        )
        wait_for(lambda: database.value(urgent), "an autovacuum")
        found = look(project, "wraparound")
        assert levels(found) == ["fail", "warn"]
        assert "an autovacuum to prevent wraparound, which gives no way" in found[0]["figure"]
    finally:
        change(database, "autovacuum_naptime", "1min")


def change(database: TestDatabase, name: str, value: str) -> None:
    """Changes a setting of the server."""
    with database.connect() as admin:
        admin.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        admin.execute("SELECT pg_reload_conf()")
    wait_for(lambda: database.value(f"SHOW {name}") == value, f"{name} to change")


def test_connections_run_out(own: tuple[Project, TestDatabase]) -> None:
    project, database = own
    project.chain("SELECT 1")
    with contextlib.ExitStack() as sessions, fresh_role(database) as role:
        while int(str(database.sessions())) < 14:
            sessions.enter_context(database.connect())
        database.rows(f"ALTER ROLE {role} CONNECTION LIMIT 3; ALTER DATABASE {database.name} CONNECTION LIMIT 40")
        project.url = database.url.replace("postgres@", f"{role}@")
        found = look(project, "connections")
        assert [(one["level"], one["subject"], one["figure"]) for one in found] == [
            ("fail", "server", "2 of 17 free"),
            ("fail", f"role {role}", "2 of 3 free"),
            ("ok", f"database {database.name}", "25 of 40 free"),
        ]


def test_a_database_that_is_read_only(project: Project, database: TestDatabase) -> None:
    database.rows(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    found = look(project, "server")
    assert levels(found) == ["ok", "fail"]
    assert found[1]["figure"] == "read-only (default_transaction_read_only)"


def test_commits_that_would_wait_for_ever(own: tuple[Project, TestDatabase]) -> None:
    project, database = own
    project.chain("SELECT 1")
    change(database, "synchronous_standby_names", "nobody")
    try:
        found = only(look(project, "replication"), "synchronous")
        assert (found["level"], found["limit"]) == ("fail", "synchronous_standby_names = nobody")
        assert "0 of 1 connected: every commit would hang" in found["figure"]
    finally:
        change(database, "synchronous_standby_names", "")


@pytest.fixture(scope="module")
def standby(small: Server) -> Iterator[Standby]:
    with standby_of(small) as follower:
        yield follower


def test_a_standby_is_no_place_and_one_that_is_behind_is_told(
    own: tuple[Project, TestDatabase], standby: Standby
) -> None:
    project, database = own
    orders(project, database, "ALTER TABLE orders ADD COLUMN total numeric")
    standby.catch_up()
    allow(project, replication_lag="1ms")
    ask(standby.url(database.name), "SELECT pg_wal_replay_pause()::text")
    try:
        lag = "SELECT max(replay_lag) > '2 ms' FROM pg_stat_replication"
        wait_for(
            lambda: database.rows("INSERT INTO orders VALUES (1)") or database.value(lag), "the standby to be behind"
        )
        found = only(look(project, "replication"))
        assert (found["level"], found["subject"], found["limit"]) == ("fail", "standby walreceiver", "1 ms")
        assert "pg_wal_replay_resume()" in found["hint"]
        project.url = standby.url(database.name)
        found = only(look(project, "server"), "role")
        assert (found["level"], found["figure"]) == ("fail", "a standby, which takes no writes")
    finally:
        ask(standby.url(database.name), "SELECT pg_wal_replay_resume()::text")


def test_slots_that_hold_back_the_wal(own: tuple[Project, TestDatabase]) -> None:
    project, database = own
    project.chain("SELECT 1")
    database.rows("SELECT pg_create_physical_replication_slot('forgotten', true)")
    try:
        database.rows("CREATE TABLE written AS SELECT generate_series(1, 20000)")
        # A slot begins at the last checkpoint.
        database.rows("CHECKPOINT")
        database.rows("SELECT pg_create_physical_replication_slot('fresh', true)")
        allow(project, slot_wal="500kB")
        old, fresh = look(project, "slots")
        assert (old["level"], old["subject"], old["limit"]) == ("fail", "slot forgotten", "500 kB")
        assert old["hint"].endswith("SELECT pg_drop_replication_slot('forgotten')")
        assert (fresh["level"], fresh["subject"]) == ("warn", "slot fresh")
    finally:
        database.rows("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT temporary")


def test_a_prepared_transaction_that_is_forgotten(own: tuple[Project, TestDatabase]) -> None:
    project, database = own
    orders(project, database, "SELECT 1")
    with transaction(database, "DELETE FROM orders") as session:
        session.execute("PREPARE TRANSACTION 'it''s mine'")
    try:
        allow(project, long_transaction="1ms")
        assert only(look(project, "prepared"))["level"] == "warn"
        project.chain("ALTER TABLE orders ADD COLUMN total numeric")
        found = results(project.migratekit("preflight", "--json"))
        assert only(found["prepared"])["level"] == only(found["locks"])["level"] == "fail"
        assert only(found["locks"])["subject"] == "prepared transaction it's mine"
        assert "COMMIT PREPARED 'it''s mine'" in only(found["prepared"])["hint"]
    finally:
        database.rows("ROLLBACK PREPARED 'it''s mine'")


def test_indexes_that_are_invalid_and_constraints_that_are_not(project: Project, database: TestDatabase) -> None:
    orders(project, database, "ALTER TABLE orders ADD COLUMN total numeric")
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.rows("CREATE UNIQUE INDEX CONCURRENTLY orders_note ON orders (note)")
    database.rows("ALTER TABLE orders ADD CONSTRAINT positive CHECK (id > 0) NOT VALID")
    index, constraint = look(project, "indexes")
    assert (index["level"], index["subject"]) == ("warn", "public.orders_note")
    assert (constraint["level"], constraint["subject"]) == ("warn", "public.orders")
    assert "ALTER TABLE public.orders VALIDATE CONSTRAINT positive" in constraint["hint"]
    made = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_note ON orders (note)"
    project.chain("ALTER TABLE orders VALIDATE CONSTRAINT positive", made)
    found = only(look(project, "indexes"))
    assert found["level"] == "fail"
    assert "2_m2.up.sql creates an index of that name" in found["figure"]
    assert found["hint"].endswith('DROP INDEX CONCURRENTLY "public"."orders_note"')


@pytest.fixture
def extensions(database: TestDatabase) -> Iterator[None]:
    """The database knows a trusted extension, one that only a superuser may create, and one that needs another."""
    controls = {"trusted": "trusted = true", "untrusted": "superuser = true", "needy": "requires = 'trusted'"}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "extension")
        place.mkdir()
        for name, line in controls.items():
            (place / f"{name}.control").write_text(f"default_version = '1.0'\n{line}\n")
            (place / f"{name}--1.0.sql").write_text("SELECT 1;")
        Path(folder).chmod(0o755)
        database.rows(f"ALTER DATABASE {database.name} SET extension_control_path = '$system:{folder}'")
        yield


def test_extensions_that_cannot_be_created(project: Project, database: TestDatabase, extensions: None) -> None:
    wanted = "CREATE EXTENSION plpgsql; CREATE EXTENSION needy; CREATE EXTENSION no_such;"
    project.chain(wanted, "CREATE EXTENSION trusted VERSION '0.1'")
    found = look(project, "extensions")
    assert set(levels(found)) == {"fail"}
    assert [one["figure"] for one in found] == [
        "is there already; 1_m1.up.sql would stop",
        "needs trusted, which is not there",
        "the server does not have it; 1_m1.up.sql creates it",
        "the server has no version 0.1",
    ]
    project.chain("CREATE EXTENSION trusted; CREATE EXTENSION needy", "CREATE EXTENSION IF NOT EXISTS untrusted")
    with fresh_role(database) as role:
        project.url = database.url.replace("postgres@", f"{role}@")
        trusted, _, untrusted = look(project, "extensions")
        assert f'GRANT CREATE ON DATABASE "{database.name}" TO "{role}"' in trusted["hint"]
        assert (untrusted["level"], untrusted["figure"]) == (
            "fail",
            f"only a superuser may create it, and role {role} is none",
        )
        database.rows(f"GRANT CREATE ON DATABASE {database.name} TO {role}")
        assert levels(look(project, "extensions")) == ["ok", "fail", "fail"]
