"""A backfill of a big table beside a workload that changes the same rows."""

import re
import subprocess

import pytest

from jobs import backfill, killed, mended
from migratekit.errors import ExitCode
from runs import finish, fresh_database
from support import Project, TestDatabase


@pytest.mark.long
def test_two_million_rows_beside_a_workload(project: Project, database: TestDatabase) -> None:
    pgbench = database.server.binaries.tool("pgbench")
    if pgbench is None:
        pytest.skip("this server comes without pgbench")
    rows = 2_000_000
    database.rows(
        "CREATE TABLE users (id bigint PRIMARY KEY, email text, email_lower text, seen int NOT NULL DEFAULT 0,"
        " fills int NOT NULL DEFAULT 0);"
        "CREATE FUNCTION count_fills() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN NEW.fills := OLD.fills + 1; RETURN NEW; END';"
        "CREATE TRIGGER count_fills BEFORE UPDATE ON users FOR EACH ROW"
        " WHEN (OLD.email_lower IS DISTINCT FROM NEW.email_lower) EXECUTE FUNCTION count_fills()"
    )
    database.rows(f"INSERT INTO users SELECT n, 'User' || n FROM generate_series(1, {rows}) AS n")
    database.rows("VACUUM ANALYZE users")
    backfill(project, batch="5000", pause="10ms")
    script = project.folder / "workload.sql"
    script.write_text(f"\\set id random(1, {rows})\nUPDATE users SET seen = seen + 1 WHERE id = :id;\n")
    with fresh_database(database.server) as other:
        copy_table(database, other)
        workload = subprocess.Popen(
            [str(pgbench), "-n", "-c", "4", "-T", "3600", "-f", str(script), database.url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        waits = Waits(database)
        try:
            for goal in (rows // 4, rows // 2):
                process = project.start("migratekit", "up")
                while int(str(database.value("SELECT count(*) FROM users WHERE fills > 0"))) < goal:
                    waits.look()
                    assert process.poll() is None
                killed(process, database)
                mended(project)
            left = rows - int(str(database.value("SELECT count(*) FROM users WHERE fills > 0")))
            process = project.start("migratekit", "up")
            while process.poll() is None:
                waits.look()
            done = finish(process)
            assert workload.poll() is None, workload.communicate()[1]
        finally:
            workload.terminate()
            errors = workload.communicate()[1]
        assert errors == "", "a transaction of the workload failed"
        assert done.returncode == ExitCode.DONE, done.stderr
        check_progress(done.stderr, left)
        assert database.value("SELECT count(*) FROM users WHERE fills <> 1 OR email_lower <> lower(email)") == 0
        assert waits.longest() == 1, "somebody waited for more than one batch, or nobody was seen to wait at all"
        assert int(str(database.value("SELECT sum(seen) FROM users"))) > 0

        project.url = other.url
        assert project.migrate("up").returncode == 0
        digest = "SELECT md5(string_agg(id || email || email_lower || fills, ',' ORDER BY id)) FROM users"
        assert other.value(digest) == database.value(digest)


def check_progress(said: str, total: int) -> None:
    """Each line has the share that its numbers make, they rise, and the last one is the end."""
    found = re.findall(r"backfill users: (\d+) %, ([\d,]+) of ([\d,]+) rows", said)
    lines = [tuple(int(number.replace(",", "")) for number in line) for line in found]
    assert len(lines) > 1
    assert lines == sorted(lines)
    assert lines[-1] == (100, total, total)
    assert {(share, of) for share, done, of in lines} == {(100 * done // total, total) for _, done, _ in lines}


def copy_table(database: TestDatabase, other: TestDatabase) -> None:
    """The table `users` with its rows and its trigger in another database."""
    pg_dump, psql = database.server.binaries.tool("pg_dump"), database.server.binaries.tool("psql")
    assert pg_dump and psql
    dump = subprocess.run([str(pg_dump), database.url], capture_output=True, check=True).stdout
    subprocess.run(
        [str(psql), "--no-psqlrc", "-q", "-v", "ON_ERROR_STOP=1", other.url],
        input=dump,
        stdout=subprocess.DEVNULL,
        check=True,
    )


class Waits:
    """Which batches each transaction of the workload was seen to wait for."""

    def __init__(self, database: TestDatabase) -> None:
        self._session = database.connect()
        self._seen: dict[tuple[object, object], set[object]] = {}

    def look(self) -> None:
        rows = self._session.execute(
            "SELECT w.pid, w.virtualtransaction, w.transactionid::text FROM pg_locks AS w"
            " JOIN pg_locks AS h ON h.transactionid = w.transactionid AND h.granted"
            " JOIN pg_stat_activity AS a ON a.pid = h.pid"
            " WHERE NOT w.granted AND a.application_name LIKE 'migratekit up %'"
        )
        for pid, transaction, batch in rows:
            self._seen.setdefault((pid, transaction), set()).add(batch)

    def longest(self) -> int:
        """The most batches that one waited for."""
        self._session.close()
        return max(map(len, self._seen.values()), default=0)
