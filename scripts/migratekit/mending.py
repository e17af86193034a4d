"""Puts right what stopped half-way: INVALID indexes, the version row, the rest of a file; all of it recorded."""

import re
import time
from collections.abc import Mapping, Sequence

from .database import SqlError
from .diagnosis import Diagnosis, Remedy
from .errors import MigratekitError
from .failures import FileFailed
from .journal import Attempt, checksum
from .lexer import Statement, scan
from .migration import Body, Direction, Mode
from .migrator import Migrator
from .recording import Recording
from .tracking.history import Outcome
from .tracking.version_table import State


def mend(migrator: Migrator, state: State, diagnosis: Diagnosis, remedy: Remedy) -> State:
    """Does what the remedy says and records it; the state afterwards. The caller holds the lock."""
    migrator.open_journal()
    step = diagnosis.step
    if remedy is Remedy.FINISH:
        return _finish(migrator, state, diagnosis)
    way = step.direction
    if remedy is Remedy.UNDONE:
        message = f"nothing of {way} {step.migration.version} was there: {diagnosis.reason}"
        return _settle(migrator, state, diagnosis.before, {"name": step.migration.title, "message": message})
    down = migrator.reader().way_back(step)
    row = {
        "version": step.migration.version,
        "name": step.migration.title,
        "direction": way.value,
        "checksum": checksum(diagnosis.body.sql),
        "down_sql": migrator.journal.way_back(down) if way is Direction.UP else None,
        "message": f"all of {way} {step.migration.version} was there: {diagnosis.reason}",
    }
    return _settle(migrator, state, step.leads_to, row)


def run_apart(migrator: Migrator, statement: str, what: str) -> None:
    """Runs a statement that refuses transactions, such as DROP INDEX CONCURRENTLY."""
    try:
        migrator.database.run(statement)
    except SqlError as error:
        raise MigratekitError(f"{what}: {error.what}", hint=error.hint or "put that right and repair again") from None


def record(migrator: Migrator, state: State, rows: Sequence[Mapping[str, object]]) -> None:
    """Writes down a repair that leaves the version as it is; the caller holds the lock."""
    migrator.ensure_table()
    migrator.open_journal()
    more = migrator.journal.vouched(Outcome.REPAIRED, state.version, rows)
    migrator.execution().write(state, migrator.table.recorded(State(state.version)), more, durable=True)


def _settle(migrator: Migrator, state: State, version: int | None, row: Mapping[str, object]) -> State:
    new = migrator.table.recorded(State(version))
    more = migrator.journal.vouched(Outcome.REPAIRED, version, [{"version_before": state.version, **row}])
    migrator.execution().write(state, new, more, durable=True)
    return new


def _finish(migrator: Migrator, state: State, diagnosis: Diagnosis) -> State:
    """Runs the statements that are missing, in the transactions that the file gives them."""
    step, whole = diagnosis.step, diagnosis.body.sql
    rest = Body(_rest(whole, diagnosis.done), Mode.ALONE)
    new = migrator.table.recorded(State(step.leads_to))
    attempt = Attempt(step, rest, state, new, migrator.reader().way_back(step), whole)
    execution, began = migrator.execution(), time.monotonic()
    execution.begin()
    try:
        execution.apply(attempt)
    except FileFailed as failed:
        execution.done += diagnosis.done
        Recording(execution, lambda: False).failed(attempt, failed, time.monotonic() - began)
        raise
    return new


def _rest(sql: bytes, done: int) -> bytes:
    """The statements from number `done` on, at their places; of those before it the session's settings are kept."""
    statements = scan(sql).statements
    kept, at = [], 0
    for statement in statements[:done]:
        if _is_setting(statement):
            kept += [_blank(sql[at : statement.start]), sql[statement.start : statement.end], b";"]
            at = statement.end + 1
    start = statements[done].start
    return b"".join([*kept, _blank(sql[at:start]), sql[start:]])


def _is_setting(statement: Statement) -> bool:
    return statement.words[:1] == ("SET",) and statement.words[1:2] not in (
        ("LOCAL",),
        ("TRANSACTION",),
        ("CONSTRAINTS",),
    )


def _blank(text: bytes) -> bytes:
    """Blanks in the place of all but line ends, so that line and column of an error stay true."""
    return re.sub(r"[^\n]", " ", text.decode("utf-8", "replace")).encode()
