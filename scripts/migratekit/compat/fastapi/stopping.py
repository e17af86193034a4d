"""Calls of a migrator from an event loop, ended by signals behind the running file."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ...api.asynchronous import AsyncMigrator
from ...api.migrator import Migrator
from ...api.results import Run, Status
from ...errors import Interrupted

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


async def status_of(migrator: Migrator | AsyncMigrator) -> Status:
    """How the migrations stand."""
    if isinstance(migrator, AsyncMigrator):
        return await migrator.status()
    return await asyncio.to_thread(migrator.status)


async def up_or_stopped(migrator: Migrator | AsyncMigrator) -> Run:
    """Applies what is pending; a signal, or cancelling, ends it behind the running file, a second one in that file."""
    work = asyncio.ensure_future(
        migrator.up() if isinstance(migrator, AsyncMigrator) else asyncio.to_thread(migrator.up)
    )
    asked = 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            tell("stopping behind the running migration; a second signal cancels it")
        if isinstance(migrator, AsyncMigrator):
            work.cancel()
        elif asked == 1:
            migrator.stop()
        else:
            migrator.cancel()

    with calls_on_signals(stop):
        cancelled = await _settled(work, stop)
    if cancelled:
        raise asyncio.CancelledError
    if work.cancelled():
        raise Interrupted("stopped by a signal while migrating", hint="start it again to go on")
    return work.result()


def tell(message: str) -> None:
    """Says it to logging; where the application has set up none, to uvicorn's, so that a long start explains itself."""
    logging.getLogger("migratekit" if logging.root.handlers else "uvicorn.error").info("%s", message)


async def _settled(work: "asyncio.Future[Run]", stop: Callable[[], None]) -> bool:
    """Waits until nothing is at work in the database any more; True if we were cancelled meanwhile."""
    cancelled = False
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            cancelled = True
            stop()
    if cancelled and not work.cancelled():
        # Nobody asks for its result or its error.
        work.exception()
    return cancelled


@contextmanager
def calls_on_signals(call: Callable[[], None]) -> Iterator[None]:
    """Has SIGTERM and SIGINT call it too, in the event loop, beside what the server does; only in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(call)
        before = former[number]
        if callable(before):
            before(number, frame)

    former = {int(number): signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, before in former.items():
            signal.signal(number, signal.SIG_DFL if before is None else before)
