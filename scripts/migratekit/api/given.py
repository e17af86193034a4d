"""A database as programs have it at hand, a URL, a connection or a pool, made into a URL.

What was given is asked where it leads to and as whom, and is left as it was: migrations run on their own connections.
"""

import asyncio
import re
import select
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import IntEnum
from inspect import iscoroutinefunction
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from ..answers import ConnectionFailed, ConnectionLost
from ..errors import DatabaseError, Refused, UsageError

# What decides where objects go, and whose they are; other settings of a session are the application's affair.
_SESSION = (
    b"SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session'"
    b" AND name IN ('search_path', 'default_transaction_read_only')"
    b" UNION ALL SELECT 'role', current_setting('role') WHERE current_setting('role') <> 'none'"
)
_IN_PATH = frozenset({"user", "password", "host", "port", "dbname"})
# So long a server may take to answer that, and others to be done with the connection.
_PATIENCE = 10.0
_SQLALCHEMY = "engine.url.render_as_string(hide_password=False) of SQLAlchemy"


class _Status(IntEnum):
    """libpq's PGTransactionStatusType."""

    IDLE = 0
    ACTIVE = 1
    IN_TRANSACTION = 2
    IN_ERROR = 3
    UNKNOWN = 4


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
    given = _plain(database)
    if isinstance(given, str):
        return given
    if not hasattr(given, "getconn"):
        return _url_of_connection(given, idle=idle)
    if iscoroutinefunction(given.getconn):
        raise UsageError("this pool is asynchronous", hint="use AsyncMigrator")
    for left in _tries(given):
        try:
            lent = given.getconn()
        except Exception as error:
            raise _no_connection(error) from None
        try:
            return _url_of_connection(lent, idle=idle)
        except ConnectionLost:
            if not left:
                raise
        finally:
            given.putconn(lent)
    raise AssertionError


async def async_url_of(database: Database, *, idle: bool) -> str:
    """The same for what may have to be awaited; a server that is silent keeps nothing else waiting."""
    given = _plain(database)
    if isinstance(given, str):
        return given
    if not hasattr(given, "getconn"):
        return await _async_url_of_connection(given, idle=idle)
    if not iscoroutinefunction(given.getconn):
        return await asyncio.to_thread(url_of, given, idle=idle)
    for left in _tries(given):
        try:
            lent = await given.getconn()
        except Exception as error:
            raise _no_connection(error) from None
        try:
            return await _async_url_of_connection(lent, idle=idle)
        except ConnectionLost:
            if not left:
                raise
        finally:
            await given.putconn(lent)
    raise AssertionError


def _plain(database: Any) -> Any:
    """What was given, out of what SQLAlchemy has around it; UsageError if it leads nowhere."""
    given = getattr(database, "driver_connection", database)
    if isinstance(given, str):
        if not given:
            raise UsageError("the database URL is empty", hint="is the variable set that it comes from?")
        if ":***@" in given:
            raise UsageError("the database URL has *** for its password", hint=f"give {_SQLALCHEMY}")
        return given
    if isinstance(given, type) or not (hasattr(given, "getconn") or hasattr(given, "pgconn")):
        raise UsageError(
            f"a {type(given).__name__} is no database",
            hint=f"give a URL, as {_SQLALCHEMY}; a connection of psycopg; or a pool of psycopg_pool",
        )
    return given


def _tries(pool: Any) -> Iterator[int]:
    """How many more there are; after a restart of the server each connection of the pool may be a dead one."""
    return iter(range(int(getattr(pool, "max_size", 0)), -1, -1))


def _no_connection(error: Exception) -> ConnectionFailed:
    timed_out = type(error).__name__ == "PoolTimeout"
    hint = "all are in use: is the pool large enough?" if timed_out else "is it open?"
    return ConnectionFailed(f"the pool gives no connection: {error}", where="", hint=hint, transient=timed_out)


async def _async_url_of_connection(connection: Any, *, idle: bool) -> str:
    """In a thread, for as long as nobody else may talk to the server on it."""
    lock = getattr(connection, "lock", None)
    if not isinstance(lock, asyncio.Lock):
        return await asyncio.to_thread(_url_of_connection, connection, idle=idle)
    try:
        await asyncio.wait_for(lock.acquire(), _PATIENCE)
    except TimeoutError:
        raise _at_work() from None
    try:
        work = asyncio.ensure_future(asyncio.to_thread(_url_of_connection, connection, idle=idle))
        try:
            return await asyncio.shield(work)
        finally:
            while not work.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([work])
    finally:
        lock.release()


def _url_of_connection(connection: Any, *, idle: bool) -> str:
    with _held(connection):
        if getattr(connection, "closed", False):
            raise DatabaseError("the connection is closed", hint="give an open one, or the URL")
        _check(connection.pgconn, idle=idle)
        given = dict(connection.info.get_parameters()) | {"password": connection.info.password or ""}
        settings = _settings(connection)
    if settings:
        mine = " ".join(f"-c {name}={_escaped(value)}" for name, value in settings.items())
        given["options"] = f"{given.get('options', '')} {mine}".strip()
    return url_from(given)


@contextmanager
def _held(connection: Any) -> Iterator[None]:
    """Keeps other threads from using it meanwhile; Refused if one does, and does not end."""
    lock = getattr(connection, "lock", None)
    if lock is None or iscoroutinefunction(lock.acquire):
        yield
        return
    if not lock.acquire(timeout=_PATIENCE):
        raise _at_work()
    try:
        yield
    finally:
        lock.release()


def _check(pgconn: Any, *, idle: bool) -> None:
    """Refused if it is in the middle of something."""
    status = _Status(int(pgconn.transaction_status))
    if status is _Status.ACTIVE:
        raise _at_work()
    if status is _Status.IN_ERROR or (idle and status is _Status.IN_TRANSACTION):
        raise Refused(
            "the connection is in a transaction, for whose locks a migration could wait for ever",
            hint="commit or roll back first",
        )
    if int(pgconn.pipeline_status):
        raise Refused("the connection is in pipeline mode", hint="leave that first, or give the URL")


def _at_work() -> Refused:
    return Refused("the connection is at work", hint="wait for what it does, or give the URL")


def _settings(connection: Any) -> dict[str, str]:
    """What the session was told after it began; asked below the driver, which would begin a transaction.

    ConnectionLost if nobody answers: its role and its search_path must not be missed.
    """
    try:
        answer = _asked(connection.pgconn, time.monotonic() + _PATIENCE)
        rows, encoding = range(answer.ntuples), connection.info.encoding
        return {answer.get_value(row, 0).decode(): answer.get_value(row, 1).decode(encoding) for row in rows}
    except TimeoutError:
        raise DatabaseError("the server does not answer on the connection", hint="give the URL") from None
    except UnicodeError:
        raise DatabaseError("the settings of the session cannot be read", hint="give the URL") from None
    except Exception as error:
        what = str(error).strip().partition("\n")[0]
        raise ConnectionLost(f"the connection is broken: {what}", hint="give an open one, or the URL") from None


def _asked(pgconn: Any, deadline: float) -> Any:
    """The answer; TimeoutError, or whatever the driver raises."""
    pgconn.send_query(_SESSION)
    pending = pgconn.flush()
    while pending or pgconn.is_busy():
        poller = select.poll()
        poller.register(pgconn.socket, select.POLLIN | (select.POLLOUT if pending else 0))
        if not poller.poll(max(deadline - time.monotonic(), 0) * 1000):
            raise TimeoutError
        pgconn.consume_input()
        pending = pending and pgconn.flush()
    answer, more = pgconn.get_result(), pgconn.get_result()
    if more is not None or not answer.nfields:
        raise ConnectionError(pgconn.get_error_message())
    return answer


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
