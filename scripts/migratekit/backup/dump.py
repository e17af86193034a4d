"""A backup by pg_dump: one consistent moment, verified, and under its name only when all is on the disk."""

import datetime
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from ..console import Console
from ..database import Database, SqlError
from ..errors import Interrupted, MigratekitError, Refused
from ..url import DatabaseURL
from .beside import maintenance, stamp, verify_by_restoring
from .connection import connection_of
from .contents import (
    Contents,
    be_patient,
    begin_snapshot,
    count_rows,
    read_contents,
    read_properties,
    read_sequences,
    system_identifier,
)
from .folder import file_name, partial_folder, publish
from .integrity import DUMP, check_list, measure
from .manifest import Backup, DumpFile, write
from .processes import interruptible, stream, watch
from .tools import ClientTools

_UNWRITTEN = "the backup could not be written"


class Version(NamedTuple):
    """The version row."""

    version: int | None
    dirty: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be backed up, and how."""

    environment: str
    folder: Path
    tools: ClientTools
    format: str
    jobs: int
    verify: str
    # Quoted; only their rows are kept if there are any.
    tables: Sequence[str] = ()
    # For how many seconds pg_dump waits for a table that somebody has locked; 0 for ever.
    lock_wait: float = 0.0


@dataclass(slots=True)
class _Work:
    """One backup being made."""

    database: Database
    url: DatabaseURL
    order: Order
    console: Console
    folder: Path
    lock: int
    contents: Contents
    snapshot: str = ""
    written: int = 0


def create(
    database: Database,
    url: DatabaseURL,
    order: Order,
    read_version: Callable[[Database], Version],
    console: Console,
) -> Backup:
    """Makes a backup, verifies it and gives it its name; whatever goes wrong, there is none of that name."""
    began = datetime.datetime.now(datetime.UTC)
    with interruptible("no backup was made"), partial_folder(order.folder, stamp()) as (folder, lock):
        try:
            _refuse_unverifiable(database, url, order)
            be_patient(database, order.lock_wait)
            facts = _facts(database)
            work = _Work(database, url, order, console, folder, lock, read_contents(database))
            backup = _made(work, facts | {"started_at": began.isoformat(timespec="milliseconds")}, read_version)
            backup = _verified(work, backup)
            write(backup, folder)
            name = file_name(order.environment, backup.database, f"{began:%Y%m%dT%H%M%SZ}", backup.version)
            return replace(backup, path=publish(folder, name))
        except Interrupted:
            # The server would go on counting.
            with suppress(MigratekitError):
                database.cancel()
            raise
        except SqlError as error:
            where, hint = f"database of {order.environment}", "no backup was made; put that right and try again"
            raise MigratekitError(error.what, where=where, hint=hint) from None
        except OSError as error:
            where, hint = str(order.folder), "see that there is room for it, and that you may write there"
            raise MigratekitError(f"{_UNWRITTEN}: {error.strerror}", where=where, hint=hint) from None
        finally:
            with suppress(MigratekitError):
                database.rollback()


def _refuse_unverifiable(database: Database, url: DatabaseURL, order: Order) -> None:
    """A dump of hours should not fail for what was known before."""
    mine = "FROM pg_catalog.pg_roles WHERE rolname = current_user"
    if order.verify == "restore" and database.row(f"SELECT rolcreatedb OR rolsuper {mine}")[0] != "t":
        raise Refused(
            "the backup could not be verified: the role may not make the scratch database for that",
            hint="give it CREATEDB, or verify with `--verify list`",
        )
    if order.verify == "restore":
        maintenance(url).close()


def _facts(database: Database) -> dict[str, Any]:
    name = database.row("SELECT current_database()")[0] or ""
    return {
        "database": name,
        "system": system_identifier(database),
        "server_version": database.server_version,
        "properties": read_properties(database, name),
    }


def _made(work: _Work, facts: Mapping[str, Any], read_version: Callable[[Database], Version]) -> Backup:
    """Dumps, and counts what the dump must hold, all as of one moment."""
    database, order = work.database, work.order
    work.snapshot = begin_snapshot(database)
    work.contents = contents = read_contents(database)
    state = read_version(database)
    low = read_sequences(database, contents.sequences)
    exact = order.verify == "restore"
    # First, because then nobody can drop the tables before pg_dump has them.
    rows = count_rows(database, _with_rows(order, contents)) if exact else _estimates(order, contents)
    files = _dump_directory(work) if order.format == "directory" else [_dump_file(work)]
    # What the snapshot does not cover: sequences go on for everybody.
    high = read_sequences(database, contents.sequences)
    database.rollback()
    return Backup(
        path=work.folder,
        environment=order.environment,
        tool=f"pg_dump {order.tools.version}",
        ended_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        version=state.version,
        dirty=state.dirty,
        scope="tables" if order.tables else "database",
        tables=tuple(order.tables),
        format=order.format,
        files=tuple(files),
        rows=rows,
        exact=exact,
        sequences={name: sorted((low[name], high[name])) for name in low},
        roles=contents.roles,
        extensions=contents.extensions,
        **facts,
    )


def _with_rows(order: Order, contents: Contents) -> list[str]:
    return [table for table in contents.rows if not order.tables or table in order.tables]


def _estimates(order: Order, contents: Contents) -> dict[str, int]:
    return {table: contents.rows[table] for table in _with_rows(order, contents) if contents.rows[table] >= 0}


def _argv(work: _Work, encoding: str) -> list[str | Path]:
    order = work.order
    argv: list[str | Path] = [order.tools.dump, f"--format={order.format}", f"--snapshot={work.snapshot}"]
    argv += ["--no-password", "--no-sync", f"--encoding={encoding}"]
    if order.lock_wait:
        argv.append(f"--lock-wait-timeout={round(order.lock_wait * 1000)}")
    if order.tables:
        # All definitions, or what is restored would lack types and schemas.
        argv += [f"--exclude-table-data={table}" for table in work.contents.rows if table not in order.tables]
        argv.append("--no-blobs")
    return argv


def _dump_file(work: _Work) -> DumpFile:
    connection = connection_of(work.url, "migratekit backup")
    argv = [*_argv(work, _encoding(work)), f"--dbname={connection.conninfo}"]
    digest, size = hashlib.sha256(), 0
    target = os.open(work.folder / DUMP, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    progress = work.console.progress("backup", "bytes")

    def take(chunk: bytes) -> None:
        nonlocal size
        file.write(chunk)
        digest.update(chunk)
        size += len(chunk)
        # How much compression saves is not known; the end is when it ends.
        progress.update(size, max(work.contents.size, size + 1))

    try:
        with os.fdopen(target, "wb") as file:
            stream(argv, connection, work.lock, take)
            file.flush()
            os.fsync(file.fileno())
    finally:
        progress.close()
    return DumpFile(DUMP, size, digest.hexdigest())


def _dump_directory(work: _Work) -> list[DumpFile]:
    connection = connection_of(work.url, "migratekit backup")
    folder = work.folder / DUMP
    argv = [*_argv(work, _encoding(work)), f"--jobs={max(work.order.jobs, 1)}", f"--file={folder}"]
    progress = work.console.progress("backup", "bytes")

    def tick() -> None:
        size = sum(file.stat().st_size for file in folder.glob("*"))
        progress.update(size, max(work.contents.size, size + 1))

    try:
        watch([*argv, f"--dbname={connection.conninfo}"], connection, work.lock, tick)
    finally:
        progress.close()
    return [_synced(file, f"{DUMP}/{file.name}") for file in sorted(folder.iterdir())]


def _synced(file: Path, name: str) -> DumpFile:
    with file.open("rb") as content:
        os.fsync(content.fileno())
    return measure(file, name)


def _encoding(work: _Work) -> str:
    return work.database.row("SHOW server_encoding")[0] or ""


def _verified(work: _Work, backup: Backup) -> Backup:
    order = work.order
    check_list(work.folder / DUMP, order.tools, connection_of(work.url, "migratekit backup"))
    if order.verify == "restore":
        admin = maintenance(work.url)
        try:
            verify_by_restoring(admin, work.url, backup, order.tools, order.jobs)
        finally:
            admin.close()
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    return replace(backup, verified=order.verify, verified_at=at)
