"""When a run has failed: where the database is, which way back there is, and the way itself where it is allowed."""

import os
import shlex
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ..aftermath import LostDuring
from ..engine import Known
from ..errors import DirtyError, ExitCode, MigratekitError, Refused
from ..failures import FileFailed
from ..migration import Direction
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
    lost = isinstance(error, LostDuring)
    # What the hint of such an error says: repair comes first. One that was cancelled may be dirty as well.
    dirty = error.exit_code == DirtyError.exit_code or (isinstance(error, FileFailed) and error.state.dirty)
    ways = [] if dirty or not (outcome.applied or lost) else _undo(session, outcome, error)
    backup = _backup_of_release(session)
    if backup and (dirty or ways):
        call = _call(session, f"restore {shlex.quote(backup)}")
        ways.append(f"with the loss of all that was written since the backup: {call}")
    error.way_back = "\n          ".join(ways)


def _undo(session: Session, outcome: RunResult, error: MigratekitError) -> list[str]:
    if isinstance(error, LostDuring):
        # Only the server knows whether the last file is among them.
        return [f"{_back_to(session, outcome)} undoes what this run applied"]
    if isinstance(error, FileFailed) and session.settings.values["on_failure"].value == "rollback":
        return [_go_back(session, outcome, error)]
    return _back_by_hand(session, outcome)


def _back_by_hand(session: Session, outcome: RunResult) -> list[str]:
    before = outcome.before.version
    applied = [each.step for each in outcome.applied if not each.step.migration.is_repeatable]
    late = [step for step in applied if before is not None and step.migration.version <= before]
    ways, count = [], len(applied) - len(late)
    if count:
        ways.append(f"{_back_to(session, outcome)} undoes the {_migrations(count)} of this run")
    if late:
        names = ", ".join(label(step) for step in late)
        ways.append(f"late and applied below version {before}, where `goto` leaves them: {names}")
    return ways


def _back_to(session: Session, outcome: RunResult) -> str:
    version = outcome.before.version
    return _call(session, "down --all" if version is None else f"goto {version}")


def _go_back(session: Session, outcome: RunResult, failed: FileFailed) -> str:
    """Undoes what the run applied, the last first; what has no version has no way back."""
    applied = [each for each in outcome.applied if not each.step.migration.is_repeatable]
    steps = undoing(applied, outcome.before)
    if not steps:
        return "there is none for repeatable files, which are all that this run applied"

    def make_plan(known: Known) -> Plan:
        if known.state.dirty or known.version != outcome.state.version:
            raise Refused("somebody moved the database meanwhile", hint="see `migratekit status`")
        return Plan(steps)

    names = ", ".join(label(step) for step in steps)
    session.console.note(f"going back, as on_failure says: {names}")
    # It is printed after what comes now.
    failed.what = failed.what.replace("; the database is at ", "; the database was at ")
    try:
        code = session.move("rollback", make_plan, confirmed=True)
    except MigratekitError as error:
        session.console.failure(error)
        return f"it was tried and failed; {_where(session, error)}"
    if code is not ExitCode.DONE:
        return f"it was interrupted; {_call(session, 'status')} shows where the database is"
    were = "was" if len(steps) == 1 else "were"
    at = _at(outcome.before)
    return f"it was taken: the {_migrations(len(steps))} of this run {were} undone; the database is {at} again"


def _where(session: Session, error: MigratekitError) -> str:
    """Where a way back that failed has led to, as far as is known."""
    if not isinstance(error, FileFailed):
        return f"{_call(session, 'status')} shows where the database is"
    return f"the database is {_at(error.state)}, {'dirty' if error.state.dirty else 'clean'}"


def _at(state: State) -> str:
    return "at no version" if state.version is None else f"at version {state.version}"


def undoing(applied: Sequence[Applied], before: State) -> tuple[Step, ...]:
    """The steps that undo these, the last first, each leading to where the database was before."""
    reached = [before.version, *(each.step.leads_to for each in applied)]
    return tuple(
        Step(applied[number].step.migration, Direction.DOWN, reached[number])
        for number in reversed(range(len(applied)))
    )


def _backup_of_release(session: Session) -> str:
    """The backup that the release made; nothing where its record cannot tell, which must not hide what failed."""
    release = os.environ.get(VARIABLE)
    stages: list[dict[str, Any]] = []
    with suppress(MigratekitError, OSError):
        stages = Report.named(session.reports, release).read()["stages"] if release else []
    return next((str(stage["backup"]["path"]) for stage in reversed(stages) if "backup" in stage), "")


def _call(session: Session, words: str) -> str:
    return f"`migratekit --env {session.settings.environment} {words}`"


def _migrations(count: int) -> str:
    return f"{count} migration{'' if count == 1 else 's'}"
