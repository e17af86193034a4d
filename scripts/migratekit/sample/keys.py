"""What a database holds already: keys to point to, and keys that are taken."""

import json
from typing import Any

from ..database import Database, identifier
from .pointers import Key
from .rows import mark_of
from .schema import Table

# Of larger tables the first ones do.
MOST = 1_000_000


class Keys:
    """Reads keys, and remembers them until their table gets more rows."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[int, tuple[str, ...]], list[Key]] = {}

    def of(self, table: Table, columns: tuple[str, ...]) -> list[Key]:
        """The keys of a table without NULL, in their order; the same list at each call."""
        place = (table.oid, columns)
        if place not in self._known:
            self._known[place] = list(map(tuple, self._read(table, columns, keys_only=True)))
        return self._known[place]

    def forget(self, table: Table) -> None:
        """The table has got rows."""
        self._known = {place: keys for place, keys in self._known.items() if place[0] != table.oid}

    def taken(self, table: Table) -> dict[str, set[int]]:
        """By unique index, marks of the keys that are there."""
        return {
            unique.name: {mark_of(key) for key in self._read(table, unique.columns, keys_only=unique.distinct_nulls)}
            for unique in table.uniques
            if not unique.odd
        }

    def count(self, table: Table, columns: tuple[str, ...] = ()) -> int:
        """How many rows the table has, with values in all of these columns."""
        filled = " AND ".join(f"{identifier(name)} IS NOT NULL" for name in columns) or "true"
        return int(self._database.row(f"SELECT count(*) FROM {table.sql} WHERE {filled}")[0] or 0)

    def largest(self, table: Table, name: str) -> int:
        """The largest integer in a column; 0 where there is none."""
        found = self._database.row(f"SELECT max({identifier(name)}) FROM {table.sql}")[0]
        return max(int(found or 0), 0)

    def _read(self, table: Table, columns: tuple[str, ...], *, keys_only: bool) -> list[list[Any]]:
        names = [identifier(name) for name in columns]
        numbered = [f"{name}::text" for name in names]
        filled = " AND ".join(f"{name} IS NOT NULL" for name in names) if keys_only else "true"
        ordered = ", ".join(str(number + 1) for number in range(len(names)))
        query = (
            f"SELECT json_agg(json_build_array({', '.join(numbered)})) FROM"
            f" (SELECT {', '.join(names)} FROM {table.sql} WHERE {filled} ORDER BY {ordered} LIMIT {MOST}) AS k"
        )
        return json.loads(self._database.row(query)[0] or "[]") or []


def is_key_ours(table: Table, columns: tuple[str, ...], left_out: set[str]) -> bool:
    """True if we make the values of these columns, and they alone."""
    pointing = {name for key in table.foreign_keys for name in key.columns}
    return not (set(columns) & (left_out | pointing))
