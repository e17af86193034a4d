"""The two ways to copy a database on its own server: by the server itself, or by pg_dump into pg_restore."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..backup.connection import connection_of, other_database
from ..backup.contents import be_patient
from ..backup.processes import ProgramFailed, pipe
from ..backup.properties import creation
from ..backup.tools import ClientTools
from ..database import Database, SqlError, identifier
from ..errors import Refused
from ..url import DatabaseURL

# While the server copies a database, nobody can connect to it: only what is quickly done may be copied so unasked.
_QUICK = 512 << 20
_TOO_LARGE = "it is large, and while the server copies it nobody can connect to it"
_IN_THE_WAY = {"55006": "somebody connected to it meanwhile", "55P03": "somebody has locked it"}
_PATIENCE_MS = 1000
_CLOSED = "ALLOW_CONNECTIONS false"
_APPLICATION = {"fallback_application_name": "migratekit branch"}
# What pg_restore 17 and newer set, whether or not the server knows it.
_UNKNOWN_BEFORE_17 = "transaction_timeout"


class Way(NamedTuple):
    """How copies are made; `by` is template or dump, empty for what fits."""

    tools: Callable[[int], ClientTools]
    by: str = ""
    # For how many seconds pg_dump waits for a table that somebody has locked; 0 for ever.
    lock_wait: float = 0.0


class Source(NamedTuple):
    """The database to copy: where it is, what belongs to it, and what was found out about it."""

    name: str
    url: DatabaseURL
    properties: Mapping[str, Any]
    facts: Mapping[str, Any]

    @property
    def size(self) -> int:
        """In bytes; 0 where the server does not tell."""
        return self.facts["size"] or 0

    def obstacle(self) -> str:
        """Why the server itself cannot copy it; empty if it can."""
        facts = self.facts
        if not facts["copies"]:
            return f"{self.name} belongs to {facts['owner']}"
        if facts["sessions"]:
            return f"{facts['sessions']} session{' is' if facts['sessions'] == 1 else 's are'} open in it"
        return "prepared transactions are open in it" if facts["prepared"] else ""

    @property
    def quick(self) -> bool:
        """True if the server has copied it before anybody minds."""
        return self.facts["size"] is not None and self.size <= _QUICK

    def options(self) -> dict[str, Any]:
        """The properties that a copy of it can have when the role makes it."""
        owner = self.properties["owner"] if self.facts["gives"] else self.facts["user"]
        place = self.properties["tablespace"] if self.facts["places"] else "pg_default"
        return {**self.properties, "owner": owner, "tablespace": place}


def create_empty(admin: Database, source: Source, way: Way, name: str) -> tuple[str, str]:
    """Makes the database of a branch, a copy already or still empty; which way that is, and why."""
    obstacle = source.obstacle()
    if way.by == "template" and obstacle:
        hint = "end the sessions, or leave --by out: pg_dump copies it while others work"
        raise Refused(f"the server cannot copy it: {obstacle}", where=f"database {source.name}", hint=hint)
    if way.by == "template" or (not way.by and not obstacle and source.quick):
        error = _try_to_copy(admin, source, name)
        if error is None:
            return "template", "it was asked for" if way.by else "no session was open in it"
        if error.sqlstate not in _IN_THE_WAY or way.by:
            raise error
        obstacle = _IN_THE_WAY[error.sqlstate]
    # Nobody comes in before it has the rights of the other.
    admin.run(f"{creation(name, source.options(), whole=True)} {_CLOSED}")
    return "dump", "it was asked for" if way.by else obstacle or _TOO_LARGE


def _try_to_copy(admin: Database, source: Source, name: str) -> SqlError | None:
    """Has the server copy it, and does not wait for that: whoever wants to connect would wait behind us."""
    admin.run(f"SET lock_timeout = {_PATIENCE_MS}")
    try:
        admin.run(_copying(source, name))
        refused = None
    except SqlError as error:
        refused = error
    admin.run("SET lock_timeout = 0")
    return refused


def _copying(source: Source, name: str) -> str:
    options = [_CLOSED]
    if source.facts["gives"]:
        options.append(f"OWNER {identifier(source.properties['owner'])}")
    return f"CREATE DATABASE {identifier(name)} TEMPLATE {identifier(source.name)} {' '.join(options)}"


def fill(source: Source, way: Way, name: str) -> bool:
    """Copies everything into the empty database by pg_dump; True if owners and rights inside came with it."""
    target = other_database(source.url, name)
    whole = source.facts["superuser"] or _owns_all(source.url)
    database = Database.connect(target, _APPLICATION)
    try:
        be_patient(database)
        _pipe(source, way, target, database.server_version, whole=whole)
        # Without statistics every migration would look slow.
        database.run("ANALYZE")
    finally:
        database.close()
    return whole


def _owns_all(url: DatabaseURL) -> bool:
    database = Database.connect(url, _APPLICATION)
    try:
        return database.row(Path(__file__).with_name("owned.sql").read_text(encoding="utf-8"))[0] == "t"
    finally:
        database.close()


def _pipe(source: Source, way: Way, target: DatabaseURL, server_version: int, *, whole: bool) -> None:
    tools = way.tools(server_version)
    dump, restore = (connection_of(url, "migratekit branch") for url in (source.url, target))
    # A subscription would get the changes of another server; and a database with one cannot be dropped.
    dumping: list[str | Path] = [tools.dump, "--format=custom", "--compress=0", "--no-password", "--no-subscriptions"]
    dumping.append(f"--encoding={source.properties['encoding']}")
    dumping += [f"--lock-wait-timeout={round(way.lock_wait * 1000)}"] if way.lock_wait else []
    restoring: list[str | Path] = [tools.restore, "--no-password"]
    restoring += [] if whole else ["--no-owner", "--no-privileges"]
    older = tools.major >= 17 and server_version < 170000
    restoring += [] if older else ["--exit-on-error"]
    try:
        pipe(([*dumping, f"--dbname={dump.conninfo}"], dump), ([*restoring, f"--dbname={restore.conninfo}"], restore))
    except ProgramFailed as error:
        if not (older and error.errors and all(_UNKNOWN_BEFORE_17 in line for line in error.errors)):
            raise
