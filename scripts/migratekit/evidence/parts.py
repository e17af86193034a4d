"""What goes with a table that is dropped, and what may have gone with one of its columns."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from .things import Before, Effect, Thing

# Where a table is, and its name.
Table = tuple[object, str]


class Parts:
    """The indexes that a file makes, by their tables, and the tables that it drops or takes a column from."""

    def __init__(self) -> None:
        # Statements are counted from 0; the reader keeps this in step.
        self.at = 0
        # Effects of statements that were read before they could be known.
        self.late: list[tuple[int, Effect]] = []
        self._indexes: dict[Table, list[Thing]] = defaultdict(list)
        # By table, and by the name of the part, or None for any.
        self._reduced: dict[tuple[Table, str | None], int] = {}

    def add_index(self, table: Table, index: Thing) -> None:
        """An index is made on a table."""
        self._indexes[table].append(index)
        self.add(table, index)

    def add(self, table: Table, part: Thing) -> None:
        """A part is made: one of the same name may have gone before, with the table or with a column."""
        gone = [self._reduced[table, name] for name in (None, part.name) if (table, name) in self._reduced]
        if gone:
            self.late.append((max(gone), Effect(part, False, Before.ANY)))

    def reduce(self, table: Table, part: str | None = None) -> None:
        """The table loses a part, or a column and any part that needed it."""
        self._reduced[table, part] = self.at

    def drop(self, table: Table) -> Iterator[Effect]:
        """The table is dropped with its indexes."""
        self.reduce(table)
        for index in self._indexes.pop(table, ()):
            yield Effect(index, False, Before.ANY)

    def rename(self, table: Table, name: str) -> None:
        """The table has another name from now on; its indexes keep theirs."""
        if table in self._indexes:
            self._indexes[table[0], name] = self._indexes.pop(table)

    def move(self, table: Table, place: object, schema: str) -> Iterator[Effect]:
        """The table is in another schema from now on, with its indexes."""
        for index in self._indexes.pop(table, ()):
            moved = replace(index, schema=schema, path=())
            self._indexes[place, table[1]].append(moved)
            yield Effect(index, False, Before.ANY)
            yield Effect(moved, True, Before.ANY)
