"""Runs of either command, watched from outside while they are at work."""

import itertools
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from migratekit.server import Server
from support import Project, TestDatabase, create_database, drop_database, wait_for

COMMANDS = ("migrate", "migratekit")
either = pytest.mark.parametrize("command", COMMANDS)
# What a file says to stand still until the test lets it go on; see Gate.
WAIT = "SELECT pg_advisory_xact_lock(4711);"
_numbers = itertools.count(1)

Done = subprocess.CompletedProcess[str]


def run(project: Project, command: str, *words: str) -> Done:
    """Runs `migrate` or `migratekit` to its end."""
    return project.migrate(*words) if command == "migrate" else project.migratekit(*words)


def finish(process: "subprocess.Popen[str]") -> Done:
    """What a command that was started gave in the end."""
    out, err = process.communicate(timeout=60)
    return Done(process.args, process.returncode, out, err)


def wait_for_line(process: "subprocess.Popen[str]", text: str, *, out: bool = False) -> None:
    """Reads standard error, or output, up to the line with the text; what follows is left to `finish`."""
    stream = process.stdout if out else process.stderr
    assert stream is not None
    read = b""
    while not (read.endswith(b"\n") and text.encode() in read.splitlines()[-1]):
        # One byte at a time: whatever a buffer held would be lost for `finish`.
        byte = os.read(stream.fileno(), 1)
        assert byte, f"the run ended without saying {text!r}: {read.decode()}"
        read += byte


def applied(done: Done) -> list[int]:
    """The versions that the lines of a run call applied."""
    return [int(number) for number in re.findall(r"^(?:up +)?(\d+)(?:_\w+ |/u )", done.stdout + done.stderr, re.M)]


class Gate:
    """Holds migrations up where their files say WAIT."""

    def __init__(self, database: TestDatabase) -> None:
        self._session = database.connect()
        self._session.execute("SELECT pg_advisory_lock(4711)")

    def wait(self) -> int:
        """The server process of the run, once it stands at the gate."""
        wait_for(self.standing, "a migration that stands at the gate")
        return self.standing()[0]

    def open(self) -> None:
        """Lets everybody pass from now on."""
        self._session.close()

    def standing(self) -> list[int]:
        """The server processes that wait at the gate."""
        rows = self._session.execute(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return [int(str(pid)) for (pid,) in rows]


@contextmanager
def gate(database: TestDatabase) -> Iterator[Gate]:
    """A closed gate, open at the end in any case."""
    closed = Gate(database)
    try:
        yield closed
    finally:
        closed.open()


@contextmanager
def fresh_database(server: Server) -> Iterator[TestDatabase]:
    """One more database, for tests that need many."""
    name = f"r{os.getpid()}_{next(_numbers)}"
    create_database(server, name)
    try:
        yield TestDatabase(name, server, server.binaries.major)
    finally:
        drop_database(server, name)


def empty(database: TestDatabase) -> None:
    """Makes it as it was before there was a migration, if migrations made nothing but what is in schemas."""
    schemas = database.rows("SELECT quote_ident(nspname) FROM pg_namespace WHERE oid >= 16384 OR nspname = 'public'")
    extensions = database.rows("SELECT quote_ident(extname) FROM pg_extension WHERE oid >= 16384")
    drops = [f"DROP EXTENSION {name} CASCADE" for (name,) in extensions]
    drops += [f"DROP SCHEMA {name} CASCADE" for (name,) in schemas]
    made = "CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC"
    database.rows("SET client_min_messages = error; " + "; ".join([*drops, made]))


@contextmanager
def fresh_role(database: TestDatabase, rights: str = "") -> Iterator[str]:
    """A role that may log in and make tables, and may do what `rights` says with the version table."""
    role = f"{database.name}_role"
    database.rows(f"CREATE ROLE {role} LOGIN; GRANT USAGE, CREATE ON SCHEMA public TO {role}")
    if rights:
        database.rows("CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)")
        database.rows(f"GRANT {rights} ON schema_migrations TO {role}")
    try:
        yield role
    finally:
        database.rows(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


def version(database: TestDatabase) -> int:
    """The version, 0 before the first; fails the test where it is dirty or the table holds something else."""
    rows = database.state() or []
    assert len(rows) <= 1, rows
    assert not any(dirty for _, dirty in rows), f"dirty: {rows}"
    return int(str(rows[0][0])) if rows else 0


def nothing_left(database: TestDatabase) -> None:
    """Waits until no session and no advisory lock of a run is left."""
    wait_for(lambda: database.sessions() == 0, "the sessions of the run to end")
    held = database.value(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    assert held == 0
