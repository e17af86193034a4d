"""What happens to the tables that are there: how large they are, what locks them, and are they rewritten?"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..impact import Kind, LockMode, Mention, Touched
from ._figures import count, size, some
from ._recipes import recipe
from ._view import Result, View, ok, warn

# Those that have rows of their own.
_STORED = (Kind.TABLE, Kind.MATERIALIZED_VIEW)
# So many harmless tables are shown one by one.
_SHOWN = 10


class Risk(NamedTuple):
    """A statement that keeps others out of tables for as long as it takes to read all their rows."""

    statement: Mention
    tables: list[Touched]


def check(view: View) -> Iterator[Result]:
    """A warning for each such statement on large tables; the size and the strongest lock of all others."""
    limit = view.settings.limits.table_size
    tables = view.touched
    risks = [risk for risk in _risks(tables) if sum(table.size or 0 for table in risk.tables) >= limit]
    for risk in risks:
        figure = f"{_extent(risk.tables)}, {_what(risk.statement)}: {_place(view, risk.statement)}"
        subject = some([_name(table) for table in risk.tables], 1)
        yield warn(figure, recipe(risk.statement), subject=subject, limit=size(limit))
    told = {table.oid for risk in risks for table in risk.tables}
    harmless = [table for table in tables if table.oid not in told]
    harmless.sort(key=lambda table: (-table.lock, -(table.size or 0)))
    for table in harmless[:_SHOWN]:
        strongest = max(table.statements, key=lambda one: one.lock)
        figure = f"{_extent([table])}, {strongest.lock.words}: {_place(view, strongest)}"
        yield ok(figure, subject=_name(table), limit=size(limit))
    if harmless[_SHOWN:]:
        yield _rest(harmless[_SHOWN:], limit)
    elif not tables:
        yield ok("no table that is there is touched")


def _risks(tables: Sequence[Touched]) -> list[Risk]:
    """A statement may do so to many tables, such as all partitions."""
    found: dict[tuple[int, int, str], Risk] = {}
    for table in tables:
        for one in table.statements:
            if one.rewrites or (one.scans and one.lock.blocks_writes):
                found.setdefault((one.file, one.line, one.label), Risk(one, [])).tables.append(table)
    return list(found.values())


def _what(one: Mention) -> str:
    done = "perhaps rewritten" if one.doubtful else "rewritten" if one.rewrites else "read whole"
    waiting = "reads and writes wait" if one.lock.blocks_reads else "writes wait"
    return f"{done} under {one.lock.words} ({waiting})" if one.lock.blocks_writes else f"{done} under {one.lock.words}"


def _rest(tables: Sequence[Touched], limit: int) -> Result:
    strongest = LockMode(max(table.lock for table in tables))
    figure = f"{count(len(tables), 'table')}, {_extent(tables)}, {strongest.words} at most"
    return ok(figure, subject="others", limit=size(limit))


def _extent(tables: Sequence[Touched]) -> str:
    if not any(table.kind in _STORED for table in tables):
        return tables[0].kind.words
    known = [table.rows for table in tables if table.rows is not None]
    rows = f"about {count(sum(known), 'row')}" if known else "rows not counted yet"
    return f"{rows}, {size(sum(table.size or 0 for table in tables))}"


def _place(view: View, one: Mention) -> str:
    step = view.pending[one.file].step
    file = step.migration.file(step.direction)
    return f"{file.name if file else step.migration.version}:{one.line} {one.label}"


def _name(table: Touched) -> str:
    return f"{table.schema}.{table.name}"
