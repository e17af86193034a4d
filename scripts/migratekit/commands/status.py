"""`migratekit status`."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..adoption import at_work
from ..checks._findings import Level, judge
from ..checks.history import check_history
from ..engine import Engine, Known
from ..errors import ExitCode, UsageError
from ..ledger import BROKEN, Entry, Ledger, Standing
from ..lock import Holder
from ..repeatables import Repeatable
from ..session import Session
from ._shared import moment, seconds, took, who

if TYPE_CHECKING:
    from ._drift import Look

_COUNTED = (Standing.RUNNING, Standing.MISSED, Standing.CHANGED, Standing.RENAMED, Standing.MISSING)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--exit-code",
        action="store_true",
        help="end with 6 if migrations are pending, with 4 if files and history disagree",
    )
    parser.add_argument(
        "--quiet", action="store_true", help="print nothing; the exit code says it, as with --exit-code"
    )
    parser.add_argument(
        "--drift", action="store_true", help="compare the schema with what the files make; if it differs, that is 4 too"
    )
    parser.add_argument("--metrics", action="store_true", help="write the figures to the file that `metrics` names")


def run(session: Session) -> ExitCode:
    """Prints how every migration stands; writes nothing and waits for nobody."""
    chain = session.chain()
    with session.engine() as engine:
        known = engine.known()
        other = None if engine.table.exists else at_work(engine.database, engine.table.schema)
        drift = _look_for_drift(session, engine) if session.options.drift else None
    ledger = session.ledger(chain, known)
    if session.options.metrics:
        _write_metrics(session, ledger, known)
    if session.options.json:
        session.console.json(_document(session, ledger, known) | ({"drift": drift.record} if drift else {}))
    elif not session.options.quiet:
        _print(session, ledger, known)
        if drift and drift.line:
            session.console.out(drift.line)
    if other and not session.options.quiet:
        told = f"{other.tool} has applied migrations here ({other.sql})"
        session.console.note(f"{told}; `migratekit adopt` takes over what it applied")
    return _exit_code(session, ledger, known, drift)


def _look_for_drift(session: Session, engine: Engine) -> "Look":
    from ._drift import look  # with all that a server needs: most calls do without

    return look(session, engine)


def _write_metrics(session: Session, ledger: Ledger, known: Known) -> None:
    if not session.settings.values["metrics"].value:
        raise UsageError(
            "--metrics needs to know where to", hint="set `metrics` to the folder of the textfile collector"
        )
    from ..outlets import metrics

    pending = len(ledger.of(Standing.PENDING))
    metrics.refresh(session.settings, known.version, pending, dirty=_is_dirty(ledger, known))


def _exit_code(session: Session, ledger: Ledger, known: Known, drift: "Look | None") -> ExitCode:
    asked = session.options.exit_code or session.options.quiet
    if _is_dirty(ledger, known) or (asked and (_is_broken(session, ledger) or (drift and drift.differs))):
        return ExitCode.DIRTY
    if drift and drift.differs is None:
        return ExitCode.FAILED
    due = ledger.of(Standing.PENDING) or ledger.due()
    return ExitCode.PENDING if asked and due else ExitCode.DONE


def _is_dirty(ledger: Ledger, known: Known) -> bool:
    """A run that is at work may have to leave a dirty mark meanwhile."""
    return known.state.dirty and not ledger.of(Standing.RUNNING)


def _is_broken(session: Session, ledger: Ledger) -> bool:
    """True if `up` would refuse: what the environment lets pass does not count."""
    judged = judge(check_history(ledger), session.settings.policies)
    return any(finding.level == Level.ERROR for finding in judged)


def _print(session: Session, ledger: Ledger, known: Known) -> None:
    console, environment, state = session.console, session.settings.environment, known.state
    headings = ("version", "name", "state", "when", "took", "by", "author")
    rows = [_row(session, entry) for entry in ledger.entries]
    if rows:
        console.table(*_without_empty(headings, rows))
    for entry in ledger.entries:
        if entry.remark:
            console.out(f"{_number(entry)} {entry.standing}: {entry.remark}")
    if ledger.repeatables:
        rows = [_repeatable_row(each) for each in ledger.repeatables]
        console.table(*_without_empty(("repeatable", "state", "when", "took", "by"), rows))
    at = "at no version" if state.version is None else f"at version {state.version}"
    counts = [f"{len(ledger.of(Standing.PENDING))} pending"]
    counts += [f"{len(found)} {standing}" for standing in _COUNTED if (found := ledger.of(standing))]
    due = ledger.due()
    counts += [f"{len(due)} repeatable to run"] if due else []
    dirty = ", dirty" if _is_dirty(ledger, known) else ""
    console.out(f"{environment} is {at}{dirty}; {', '.join(counts)}")
    _print_notes(session, ledger, known)


def _print_notes(session: Session, ledger: Ledger, known: Known) -> None:
    console, version = session.console, known.state.version
    if known.holder:
        console.note(f"a run is at work: {known.holder}")
    if _is_dirty(ledger, known):
        halt = ledger.halt
        what = f"{halt.direction} of version {halt.version}" if halt else "a migration"
        console.note(f"{what} stopped half-way; `migratekit repair` finds out what of it is there, and mends it")
    last = max((entry.version for entry in ledger.entries if entry.migration), default=0)
    if version is not None and version > last:
        console.note(f"warning: the database is newer than the files, the last of which is {last or 'none'}")
    elif ledger.of(*BROKEN):
        console.note("`migratekit validate` says what to do about each")


def _row(session: Session, entry: Entry) -> tuple[str, ...]:
    event = entry.event
    name = entry.migration.title if entry.migration else (event and event.name) or "?"
    when = moment(event.started_at if event else None)
    return _number(entry), name, str(entry.standing), when, took(event), who(event), _author(session, entry)


def _repeatable_row(each: Repeatable) -> tuple[str, ...]:
    event = each.event
    return each.name, str(each.currency), moment(event.started_at if event else None), took(event), who(event)


def _author(session: Session, entry: Entry) -> str:
    return session.files.facts(entry.migration).author if entry.migration else ""


def _number(entry: Entry) -> str:
    return entry.migration.number if entry.migration else str(entry.version)


def _without_empty(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Columns that would be empty from top to bottom are left out."""
    keep = [index for index in range(len(headings)) if any(row[index] for row in rows)]
    return [headings[index] for index in keep], [[row[index] for index in keep] for row in rows]


def _document(session: Session, ledger: Ledger, known: Known) -> dict[str, object]:
    return {
        "environment": session.settings.environment,
        "version": known.state.version,
        "dirty": known.state.dirty,
        "has_history": known.has_history,
        "running": _running(known.holder),
        "pending": len(ledger.of(Standing.PENDING)),
        "migrations": [_record(session, entry) for entry in ledger.entries],
        "repeatables": [_repeatable_record(each) for each in ledger.repeatables],
    }


def _repeatable_record(each: Repeatable) -> dict[str, object]:
    event = each.event
    return {
        "name": each.name,
        "state": each.currency.value,
        "at": event and event.started_at,
        "seconds": seconds(event),
        "os_user": event and event.os_user,
        "checksum": event and event.checksum,
    }


def _running(holder: Holder | None) -> dict[str, object] | None:
    if holder is None:
        return None
    return {
        "pid": holder.pid,
        "user": holder.user,
        "application": holder.application,
        "client": holder.client,
        "seconds": round(holder.seconds, 3),
    }


def _record(session: Session, entry: Entry) -> dict[str, object]:
    event = entry.event
    return {
        "version": entry.version,
        "name": entry.migration.title if entry.migration else event and event.name,
        "state": entry.standing.value,
        "remark": entry.remark,
        "author": _author(session, entry),
        "outcome": event and event.outcome,
        "at": event and event.started_at,
        "seconds": seconds(event),
        "database_user": event and event.database_user,
        "os_user": event and event.os_user,
        "host": event and event.host,
        "tool": event and event.tool,
        "checksum": event and event.checksum,
    }
