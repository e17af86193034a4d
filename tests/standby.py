"""A standby of a test's server: it follows, and can only be read."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from local_server import ask
from migratekit.server import Server
from migratekit.server.binaries import run_program, runnable, server_account
from migratekit.server.postmaster import make_socket_folder
from support import wait_for


@dataclass(frozen=True)
class Standby:
    """Where it listens, and whom it follows."""

    folder: Path
    primary: Server

    def url(self, database: str) -> str:
        """A URL for both commands and for psycopg."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder), safe='')}&port=5432"

    def catch_up(self) -> None:
        """Waits until everything is there that is in the primary."""
        written = ask(self.primary.url("postgres"), "SELECT pg_current_wal_insert_lsn()::text")
        reached = f"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn"
        wait_for(lambda: ask(self.url("postgres"), reached), "the standby to catch up")


@contextmanager
def standby_of(primary: Server) -> Iterator[Standby]:
    """Copies the primary, with the databases it has now, and starts the copy."""
    account = server_account()
    folder = make_socket_folder(account)
    programs = runnable(primary.binaries, account, folder).bindir

    def call(name: str, *words: object) -> None:
        argv = [str(programs / name), *map(str, words)]
        done = run_program(argv, account, directory=folder, seconds=60)
        assert done.returncode == 0, done.stderr

    connections = ask(primary.url("postgres"), "SHOW max_connections")
    settings = f"-c max_connections={connections} -c listen_addresses='' -c port=5432 -c fsync=off -k {folder}"
    data = folder / "data"
    try:
        call("pg_basebackup", "-d", primary.url("postgres"), "-D", data, "-R", "-c", "fast")
        call("pg_ctl", "start", "-w", "-D", data, "-l", folder / "log", "-o", settings)
        try:
            yield Standby(folder, primary)
        finally:
            call("pg_ctl", "stop", "-w", "-D", data, "-m", "immediate")
    finally:
        shutil.rmtree(folder)
