"""Applications on FastAPI and Starlette: what they do at their start, and how they say how their database is."""

import asyncio
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, get_args

import httpx
import pytest
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from starlette.applications import Starlette

from migratekit import AsyncMigrator, DirtyError, ExitCode, LockTimeout, MigratekitError, Migrator, Progress, UsageError
from migratekit.compat.fastapi import NotMigrated, ensure_migrated, health_route, health_router, migrations_lifespan
from migratekit.compat.fastapi.starting import AtStart
from proxy import Proxy
from runs import WAIT, finish, gate, wait_for_line
from support import ROOT, Project, TestDatabase, wait_for

EXAMPLE = ROOT / "docs" / "examples" / "fastapi"
PATH = "/health/database"
# uvicorn's word for an application that would not start.
STARTUP_FAILURE = 3
APP = """
from starlette.applications import Starlette
from migratekit import AsyncMigrator, Migrator
from migratekit.compat.fastapi import health_route, migrations_lifespan

migrator = {kind}({url!r}, "migrations")
app = Starlette(lifespan=migrations_lifespan(migrator, at_start={at_start!r}), routes=[health_route(migrator)])
"""
Json = dict[str, Any]
Both = Migrator | AsyncMigrator
kinds = pytest.mark.parametrize("kind", [Migrator, AsyncMigrator])


@pytest.fixture
def line() -> Iterator[str]:
    """A unix socket to serve on; its path has to be short."""
    with tempfile.TemporaryDirectory(prefix="line-") as folder:
        yield f"{folder}/s"


@contextmanager
def serving(project: Project, line: str, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """The application of the project under uvicorn, from its first moment on."""
    process = project.start("uvicorn", "app:app", "--uds", line, *words, installed=True)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            finish(process)


def get(line: str, path: str) -> httpx.Response:
    with httpx.Client(transport=httpx.HTTPTransport(uds=line), base_url="http://app", timeout=30) as client:
        return client.get(path)


def write_app(project: Project, at_start: AtStart, kind: type[Both] = Migrator) -> None:
    text = APP.format(kind=kind.__name__, url=project.url, at_start=at_start)
    (project.folder / "app.py").write_text(text)


def test_of_eight_workers_that_start_at_once_one_migrates_and_all_serve(project: Project, line: str) -> None:
    project.chain("CREATE TABLE a ();", "CREATE TABLE b ();")
    write_app(project, "migrate")
    with serving(project, line, "--workers", "8") as server:
        for _ in range(8):
            wait_for_line(server, "Application startup complete.")
        assert get(line, PATH).json()["version"] == 2
    history = Migrator(project.url, project.migrations).history()
    assert [(attempt.version, attempt.outcome) for attempt in history] == [(1, "applied"), (2, "applied")]
    assert len({attempt.run for attempt in history}) == 1


def test_nothing_serves_until_somebody_has_migrated(project: Project, line: str) -> None:
    shutil.copytree(EXAMPLE, project.folder, dirs_exist_ok=True)
    with serving(project, line) as server:
        done = finish(server)
    assert done.returncode == STARTUP_FAILURE
    assert "NotMigrated: 2 migrations are pending, the first is 1 (create_notes)\nhint: `migratekit up` " in done.stderr
    assert "Application startup complete." not in done.stderr
    project.env["MIGRATE_AT_START"] = "1"
    with serving(project, line) as server:
        wait_for_line(server, "migrated the database to version 2: 2 files")
        wait_for_line(server, "Application startup complete.")
        assert get(line, "/notes").json() == []
        healthy = get(line, PATH)
    assert healthy.status_code == 200
    assert healthy.json() == {
        "status": "healthy",
        "database": "connected",
        "connection_pool": {"size": 1, "max_size": 10, "available": 1, "waiting": 0},
        "version": 2,
        "dirty": False,
        "pending": 0,
    }


def test_who_waits_serves_once_another_has_migrated(project: Project, line: str) -> None:
    project.chain("CREATE TABLE a ();")
    write_app(project, "wait")
    with serving(project, line) as server:
        wait_for_line(server, "waiting up to 300 s for the database to be migrated: 1 migration is pending")
        assert project.migratekit("up").returncode == ExitCode.DONE
        wait_for_line(server, "Application startup complete.")
        assert get(line, PATH).json()["version"] == 1


def test_who_waits_ends_at_a_signal(project: Project, line: str) -> None:
    project.chain("CREATE TABLE a ();")
    write_app(project, "wait")
    with serving(project, line) as server:
        wait_for_line(server, "waiting up to 300 s")
        server.terminate()
        done = finish(server)
    assert done.returncode != 0
    assert "Interrupted: stopped by a signal" in done.stderr


def test_nobody_serves_whose_migration_failed(project: Project, line: str) -> None:
    project.chain("CREATE TABLE a ();", "CREATE TABEL b ();")
    write_app(project, "migrate")
    with serving(project, line) as server:
        done = finish(server)
    assert done.returncode == STARTUP_FAILURE
    assert '2_m2.up.sql:1:8: syntax error at or near "TABEL"' in done.stderr
    assert "hint: " in done.stderr
    assert "Application startup complete." not in done.stderr


@kinds
def test_a_signal_lets_the_running_file_finish(
    project: Project, database: TestDatabase, line: str, kind: type[Both]
) -> None:
    project.chain(f"{WAIT} CREATE TABLE a ();", "CREATE TABLE b ();")
    write_app(project, "migrate", kind)
    with gate(database) as closed, serving(project, line) as server:
        closed.wait()
        server.send_signal(signal.SIGTERM)
        wait_for_line(server, "stopping behind the running migration")
        closed.open()
        done = finish(server)
    assert done.returncode != 0
    assert "Interrupted: stopped by a signal" in done.stderr
    assert "Application startup complete." not in done.stderr
    assert database.state() == [(1, False)]


def starts(migrator: Both, at_start: AtStart, wait: float = 30.0) -> None:
    asyncio.run(ensure_migrated(migrator, at_start=at_start, wait=wait))


@kinds
@pytest.mark.parametrize(("times", "tables"), [(1, {"a"}), (2, set())])
def test_a_start_that_is_cancelled_leaves_nothing_at_work(
    project: Project, database: TestDatabase, kind: type[Both], times: int, tables: set[str]
) -> None:
    project.chain(f"{WAIT} CREATE TABLE a ();", "CREATE TABLE b ();")
    with gate(database) as closed:

        async def start() -> None:
            task = asyncio.create_task(ensure_migrated(kind(project.url, project.migrations), at_start="migrate"))
            await asyncio.to_thread(closed.wait)
            for _ in range(times):
                task.cancel()
                await asyncio.sleep(0)
            if times == 1:
                closed.open()
            await task

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(start())
    assert database.tables() == tables


def test_a_run_at_work_is_waited_for_as_long_as_was_said(project: Project, database: TestDatabase) -> None:
    project.chain(f"{WAIT} CREATE TABLE a ();")
    migrator = Migrator(project.url, project.migrations, lock_wait=0.05)
    with gate(database) as closed:
        job = project.start("migratekit", "up")
        closed.wait()
        with pytest.raises(LockTimeout, match=r"the lock was not free within .* held by pid") as late:
            starts(migrator, "migrate")
        assert late.value.__notes__ == [f"hint: {late.value.hint}"]
        with pytest.raises(NotMigrated, match=r"version 1 \(m1\) is being run at this moment"):
            starts(migrator, "check")
        with pytest.raises(NotMigrated, match=r"waited 0\.05 s in vain: version 1 ") as vain:
            starts(migrator, "wait", 0.05)
        assert vain.value.exit_code == ExitCode.PENDING
        closed.open()
        starts(migrator, "wait")
        assert finish(job).returncode == ExitCode.DONE
    starts(migrator, "check")


def test_a_file_that_runs_outside_of_a_transaction_is_not_there_before_its_end(
    project: Project, database: TestDatabase
) -> None:
    database.rows("CREATE TABLE z (id int)")
    project.chain("SELECT 1;", "CREATE INDEX CONCURRENTLY z_id ON z (id);")
    migrator = Migrator(project.url, project.migrations)
    with database.connect() as other:
        other.execute("BEGIN; INSERT INTO z VALUES (1)")
        job = project.start("migratekit", "up")
        wait_for(lambda: database.state() == [(2, True)], "the mark")
        with pytest.raises(NotMigrated, match=r"version 2 \(m2\) is being run at this moment"):
            starts(migrator, "check")
        # The files of the release before have nothing to do with it.
        (project.migrations / "2_m2.up.sql").rename(project.folder / "later")
        starts(migrator, "check")
        starts(migrator, "migrate")
        (project.folder / "later").rename(project.migrations / "2_m2.up.sql")
        other.execute("COMMIT")
    starts(migrator, "wait")
    assert finish(job).returncode == ExitCode.DONE


def test_a_newer_database_is_fine_and_a_dirty_one_is_not(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE a ();", "CREATE TABLE b ();")
    migrator = Migrator(project.url, project.migrations)
    migrator.up()
    for name in ("2_m2.up.sql", "2_m2.down.sql"):
        (project.migrations / name).unlink()
    ways: tuple[AtStart, ...] = get_args(AtStart)
    for way in ways:
        starts(migrator, way)
    database.rows("UPDATE schema_migrations SET version = 1, dirty = true")
    for way in ways:
        with pytest.raises(DirtyError, match="version 1 is dirty"):
            starts(migrator, way)


def test_a_newer_release_that_migrates_first_is_fine(project: Project, database: TestDatabase) -> None:
    project.chain(f"{WAIT} CREATE TABLE a ();", "CREATE TABLE b ();")
    former = shutil.copytree(project.migrations, project.folder / "former", ignore=shutil.ignore_patterns("2_*"))
    waits = threading.Event()

    def listen(progress: Progress) -> None:
        if progress.event == "waiting":
            waits.set()

    migrator = Migrator(project.url, former, on_progress=listen)
    with gate(database) as closed, ThreadPoolExecutor() as threads:
        job = project.start("migratekit", "up")
        closed.wait()
        start = threads.submit(starts, migrator, "migrate")
        assert waits.wait(30)
        closed.open()
        start.result(30)
    assert finish(job).returncode == ExitCode.DONE
    assert database.state() == [(2, False)]


def test_what_would_always_say_yes_is_refused(project: Project) -> None:
    ways: tuple[AtStart, ...] = get_args(AtStart)
    for way in ways:
        with pytest.raises(UsageError, match="there are no migrations"):
            starts(Migrator(project.url, project.migrations), way)
    with pytest.raises(UsageError, match="at_start='upgrade' is nothing to do at the start"):
        migrations_lifespan(Migrator(project.url), at_start="upgrade")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="unhealthy_if='dirty' makes no sense"):
        health_route(Migrator(project.url), unhealthy_if="dirty")  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore:Using `httpx`")
def test_a_test_client_starts_the_application_too(project: Project) -> None:
    from fastapi.testclient import TestClient

    project.chain("CREATE TABLE a ();")
    migrator = Migrator(project.url, project.migrations)
    app = FastAPI(lifespan=migrations_lifespan(migrator, at_start="migrate"))
    app.include_router(health_router(migrator), prefix="/internal")
    with TestClient(app) as client:
        assert client.get("/internal/health/database").json()["version"] == 1
    # Without its start, and with a loop for each request.
    assert [TestClient(app).get("/internal/health/database").status_code for _ in range(2)] == [200, 200]


def asking(*parts: Any, **options: Any) -> Callable[[], Coroutine[None, None, tuple[int, Json]]]:
    """What asks an application with this health check, as a coroutine: status code and document."""
    app = Starlette(routes=[health_route(*parts, **{"max_age": 0.0, **options})])

    async def ask() -> tuple[int, Json]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            answer = await client.get(PATH)
            return answer.status_code, answer.json()

    return ask


@kinds
def test_health_tells_what_is_pending_and_what_is_dirty(
    project: Project, database: TestDatabase, kind: type[Both]
) -> None:
    project.chain("CREATE TABLE a ();", "CREATE TABLE b ();")
    Migrator(project.url, project.migrations).up(1)
    migrator = kind(project.url, project.migrations)
    known = {"database": "connected", "connection_pool": None, "version": 1, "dirty": False, "pending": 1}
    ask, ask_strictly = asking(migrator), asking(migrator, unhealthy_if=("pending",))
    assert asyncio.run(ask()) == (200, {"status": "healthy", **known})
    strict = asyncio.run(ask_strictly())
    assert strict == (503, {"status": "unhealthy", **known, "error": "1 migration is pending"})
    database.rows("UPDATE schema_migrations SET dirty = true")
    code, found = asyncio.run(ask())
    assert (code, found["status"], found["dirty"]) == (503, "unhealthy", True)
    assert found["error"] == "version 1 is dirty: a migration stopped half-way"
    assert "dirty" not in asyncio.run(ask_strictly())[1]["error"]


def test_health_tells_that_the_database_is_down_and_no_password(project: Project) -> None:
    project.chain("CREATE TABLE a ();")
    with Proxy(project.url) as proxy:
        ask = asking(Migrator(proxy.url, project.migrations))
        assert asyncio.run(ask())[0] == 200
    code, found = asyncio.run(ask())
    assert (code, found["status"], found["database"]) == (503, "unhealthy", "disconnected")
    assert (found["version"], found["dirty"], found["pending"]) == (None, None, None)
    assert "No such file or directory" in found["error"]
    code, found = asyncio.run(asking(Migrator("postgresql://app:hunter2@127.0.0.1:1/app", project.migrations))())
    assert (code, "Connection refused" in found["error"]) == (503, True)
    assert "hunter2" not in str(found)


def test_health_does_not_hang_with_a_server_that_is_silent(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://app@127.0.0.1:{silent.getsockname()[1]}/app?sslmode=disable"

        async def twice() -> list[tuple[int, Json]]:
            ask = asking(AsyncMigrator(url, project.migrations), timeout=0.1)
            answers = [await ask(), await ask()]
            silent.settimeout(0)
            silent.accept()[0].close()
            with pytest.raises(BlockingIOError):
                silent.accept()
            return answers

        for code, found in asyncio.run(twice()):
            assert (code, found["database"], found["error"]) == (503, "disconnected", "no answer within 0.1 s")


@pytest.mark.parametrize("made", [ConnectionPool, AsyncConnectionPool])
def test_health_tells_that_the_pool_is_exhausted(project: Project, made: Any) -> None:
    project.chain("CREATE TABLE a ();")
    kind = Migrator if made is ConnectionPool else AsyncMigrator

    async def done(value: Any) -> Any:
        return await value if asyncio.iscoroutine(value) else value

    async def exhausted() -> None:
        pool = made(project.url, min_size=1, max_size=1, open=False)
        ask = asking(kind(project.url, project.migrations), pool, timeout=1.0)
        ask_by_pool = asking(kind(pool, project.migrations), pool, timeout=0.2)
        await done(pool.open())
        lent = await done(pool.getconn())
        code, found = await ask()
        assert (code, found["database"], found["version"], found["pending"]) == (503, "connected", None, 1)
        assert found["error"] == "the pool gives no connection: couldn't get a connection after 0.50 sec"
        assert found["connection_pool"].items() >= {"size": 1, "max_size": 1, "available": 0}.items()
        code, found = await ask_by_pool()
        assert (code, found["database"]) == (503, "disconnected")
        assert "couldn't get a connection after 0.10 sec; no answer within 0.2 s" in found["error"]
        await done(pool.putconn(lent))
        assert (await ask())[0] == 200
        await done(pool.close())
        assert "the pool gives no connection" in (await ask())[1]["error"]

    asyncio.run(exhausted())


def test_a_burst_of_questions_is_one_connection(project: Project) -> None:
    project.chain("CREATE TABLE a ();")
    with Proxy(project.url) as proxy:
        ask = asking(AsyncMigrator(proxy.url, project.migrations), max_age=60.0)

        async def burst() -> list[tuple[int, Json]]:
            return [*await asyncio.gather(*(ask() for _ in range(100))), await ask()]

        assert [code for code, _ in asyncio.run(burst())] == [200] * 101
        assert [each.kind for each in proxy.messages].count("startup") == 1


def test_without_fastapi_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    with pytest.raises(MigratekitError, match="fastapi is not installed") as missing:
        health_router(Migrator("postgresql://nowhere"))
    assert missing.value.hint == 'pip install "migratekit[fastapi]"'
