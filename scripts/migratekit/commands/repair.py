"""`migratekit repair`."""

import argparse
from collections.abc import Sequence

from ..checks.history import check_history
from ..diagnosis import Diagnosis, Remedy, diagnose
from ..engine import Engine
from ..errors import DirtyError, ExitCode
from ..evidence import Seen
from ..evidence import State as Trace
from ..ledger import Entry, Ledger, Standing
from ..mending import mend, record, run_apart
from ..migration import Direction, Migration
from ..narration import label
from ..session import Session
from ..tracking.version_table import State
from ._invalid import mend_indexes
from ._shared import moment, who

_MAX_SHOWN = 60
_ACCEPTABLE = (Standing.CHANGED, Standing.RENAMED, Standing.MISSING)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument(
        "--dry-run", action="store_true", help="show what is there and what would be done; change nothing"
    )
    parser.add_argument(
        "--as",
        dest="remedy",
        choices=[remedy.value for remedy in Remedy],
        help="what is true where the database does not show it: nothing of the file is there (undone), all of it is"
        " (done), or its first statements are (finish: run the rest)",
    )
    parser.add_argument("--terminate", action="store_true", help="end the run that still holds the lock, in the server")
    parser.add_argument(
        "--accept", action="store_true", help="take changed, renamed and lost files as they are from now on"
    )


def run(session: Session) -> ExitCode:
    """Says what a half-way migration left, proposes what puts it right, and does that once it is confirmed."""
    chain, options = session.chain(), session.options
    with session.engine() as engine:
        if options.dry_run:
            return _repair(session, engine, chain)
        if options.terminate:
            _terminate(session, engine)
        with engine.locked():
            return _repair(session, engine, chain)


def _repair(session: Session, engine: Engine, chain: Sequence[Migration]) -> ExitCode:
    known = engine.known()
    if session.options.dry_run and known.holder:
        session.console.note(f"a run is at work: {known.holder}")
    ledger = session.ledger(chain, known._replace(holder=None))
    found, state = 0, known.state
    if state.dirty:
        found, state = 1, _repair_dirty(session, engine, state, ledger)
        ledger = ledger if state.dirty else session.ledger(chain, engine.known()._replace(holder=None))
    if not state.dirty:
        found += mend_indexes(session, engine, ledger, state)
    if session.options.accept:
        found += _accept(session, engine, state, ledger)
    if found:
        return ExitCode.DIRTY if session.options.dry_run else ExitCode.DONE
    session.console.out(f"nothing to repair; {session.settings.environment} is at {_at(state.version)}, clean")
    return ExitCode.DONE


def _terminate(session: Session, engine: Engine) -> None:
    holder = engine.known().holder
    if holder is not None:
        session.ask("repair", f"repair will end the run of {holder}", always=True)
        engine.database.run(f"SELECT pg_terminate_backend({holder.pid})")
        session.console.out(f"told the server to end process {holder.pid}")


def _repair_dirty(session: Session, engine: Engine, state: State, ledger: Ledger) -> State:
    console, diagnosis = session.console, _diagnosis(engine, state, ledger)
    _show(session, state, ledger, diagnosis)
    remedy = Remedy(session.options.remedy) if session.options.remedy else diagnosis.remedy
    if remedy is None or (remedy is Remedy.FINISH and diagnosis.remedy is not Remedy.FINISH):
        raise DirtyError(
            f"it is not clear how far {label(diagnosis.step)} came: {diagnosis.reason}",
            hint="look for yourself, then `migratekit repair --as undone` or `--as done`",
        )
    clearing = [f"clear away {leftover.name}, then " for leftover in diagnosis.leftovers]
    proposal = "".join([*clearing, _act(diagnosis, remedy)])
    console.out(f"proposal: {proposal}")
    if session.options.dry_run:
        return state
    session.ask("repair", f"repair will do that on {session.settings.environment}", always=True)
    engine.open_journal()
    if diagnosis.remedy is None:
        diagnosis = diagnosis._replace(reason=f"by somebody's word: {diagnosis.reason}")
    for leftover in diagnosis.leftovers:
        run_apart(engine, leftover.statement, f"{leftover.name} cannot be cleared away")
    mended = mend(engine, state, diagnosis, remedy)
    console.out(f"repaired: {session.settings.environment} is at {_at(mended.version)}, clean")
    if remedy is Remedy.UNDONE:
        console.out(f"`migratekit {diagnosis.step.direction}` runs {label(diagnosis.step)} again")
    return mended


def _diagnosis(engine: Engine, state: State, ledger: Ledger) -> Diagnosis:
    road = [entry.migration or Migration(entry.version) for entry in ledger.entries]
    found = diagnose(engine.database, road, state, ledger.halt, engine.reader().read)
    if not found:
        raise DirtyError(
            f"{_at(state.version)} is dirty, and no file could have left it so",
            hint="find out which version is true, then `migratekit force VERSION`",
        )
    return found[0]


def _show(session: Session, state: State, ledger: Ledger, diagnosis: Diagnosis) -> None:
    console, halt, step = session.console, ledger.halt, diagnosis.step
    how = "stopped half-way; no history tells when"
    if halt is not None:
        word = "failed" if halt.event.outcome == "failed" else "was cut short"
        how = f"{word} ({moment(halt.event.started_at)}, {who(halt.event)})"
        how += f": {halt.event.message}" if halt.event.message else ""
    console.out(f"{_at(state.version)} is dirty: {step.direction} of {label(step)} {how}")
    if diagnosis.evidence and diagnosis.evidence.statements:
        rows = [
            (f"{seen.statement.line:>5}", seen.statement.label, _verdict(diagnosis, number, seen))
            for number, seen in enumerate(diagnosis.evidence.statements)
        ]
        console.table((" line", "statement", "in the database"), rows[:_MAX_SHOWN])
        if len(rows) > _MAX_SHOWN:
            console.out(f"       … and {len(rows) - _MAX_SHOWN} more")


def _verdict(diagnosis: Diagnosis, number: int, seen: Seen) -> str:
    """What is known of one statement: by its own traces, or by those of the statements around it."""
    if seen.statement.inert:
        return ""
    if seen.state is not Trace.UNKNOWN or diagnosis.remedy is None:
        return seen.state.value
    return "done" if number < diagnosis.done else "not done"


def _act(diagnosis: Diagnosis, remedy: Remedy) -> str:
    file = label(diagnosis.step)
    if remedy is Remedy.UNDONE:
        return f"set {_at(diagnosis.before)}, clean, for nothing of {file} is there ({diagnosis.reason})"
    to = _at(diagnosis.step.leads_to)
    if remedy is Remedy.DONE:
        return f"set {to}, clean, for all of {file} is there ({diagnosis.reason})"
    line = diagnosis.evidence.statements[diagnosis.done].statement.line if diagnosis.evidence else 1
    there = f"the first {diagnosis.done} of {diagnosis.total} statements are there"
    return f"run the rest of {file} from line {line}, for {there} ({diagnosis.reason}), and set {to}, clean"


def _accept(session: Session, engine: Engine, state: State, ledger: Ledger) -> int:
    entries = ledger.of(*_ACCEPTABLE)
    for finding in check_history(ledger):
        if finding.version in {entry.version for entry in entries}:
            session.console.out(f"{finding.file}: {finding.problem}")
    if not entries or session.options.dry_run:
        return len(entries)
    session.ask("repair", f"repair will take these {len(entries)} files as they are from now on", always=True)
    record(engine, state, [_accepted(session, entry) for entry in entries])
    session.console.out(f"{len(entries)} accepted; the history says so")
    return len(entries)


def _accepted(session: Session, entry: Entry) -> dict[str, object]:
    row: dict[str, object] = {"version": entry.version, "direction": Direction.UP.value}
    if entry.migration is None:
        return {**row, "name": entry.event and entry.event.name, "message": "its file is gone"}
    checksum = session.files.facts(entry.migration).checksum
    return {**row, "name": entry.migration.title, "checksum": checksum, "message": "its file was accepted as it is"}


def _at(version: int | None) -> str:
    return "no version" if version is None else f"version {version}"
