"""The benchmark's own PostgreSQL: as it is after initdb, durable, on a fresh folder."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migratekit.server import Server

# Nothing may lead a tool to another server.
CLEAN = {
    name: value for name, value in os.environ.items() if not name.startswith(("PG", "MIGRATEKIT", "PYTHON", "GIVEN"))
}
_PROBES = 200


class Postgres:
    """Databases for tools that connect by TCP and need no password."""

    def __init__(self, server: Server, port: int) -> None:
        self._server = server
        self._port = port
        self.psql = str(server.binaries.tool("psql"))
        (server.data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 trust\n")
        self.ask("postgres", "SELECT pg_reload_conf()")
        self.version = self.ask("postgres", "SHOW server_version")
        self.sync_milliseconds = _sync_milliseconds(server.data.parent)

    def url(self, database: str) -> str:
        """The URL of a database, without parameters."""
        return f"postgres://postgres@127.0.0.1:{self._port}/{database}"

    def ask(self, database: str, *statements: str) -> str:
        """What the statements print."""
        words = [word for statement in statements for word in ("-c", statement)]
        argv = [self.psql, "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self._server.url(database), *words]
        done = subprocess.run(argv, env=CLEAN, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def create(self, database: str, template: str = "template0") -> None:
        """A fresh database; and no checkpoint is due for what was done before."""
        self.drop(database)
        self.ask("postgres", f'CREATE DATABASE "{database}" TEMPLATE "{template}"', "CHECKPOINT")

    def drop(self, database: str) -> None:
        """Removes a database that may be there."""
        self.ask("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


@contextmanager
def postgres(major: str) -> Iterator[Postgres]:
    """A server of that version that runs meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    server = Server(folder, wanted=major)
    try:
        port = _free_port()
        server.start(port=port)
        yield Postgres(server, port)
    finally:
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sync_milliseconds(folder: Path) -> float:
    """How long the disk under the server takes to sync 8 kB, the median."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_PROBES):
            file.write(bytes(8192))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    return sorted(times)[_PROBES // 2] * 1000
