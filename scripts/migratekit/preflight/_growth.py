"""How much disk the pending files need while they run."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from ..evidence import Node, NotParsed, parse
from ..impact import Impact, Kind, Mention, Touched, touched
from ._queries import ask, oids
from ._view import View

# Of an entry in an index beside its columns; of a column that the server knows nothing about; of a row of a table
# that was never analysed. In bytes.
_ENTRY, _COLUMN, _ROW = 16, 16, 100
# Pages are left a tenth empty, and what is sorted lies on the disk beside the index.
_SPARE = 2 / 0.9
_STORED = (Kind.TABLE, Kind.MATERIALIZED_VIEW)


class Growth(NamedTuple):
    """What a table needs, in bytes, for what, and in which tablespace's folder; empty for the data directory."""

    place: str
    size: int
    what: str


class Needed(NamedTuple):
    """What the server says of its disks, and what the tables need there."""

    server: Mapping[str, Any]
    growth: tuple[Growth, ...]


class _Statement(NamedTuple):
    form: str
    node: Node | None
    impact: Impact


def needed(view: View) -> Needed:
    """How much disk the pending files need, by tables."""
    statements = list(_statements(view))
    # Each mention of a table then leads to its statement.
    impacts = [replace(one.impact, file=number) for number, one in enumerate(statements)]
    tables = [table for table in touched(view.database, impacts) if table.kind in _STORED]
    server = ask(view.database, "disk", oids([table.oid for table in tables]))
    known = {oid: more for oid, *more in server["tables"]}
    growth = [each for table in tables if table.oid in known for each in _growth(table, known[table.oid], statements)]
    return Needed(server, tuple(growth))


def _statements(view: View) -> Iterator[_Statement]:
    for pending in view.pending:
        try:
            parsed = parse(pending.body.sql)
        except NotParsed:
            continue
        yield from (_Statement(p.form, p.node, i) for p, i in zip(parsed, pending.impacts, strict=False))


def _growth(table: Touched, known: list[Any], statements: list[_Statement]) -> Iterator[Growth]:
    place, indexes, widths = known
    name, size = f"{table.schema}.{table.name}", table.size or 0
    if table.rewrites:
        yield Growth(place, size, f"{name} rewritten")
    elif any(map(_updates_all, table.statements)):
        yield Growth(place, size, f"{name} updated")
    forms = [statements[one.file] for one in table.statements]
    new = sum(_index(table, one.node, widths) for one in forms if one.form == "index_stmt" and one.node is not None)
    again = indexes if any(one.form == "reindex_stmt" for one in forms) else 0
    if new + again:
        yield Growth(place, new + again, f"indexes of {name}")


def _updates_all(one: Mention) -> bool:
    """True if each row gets a new version beside the old one."""
    return one.writes and one.scans and one.label.upper().startswith("UPDATE")


def _index(table: Touched, node: Node, widths: Mapping[str, int | None]) -> int:
    columns = [one.index_elem.name for one in (*node.index_params, *node.index_including_params)]
    width = _ENTRY + sum(widths.get(column) or _COLUMN for column in columns)
    rows = (table.size or 0) // _ROW if table.rows is None else table.rows
    return round(rows * width * _SPARE)
