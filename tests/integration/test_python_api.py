"""`Migrator` and `AsyncMigrator`, as a program uses them."""

import asyncio
import inspect
import logging
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import psycopg
import pytest
import sqlalchemy
from psycopg import pq
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool

import migratekit
from migratekit import (
    AsyncMigrator,
    DirtyError,
    ExitCode,
    FileFailed,
    Interrupted,
    LockTimeout,
    MigratekitError,
    Migrator,
    Progress,
    Refused,
    SourceError,
    UsageError,
    Version,
)
from migratekit.api.asynchronous import Options
from runs import WAIT, gate
from support import ROOT, Project, TestDatabase, wait_for

TABLES = ("CREATE TABLE a ();", "CREATE TABLE b ();", "CREATE TABLE c ();")


@pytest.fixture
def chain(project: Project) -> Project:
    """A project with three tables to make."""
    project.write(
        {f"{n}_t.{way}.sql": f"{sql} TABLE {t}{end};" for n, t in enumerate("abc", 1)
         for way, sql, end in (("up", "CREATE", " ()"), ("down", "DROP", ""))}
    )  # fmt: skip
    return project


@pytest.fixture
def migrator(chain: Project) -> Migrator:
    """Nothing but a URL and a folder."""
    return Migrator(chain.url, chain.migrations)


def test_it_goes_up_and_down_and_says_where_it_is(migrator: Migrator, database: TestDatabase) -> None:
    assert migrator.version() == Version(None, dirty=False)
    assert [each.version for each in migrator.pending()] == [1, 2, 3]
    assert database.state() is None, "reading makes no table"

    run = migrator.up(2)
    assert (run.before, run.version, run.missing, run.interrupted) == (None, 2, 0, False)
    assert [(ran.version, ran.name, ran.direction) for ran in run.ran] == [(1, "t", "up"), (2, "t", "up")]
    assert [(step.version, step.mode, step.sql) for step in migrator.plan()] == [
        (3, "transaction", "CREATE TABLE c ();")
    ]
    assert not migrator.status().is_current
    assert migrator.up().version == 3
    assert migrator.up().ran == ()
    assert migrator.status().is_current

    assert migrator.down().version == 2
    assert migrator.goto(1).version == 1
    assert migrator.up(to=3).version == 3
    assert migrator.down(to=1).version == 1
    assert migrator.down(None).version is None
    assert database.tables() == set()
    assert [attempt.outcome for attempt in migrator.history()] == ["applied"] * 10
    assert migrator.history()[0].database_user
    assert {finding.level for finding in migrator.validate()} == {"warning"}


def test_it_prints_nothing_and_imports_nothing_of_ours_before_it_is_used(chain: Project) -> None:
    program = (
        "import sys, migratekit; assert not [m for m in sys.modules if m.startswith('migratekit.')], sys.modules;"
        f"migratekit.Migrator({chain.url!r}, 'migrations').up()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=chain.folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    again = subprocess.run(
        [sys.executable, "-m", "migratekit", "version"], cwd=chain.folder, env=chain.environment(),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert again.stdout == "3\n"


def test_progress_is_told_to_a_callback_and_to_logging(chain: Project, caplog: pytest.LogCaptureFixture) -> None:
    chain.write({"2_t.up.sql": "DO $$ BEGIN RAISE NOTICE 'half way'; END $$; CREATE TABLE b ();"})
    told: list[Progress] = []
    with caplog.at_level(logging.INFO, "migratekit"):
        Migrator(chain.url, chain.migrations, on_progress=told.append).up(2)
    assert [(each.event, each.version, each.number, each.total) for each in told] == [
        ("planned", None, 0, 2),
        ("started", 1, 1, 2),
        ("finished", 1, 1, 2),
        ("started", 2, 2, 2),
        ("notice", None, 2, 2),
        ("finished", 2, 2, 2),
        ("ended", None, 2, 2),
    ]
    assert told[4].message == "NOTICE: half way"
    assert [record.message for record in caplog.records] == [each.message for each in told]


def test_what_a_callback_raises_stops_nothing(chain: Project, caplog: pytest.LogCaptureFixture) -> None:
    assert Migrator(chain.url, chain.migrations, on_progress=lambda _: 1 / 0).up().version == 3
    assert "on_progress failed" in caplog.text


def test_failures_are_exceptions_with_the_exit_codes_of_the_command(chain: Project, database: TestDatabase) -> None:
    migrator = Migrator(chain.url, chain.migrations, lock_wait=0.05)
    chain.write({"3_t.up.sql": "CREATE TABLE c ();\nSELECT 1/0;"})
    with pytest.raises(FileFailed) as failed:
        migrator.up()
    assert failed.value.error.sqlstate == "22012"
    assert failed.value.step.migration.version == 3
    assert "the database is at version 2, clean" in failed.value.what
    assert failed.value.exit_code is ExitCode.FAILED

    chain.write({"1_t.up.sql": "CREATE TABLE other ();"})
    with pytest.raises(Refused, match="is not what was applied"):
        migrator.up()
    assert Migrator(chain.url, chain.migrations, allow_changed=True).plan(0) == ()
    with pytest.raises(Refused, match="version 1 is not the last one; that is 2"):
        migrator.down(latest=1)

    with gate(database) as closed:
        chain.write({"3_t.up.sql": WAIT})
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(Migrator(chain.url, chain.migrations, allow_changed=True).up)
            closed.wait()
            assert migrator.status().running
            with pytest.raises(LockTimeout, match="held by pid"):
                migrator.up()
            closed.open()
            other.result(60)

    database.rows("UPDATE schema_migrations SET dirty = true")
    with pytest.raises(DirtyError):
        migrator.down()
    assert migrator.version().dirty
    assert not migrator.status().is_current


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"database": 5}, "a int is no database"),
        ({"database": "mysql://x"}, "not a PostgreSQL URL"),
        ({"database": ""}, "the database URL is empty"),
        ({"database": "postgresql+psycopg://app:***@/x"}, r"\*\*\* for its password"),
        ({"database": psycopg.Connection}, "a type is no database"),
        ({"database": "postgresql:///x", "lock_wait": -1}, "-1 is no number of seconds"),
        ({"database": "postgresql:///x", "source": "flyway"}, "^source must be one of golang, "),
    ],
)
def test_wrong_arguments_are_told(arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Migrator(**arguments).version()  # type: ignore[arg-type]


def test_a_missing_folder_and_a_negative_number_are_told(migrator: Migrator, project: Project) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        Migrator(project.url, project.folder / "nowhere").up()
    with pytest.raises(UsageError):
        migrator.up(-1)
    for both in (migrator.up, migrator.plan):
        with pytest.raises(UsageError, match="do not go together"):
            both(1, to=1)


def test_an_environment_brings_its_rules(chain: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (chain.folder / "environments").mkdir()
    rules = "verbs: [up, status]\nconfirm: [up]\nurl_variable: STAGING_URL\n"
    (chain.folder / "environments" / "staging.yaml").write_text(rules)
    monkeypatch.setenv("STAGING_URL", chain.url)
    migrator = Migrator(environment="staging", project=chain.folder)
    with pytest.raises(Refused, match="wants up to be confirmed"):
        migrator.up()
    with pytest.raises(Refused, match="does not allow `down`"):
        migrator.down()
    assert Migrator(environment="staging", project=chain.folder, confirmed=True).up().version == 3
    assert Migrator(chain.url, chain.migrations).down().version == 2, "without its name it does not count"
    monkeypatch.chdir(chain.folder)
    monkeypatch.setenv("MIGRATEKIT_ENV", "staging")
    assert Migrator().version().version == 2
    monkeypatch.delenv("STAGING_URL")
    with pytest.raises(UsageError, match="staging needs a database URL"):
        Migrator().version()


@contextmanager
def untouched(connection: "psycopg.Connection[dict[str, object]]") -> Iterator[None]:
    """Fails if the session is not what it was."""

    def look() -> tuple[object, ...]:
        info, factory = connection.info, connection.row_factory
        return info.transaction_status, connection.autocommit, factory, info.backend_pid, connection.closed

    def session() -> object:
        with connection.transaction():
            settings = connection.execute("SELECT name, setting FROM pg_settings WHERE source = 'session'").fetchall()
            return settings, connection.execute("SELECT count(*) AS n FROM mine").fetchall()

    with connection.transaction():
        connection.execute("CREATE TEMP TABLE mine (id int)")
        connection.execute("SET search_path TO public; SET statement_timeout TO '7s'")
        connection.execute("SELECT %s::int AS n", (1,), prepare=True)
    before, inside = look(), session()
    yield
    assert (look(), session()) == (before, inside)
    assert connection.execute("SELECT %s::int AS n", (1,), prepare=True).fetchall() == [{"n": 1}]


@pytest.mark.parametrize("autocommit", [True, False])
def test_a_connection_is_left_as_it_was(chain: Project, database: TestDatabase, autocommit: bool) -> None:
    with psycopg.connect(chain.url, autocommit=autocommit, row_factory=dict_row) as connection, untouched(connection):
        migrator = Migrator(connection, chain.migrations)
        assert migrator.up(2).version == 2
        assert migrator.version().version == 2
        assert migrator.down().version == 1


def test_a_connection_in_a_transaction_may_look_and_may_not_migrate(chain: Project) -> None:
    with psycopg.connect(chain.url) as connection:
        connection.execute("CREATE TABLE of_ours ()")
        migrator = Migrator(connection, chain.migrations)
        assert migrator.version().version is None
        with pytest.raises(Refused, match="in a transaction"):
            migrator.up()
        assert connection.info.transaction_status == pq.TransactionStatus.INTRANS
        connection.rollback()
        assert migrator.up().version == 3
    with pytest.raises(MigratekitError, match="closed"):
        migrator.version()


def test_the_role_and_the_search_path_of_a_session_count(chain: Project, database: TestDatabase) -> None:
    database.rows(f'CREATE ROLE "owner {database.name}"; CREATE SCHEMA "my app" AUTHORIZATION "owner {database.name}"')
    try:
        with psycopg.connect(chain.url, autocommit=True) as connection:
            connection.execute(f'SET ROLE "owner {database.name}"')
            connection.execute('SET search_path TO "my app", public')
            Migrator(connection, chain.migrations).up()
        made = database.rows("SELECT tableowner FROM pg_tables WHERE schemaname = 'my app' AND tablename = 'a'")
        assert made == [(f"owner {database.name}",)]
    finally:
        database.rows(f'DROP OWNED BY "owner {database.name}" CASCADE; DROP ROLE "owner {database.name}"')


def test_a_connection_that_cannot_be_asked_for_its_settings_is_refused(chain: Project, database: TestDatabase) -> None:
    with psycopg.connect(chain.url, autocommit=True) as connection:
        migrator = Migrator(connection, chain.migrations)
        connection.execute("SET search_path TO elsewhere")
        with connection.pipeline(), pytest.raises(Refused, match="pipeline mode"):
            migrator.up()
        ended(database, connection)
        with pytest.raises(MigratekitError, match="the connection is broken: "):
            migrator.up()
    assert database.state() is None


def test_the_dead_connections_of_a_pool_are_passed_over(chain: Project, database: TestDatabase) -> None:
    database.rows("CREATE SCHEMA mine")

    def configure(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        connection.execute("SET search_path TO mine")
        connection.commit()

    with ConnectionPool(chain.url, min_size=2, max_size=2, configure=configure) as pool:
        with pool.connection() as one, pool.connection() as other:
            both = one, other
        ended(database, *both)
        assert Migrator(pool, chain.migrations).up().version == 3
    assert database.rows("SELECT schemaname FROM pg_tables WHERE tablename = 'a'") == [("mine",)]


def ended(database: TestDatabase, *connections: "psycopg.Connection[Any]") -> None:
    """Has the server end them, which nobody has told the client yet."""
    for connection in connections:
        database.rows(f"SELECT pg_terminate_backend({connection.info.backend_pid}, 30000)")


def test_a_connection_may_have_another_encoding_or_come_from_sqlalchemy(chain: Project, database: TestDatabase) -> None:
    database.rows('CREATE SCHEMA "schön"')
    with psycopg.connect(chain.url, autocommit=True, client_encoding="latin1") as connection:
        connection.execute('SET search_path TO "schön"')
        assert Migrator(connection, chain.migrations).up().version == 3
    assert database.rows("SELECT schemaname FROM pg_tables WHERE tablename = 'a'") == [("schön",)]
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(chain.url))
    raw = engine.raw_connection()
    try:
        raw.driver_connection.execute('SET search_path TO "schön"')  # type: ignore[union-attr]
        raw.commit()
        assert Migrator(raw, chain.migrations).version().version == 3
    finally:
        raw.close()
        engine.dispose()


def test_a_pool_of_one_is_enough_and_an_exhausted_one_says_so(chain: Project) -> None:
    with ConnectionPool(chain.url, min_size=1, max_size=1, timeout=0.2) as pool:
        migrator = Migrator(pool, chain.migrations)
        assert migrator.up().version == 3
        with pool.connection(), pytest.raises(MigratekitError, match="the pool gives no connection"):
            migrator.version()
        assert migrator.version().version == 3
    with pytest.raises(MigratekitError, match="the pool gives no connection"):
        migrator.version()


def test_a_role_that_may_only_read_can_look_and_is_told_why_it_cannot_migrate(
    chain: Project, database: TestDatabase
) -> None:
    Migrator(chain.url, chain.migrations).up(1)
    name = f"reader_{database.name}"
    database.rows(f"CREATE ROLE {name}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
    try:
        with psycopg.connect(chain.url, autocommit=True) as connection:
            connection.execute(f"SET ROLE {name}")
            migrator = Migrator(connection, chain.migrations)
            status = migrator.status()
            assert (status.version, [each.version for each in status.pending]) == (1, [2, 3])
            assert [step.version for step in migrator.plan()] == [2, 3]
            assert len(migrator.history()) == 1
            with pytest.raises(MigratekitError, match="the role may not read and append to the history"):
                migrator.up()
            connection.execute("RESET ROLE; SET default_transaction_read_only TO on")
            with pytest.raises(MigratekitError, match="read-only"):
                migrator.up()
    finally:
        database.rows(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_many_threads_migrate_once(chain: Project) -> None:
    with ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(lambda _: Migrator(chain.url, chain.migrations).up(), range(6)))
    assert sorted(len(run.ran) for run in runs) == [0, 0, 0, 0, 0, 3]


def test_a_run_can_be_stopped_behind_its_file(chain: Project, database: TestDatabase) -> None:
    chain.write({"2_t.up.sql": f"CREATE TABLE b (); {WAIT}"})
    migrator = Migrator(chain.url, chain.migrations)
    with gate(database) as closed, ThreadPoolExecutor(1) as pool:
        run = pool.submit(migrator.up)
        closed.wait()
        migrator.stop()
        closed.open()
        done = run.result(60)
    assert (done.version, done.interrupted, len(done.ran)) == (2, True, 2)
    assert migrator.up().version == 3


def test_a_run_can_be_stopped_before_it_is_connected(chain: Project, database: TestDatabase) -> None:
    with ConnectionPool(chain.url, min_size=1, max_size=1) as pool, ThreadPoolExecutor(1) as threads:
        migrator = Migrator(pool, chain.migrations)
        with pool.connection():
            run = threads.submit(migrator.up)
            wait_for(lambda: pool.get_stats()["requests_waiting"] == 1, "a request")
            migrator.stop()
        done = run.result(60)
    assert (done.version, done.interrupted, done.ran) == (None, True, ())
    assert migrator_of(chain).up().version == 3, "the next one is not stopped"


def migrator_of(project: Project) -> Migrator:
    return Migrator(project.url, project.migrations)


def test_a_task_that_is_cancelled_before_its_thread_begins_runs_nothing(chain: Project) -> None:
    async def program() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        free = threading.Event()
        busy = asyncio.get_running_loop().run_in_executor(None, free.wait)
        task = asyncio.create_task(AsyncMigrator(chain.url, chain.migrations).up())
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        free.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        await busy

    asyncio.run(program())
    assert migrator_of(chain).version() == Version(None, dirty=False)


def test_a_silent_server_does_not_hold_up_the_loop(chain: Project) -> None:
    async def program() -> None:
        async with await psycopg.AsyncConnection.connect(chain.url) as connection:
            pid = connection.info.backend_pid
            last_resort = threading.Timer(30, os.kill, (pid, signal.SIGCONT))
            last_resort.start()
            os.kill(pid, signal.SIGSTOP)
            try:
                both = [asyncio.create_task(AsyncMigrator(connection, chain.migrations).version()) for _ in range(2)]
                for _ in range(5):
                    await asyncio.sleep(0.01)
                assert last_resort.is_alive(), "the loop stood still"
            finally:
                last_resort.cancel()
                os.kill(pid, signal.SIGCONT)
            assert await asyncio.gather(*both) == [Version(None, dirty=False)] * 2
            await connection.execute("SELECT 1")

    asyncio.run(program())


def test_errors_and_results_go_from_one_process_to_another(chain: Project) -> None:
    migrator = migrator_of(chain)
    chain.write({"3_t.up.sql": "CREATE TABLE c ();\nSELECT 1/0;"})
    with pytest.raises(FileFailed) as failed:
        migrator.up()
    again = pickle.loads(pickle.dumps(failed.value))
    assert (str(again), again.hint, again.exit_code) == (str(failed.value), failed.value.hint, ExitCode.FAILED)
    assert (again.error.sqlstate, again.step) == ("22012", failed.value.step)
    for result in (migrator.status(), migrator.plan(), migrator.history(), migrator.down()):
        assert pickle.loads(pickle.dumps(result)) == result


def test_async_it_is_the_same(chain: Project) -> None:
    async def program() -> None:
        async with AsyncConnectionPool(chain.url, min_size=1, max_size=1, open=False) as pool:
            migrator = AsyncMigrator(pool, chain.migrations)
            assert (await migrator.up()).version == 3
            assert (await migrator.status()).is_current
            assert await migrator.pending() == ()
            assert (await migrator.down()).version == 2
            assert (await migrator.goto(1)).version == 1
            assert len(await migrator.plan()) == 2
            assert {finding.rule for finding in await migrator.validate()} == {"header", "validation"}
            assert len(await migrator.history()) == 5
            assert (await migrator.version()).version == 1
            with pytest.raises(UsageError, match="asynchronous"):
                Migrator(pool, chain.migrations).version()
        async with await psycopg.AsyncConnection.connect(chain.url) as connection:
            assert (await AsyncMigrator(connection, chain.migrations).up()).version == 3
            assert connection.info.transaction_status == pq.TransactionStatus.IDLE

    asyncio.run(program())


@pytest.mark.parametrize("times", [1, 2])
def test_a_cancelled_task_ends_behind_its_file_and_cancelled_again_in_it(
    chain: Project, database: TestDatabase, times: int
) -> None:
    chain.write({"2_t.up.sql": f"CREATE TABLE b (); {WAIT}"})

    async def program() -> None:
        with gate(database) as closed:
            task = asyncio.create_task(AsyncMigrator(chain.url, chain.migrations).up())
            await asyncio.to_thread(closed.wait)
            for _ in range(times):
                task.cancel()
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            assert not task.done(), "it waits for what is at work in the database"
            if times == 1:
                closed.open()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(program())
    assert Migrator(chain.url, chain.migrations).version() == Version(2 if times == 1 else 1, dirty=False)


def test_stopping_while_it_waits_for_the_lock_is_an_interruption(chain: Project, database: TestDatabase) -> None:
    chain.write({"1_t.up.sql": WAIT})
    waiting = threading.Event()

    def listen(progress: Progress) -> None:
        if progress.event == "waiting":
            waiting.set()

    second = Migrator(chain.url, chain.migrations, on_progress=listen)
    with gate(database) as closed, ThreadPoolExecutor(2) as pool:
        first = pool.submit(Migrator(chain.url, chain.migrations).up, 1)
        closed.wait()
        other = pool.submit(second.up)
        assert waiting.wait(30)
        second.stop()
        with pytest.raises(Interrupted):
            other.result(30)
        closed.open()
        assert first.result(30).version == 1


def test_both_forms_take_the_same_arguments() -> None:
    named = set(inspect.signature(Migrator).parameters) - {"database", "path"}
    assert named == Options.__annotations__.keys()
    for name, method in inspect.getmembers(AsyncMigrator, inspect.iscoroutinefunction):
        if not name.startswith("_"):
            assert inspect.signature(method).parameters == inspect.signature(getattr(Migrator, name)).parameters


def test_every_public_name_is_explained() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    for name in migratekit.__all__:
        value = getattr(migratekit, name)
        if name != "__version__":
            assert inspect.getdoc(value), name
            assert re.search(rf"`[^`]*\b{name}\b", page) or name == "MigratekitError", name
    members = [name for name, _ in inspect.getmembers(Migrator, inspect.isfunction) if not name.startswith("_")]
    assert [name for name in members if f"`{name}(" not in page] == []


def test_no_variable_of_a_failed_connection_holds_the_password() -> None:
    with pytest.raises(MigratekitError) as failed:
        Migrator("postgresql://app:s3cr3t-word@127.0.0.1:1/app").version()
    trace: TracebackType | None = failed.tb
    held: list[object] = []
    while trace is not None:
        if trace.tb_frame.f_globals["__name__"] == "migratekit.database":
            held += [value for value in trace.tb_frame.f_locals.values() if "s3cr3t-word" in repr(value)]
        trace = trace.tb_next
    assert held == []
