"""A run as a plain document: of what the engine just did, and of what the history tells of an old one."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from .engine import Engine
from .errors import ExitCode, MigratekitError
from .journal import checksum
from .migration import Direction, File, Migration
from .narration import label
from .observer import Applied, RunResult
from .plan import Step
from .repeatables import FOLDER
from .reports import SCHEMA
from .tracking.history import Event, History, Outcome

Read = Callable[[File], bytes]

_ATTEMPTS = frozenset({Outcome.APPLIED, Outcome.FAILED, Outcome.INTERRUPTED, Outcome.REPAIRED})
_VOUCHED = frozenset({Outcome.FORCED, Outcome.BASELINED, Outcome.ADOPTED})
_ENDS = frozenset({Outcome.FINISHED, Outcome.FAILED, Outcome.INTERRUPTED})
# A longer file is not kept in full.
_MAX_SQL = 200_000


def summary(outcome: RunResult, engine: Engine, read: Read, *, planned: bool) -> dict[str, Any]:
    """What was done: by the history, or by what the engine knows where there is none; no SQL that was `planned`."""
    events = _events(engine)
    ended = any(event.outcome in _ENDS for event in events)
    steps = {_key(_planned(step)): step for step in outcome.planned}
    attempts = _attempts(events) if events else [_of_applied(applied) for applied in outcome.applied]
    for attempt in attempts:
        if step := steps.get(_key(attempt)):
            attempt["label"] = label(step)
            attempt |= {} if planned and step.direction is Direction.UP else _sql(step, read)
    took = {_key(_planned(each.step)): each for each in outcome.applied}
    for attempt in attempts:
        if applied := took.get(_key(attempt)):
            # The history times the try that went well; whoever waits knows the time of all of them.
            attempt |= {"seconds": round(applied.run_seconds, 6), "replayed": applied.replayed}
    not_run = [_planned(step) for step in outcome.planned[len(attempts) :]]
    return {
        "id": engine.journal.run if events else None,
        "before": {"version": outcome.before.version, "dirty": outcome.before.dirty},
        "after": (_after(events) if ended else None) or _left(outcome, engine),
        "interrupted": outcome.interrupted,
        "server_version": engine.database.server_version if not engine.database.lost else None,
        "applied": _applied(attempts),
        "attempts": attempts,
        "not_run": not_run,
    }


def past(
    events: Sequence[Event], chain: Iterable[Migration], read: Read, environment: str, *, running: bool
) -> dict[str, Any]:
    """A whole record, from the rows that the history has of one run."""
    first, last, run = events[0], events[-1], _recall(events, chain, read, running=running)
    began, ended = first.started_at, None if running else last.ended_at or last.started_at
    ways = {attempt["direction"] for attempt in run["attempts"]}
    stage = {
        "verb": ways.pop() if len(ways) == 1 else "run",
        "began": began,
        "ended": ended,
        "seconds": _seconds(began, ended) or 0.0,
        "exit_code": None if running else _exit_code(run),
        "run": run,
        **_error(run),
    }
    name = f"{datetime.datetime.fromisoformat(began).astimezone(datetime.UTC):%Y%m%dT%H%M%SZ}"
    return {
        "schema": SCHEMA,
        "run": f"{name}-{environment}-{first.run[:8]}",
        "kind": "run",
        "source": "history",
        "environment": environment,
        "tool": first.tool,
        "host": first.host,
        "os_user": first.os_user,
        "commit": "",
        "began": began,
        "ended": ended,
        "stages": [stage],
    }


def _recall(events: Sequence[Event], chain: Iterable[Migration], read: Read, *, running: bool) -> dict[str, Any]:
    """What the rows of one run say, in the form of `summary`."""
    first, attempts = events[0], _attempts(events)
    planned = next((event.steps for event in events if event.steps), None) or []
    ended = any(event.outcome in _ENDS for event in events)
    if planned and not ended and len(attempts) < len(planned):
        attempts.append(_cut_short(planned[len(attempts)], attempts, first, running=running))
    files = {migration.version: migration for migration in chain}
    for attempt in attempts:
        attempt |= _file_as_it_was(files.get(attempt["version"]), attempt, read)
    before = {"version": first.version_before, "dirty": False}
    return {
        "id": first.run,
        "before": before,
        "after": _after(events) or before,
        "interrupted": ended and events[-1].outcome == Outcome.FINISHED and len(attempts) < len(planned),
        "applied": _applied(attempts),
        "attempts": attempts,
        "not_run": [_step(*each[:3]) for each in planned[len(attempts) :]],
        "vouched": [event.outcome for event in events if event.outcome in _VOUCHED],
    }


def _exit_code(run: Mapping[str, Any]) -> ExitCode:
    outcomes = {attempt["outcome"] for attempt in run["attempts"]}
    if Outcome.FAILED in outcomes:
        return ExitCode.FAILED
    return ExitCode.INTERRUPTED if run["interrupted"] or Outcome.INTERRUPTED in outcomes else ExitCode.DONE


def _error(run: Mapping[str, Any]) -> dict[str, Any]:
    failed = next((attempt for attempt in run["attempts"] if attempt.get("message") and attempt["sqlstate"]), None)
    if failed is None or failed["outcome"] == Outcome.APPLIED:
        return {}
    what = f"{failed['message']} (SQLSTATE {failed['sqlstate']})"
    return {"error": {"what": what, "where": failed.get("file") or failed["label"], "hint": "", "way_back": ""}}


def _applied(attempts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = ("version", "name", "direction", "label", "seconds", "replayed")
    through = (attempt for attempt in attempts if attempt["outcome"] == Outcome.APPLIED)
    return [{name: attempt.get(name) for name in names} for attempt in through]


def _events(engine: Engine) -> list[Event]:
    """The rows of the run; none where there is no history, or the server is gone."""
    with suppress(MigratekitError):
        history = History.locate(engine.database, engine.table.schema, engine.table.name)
        return history.read(engine.database, run=engine.journal.run)
    return []


def _attempts(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Each file that was sent, with its figures from the end of the run."""
    figures = next((event.figures for event in reversed(events) if event.figures), None) or []
    sent = [event for event in events if event.outcome in _ATTEMPTS]
    found: list[dict[str, Any]] = []
    before = next((event.started_at for event in events if event.outcome == Outcome.STARTED), None)
    for number, event in enumerate(sent):
        own = figures[number] if number < len(figures) else {}
        found.append(_attempt(event, own, before))
        before = event.ended_at
    return found


def _attempt(event: Event, figures: Mapping[str, Any], before: str | None) -> dict[str, Any]:
    # Of a file that was tried again, the row times the last try alone.
    again = before is not None and event.outcome == Outcome.APPLIED and _number(figures.get("tries")) > 1
    began = before if before is not None and again else event.started_at
    return {
        **_step(event.direction, event.version, event.name),
        "outcome": str(event.outcome),
        "started_at": began,
        "ended_at": event.ended_at,
        "seconds": _seconds(began, event.ended_at),
        "runner_wait": event.lock_wait,
        "lock_wait": figures.get("lock_wait"),
        "wal_bytes": event.wal_bytes,
        "rows": figures.get("rows"),
        "sqlstate": event.sqlstate,
        "message": event.message,
        "database_user": event.database_user,
        "checksum": event.checksum,
        "figures": {
            name: value for name, value in figures.items() if name not in ("rows", "lock_wait", "text", "each")
        },
    }


def _of_applied(applied: Applied) -> dict[str, Any]:
    figures = dict(applied.watched.figures)
    return {
        **_planned(applied.step),
        "outcome": str(Outcome.APPLIED),
        "lock_wait": figures.get("lock_wait"),
        "figures": figures,
    }


def _planned(step: Step) -> dict[str, Any]:
    return {**_step(step.direction.value, step.migration.recorded, step.migration.title), "label": label(step)}


def _step(direction: str | None, version: int | None, name: str | None) -> dict[str, Any]:
    label = f"{FOLDER}/{name}" if version is None else f"{version}_{name}"
    return {"version": version, "name": name, "direction": direction, "label": label}


def _key(step: Mapping[str, Any]) -> tuple[object, ...]:
    """What tells a file of a run from the others; only those without a version by their names."""
    return step["direction"], step["version"], step["name"] if step["version"] is None else ""


def _after(events: Sequence[Event]) -> dict[str, Any] | None:
    """The version row as the last attempt left it."""
    last = next((event for event in reversed(events) if event.outcome != Outcome.STARTED), None)
    return {"version": last.version_after, "dirty": last.dirty} if last else None


def _left(outcome: RunResult, engine: Engine) -> dict[str, Any]:
    """The version row as it is now: whoever lost the connection in a file does not know what became of that."""
    state = outcome.state
    with suppress(MigratekitError):
        state = engine.table.read(engine.database)
    return {"version": state.version, "dirty": state.dirty}


def _cut_short(
    planned: Sequence[Any], attempts: Sequence[Mapping[str, Any]], first: Event, *, running: bool
) -> dict[str, Any]:
    """The file at which a run without an end was, or is."""
    outcome = Outcome.RUNNING if running else Outcome.INTERRUPTED
    began = attempts[-1]["ended_at"] if attempts else first.started_at
    return {**_step(*planned[:3]), "outcome": str(outcome), "started_at": began, "figures": {}}


def _sql(step: Step, read: Read) -> dict[str, Any]:
    file = step.migration.file(step.direction)
    return _shortened(_text(file, read)) if file else {}


def _file_as_it_was(migration: Migration | None, attempt: Mapping[str, Any], read: Read) -> dict[str, Any]:
    """Name and SQL of the file, where it still is what was run."""
    if migration is None or not attempt["direction"]:
        return {}
    step = Step(migration, Direction(attempt["direction"]), None)
    file = migration.file(step.direction)
    if file is None or migration.title != attempt["name"]:
        return {}
    sql = _text(file, read)
    told = {"label": label(step), "file": file.path}
    return told | _shortened(sql) if checksum(sql) == attempt.get("checksum") else told


def _text(file: File, read: Read) -> bytes:
    with suppress(MigratekitError):
        return read(file)
    return b""


def _shortened(sql: bytes) -> dict[str, Any]:
    text = sql.decode("utf-8", "replace")
    if not text.strip():
        return {}
    return {"sql": text[:_MAX_SQL], **({"sql_left_out": len(text) - _MAX_SQL} if len(text) > _MAX_SQL else {})}


def _seconds(began: str | None, ended: str | None) -> float | None:
    if not (began and ended):
        return None
    between = datetime.datetime.fromisoformat(ended) - datetime.datetime.fromisoformat(began)
    return round(between.total_seconds(), 6)


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0
