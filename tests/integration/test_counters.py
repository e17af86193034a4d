"""What a migration and a question cost, counted where it does not depend on the machine."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from counted import counted
from local_server import versions
from migratekit.server import Server
from proxy import Proxy
from runs import applied, fresh_database, run
from support import ROOT, Project, TestDatabase, wait_for

COUNT = 400
# Durable, and silent: whatever syncs the WAL is a commit of ours. Page images come and go with checkpoints.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_writer_delay": "10s",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    "shared_buffers": "64MB",
}
# Of our own, and of Python's beside the driver's: all that a call of `migrate` loads.
LOADED_BY_MIGRATE = """
    gc migratekit migratekit.aftermath migratekit.answers migratekit.compat migratekit.compat.golang
    migratekit.compat.golang.calls migratekit.compat.golang.command migratekit.compat.golang.create
    migratekit.compat.golang.flags migratekit.compat.golang.log migratekit.compat.golang.source
    migratekit.compat.golang.words migratekit.database migratekit.dialects migratekit.engine migratekit.errors
    migratekit.execution migratekit.failures migratekit.guards migratekit.journal migratekit.lexer migratekit.lock
    migratekit.manner migratekit.messages migratekit.migration migratekit.observer migratekit.outline migratekit.plan
    migratekit.reachability
    migratekit.reading migratekit.recording migratekit.redaction migratekit.remedies migratekit.retries
    migratekit.run_session
    migratekit.sources migratekit.sources._survey migratekit.sources.golang migratekit.tracking
    migratekit.tracking.history migratekit.tracking.version_table migratekit.trying migratekit.url
"""
# What each verb may load beside the driver; what is not needed any more can be taken out.
LISTS = ROOT / "tests" / "cases" / "loaded"
# What none of them has a use for.
FOREIGN = {
    "rich",
    "jinja2",
    "yaml",
    "dotenv",
    "postgast",
    "prometheus_client",
    "faker",
    "urllib.request",
    "http.client",
}


class Costs:
    """What the server has written so far, while nobody is at work on it."""

    def __init__(self, database: TestDatabase) -> None:
        wait_for(lambda: database.sessions() == 0, "the sessions to end and report")
        syncs = "SELECT wal_sync FROM pg_stat_wal"
        if database.major >= 18:
            syncs = "SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'"
        self.syncs = int(str(database.value(syncs)))
        self.wal = int(str(database.value("SELECT pg_current_wal_insert_lsn() - '0/0'")))


@pytest.fixture(scope="module", params=versions())
def durable_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose commits reach the disk."""
    server = Server(tmp_path_factory.mktemp("durable"), wanted=request.param, settings=SETTINGS)
    server.start()
    yield server
    server.remove()


@pytest.fixture
def tiny_chain(tmp_path: Path) -> Project:
    """Many migrations of one small statement, with ways back."""
    return chain_of_tables(Project(tmp_path), COUNT)


@pytest.fixture(scope="module")
def wal_of_psql(durable_server: Server, tmp_path_factory: pytest.TempPathFactory) -> int:
    """The WAL of the same statements, sent by psql in a transaction each."""
    script = tmp_path_factory.mktemp("psql") / "each.sql"
    script.write_text("".join(f"BEGIN;\nCREATE TABLE t{n} (id int);\nCOMMIT;\n" for n in range(1, COUNT + 1)))
    with fresh_database(durable_server) as database:
        before = Costs(database)
        psql = str(durable_server.binaries.tool("psql"))
        subprocess.run([psql, "-Xqv", "ON_ERROR_STOP=1", "-d", database.url, "-f", str(script)], check=True)
        return Costs(database).wal - before.wal


@pytest.mark.parametrize("history", ["no history", "history"])
def test_a_migration_costs_one_wal_sync_and_one_round_trip(
    tiny_chain: Project, durable_server: Server, wal_of_psql: int, history: str
) -> None:
    """`migrate` writes a history where there is one, and it costs neither a commit nor a round trip a file."""
    with fresh_database(durable_server) as database, Proxy(database.url) as proxy:
        tiny_chain.url = proxy.url
        if history == "history":
            assert tiny_chain.migratekit("up", "1").returncode == 0
        wal = count_costs(tiny_chain, database, proxy, "migrate", COUNT - (history == "history"))
        assert wal <= (1.1 if history == "no history" else 1.2) * wal_of_psql
        if history == "history":
            assert database.value("SELECT count(*) FROM schema_migrations_history WHERE direction = 'up'") == COUNT


def test_migratekit_costs_the_same(tiny_chain: Project, durable_server: Server, wal_of_psql: int) -> None:
    with fresh_database(durable_server) as database, Proxy(database.url) as proxy:
        tiny_chain.url = proxy.url
        wal = count_costs(tiny_chain, database, proxy, "migratekit", COUNT)
        assert wal <= 1.2 * wal_of_psql
        assert database.value("SELECT count(*) FROM schema_migrations_history") == COUNT + 2


def test_migrate_reads_each_file_once_and_looks_at_none(project: Project) -> None:
    chain_of_tables(project, 1000)
    done = counted(project, "migrate", "up")
    assert set(done.of("open", project.migrations).items()) == {(f"{n:04}_m{n}.up.sql", 1) for n in range(1, 1001)}
    assert done.of("os.scandir", project.migrations) == {".": 1}
    assert done.of("stat", project.migrations).total() == 0
    assert done.modules <= set(LOADED_BY_MIGRATE.split())
    assert done.peak <= 45


def test_migrate_loads_the_same_to_say_the_version_and_reads_no_file(project: Project) -> None:
    chain_of_tables(project, 3)
    assert project.migrate("up").returncode == 0
    done = counted(project, "migrate", "version")
    assert done.done.stderr == "3\n"
    assert done.of("open", project.migrations).total() == 0
    assert done.modules <= set(LOADED_BY_MIGRATE.split())


def test_migratekit_holds_a_thousand_files_in_little_memory(project: Project) -> None:
    chain_of_tables(project, 1000)
    done = counted(project, "migratekit", "up")
    opened = done.of("open", project.migrations)
    # The down file goes into the history.
    once = {f"{n:04}_m{n}.{way}.sql": 1 for n in range(1, 1001) for way in ("up", "down")}
    # The first one may be a baseline.
    assert opened == {**once, "0001_m1.up.sql": 2}
    # No more than whether somebody is changing them.
    assert done.of("stat", project.migrations) == {".migratekit-unfinished": 1}
    assert done.peak <= 45
    status = counted(project, "migratekit", "status")
    assert status.of("open", project.migrations) == {f"{n:04}_m{n}.up.sql": 1 for n in range(1, 1001)}
    assert status.of("stat", project.migrations).total() == 0
    assert status.peak <= 45


@pytest.mark.parametrize("verb", ["status", "version", "up"])
def test_a_question_of_migratekit_loads_nothing_that_is_not_listed(project: Project, verb: str) -> None:
    """The table of a status is drawn with rich on a terminal only; `up` has nothing to do."""
    chain_of_tables(project, 3)
    assert project.migratekit("up").returncode == 0
    listed = (LISTS / f"{verb}.txt").read_text(encoding="utf-8").split()
    assert sorted(counted(project, "migratekit", verb).modules - set(listed)) == []
    assert not FOREIGN & set(listed)


def test_status_asks_in_few_round_trips_however_long_the_chain(project: Project, database: TestDatabase) -> None:
    asked = []
    for count in (3, 300):
        chain_of_tables(project, count)
        assert project.migratekit("up").returncode == 0
        with Proxy(database.url) as proxy:
            behind = Project(project.folder, proxy.url)
            assert behind.migratekit("status").returncode == 0
            asked.append([message.body for message in proxy.messages if message.kind == "Q"])
    assert len(asked[0]) == len(asked[1]) <= 8
    assert not any(word in body for body in asked[1] for word in (b"INSERT INTO", b"CREATE ", b"UPDATE ", b"DELETE "))


def chain_of_tables(project: Project, count: int) -> Project:
    """Writes so many migrations of one small statement."""
    project.write({f"{n:04}_m{n}.up.sql": f"CREATE TABLE t{n} (id int);\n" for n in range(1, count + 1)})
    project.write({f"{n:04}_m{n}.down.sql": f"DROP TABLE t{n};\n" for n in range(1, count + 1)})
    return project


def count_costs(chain: Project, database: TestDatabase, proxy: Proxy, command: str, count: int) -> int:
    """Applies so many files, holds what that cost against what it may, and returns the bytes of WAL."""
    before, sent = Costs(database), len(proxy.messages)
    done = run(chain, command, "up")
    behind = Costs(database)
    kinds = Counter(message.kind for message in proxy.messages[sent:])
    assert (done.returncode, len(applied(done))) == (0, count)
    assert count <= behind.syncs - before.syncs <= 1.05 * count
    assert set(kinds) == {"startup", "Q", "X"}
    # `migratekit` undoes, behind each file, what that may have set.
    messages = count if command == "migrate" else 2 * count
    assert messages <= kinds["Q"] <= messages + 20
    return behind.wal - before.wal
