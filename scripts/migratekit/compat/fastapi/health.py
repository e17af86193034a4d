"""Whether the database answers, how its migrations stand, and what the pool has left, for health checks over HTTP."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar, get_args

from ...api.asynchronous import AsyncMigrator
from ...api.given import Pool
from ...api.migrator import Migrator
from ...api.results import Status
from ...errors import MigratekitError, UsageError
from ...redaction import redact
from .stopping import status_of

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

T = TypeVar("T")
Seconds = float
Fault = Literal["dirty", "pending"]
PATH = "/health/database"
DIRTY: tuple[Fault, ...] = ("dirty",)
_HEALTHY, _UNHEALTHY = 200, 503
_logger = logging.getLogger("migratekit")


class CountedPool(Pool, Protocol):
    """A ConnectionPool or an AsyncConnectionPool of psycopg_pool."""

    def get_stats(self) -> dict[str, int]:
        """What it has, and how much of it is in use."""


def health_router(
    migrator: Migrator | AsyncMigrator,
    pool: CountedPool | None = None,
    *,
    path: str = PATH,
    unhealthy_if: Collection[Fault] = DIRTY,
    timeout: Seconds = 3.0,
    max_age: Seconds = 5.0,
) -> "APIRouter":
    """A router for `app.include_router(…)` that answers 200 or 503 with the health of the database as JSON.

    A look at the database may last `timeout` seconds and is good for `max_age` seconds, for all who ask.
    """
    try:
        from fastapi import APIRouter
        from fastapi.responses import JSONResponse
    except ImportError:
        raise UsageError("fastapi is not installed", hint='pip install "migratekit[fastapi]"') from None
    health = Health(migrator, pool, unhealthy_if=unhealthy_if, timeout=timeout, max_age=max_age)
    router = APIRouter(tags=["health"])

    @router.get(path, summary="Health of the database", responses={_UNHEALTHY: {"description": "It is unhealthy"}})
    async def database_health() -> JSONResponse:
        code, document = await health.answer()
        return JSONResponse(document, code, {"Cache-Control": "no-store"})

    return router


def health_route(
    migrator: Migrator | AsyncMigrator,
    pool: CountedPool | None = None,
    *,
    path: str = PATH,
    unhealthy_if: Collection[Fault] = DIRTY,
    timeout: Seconds = 3.0,
    max_age: Seconds = 5.0,
) -> "Route":
    """The same for `Starlette(routes=[…])`."""
    try:
        from starlette.responses import JSONResponse
        from starlette.routing import Route
    except ImportError:
        raise UsageError("starlette is not installed", hint="pip install starlette") from None
    health = Health(migrator, pool, unhealthy_if=unhealthy_if, timeout=timeout, max_age=max_age)

    async def database_health(_request: "Request") -> "Response":
        code, document = await health.answer()
        return JSONResponse(document, code, {"Cache-Control": "no-store"})

    return Route(path, database_health)


class Health:
    """The health of one database as a status code of HTTP and a document; for other frameworks too."""

    def __init__(
        self,
        migrator: Migrator | AsyncMigrator,
        pool: CountedPool | None = None,
        *,
        unhealthy_if: Collection[Fault] = DIRTY,
        timeout: Seconds = 3.0,
        max_age: Seconds = 5.0,
    ) -> None:
        if isinstance(unhealthy_if, str) or not set(unhealthy_if) <= set(get_args(Fault)):
            raise UsageError(
                f"unhealthy_if={unhealthy_if!r} makes no sense", hint=f"a tuple of some of {get_args(Fault)}"
            )
        if pool is not None and not hasattr(pool, "get_stats"):
            raise UsageError(f"a {type(pool).__name__} is no pool", hint="give one of psycopg_pool, or None")
        self._pool = pool
        self._faults = unhealthy_if
        self._status = _Shared(lambda: status_of(migrator), timeout, max_age)
        # Told apart from a database that does not answer by being the first to give up.
        self._lent = _Shared(lambda: _lend(pool, timeout / 2), timeout, max_age)
        self._told = ""

    async def answer(self) -> tuple[int, dict[str, Any]]:
        """200 or 503, and what is behind it."""
        status, lent = await asyncio.gather(self._status.get(), self._lent.get(), return_exceptions=True)
        problems = [_told(each) for each in (lent, status) if isinstance(each, BaseException)]
        found = status if isinstance(status, Status) else None
        if found is not None:
            problems += self._problems(found)
        document: dict[str, Any] = {
            "status": "unhealthy" if problems else "healthy",
            "database": "connected" if found else "disconnected",
            "connection_pool": None if self._pool is None else _figures(self._pool),
            "version": found.version if found else None,
            "dirty": found.dirty if found else None,
            "pending": len(found.pending) if found else None,
        }
        if problems:
            document["error"] = "; ".join(problems)
        self._tell(document.get("error", ""))
        return _UNHEALTHY if problems else _HEALTHY, document

    def _problems(self, status: Status) -> list[str]:
        found, count = [], len(status.pending)
        if status.dirty and "dirty" in self._faults:
            found.append(f"version {status.version} is dirty: a migration stopped half-way")
        if count and "pending" in self._faults:
            found.append(f"{count} migration{' is' if count == 1 else 's are'} pending")
        return found

    def _tell(self, error: str) -> None:
        """Logs what has changed since the last answer."""
        if error != self._told:
            self._told = error
            _logger.warning("the database is %s", f"unhealthy: {error}" if error else "healthy again")


class _Shared(Generic[T]):
    """One call at a time for all who ask, and its result for a while; nobody waits for it longer than `timeout`."""

    def __init__(self, call: Callable[[], Awaitable[T]], timeout: Seconds, max_age: Seconds) -> None:
        self._call = call
        self._timeout = timeout
        self._max_age = max_age
        self._task: asyncio.Task[T] | None = None
        self._began = self._ended = 0.0

    async def get(self) -> T:
        """The result, or what the call raised; TimeoutError while it lasts too long."""
        task = self._current()
        left = self._began + self._timeout - time.monotonic()
        await asyncio.wait([task], timeout=max(left, 0.0))
        if not task.done():
            raise TimeoutError(f"no answer within {self._timeout:g} s")
        return task.result()

    def _current(self) -> "asyncio.Task[T]":
        task, now = self._task, time.monotonic()
        over = task is None or (task.done() and (task.cancelled() or now - self._ended >= self._max_age))
        # A test client has a loop of its own for each request.
        if task is None or over or task.get_loop() is not asyncio.get_running_loop():
            self._began = now
            self._task = task = asyncio.create_task(self._run())
        return task

    async def _run(self) -> T:
        try:
            return await self._call()
        finally:
            self._ended = time.monotonic()


async def _lend(pool: CountedPool | None, timeout: Seconds) -> None:
    """Takes a connection from the pool and gives it back: what an endpoint needs too."""
    if pool is None:
        return
    try:
        if iscoroutinefunction(pool.getconn):
            await pool.putconn(await pool.getconn(timeout))
        else:
            await asyncio.to_thread(lambda: pool.putconn(pool.getconn(timeout)))
    except Exception as error:
        raise MigratekitError(f"the pool gives no connection: {error}") from None


def _figures(pool: CountedPool) -> dict[str, int]:
    stats = pool.get_stats()
    names = {
        "size": "pool_size",
        "max_size": "pool_max",
        "available": "pool_available",
        "waiting": "requests_waiting",
    }
    return {ours: stats.get(theirs, 0) for ours, theirs in names.items()}


def _told(error: BaseException) -> str:
    """What may be shown to whoever asks: no password, and of a fault of ours not more than its kind."""
    if isinstance(error, MigratekitError):
        return redact(error.what)
    if isinstance(error, TimeoutError):
        return str(error)
    if not isinstance(error, Exception):
        raise error
    _logger.error("the health check failed", exc_info=error)
    return f"the health check failed: {type(error).__name__}"
