"""The same for programs on asyncio: the engine works in a thread."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict, TypeVar, Unpack

from ..checks._findings import Finding
from .given import Database, async_url_of
from .migrator import Migrator
from .results import Attempt, Migration, Progress, Run, Status, Step, Version

T = TypeVar("T")


class Options(TypedDict, total=False):
    """What a Migrator can be told by name."""

    environment: str | None
    project: str | Path | None
    source: str | None
    table: str | None
    lock_wait: float | None
    lock_timeout: float | None
    statement_timeout: float | None
    allow_changed: bool
    allow_missing: bool
    confirmed: bool
    on_progress: Callable[[Progress], object] | None


class _Call(Migrator):
    """For one call; told to stop before its thread is at work, it begins nothing."""

    _over = False

    def lead_to(self, url: str) -> None:
        """Where it goes to."""
        self._database = url

    def stop(self) -> None:
        """Now or later."""
        self._over = True
        super().stop()

    def _is_over(self) -> bool:
        return self._over


class AsyncMigrator:
    """A `Migrator` whose methods are awaited; it takes what that takes, asynchronous connections and pools too.

    A task that is cancelled lets the running file finish and ends behind it; cancelled once more, it ends the file too.
    """

    def __init__(
        self, database: Database | None = None, path: str | Path | None = None, **options: Unpack[Options]
    ) -> None:
        self._database = database
        self._path = path
        self._options = options
        self._at_work: set[_Call] = set()
        # Says at once what is wrong with the arguments.
        self._new()

    def _new(self) -> _Call:
        return _Call(None, self._path, **self._options)

    async def up(self, steps: int | None = None, *, to: int | None = None) -> Run:
        """Applies what is pending: all of it, so many `steps`, or up to a version."""
        return await self._call(lambda migrator: migrator.up(steps, to=to), moves=True)

    async def down(self, steps: int | None = 1, *, to: int | None = None, latest: int | None = None) -> Run:
        """Undoes the last migration, so many `steps`, all of them if None, or all above a version."""
        return await self._call(lambda migrator: migrator.down(steps, to=to, latest=latest), moves=True)

    async def goto(self, version: int) -> Run:
        """Goes up or down to a version."""
        return await self._call(lambda migrator: migrator.goto(version), moves=True)

    async def version(self) -> Version:
        """The version that the database is at."""
        return await self._call(Migrator.version)

    async def status(self) -> Status:
        """How every migration stands, as of one moment."""
        return await self._call(Migrator.status)

    async def pending(self) -> tuple[Migration, ...]:
        """The migrations that `up` would apply, by rising version."""
        return await self._call(Migrator.pending)

    async def plan(self, steps: int | None = None, *, to: int | None = None) -> tuple[Step, ...]:
        """What `up` would run, or `goto` where a version is given, with its SQL."""
        return await self._call(lambda migrator: migrator.plan(steps, to=to))

    async def validate(self) -> tuple[Finding, ...]:
        """What is wrong with files, history and database, errors first."""
        return await self._call(Migrator.validate)

    async def history(self) -> tuple[Attempt, ...]:
        """Every attempt, the oldest first."""
        return await self._call(Migrator.history)

    def stop(self) -> None:
        """Has runs at work end behind their running file; they return, `interrupted`."""
        for migrator in list(self._at_work):
            migrator.stop()

    def cancel(self) -> None:
        """Ends the running files too; their runs raise, and what was not committed is rolled back."""
        for migrator in list(self._at_work):
            migrator.cancel()

    async def _call(self, call: Callable[[Migrator], T], *, moves: bool = False) -> T:
        migrator = self._new()
        self._at_work.add(migrator)
        try:
            if self._database is not None:
                migrator.lead_to(await async_url_of(self._database, idle=moves))
            return await self._in_thread(call, migrator)
        finally:
            self._at_work.discard(migrator)

    @staticmethod
    async def _in_thread(call: Callable[[Migrator], T], migrator: Migrator) -> T:
        work = asyncio.ensure_future(asyncio.to_thread(call, migrator))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            migrator.stop()
            await _settled(work, migrator)
            raise


async def _settled(work: "asyncio.Future[Any]", migrator: Migrator) -> None:
    """Waits for the thread: nothing may be at work in the database behind our back."""
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            migrator.cancel()
    # It was cancelled, so nobody asks for its result or its error.
    work.cancelled() or work.exception()
