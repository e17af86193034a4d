"""What the engine knows, as what a `Migrator` returns."""

import datetime
from pathlib import Path

from .. import plan
from ..engine import Known
from ..ledger import Entry, Ledger, Standing
from ..migration import Body
from ..observer import RunResult
from ..tracking.history import Event
from .results import Attempt, Migration, Ran, Run, Status, Step


def status(known: Known, ledger: Ledger) -> Status:
    """How every migration stands."""
    running = bool(ledger.of(Standing.RUNNING))
    # A run that is at work may have to leave a dirty mark meanwhile.
    dirty = known.state.dirty and not running
    due = tuple(migration.title for migration in ledger.due())
    return Status(known.state.version, dirty, known.holder is not None, tuple(map(_migration, ledger.entries)), due)


def run(result: RunResult) -> Run:
    """What a run did."""
    done = (
        Ran(each.step.migration.version, each.step.migration.title, each.step.direction.value, each.run_seconds)
        for each in result.applied
        if not each.step.migration.is_repeatable
    )
    again = tuple(each.step.migration.title for each in result.applied if each.step.migration.is_repeatable)
    return Run(result.before.version, result.state.version, tuple(done), result.missing, result.interrupted, again)


def step(planned: plan.Step, body: Body) -> Step:
    """What would run."""
    migration, file = planned.migration, planned.migration.file(planned.direction)
    return Step(
        migration.recorded,
        migration.title,
        planned.direction.value,
        Path(file.path) if file else None,
        body.mode.value,
        file.shown(body.sql) if file else "",
        planned.leads_to,
    )


def attempt(event: Event) -> Attempt:
    """A line of the history."""
    return Attempt(
        outcome=event.outcome,
        at=datetime.datetime.fromisoformat(event.started_at),
        version=event.version,
        name=event.name,
        direction=event.direction,
        seconds=_seconds(event),
        version_before=event.version_before,
        version_after=event.version_after,
        dirty=event.dirty,
        checksum=event.checksum,
        sqlstate=event.sqlstate,
        message=event.message,
        database_user=event.database_user,
        os_user=event.os_user,
        host=event.host,
        tool=event.tool,
        run=event.run,
    )


def _migration(entry: Entry) -> Migration:
    event = entry.event
    return Migration(
        entry.version,
        entry.migration.title if entry.migration else (event and event.name) or "",
        entry.standing.value,
        Path(entry.migration.up.path) if entry.migration and entry.migration.up else None,
        datetime.datetime.fromisoformat(event.started_at) if event else None,
        _seconds(event),
        event.checksum if event else None,
        entry.remark,
    )


def _seconds(event: Event | None) -> float | None:
    if event is None or event.ended_at is None:
        return None
    began, ended = map(datetime.datetime.fromisoformat, (event.started_at, event.ended_at))
    return (ended - began).total_seconds()
