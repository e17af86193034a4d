"""What makes the rows of a table: its columns, and the keys that they point to."""

import datetime
import random
from dataclasses import dataclass, field
from math import inf

from .columns import Columns, Unfillable
from .keys import MOST, Keys, is_key_ours
from .limits import HALF, SOME, demands
from .makers import Drawing, is_left_out
from .order import Order, may_be_null
from .pointers import Key, Pointer, halved
from .rows import Rows
from .schema import Catalog, ForeignKey, Table
from .words import Words


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: so many rows a table, the same ones for the same seed."""

    count: int
    seed: int
    now: datetime.datetime


@dataclass(slots=True)
class Preparation:
    """Finds out, table by table, how its rows are made."""

    catalog: Catalog
    order: Order
    words: Words
    wish: Wish
    keys: Keys
    _columns: dict[int, Columns] = field(default_factory=dict, init=False)
    _promised: dict[int, tuple[tuple[str, ...], list[Key]]] = field(default_factory=dict, init=False)

    def _prepared(self, table: Table) -> Columns:
        if table.oid not in self._columns:
            rng = random.Random(f"{self.wish.seed} {table.schema}.{table.name}")  # noqa: S311
            drawing = Drawing(
                self.catalog,
                self.words,
                rng,
                self.wish.now,
                table.name.lower(),
                lambda name: self.keys.largest(table, name),
                self.keys.count(table),
            )
            found = Columns(table, demands(self.catalog, table), drawing)
            found.prepare({name for key in table.foreign_keys for name in key.columns})
            self._columns[table.oid] = found
        return self._columns[table.oid]

    def rows(self, table: Table) -> tuple[Rows, bool]:
        """What makes the table's rows, and whether the server must judge them; Unfillable if nothing can."""
        if table.exclusions:
            raise Unfillable(f"its exclusion constraint {table.exclusions[0]} cannot be satisfied by chance")
        if table.partitioned and not table.bounds:
            raise Unfillable("it has no partitions", "make one first")
        columns = self._prepared(table)
        pointers = [self._pointer(table, key, columns) for key in _widest_first(table)]
        kept = [pointer for pointer in pointers if pointer is not None]
        halved(table, columns.demands, kept)
        many = columns.drawing.rows > MOST
        seen = {} if many or not columns.drawing.rows else self.keys.taken(table)
        rows = Rows(columns, kept, seen)
        names, keys = self._promised.pop(table.oid, ((), []))
        rows.promised = {name: [key[place] for key in keys] for place, name in enumerate(names)}
        return rows, columns.demands.vague or many

    def _pointer(self, table: Table, key: ForeignKey, columns: Columns) -> Pointer | None:
        """What draws the keys of a foreign key; None if it stays NULL for now."""
        needed = not may_be_null(self.catalog, table, key)
        place = (table.oid, key.name)
        if place in self.order.late and not needed:
            return None
        pool = self._promise(key) if place in self.order.deferred else self._pool(key, columns)
        own = needed and not pool and key.to == table.oid
        if own and not is_key_ours(table, key.keys, self._left_out(table)):
            raise Unfillable(f"{key.name} points to the table itself, whose key the server makes, and may not be NULL")
        if needed and not pool and not own:
            to = self.catalog.tables.get(key.to)
            where = to.shown if to else "another table"
            raise Unfillable(
                f"{', '.join(key.columns)} points to {where}, which has no rows ({key.name})",
                f"fill {where} first, or with it: --table {where} --table {table.shown}",
            )
        once = any(set(unique.columns) == set(key.columns) and not unique.odd for unique in table.uniques)
        counted = {name for rule in columns.demands.counted for name in rule.columns}
        limits = [columns.demands.columns[name] for name in key.columns]
        nulls = 0.0 if needed or counted & set(key.columns) else HALF if any(x.nulls == HALF for x in limits) else SOME
        size = len(pool) if needed and not own else inf
        if once:
            pool = self._free(table, key, pool, columns.drawing.rng)
        return Pointer(key, pool, columns.drawing.rng, needed, nulls, once, own, size)

    def refill(self, table: Table, rows: Rows) -> None:
        """Keys that were drawn for rows that the server did not take may be drawn again."""
        spent = [pointer for pointer in rows.pointers if pointer.once and not pointer.pool]
        if spent:
            self.keys.forget(table)
        for pointer in spent:
            pool = self._pool(pointer.key, self._prepared(table))
            pointer.pool = self._free(table, pointer.key, pool, pointer.rng)

    def _pool(self, key: ForeignKey, columns: Columns) -> list[Key]:
        to = self.catalog.tables.get(key.to)
        found = self.keys.of(to, key.keys) if to else []
        for place, name in enumerate(key.columns):
            limits = columns.demands.columns[name]
            if limits.among is not None:
                found = [one for one in found if one[place] in limits.among]
        return found

    def _free(self, table: Table, key: ForeignKey, pool: list[Key], rng: random.Random) -> list[Key]:
        """The keys that no row points to yet, shuffled."""
        taken = set(self.keys.of(table, key.columns))
        free = [one for one in pool if one not in taken]
        rng.shuffle(free)
        return free

    def _left_out(self, table: Table) -> set[str]:
        return {column.name for column in table.columns if is_left_out(self.catalog, column)}

    def _promise(self, key: ForeignKey) -> list[Key]:
        """Keys that the table which is filled later will have."""
        to = self.catalog.tables[key.to]
        if not is_key_ours(to, key.keys, self._left_out(to)):
            raise Unfillable(f"{key.name} closes a circle with {to.shown}, whose key the server makes")
        if key.to not in self._promised:
            columns = self._prepared(to)
            drawn = [columns.makers[name].draw(self.wish.count) for name in key.keys]
            self._promised[key.to] = (key.keys, list(dict.fromkeys(zip(*drawn, strict=True))))
        return list(self._promised[key.to][1])


def _widest_first(table: Table) -> list[ForeignKey]:
    return sorted(table.foreign_keys, key=lambda key: (-len(key.columns), key.name))
