"""A database beside the one that a backup is of: filled from it, compared, and gone again unless it is kept."""

import datetime
import re
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..database import ConnectionFailed, Database, SqlError, identifier, literal
from ..errors import Interrupted, MigratekitError
from ..url import DatabaseURL
from .connection import connection_of, other_database
from .contents import be_patient, count_rows, read_sequences
from .integrity import DUMP, Damaged
from .manifest import Backup
from .processes import ProgramFailed, stream, uninterrupted
from .properties import creation
from .tools import ClientTools

_STAMP = "%Y%m%dT%H%M%SZ"
LONGEST = 63
# For so long an interrupted session may go on at the server.
_GRACE_SECONDS = 30.0
_MAINTENANCE = ("postgres", "template1")
_NAME = {"fallback_application_name": "migratekit restore"}
# What pg_restore 17 and newer set, whether or not the server knows it.
_UNKNOWN_BEFORE_17 = "transaction_timeout"


class Manner(NamedTuple):
    """How a dump is restored."""

    tools: ClientTools
    jobs: int
    # Everything then belongs to the role that restores.
    no_owner: bool = False
    # A database with a subscription cannot be dropped.
    scratch: bool = False


def stamp() -> str:
    """The time now, as names hold it."""
    return datetime.datetime.now(datetime.UTC).strftime(_STAMP)


def named(database: str, what: str) -> str:
    """A database's name with a word and the time behind it, shortened to what PostgreSQL keeps of a name."""
    ending = f"_{what}_{stamp()}"
    return _shortened(database, len(ending)) + ending


def maintenance(url: DatabaseURL, avoid: str = "") -> Database:
    """A session in a database that is on every server, for work on databases; ConnectionFailed if there is none."""
    first, *others = [name for name in _MAINTENANCE if name != avoid]
    try:
        database = Database.connect(other_database(url, first), _NAME)
    except ConnectionFailed:
        if not others:
            raise
        database = Database.connect(other_database(url, others[0]), _NAME)
    be_patient(database)
    return database


@contextmanager
def database_beside(
    admin: Database, url: DatabaseURL, name: str, properties: Mapping[str, Any], *, whole: bool = False
) -> Iterator[Database]:
    """A new empty database and a session in it; dropped at the end, unless it has got another name by then."""
    # Says, for as long as we live, that this one is no leftover.
    admin.run(f"SELECT pg_advisory_lock({_lock(name)})")
    try:
        try:
            admin.run(creation(name, properties, whole=whole))
        except Interrupted:
            drop_unfinished(admin, url, f"datname = {literal(name)}")
            raise
        database = Database.connect(other_database(url, name), _NAME)
        try:
            be_patient(database)
            yield database
        finally:
            database.close()
    except SqlError as error:
        hint = error.hint or "nothing was changed"
        raise MigratekitError(f"{error.what} {error.detail}".strip(), where=f"database {name}", hint=hint) from None
    finally:
        with suppress(MigratekitError):
            admin.rollback()
            # The server may still be at work for a program that was ended.
            admin.run(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
            admin.run(f"SELECT pg_advisory_unlock({_lock(name)})")


def drop_unfinished(admin: Database, url: DatabaseURL, condition: str) -> None:
    """Ends a session, waits for the server to give up what it was at, and drops the databases that it made by then."""
    with uninterrupted(), suppress(MigratekitError):
        other = maintenance(url)
        try:
            with suppress(MigratekitError):
                admin.cancel()
            admin.close()
            gone = f"SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE pid = {admin.pid}"
            deadline = time.monotonic() + _GRACE_SECONDS
            while other.row(gone)[0] != "0" and time.monotonic() < deadline:
                time.sleep(0.05)
            for row in other.run(f"SELECT datname FROM pg_catalog.pg_database WHERE {condition}")[-1].rows:
                other.run(f"DROP DATABASE {identifier(row[0] or '')} WITH (FORCE)")
        finally:
            other.close()


def drop_leftovers(admin: Database, database: str) -> list[str]:
    """Drops what killed runs left beside a database; the names."""
    dropped = []
    for pattern in _patterns(database, "restoring", "verifying"):
        found = admin.run(f"SELECT datname FROM pg_catalog.pg_database WHERE datname ~ {literal(pattern)}")[-1].rows
        for name in (row[0] or "" for row in found):
            if admin.row(f"SELECT pg_try_advisory_lock({_lock(name)})")[0] == "t":
                # One that somebody is still in is left to the next time.
                with suppress(SqlError):
                    admin.run(f"DROP DATABASE {identifier(name)}")
                    dropped.append(name)
                admin.run(f"SELECT pg_advisory_unlock({_lock(name)})")
    return dropped


def is_ours(name: str, database: str) -> bool:
    """True for a name that only a database which was, or is to be, in the place of this one may have."""
    return any(re.fullmatch(pattern, name) for pattern in _patterns(database, "restoring", "verifying", "before"))


def fill(database: Database, url: DatabaseURL, backup: Backup, manner: Manner) -> None:
    """Restores a backup into the empty database of a session; ProgramFailed if something cannot be restored."""
    name, tools = database.row("SELECT current_database()")[0] or "", manner.tools
    connection = connection_of(other_database(url, name), "migratekit restore")
    argv: list[str | Path] = [tools.restore, "--no-password", f"--jobs={max(manner.jobs, 1)}"]
    # Other tables' rows are not there for foreign keys to point at.
    argv += ["--section=pre-data", "--section=data"] if backup.scope == "tables" else []
    argv += ["--no-owner", "--no-privileges"] if manner.no_owner else []
    argv += ["--no-subscriptions"] if manner.scratch else []
    older = tools.major >= 17 and database.server_version < 170000
    argv += [] if older else ["--exit-on-error"]
    try:
        stream([*argv, f"--dbname={connection.conninfo}", backup.path / DUMP], connection, -1, lambda _chunk: None)
    except ProgramFailed as error:
        if not (older and error.errors and all(_UNKNOWN_BEFORE_17 in line for line in error.errors)):
            raise


def differences(database: Database, backup: Backup) -> list[str]:
    """Where a restored database is not what the manifest says; empty if it is, or if nothing was counted."""
    if not backup.exact:
        return []
    try:
        counted = count_rows(database, list(backup.rows))
        # The primary keys' values that were given out while the dump was made are all right.
        sequences = read_sequences(database, list(backup.sequences))
    except SqlError as error:
        return [error.what]
    found = [
        f"{table} has {counted[table]:,} rows and should have {rows:,}"
        for table, rows in backup.rows.items()
        if counted[table] != rows
    ]
    for name, (low, high) in backup.sequences.items():
        if not tuple(low) <= tuple(sequences[name]) <= tuple(high):
            found.append(f"sequence {name} is at {sequences[name][0]} and should be at {high[0]}")
    return found


def verify_by_restoring(admin: Database, url: DatabaseURL, backup: Backup, tools: ClientTools, jobs: int) -> None:
    """Restores all of it into a scratch database and compares; Damaged if something is missing."""
    # Only a superuser can give everything to whom it belonged.
    manner = Manner(tools, jobs, no_owner=not is_superuser(admin), scratch=True)
    drop_leftovers(admin, backup.database)
    name = named(backup.database, "verifying")
    with database_beside(admin, url, name, backup.properties) as scratch:
        try:
            fill(scratch, url, backup, manner)
        except ProgramFailed as error:
            what = f"it cannot be restored: {error.what}"
            raise Damaged(what, where=str(backup.path), hint="put that right and make a new backup") from None
        found = differences(scratch, backup)
    if found:
        what = "\n  ".join([f"what was restored is not what was backed up; {len(found)} differences:", *found[:20]])
        raise Damaged(what, where=str(backup.path), hint="make a new backup")


def is_superuser(database: Database) -> bool:
    """True if the session may do everything."""
    return database.row("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user")[0] == "t"


def _shortened(database: str, ending: int) -> str:
    if len(database.encode()) + ending <= LONGEST:
        return database
    # Two long names may begin alike, and must not be taken for each other.
    mark = f"~{zlib.crc32(database.encode()):08x}"
    return database.encode()[: LONGEST - ending - len(mark)].decode("utf-8", "ignore") + mark


def _patterns(database: str, *words: str) -> Iterator[str]:
    """What `named` gives for each of the words, whatever the time."""
    for word in words:
        beginning = _shortened(database, len(f"_{word}_20261121T101500Z"))
        yield f"^{re.escape(beginning)}_{word}_[0-9]{{8}}T[0-9]{{6}}Z$"


def _lock(name: str) -> int:
    return zlib.crc32(f"migratekit {name}".encode())
