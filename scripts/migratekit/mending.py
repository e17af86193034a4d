"""Puts right what stopped half-way: INVALID indexes, the version row, the rest of a file; all of it recorded."""

import re
import time
from collections.abc import Mapping, Sequence

from .database import ConnectionLost, SqlError
from .diagnosis import Diagnosis, Remedy
from .engine import Engine
from .errors import DirtyError
from .failures import FileFailed
from .journal import Attempt, checksum
from .lexer import Statement, scan
from .migration import Body, Direction, Mode
from .recording import Recording
from .tracking.history import Outcome
from .tracking.version_table import State


def mend(engine: Engine, state: State, diagnosis: Diagnosis, remedy: Remedy) -> State:
    """Does what the remedy says and records it; the state afterwards. The caller holds the lock."""
    engine.open_journal()
    step = diagnosis.step
    if remedy is Remedy.FINISH:
        return _finish(engine, state, diagnosis)
    way = step.direction
    if remedy is Remedy.UNDONE:
        message = f"nothing of {way} {step.migration.version} was there: {diagnosis.reason}"
        return _settle(engine, state, diagnosis.before, {"name": step.migration.title, "message": message})
    down = engine.reader().way_back(step)
    row = {
        "version": step.migration.version,
        "name": step.migration.title,
        "direction": way.value,
        "checksum": checksum(diagnosis.body.sql + diagnosis.body.program),
        "down_sql": engine.journal.way_back(down) if way is Direction.UP else None,
        "message": f"all of {way} {step.migration.version} was there: {diagnosis.reason}",
    }
    return _settle(engine, state, step.leads_to, row)


def run_apart(engine: Engine, statement: str, what: str) -> None:
    """Runs a statement that refuses transactions, such as DROP INDEX CONCURRENTLY."""
    engine.execution().session.begin()
    try:
        engine.database.run(statement)
    except (SqlError, ConnectionLost) as error:
        raise DirtyError(f"{what}: {error.what}", hint=error.hint or "put that right and repair again") from None


def record(engine: Engine, state: State, rows: Sequence[Mapping[str, object]]) -> None:
    """Writes down a repair that leaves the version as it is; the caller holds the lock."""
    engine.ensure_table()
    engine.open_journal()
    more = engine.journal.vouched(Outcome.REPAIRED, state.version, rows)
    engine.execution().write(state, engine.table.recorded(State(state.version)), more, durable=True)


def _settle(engine: Engine, state: State, version: int | None, row: Mapping[str, object]) -> State:
    new = engine.table.recorded(State(version))
    more = engine.journal.vouched(Outcome.REPAIRED, version, [{"version_before": state.version, **row}])
    engine.execution().write(state, new, more, durable=True)
    return new


def _finish(engine: Engine, state: State, diagnosis: Diagnosis) -> State:
    """Runs the statements that are missing, in the transactions that the file gives them."""
    step, whole = diagnosis.step, diagnosis.body.sql
    text, kept = _rest(whole, diagnosis.done)
    shift = len(text) - len(whole)
    start = scan(whole).statements[diagnosis.done].start
    cuts = tuple(each + shift for each in diagnosis.body.cuts if each >= start)
    rest = Body(text, Mode.ALONE, cuts=cuts, program=diagnosis.body.program)
    new, before = engine.table.recorded(State(step.leads_to)), State(diagnosis.before)
    attempt = Attempt(step, rest, state, new, engine.reader().way_back(step), whole, came_from=before)
    execution, began = engine.execution(), time.monotonic()
    execution.session.begin()
    # If this is cut short too, what the run before it has told is no longer true.
    execution.note(engine.journal.started([step], before))
    try:
        execution.apply(attempt)
    except FileFailed as failed:
        # The settings that were kept in front of the rest have results too.
        execution.done += diagnosis.done - kept
        Recording(execution, lambda: False).failed(attempt, failed, time.monotonic() - began, {})
        raise
    except ConnectionLost as lost:
        raise DirtyError(
            f"the connection was lost ({lost.what}) while the rest of the file ran",
            hint="repair again: it looks anew at what is there",
        ) from None
    return new


def _rest(sql: bytes, done: int) -> tuple[bytes, int]:
    """The statements from number `done` on, at their places, and how many settings in front of them were kept."""
    statements = scan(sql).statements
    kept: list[bytes] = []
    at = 0
    for statement in statements[:done]:
        if _is_setting(statement, sql):
            kept += [_blank(sql[at : statement.start]), sql[statement.start : statement.end], b";"]
            at = statement.end + 1
    start = statements[done].start
    return b"".join([*kept, _blank(sql[at:start]), sql[start:]]), len(kept) // 3


def _is_setting(statement: Statement, sql: bytes) -> bool:
    """What a statement sets for the session, and takes back."""
    if statement.words[:1] == ("RESET",):
        return True
    if statement.words[:1] == ("SELECT",):
        return b"set_config" in sql[statement.start : statement.end].lower()
    return statement.words[:1] == ("SET",) and statement.words[1:2] not in (
        ("LOCAL",),
        ("TRANSACTION",),
        ("CONSTRAINTS",),
    )


def _blank(text: bytes) -> bytes:
    """Blanks in the place of all but line ends, so that line and column of an error stay true."""
    return re.sub(r"[^\n]", " ", text.decode("utf-8", "replace")).encode()
