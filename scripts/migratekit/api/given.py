"""A database as programs have it at hand, a URL, a connection or a pool, made into a URL.

What was given is asked where it leads to and as whom, and is left as it was: migrations run on their own connections.
"""

import re
from collections.abc import Mapping
from enum import IntEnum
from inspect import isawaitable
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from ..answers import ConnectionFailed
from ..errors import DatabaseError, Refused, UsageError

# What decides where objects go, and whose they are; other settings of a session are the application's affair.
_SESSION = (
    b"SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session'"
    b" AND name IN ('search_path', 'default_transaction_read_only')"
    b" UNION ALL SELECT 'role', current_setting('role') WHERE current_setting('role') <> 'none'"
)
_IN_PATH = frozenset({"user", "password", "host", "port", "dbname"})


class _Status(IntEnum):
    """libpq's PGTransactionStatusType."""

    IDLE = 0
    ACTIVE = 1
    IN_TRANSACTION = 2
    IN_ERROR = 3


class Connection(Protocol):
    """A connection of psycopg, plain or asynchronous."""

    @property
    def info(self) -> Any:
        """What libpq knows of it."""

    @property
    def pgconn(self) -> Any:
        """The connection of libpq."""


class Pool(Protocol):
    """A pool of psycopg_pool, plain or asynchronous."""

    def getconn(self, timeout: float | None = None) -> Any:
        """Lends a connection."""

    def putconn(self, conn: Any) -> Any:
        """Takes it back."""


Database = str | Connection | Pool


def url_of(database: Database, *, idle: bool) -> str:
    """The URL, password included; Refused if it has to be idle and is in a transaction, DatabaseError if unusable."""
    given: Any = database
    if isinstance(given, str):
        return given
    if hasattr(given, "getconn"):
        try:
            lent = given.getconn()
        except Exception as error:
            raise _no_connection(error) from None
        if isawaitable(lent):
            lent.close()  # type: ignore[attr-defined]
            raise UsageError("this pool is asynchronous", hint="use AsyncMigrator")
        try:
            return _url_of_connection(lent, idle=idle)
        finally:
            given.putconn(lent)
    if not hasattr(given, "pgconn"):
        raise UsageError(
            f"a {type(given).__name__} is no database",
            hint="give a URL, a connection of psycopg, or a pool of psycopg_pool",
        )
    return _url_of_connection(given, idle=idle)


async def async_url_of(database: Database, *, idle: bool) -> str:
    """The same for what may have to be awaited: an AsyncConnectionPool."""
    given: Any = database
    if isinstance(given, str) or not hasattr(given, "getconn"):
        return url_of(database, idle=idle)
    try:
        lent = await _awaited(given.getconn())
    except Exception as error:
        raise _no_connection(error) from None
    try:
        return _url_of_connection(lent, idle=idle)
    finally:
        await _awaited(given.putconn(lent))


async def _awaited(value: Any) -> Any:
    return await value if isawaitable(value) else value


def _no_connection(error: Exception) -> ConnectionFailed:
    timed_out = type(error).__name__ == "PoolTimeout"
    hint = "all are in use: is the pool large enough?" if timed_out else "is it open?"
    return ConnectionFailed(f"the pool gives no connection: {error}", where="", hint=hint, transient=timed_out)


def _url_of_connection(connection: Connection, *, idle: bool) -> str:
    if getattr(connection, "closed", False):
        raise DatabaseError("the connection is closed", hint="give an open one, or the URL")
    status = _Status(int(connection.pgconn.transaction_status))
    if status is _Status.ACTIVE:
        raise Refused("the connection is at work", hint="wait for what it does, or give the URL")
    if status is _Status.IN_ERROR or (idle and status is not _Status.IDLE):
        raise Refused(
            "the connection is in a transaction, for whose locks a migration could wait for ever",
            hint="commit or roll back first",
        )
    given = dict(connection.info.get_parameters()) | {"password": connection.info.password or ""}
    settings = _settings(connection)
    if settings:
        mine = " ".join(f"-c {name}={_escaped(value)}" for name, value in settings.items())
        given["options"] = f"{given.get('options', '')} {mine}".strip()
    return url_from(given)


def _settings(connection: Connection) -> dict[str, str]:
    """What the session was told after it began; asked below the driver, which would begin a transaction."""
    answer = connection.pgconn.exec_(_SESSION)
    rows = range(answer.ntuples)
    return {answer.get_value(row, 0).decode(): answer.get_value(row, 1).decode() for row in rows}


def _escaped(value: str) -> str:
    return re.sub(r"([\\\s])", r"\\\1", value)


def url_from(parameters: Mapping[str, str]) -> str:
    """The URL that means these parameters of libpq."""
    part = {name: quote(str(parameters.get(name) or ""), safe="") for name in _IN_PATH}
    host, port = str(parameters.get("host") or ""), str(parameters.get("port") or "")
    query = {name: str(value) for name, value in parameters.items() if value and name not in _IN_PATH}
    # A list of hosts, and a folder with a socket, go well only there.
    query |= {name: value for name, value in (("host", host), ("port", port)) if value}
    credentials = part["user"] + (f":{part['password']}" if part["password"] else "")
    at = f"{credentials}@" if credentials else ""
    return f"postgresql://{at}/{part['dbname']}?{urlencode(query, quote_via=quote)}"
