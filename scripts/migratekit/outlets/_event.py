"""What the outside is told of a run: events with plain fields."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import NamedTuple, Protocol

from ..console import Console, error_fields
from ..database import SqlError
from ..errors import DatabaseError, ExitCode, LockTimeout, MigratekitError
from ..failures import FileFailed
from ..guards import DirtyDatabase
from ..lock import Holder
from ..narration import duration, label
from ..observer import Alarm, Applied, RunResult
from ..plan import Plan, Step
from ..settings import Settings
from ..tracking.version_table import State

ROLLBACK = "rollback"
_LOCK_TIMEOUT = "55P03"
# What a validation block raises, and what an assertion.
_RAISED = frozenset({"P0001", "P0004"})
# So many names at most in a message.
_NAMED = 5


class Event(NamedTuple):
    """One thing that happened; `fields` go well into JSON."""

    name: str
    message: str
    fields: Mapping[str, object] = MappingProxyType({})
    level: str = "info"
    # The name of the run, as in history, reports and logs.
    run: str = ""


class Call(NamedTuple):
    """One call of migratekit, for whoever tells of it."""

    settings: Settings
    console: Console


class Outlet(Protocol):
    """Takes events to the outside."""

    def take(self, event: Event) -> None:
        """Passes the event on, now or soon; never waits for anybody."""

    def close(self) -> None:
        """The call is over; what is still on its way has a moment left."""


def started(verb: str, environment: str, plan: Plan) -> Event:
    """The run is about to send these files."""
    names = [label(step) for step in plan.steps]
    message = f"{verb} on {environment}: {_count(len(names))}, {_some(names)}"
    return Event("rolling-back" if verb == ROLLBACK else "started", message, {"migrations": names})


def waiting(holder: Holder | None, seconds: float) -> Event:
    """Another run holds the lock."""
    held = f", held by {holder}" if holder else ""
    return Event("waiting", f"waiting for the lock{held}", {"seconds": seconds, "sessions": _sessions([holder])})


def begun(step: Step) -> Event:
    """A file is about to be sent."""
    return Event("migration-started", f"{step.direction} {label(step)}", _which(step))


def done(applied: Applied) -> Event:
    """A file is committed."""
    fields = {**_which(applied.step), "seconds": round(applied.run_seconds, 6)}
    fields |= {"replayed": applied.replayed} if applied.replayed else {}
    took = f"{applied.step.direction} {label(applied.step)} took {duration(applied.run_seconds)}"
    return Event("migration-done", took, fields | {"figures": dict(applied.watched.figures)})


def retried(step: Step, error: SqlError, number: int, rest: float, blockers: Sequence[Holder]) -> list[Event]:
    """A file failed and is tried again."""
    message = f"{label(step)}: {error.what}; try {number + 1} in {duration(rest)}"
    fields = _which(step) | {"sqlstate": error.sqlstate, "number": number, "sessions": _sessions(blockers)}
    found = [Event("retrying", message, fields, "warning")]
    return found + ([Event("lock-timeout", message, fields, "warning")] if error.sqlstate == _LOCK_TIMEOUT else [])


def alarmed(alarm: Alarm) -> Event:
    """Something lasts for too long."""
    what = {"blocked": "has been waiting for others for", "blocking": "has kept others waiting for"}
    how = f"{what.get(alarm.kind, 'has been running for')} {duration(alarm.seconds)}"
    fields = _which(alarm.step) | {"seconds": round(alarm.seconds, 3), "sessions": _sessions(alarm.sessions)}
    fields |= {"lock": alarm.lock} if alarm.lock else {}
    end = "; it was cancelled" if alarm.cancelled else ""
    return Event(alarm.kind, f"{label(alarm.step)} {how}{end}", fields | {"cancelled": alarm.cancelled}, "warning")


def ended(verb: str, environment: str, result: RunResult, seconds: float) -> Event:
    """The run is over, without an error."""
    count, state = len(result.applied), result.state
    at = f"{environment} is at {'no version' if state.version is None else f'version {state.version}'}"
    fields = {"seconds": round(seconds, 3), "applied": count, **_where(state)}
    if result.interrupted:
        fields |= {"exit_code": int(ExitCode.INTERRUPTED)}
        return Event("failed", f"{verb} was interrupted after {_count(count)}; {at}", fields, "error")
    if not count:
        return Event("nothing-to-do", f"nothing to do; {at}", fields)
    name = "rolled-back" if verb == ROLLBACK else "done"
    return Event(name, f"{verb}: {_count(count)} in {duration(seconds)}; {at}", fields)


def failed(verb: str, error: BaseException, result: RunResult | None, seconds: float) -> list[Event]:
    """The run ended with an error; what kind of trouble it was comes first."""
    fields: dict[str, object] = {"seconds": round(seconds, 3), "applied": len(result.applied) if result else 0}
    state = _left(error, result)
    fields |= _where(state) if state else {}
    if not isinstance(error, MigratekitError):
        return [Event("failed", f"{verb} failed: {type(error).__name__}", fields, "error")]
    # Only the first line: what follows are lines of the file and details, which may hold rows.
    message = str(error.what).partition("\n")[0]
    fields |= error_fields(error)
    if isinstance(error, FileFailed):
        fields |= _which(error.step) | {"sessions": _sessions(error.blockers)}
        # Of this file; what the run committed before it stays.
        fields |= {"rolled_back": not error.state.dirty}
        message = f"{label(error.step)}: {message}"
    kinds = [name for name, holds in (("lock-timeout", _timed_out), ("integrity-violation", _violates)) if holds(error)]
    text = f"{verb} failed: {message}"
    return [*(Event(kind, message, fields, "warning") for kind in kinds), Event("failed", text, fields, "error")]


def _left(error: BaseException, result: RunResult | None) -> State | None:
    """Where the error has left the database, as far as that is known: a lost connection may have left it anywhere."""
    if isinstance(error, FileFailed | DirtyDatabase):
        return error.state
    if result is None or not isinstance(error, MigratekitError):
        return None
    step = next(iter(result.planned[len(result.applied) :]), None)
    if error.exit_code == ExitCode.DIRTY and step:
        return State(step.leads_to, dirty=True)
    return None if isinstance(error, DatabaseError) else result.state


def _timed_out(error: MigratekitError) -> bool:
    return isinstance(error, LockTimeout) or _sqlstate(error) == _LOCK_TIMEOUT


def _violates(error: MigratekitError) -> bool:
    return _sqlstate(error) in _RAISED or _sqlstate(error).startswith("23")


def _sqlstate(error: MigratekitError) -> str:
    return error.error.sqlstate if isinstance(error, FileFailed) else ""


def _which(step: Step) -> dict[str, object]:
    return {"version": step.migration.recorded, "migration": label(step), "direction": step.direction.value}


def _where(state: State) -> dict[str, object]:
    return {"at_version": state.version, "dirty": state.dirty}


def _sessions(holders: Sequence[Holder | None]) -> list[dict[str, object]]:
    return [asdict(holder) for holder in holders if holder is not None]


def _count(number: int) -> str:
    return f"{number} migration{'' if number == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
