"""The tables that a run touches, and the whole catalog, looked at before it and after it."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .catalog import difference, digest, snapshot
from .console import Console
from .database import identifier, literal
from .engine import Engine, Known
from .errors import MigratekitError
from .evidence import session_of
from .impact import Impact, Kind, Touched, read_impacts, touched
from .lexer import Stream
from .narration import label
from .own_tables import own_tables
from .plan import Plan, Step
from .reports import VARIABLE, Stage
from .settings import Settings

# A table is counted up to so many rows, of so many bytes; all of them together in so many seconds.
_MAX_ROWS, _MAX_BYTES, _MAX_SECONDS = 1_000_000, 512 << 20, 3.0
_CATALOG_SECONDS = 5.0
# ANALYZE waits so long for a lock, unless the environment says how long files do.
_ANALYZE_WAIT = 5.0
# Changed rows that make statistics stale, as autovacuum has it by default.
_CHANGED_ROWS, _CHANGED_PART = 50, 0.1
_BEGIN = """
BEGIN READ ONLY; SET LOCAL lock_timeout = '200ms'; SET LOCAL statement_timeout = '2s'; SET LOCAL row_security = off;
"""
_TAKES_ROWS = re.compile(
    rb"\b(?:DELETE\s+FROM|TRUNCATE|MERGE|DROP\s+(?:FOREIGN\s+)?TABLE|DROP\s+(?:SCHEMA|OWNED)|DETACH)\b", re.IGNORECASE
)
_STORED = (Kind.TABLE, Kind.MATERIALIZED_VIEW)


@dataclass(frozen=True, slots=True)
class Table:
    """A table at one moment: its rows, `exact` where they were counted, and what its statistics depend on."""

    name: str
    sql: str
    kind: str
    rows: int | None
    size: int
    heap: int
    file: int
    modified: int
    computed: frozenset[int]
    exact: bool = False


class BeforeAfter:
    """Looks around a run, on the engine's own connection, outside of all transactions; it fails nothing."""

    def __init__(self, engine: Engine, settings: Settings, console: Console, stage: Stage, verb: str) -> None:
        self._engine = engine
        self._settings = settings
        self._console = console
        self._stage = stage
        self._prefix = "" if verb == stage.verb else f"{verb}_"
        self._kept = bool(os.environ.get(VARIABLE) or settings.values["reports"].value)
        self._analyzes = bool(settings.values["analyze"].value)
        self._problems: list[str] = []
        self._known: Sequence[int] | None = None
        self._touched: tuple[Touched, ...] = ()
        self._before: Mapping[int, Table] = {}
        self._after: Mapping[int, Table] = {}
        self._taken: frozenset[int] = frozenset()
        self._catalog: tuple[str, ...] | None = None

    def around(self, make_plan: Callable[[Known], Plan]) -> Callable[[Known], Plan]:
        """The same plan, with a look before its first step where a record is kept."""
        if not (self._kept or self._analyzes):
            return make_plan

        def look_first(known: Known) -> Plan:
            plan = make_plan(known)
            if plan.steps:
                self._look_before(plan.steps)
            return plan

        return look_first

    def look_again(self) -> None:
        """Notes what became of tables and catalog; tells of rows that went although nothing planned takes any."""
        if self._engine.database.lost or (self._known is None and self._catalog is None):
            return
        with self._passing_over("session"):
            self._engine.execution().session.reset()
        with self._passing_over("tables"):
            if self._known is not None:
                self._after = self._look(self._known)
                self._note("tables", [_record(self._before.get(key), self._after.get(key)) for key in self._keys()])
        with self._passing_over("catalog"):
            if self._catalog is not None:
                now = self._snapshot()
                self._note("catalog", difference(self._catalog, now))
                self._note("schema", {"before": digest(self._catalog), "after": digest(now)})
        if self._problems:
            self._note("not_looked_at", list(self._problems))
        for line in self._lost() if self._after else ():
            self._console.note(f"warning: {line}")

    def analyze(self, stop: Callable[[], bool]) -> None:
        """Makes new statistics for the tables whose own the run made stale, where the environment wants it."""
        stale = [after for key, after in self._after.items() if _is_stale(self._before.get(key), after)]
        if self._analyzes and self._unseen:
            self._console.note(f"warning: not analysed: what the run touched was not looked at: {self._unseen}")
        if not (self._analyzes and stale) or stop():
            return
        began, done, failed = time.monotonic(), list[str](), list[str]()
        wait = f"SET LOCAL lock_timeout = {round((self._settings.seconds('lock_timeout') or _ANALYZE_WAIT) * 1000)}"
        for table in sorted(stale, key=lambda table: table.name):
            failed.append(table.name)
            with self._passing_over(f"ANALYZE {table.name}"):
                if not stop():
                    self._run(f"BEGIN; {wait}; ANALYZE {table.sql}; COMMIT")
                    done.append(failed.pop())
        took = round(time.monotonic() - began, 3)
        self._note("analyzed", {"tables": done, "failed": failed, "seconds": took})
        if done:
            self._console.out(f"analysed {', '.join(done)} ({took:.1f} s)")
        if failed:
            why = f": {self._problems[-1]}" if self._problems else ""
            self._console.note(f"warning: not analysed: {', '.join(failed)}{why}")

    @property
    def _unseen(self) -> str:
        """Why the tables were not looked at, before or after; empty if they were."""
        return next((problem for problem in self._problems if problem.startswith("tables: ")), "")

    def _note(self, name: str, document: object) -> None:
        self._stage.note(f"{self._prefix}{name}", document)

    def _look_before(self, steps: Sequence[Step]) -> None:
        with self._passing_over("tables"):
            found, self._taken = self._read(steps)
            self._touched = tuple(table for table in found if table.kind in _STORED)
            self._before = self._look(None)
        with self._passing_over("catalog"):
            if self._kept:
                self._catalog = self._snapshot()

    def _read(self, steps: Sequence[Step]) -> tuple[tuple[Touched, ...], frozenset[int]]:
        """The tables that the files touch, and those from which some statement takes rows."""
        database = self._engine.database
        names, impacts, taking = session_of(database), list[Impact](), set[tuple[int, int]]()
        for number, step in enumerate(steps):
            with self._passing_over(f"what {label(step)} touches"):
                sql = self._engine.reader().read(step).sql
                impacts += read_impacts(sql, names, number)
                taking |= {(number, line) for line in _lines_that_take(sql, backslashes=database.backslash_quotes)}
        found = touched(database, impacts)
        taken = {table.oid for table in found for one in table.statements if (one.file, one.line) in taking}
        return found, frozenset(taken)

    def _look(self, known: Sequence[int] | None) -> dict[int, Table]:
        """The touched tables, and those that are not among the known ones."""
        wanted = [[table.oid, table.schema, table.name] for table in self._touched]
        query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
        listed = "NULL::jsonb" if known is None else f"{literal(json.dumps(known))}::jsonb"
        query = query.replace("$1", f"{literal(json.dumps(wanted))}::jsonb").replace("$2", listed)
        # What this session has changed is told to the statistics at the end of a transaction.
        self._run("SELECT pg_catalog.pg_stat_force_next_flush()")
        found = json.loads(self._run(f"{_BEGIN}{query}; ROLLBACK") or "{}")
        if known is None:
            self._known = found["known"] or []
        deadline = time.monotonic() + _MAX_SECONDS
        own = own_tables(self._engine.database, self._engine.table)
        rows = [row for row in found["tables"] or () if (row["schema"], row["name"]) not in own]
        return {row["asked"]: self._counted(_table(row), deadline) for row in rows}

    def _counted(self, table: Table, deadline: float) -> Table:
        small = table.heap <= _MAX_BYTES and (table.rows or 0) <= _MAX_ROWS
        if small and time.monotonic() < deadline:
            with suppress(MigratekitError):
                counted = self._run(f"{_BEGIN}SELECT count(*) FROM ONLY {table.sql}; ROLLBACK")
                return replace(table, rows=int(counted or 0), exact=True)
        return table

    def _snapshot(self) -> tuple[str, ...]:
        database = self._engine.database
        return snapshot(database, own_tables(database, self._engine.table), timeout=_CATALOG_SECONDS)

    def _run(self, script: str) -> str | None:
        """The first value of the last result that has any."""
        database = self._engine.database
        try:
            rows = [result.rows for result in database.run(script) if result.rows]
            return rows[-1][0][0] if rows else None
        finally:
            if not database.lost:
                database.rollback()

    @contextmanager
    def _passing_over(self, what: str) -> Iterator[None]:
        """A look that fails is noted: whatever it is, the run must not fail for it."""
        try:
            yield
        except Exception as error:
            self._problems.append(f"{what}: {error}")

    def _keys(self) -> list[int]:
        every = {**self._after, **self._before}
        return sorted(every, key=lambda key: every[key].name)

    def _lost(self) -> Iterator[str]:
        """Tables with fewer rows than before, of which no statement takes any."""
        for key in self._keys():
            before, after = self._before.get(key), self._after.get(key)
            if before is None or key in self._taken or before.kind != Kind.TABLE:
                continue
            if after is None:
                yield f"table {before.name} is gone, which no statement of the files explains"
            elif before.exact and after.exact and (after.rows or 0) < (before.rows or 0):
                less = f"had {before.rows} rows and has {after.rows}"
                yield f"table {before.name} {less}, which no statement of the files explains: dynamic SQL, or others?"


def _table(row: Mapping[str, Any]) -> Table:
    schema, name = row["schema"], row["name"]
    figures = {key: row[key] for key in ("kind", "size", "heap", "file", "modified")}
    return Table(
        f"{schema}.{name}",
        identifier(schema, name),
        rows=row["estimate"],
        computed=frozenset(row["computed"]),
        **figures,
    )


def _lines_that_take(sql: bytes, *, backslashes: bool) -> Iterator[int]:
    """The first lines of statements that could take rows out of a table."""
    for statement in Stream(sql, backslash_quotes=backslashes):
        if _TAKES_ROWS.search(sql, statement.start, statement.end):
            yield sql.count(b"\n", 0, statement.start) + 1


def _record(before: Table | None, after: Table | None) -> dict[str, object]:
    seen = [table for table in (before, after) if table]
    return {
        "table": seen[-1].name,
        "exact": all(table.exact for table in seen),
        "rows_before": before.rows if before else None,
        "rows_after": after.rows if after else None,
        "bytes_before": before.size if before else None,
        "bytes_after": after.size if after else None,
    }


def _is_stale(before: Table | None, after: Table) -> bool:
    """True if the table was rewritten, much of it was changed, or there is something new to be computed from it."""
    if before is None or after.computed - before.computed or before.file != after.file:
        return bool(after.heap)
    changed = after.modified - before.modified
    return changed >= _CHANGED_ROWS + _CHANGED_PART * max(before.rows or 0, 0)
