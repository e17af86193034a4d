"""What an application does before it serves: looks whether its database is migrated, waits for that, or sees to it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal, get_args

from ...answers import ConnectionFailed, ConnectionLost, SqlError
from ...api.asynchronous import AsyncMigrator
from ...api.migrator import Migrator
from ...api.results import Status
from ...arrival import may_come
from ...errors import DatabaseError, DirtyError, ExitCode, Interrupted, MigratekitError, Refused, UsageError
from ...guards import DirtyDatabase
from ...retries import Retries
from ...tracking.version_table import State
from .stopping import calls_on_signals, status_of, tell, up_or_stopped

AtStart = Literal["check", "wait", "migrate"]
Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]
Seconds = float
# Many wait at a time: each rests for longer and longer, and none in step with another.
_RESTS = Retries(pause=0.25, limit=5.0)
_LONGEST = 8
# Refused for now: no right yet, gone since it was found, locked, slow, a standby that has to replay.
_LATER = frozenset({"42501", "42P01", "3F000", "55P03", "57014", "40001"})

_IN_VAIN = "is the job that runs `migratekit up` at work, and may this role read the version table?"


class NotMigrated(MigratekitError):
    """The database has not come as far as the files of the application."""

    exit_code = ExitCode.PENDING


def migrations_lifespan(
    migrator: Migrator | AsyncMigrator, *, at_start: AtStart = "check", wait: Seconds = 300.0
) -> Lifespan:
    """A lifespan for `FastAPI(lifespan=…)` that is `ensure_migrated` and nothing else."""
    _known(at_start)

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        await ensure_migrated(migrator, at_start=at_start, wait=wait)
        yield

    return lifespan


async def ensure_migrated(
    migrator: Migrator | AsyncMigrator, *, at_start: AtStart = "check", wait: Seconds = 300.0
) -> None:
    """Returns once none of the application's files is pending; raises a MigratekitError where that does not come.

    "check" looks once, "wait" looks for up to `wait` seconds while somebody else migrates, "migrate" applies what is
    pending, or waits for the one who does. A database that is newer than the files is fine.
    """
    _known(at_start)
    try:
        if at_start == "migrate":
            await _migrate(migrator)
        elif at_start == "wait":
            await _wait(migrator, wait)
        elif (lacking := _lacking(await status_of(migrator))) is not None:
            raise lacking
    except MigratekitError as error:
        # A server prints the exception alone.
        if error.hint:
            error.add_note(f"hint: {error.hint}")
        raise


async def _migrate(migrator: Migrator | AsyncMigrator) -> None:
    # `up` would wait for a newer release that is at work, and refuse what it has migrated.
    if _lacking(await status_of(migrator)) is None:
        return
    try:
        run = await up_or_stopped(migrator)
    except Refused:
        if _lacking(await status_of(migrator)) is not None:
            raise
        return
    if run.interrupted:
        raise Interrupted(
            f"stopped by a signal behind version {run.version}; more is pending", hint="start it again to go on"
        )
    if run.ran:
        seconds = sum(ran.seconds for ran in run.ran)
        tell(f"migrated the database to version {run.version}: {len(run.ran)} files in {seconds:.1f} s")


async def _wait(migrator: Migrator | AsyncMigrator, seconds: Seconds) -> None:
    deadline, number, dirty = time.monotonic() + seconds, 0, False
    stopped = asyncio.Event()
    with calls_on_signals(stopped.set):
        while (lacking := await _look(migrator)) is not None:
            # The run may have ended between our two questions: the mark, and then who is at work.
            if dirty and isinstance(lacking, DirtyError):
                raise lacking
            dirty, number = isinstance(lacking, DirtyError), number + 1
            left = deadline - time.monotonic()
            if left <= 0:
                raise NotMigrated(
                    f"waited {seconds:g} s in vain: {lacking.what}",
                    where=lacking.where,
                    hint=_IN_VAIN if isinstance(lacking, NotMigrated) else lacking.hint,
                )
            if number == 1:
                tell(f"waiting up to {seconds:g} s for the database to be migrated: {lacking.what}")
            if await _happens(stopped, min(_RESTS.rest(min(number, _LONGEST)), left)):
                raise Interrupted("stopped by a signal while waiting for the database to be migrated")


async def _look(migrator: Migrator | AsyncMigrator) -> MigratekitError | None:
    """What is lacking, for now; raises what no waiting helps against."""
    try:
        return _lacking(await status_of(migrator))
    except DatabaseError as error:
        if not _may_pass(error):
            raise
        return error


def _may_pass(error: DatabaseError) -> bool:
    if isinstance(error, ConnectionFailed):
        return may_come(error)
    if isinstance(error, SqlError):
        return error.sqlstate in _LATER
    # No schema yet; a pool without a connection yet.
    return isinstance(error, ConnectionLost) or type(error) is DatabaseError


def _lacking(status: Status) -> MigratekitError | None:
    """What keeps an application with these files from serving."""
    if not any(each.path for each in status.migrations):
        raise UsageError(
            "there are no migrations, so nobody can tell whether they are applied",
            hint="name their folder: Migrator(url, Path(__file__).with_name('migrations'))",
        )
    if status.dirty:
        return DirtyDatabase(State(status.version, dirty=True))
    at_work = [each for each in status.migrations if each.state == "running now" and each.path]
    if at_work:
        return NotMigrated(
            f"version {at_work[0].version} ({at_work[0].name}) is being run at this moment",
            hint="start the application behind that run; at_start='wait' waits for it",
        )
    first = next(iter(status.pending), None)
    if first is None and status.repeatables_due:
        named = f"repeatable file {status.repeatables_due[0]} is to run"
        return NotMigrated(named, hint="`migratekit up` runs it; then start the application again")
    if first is None:
        return None
    count = len(status.pending)
    # To a role that may not read it, the version table looks as if there were none.
    blind = "" if status.version is not None else "; if they are applied, this role may not read the version table"
    return NotMigrated(
        f"{count} migration{' is' if count == 1 else 's are'} pending, the first is {first.version} ({first.name})",
        hint=f"`migratekit up` applies them; then start the application again{blind}",
    )


async def _happens(event: asyncio.Event, within: Seconds) -> bool:
    try:
        await asyncio.wait_for(event.wait(), within)
    except TimeoutError:
        return False
    return True


def _known(at_start: str) -> None:
    if at_start not in get_args(AtStart):
        raise UsageError(
            f"at_start={at_start!r} is nothing to do at the start", hint=f"one of {', '.join(get_args(AtStart))}"
        )
