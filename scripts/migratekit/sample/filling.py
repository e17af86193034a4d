"""Fills tables with sample data, one after the other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from ..database import Database, SqlError, identifier
from ..errors import DatabaseError
from .columns import Unfillable
from .keys import Keys
from .order import Order
from .preparing import Preparation, Wish
from .rows import Rows
from .schema import Catalog, ForeignKey, Table
from .staging import Staging, chunked
from .words import Words

_BATCH = 20_000
# So many candidates in a row without a single row end it.
_PATIENCE = 20_000
# What says that a row does not satisfy a constraint, which another row may.
_UNSATISFIED = frozenset({"23514", "23505"})


@dataclass(frozen=True, slots=True)
class Filled:
    """How many rows a table got, and why not all; `full` if no more could ever fit, `refused` if none could be made."""

    table: Table
    rows: int
    reason: str = ""
    hint: str = ""
    full: bool = False
    refused: bool = False


@dataclass(slots=True)
class Filler:
    """Fills the tables of an order; `stop` is asked between two batches."""

    database: Database
    catalog: Catalog
    order: Order
    words: Words
    wish: Wish
    progress: Callable[[int], object]
    stop: Callable[[], bool] = lambda: False
    keys: Keys = field(init=False)
    _preparation: Preparation = field(init=False)

    def __post_init__(self) -> None:
        self.keys = Keys(self.database)
        self._preparation = Preparation(self.catalog, self.order, self.words, self.wish, self.keys)

    def fill(self, table: Table) -> Filled:
        """Adds rows to a table, each batch in a transaction of its own unless one is open."""
        try:
            rows, staged = self._preparation.rows(table)
        except Unfillable as why:
            return Filled(table, 0, str(why), why.hint, refused=True)
        try:
            return self._write(table, rows, staged)
        except SqlError as error:
            raise DatabaseError(
                f"{error.what} {error.detail}".strip(), where=table.shown, hint=error.hint or _hint(error)
            ) from None
        finally:
            self.keys.forget(table)

    def fill_late(self) -> int:
        """Lets rows point along the foreign keys that closed a circle; how many do."""
        pairs = ((table, key) for table in self.order.tables for key in table.foreign_keys)
        return sum(self._point(table, key) for table, key in pairs if (table.oid, key.name) in self.order.late)

    def _write(self, table: Table, rows: Rows, staged: bool) -> Filled:
        count, written, barren = self.wish.count, 0, 0
        staging = Staging(self.database, self.catalog, table, rows.names) if staged else None
        rate = 1.0
        try:
            while written < count and not self.stop():
                n, rows.judged = self._size(table, written, rate), staging is not None
                batch = rows.batch(n)
                if staging is None and not self._copied(table, rows, batch[: count - written]):
                    staging = Staging(self.database, self.catalog, table, rows.names)
                got = staging.write(batch, count - written) if staging else len(batch[: count - written])
                written, rate = written + got, max(got / n, 0.01)
                barren = 0 if got else barren + n
                self.progress(got)
                self._refresh(table, rows)
                full = self._full(table, rows, staging, got) if written < count else ""
                if written < count and (full or barren >= _PATIENCE):
                    return _short(table, rows, staging, written, full)
            return Filled(table, written)
        finally:
            if staging and not self.database.lost:
                self._tidy(staging)

    def _full(self, table: Table, rows: Rows, staging: Staging | None, got: int) -> str:
        """The unique key of which every possible value is in the table; empty where there is none."""
        if staging:
            # Keys of rows that the server did not take may be drawn again.
            self._preparation.refill(table, rows)
            if got:
                return ""
        for unique, size in rows.limited():
            if self.keys.count(table, unique.columns) >= size:
                return unique.name
        return ""

    def _tidy(self, staging: Staging) -> None:
        try:
            staging.close()
        except SqlError:
            # In a failed transaction it goes with it.
            return

    def _size(self, table: Table, written: int, rate: float) -> int:
        left = self.wish.count - written
        if not written and any(key.to == table.oid for key in table.foreign_keys):
            # The first rows are those to which others of the table can point.
            left = max(1, min(left, self.wish.count // 10))
        return min(max(int(left / rate) + 1 if rate < 1.0 else left, 1), _BATCH)

    def _copied(self, table: Table, rows: Rows, batch: list[tuple[str, ...]]) -> bool:
        """False if some of the rows do not satisfy a constraint; none of them are there then."""
        opened = self.database.in_transaction
        if not rows.names:
            return False
        if opened:
            self.database.run("SAVEPOINT migratekit_seed")
        names = ", ".join(map(identifier, rows.names))
        try:
            lines = ("\t".join(row) + "\n" for row in batch)
            self.database.copy_in(f"COPY {table.sql} ({names}) FROM STDIN", chunked(lines))
        except SqlError as error:
            if error.sqlstate not in _UNSATISFIED:
                raise
            if opened:
                self.database.run("ROLLBACK TO SAVEPOINT migratekit_seed")
            return False
        return True

    def _refresh(self, table: Table, rows: Rows) -> None:
        """Rows that are there now can be pointed to by the next ones."""
        own = [pointer for pointer in rows.pointers if pointer.key.to == table.oid and not pointer.pool]
        if own:
            self.keys.forget(table)
            for pointer in own:
                pointer.pool, pointer.own = list(self.keys.of(table, pointer.key.keys)), False

    def _point(self, table: Table, key: ForeignKey) -> int:
        """Fills a foreign key in rows that are there; nine of ten of them."""
        to = self.catalog.tables[key.to]
        columns, keys = (", ".join(map(identifier, names)) for names in (key.columns, key.keys))
        once = any(set(unique.columns) == set(key.columns) for unique in table.uniques)
        match = "k.number = r.number" if once else "k.number = (r.number * 7919) % (SELECT count(*) FROM keys)"
        empty = " AND ".join(f"{identifier(name)} IS NULL" for name in key.columns)
        free = ", ".join(f"k.{identifier(name)}" for name in key.keys)
        query = Path(__file__).with_name("late.sql").read_text(encoding="utf-8")
        found = {"keys": keys, "columns": columns, "free": free, "match": match, "empty": empty, "to": to.sql}
        done = self.database.run(Template(query).substitute(found, table=table.sql))
        return done[-1].written


def _short(table: Table, rows: Rows, staging: Staging | None, written: int, full: str) -> Filled:
    """Why a table got fewer rows than were wanted."""
    if full:
        return Filled(table, written, f"{full} lets no more rows in: each value that it can have is there", full=True)
    names = (staging.unsatisfied() if staging else []) or [name for name, n in rows.drops.most_common(1) if n]
    what = f"no row satisfies {' and '.join(names)}" if names else "no more rows could be made"
    return Filled(table, written, what, "write those rows by hand, or a migration of the kind seed")


def _hint(error: SqlError) -> str:
    what = error.context.partition("\n")[0]
    return f"it happened in: {what}" if what else "the batches before this one are in the table"
