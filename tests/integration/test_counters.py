"""What a migration costs, counted where it does not depend on the machine: WAL syncs and round trips."""

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_server import versions
from migratekit.server import Server
from proxy import Proxy
from runs import applied, fresh_database, run
from support import Project, TestDatabase, wait_for

COUNT = 1000
# Durable, and silent: whatever syncs the WAL is a commit of ours.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "autovacuum": "off",
    "wal_writer_delay": "10s",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    "shared_buffers": "64MB",
}


@pytest.fixture(scope="module", params=versions())
def durable_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose commits reach the disk."""
    server = Server(tmp_path_factory.mktemp("durable"), wanted=request.param, settings=SETTINGS)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.data, ignore_errors=True)


@pytest.fixture
def tiny_chain(tmp_path: Path) -> Project:
    """A thousand migrations of one small statement."""
    project = Project(tmp_path)
    project.write({f"{n:04}_m{n}.up.sql": f"CREATE TABLE t{n} (id int);\n" for n in range(1, COUNT + 1)})
    return project


@pytest.mark.parametrize("history", ["no history", "history"])
def test_a_migration_costs_one_wal_sync_and_at_most_two_round_trips(
    tiny_chain: Project, durable_server: Server, history: str
) -> None:
    """`migrate` writes a history where there is one, and it costs neither a commit nor a round trip a file."""
    with fresh_database(durable_server) as database, Proxy(database.url) as proxy:
        tiny_chain.url = proxy.url
        if history == "history":
            assert tiny_chain.migratekit("up", "1").returncode == 0
        count_costs(tiny_chain, database, proxy, "migrate", COUNT - (history == "history"))
        if history == "history":
            assert database.value("SELECT count(*) FROM schema_migrations_history WHERE direction = 'up'") == COUNT


def test_migratekit_costs_the_same(tiny_chain: Project, durable_server: Server) -> None:
    with fresh_database(durable_server) as database, Proxy(database.url) as proxy:
        tiny_chain.url = proxy.url
        count_costs(tiny_chain, database, proxy, "migratekit", COUNT)
        assert database.value("SELECT count(*) FROM schema_migrations_history") == COUNT + 2


def count_costs(chain: Project, database: TestDatabase, proxy: Proxy, command: str, count: int) -> None:
    """Applies so many files and holds what that cost against what it may."""
    before, sent = wal_syncs_at_rest(database), len(proxy.messages)
    done = run(chain, command, "up")
    syncs = wal_syncs_at_rest(database) - before
    kinds = Counter(message.kind for message in proxy.messages[sent:])
    assert (done.returncode, len(applied(done))) == (0, count)
    assert count <= syncs <= 1.05 * count
    assert set(kinds) == {"startup", "Q", "X"}
    assert count <= kinds["Q"] <= 2 * count + 20


def wal_syncs_at_rest(database: TestDatabase) -> int:
    """How often the server has synced its WAL so far; a session reports what it did by its end."""
    wait_for(lambda: database.sessions() == 0, "the sessions to end and report")
    if database.major >= 18:
        return int(str(database.value("SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'")))
    return int(str(database.value("SELECT wal_sync FROM pg_stat_wal")))
