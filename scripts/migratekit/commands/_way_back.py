"""When a run has failed: where the database is, which way back there is, and the way itself where it is allowed."""

import os
from collections.abc import Sequence

from ..errors import DirtyError, ExitCode, MigratekitError, Refused
from ..failures import FileFailed
from ..migration import Direction
from ..migrator import Known
from ..narration import label
from ..observer import Applied, RunResult
from ..plan import Plan, Step
from ..reports import VARIABLE, Report
from ..session import Session
from ..tracking.version_table import State


def show_way_back(session: Session, error: MigratekitError) -> None:
    """Adds the way back to the error of a run; goes it first, where `on_failure` says so and nothing is half-done."""
    outcome = session.outcome
    if outcome is None:
        return
    dirty = error.exit_code == DirtyError.exit_code
    # What the hint of such an error says: repair comes first.
    ways = [] if dirty or not outcome.applied else [_undo(session, outcome, error)]
    backup = _backup_of_release(session)
    if backup and (dirty or outcome.applied):
        ways.append(f"with the loss of all that was written since the backup: {_call(session, f'restore {backup}')}")
    error.way_back = "\n          ".join(ways)


def _undo(session: Session, outcome: RunResult, error: MigratekitError) -> str:
    rolls_back = session.settings.values["on_failure"].value == "rollback"
    return (
        _go_back(session, outcome) if rolls_back and isinstance(error, FileFailed) else _back_by_hand(session, outcome)
    )


def _back_by_hand(session: Session, outcome: RunResult) -> str:
    count, version = len(outcome.applied), outcome.before.version
    verb = "down --all" if version is None else f"goto {version}"
    return f"{_call(session, verb)} undoes the {_migrations(count)} of this run"


def _go_back(session: Session, outcome: RunResult) -> str:
    """Undoes what the run applied, the last first."""
    steps = undoing(outcome.applied, outcome.before)

    def make_plan(known: Known) -> Plan:
        if known.state.dirty or known.version != outcome.state.version:
            raise Refused("somebody moved the database meanwhile", hint="see `migratekit status`")
        return Plan(steps)

    names = ", ".join(label(step) for step in steps)
    session.console.note(f"going back, as on_failure says: {names}")
    try:
        code = session.move("rollback", make_plan, confirmed=True)
    except MigratekitError as error:
        session.console.failure(error)
        return f"it was tried and failed; {_call(session, 'status')} shows where the database is"
    if code is not ExitCode.DONE:
        return f"it was interrupted; {_call(session, 'status')} shows where the database is"
    return f"it was gone: the {_migrations(len(steps))} of this run were undone"


def undoing(applied: Sequence[Applied], before: State) -> tuple[Step, ...]:
    """The steps that undo these, the last first, each leading to where the database was before."""
    reached = [before.version, *(each.step.leads_to for each in applied)]
    return tuple(
        Step(applied[number].step.migration, Direction.DOWN, reached[number])
        for number in reversed(range(len(applied)))
    )


def _backup_of_release(session: Session) -> str:
    release = os.environ.get(VARIABLE)
    stages = Report.named(session.reports, release).read()["stages"] if release else []
    return next((str(stage["backup"]["path"]) for stage in reversed(stages) if "backup" in stage), "")


def _call(session: Session, words: str) -> str:
    return f"`migratekit --env {session.settings.environment} {words}`"


def _migrations(count: int) -> str:
    return f"{count} migration{'' if count == 1 else 's'}"
