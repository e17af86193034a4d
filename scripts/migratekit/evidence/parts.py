"""What goes with a table that is dropped, and what may have gone with one of its columns."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace

from .things import Before, Effect, Thing

# Where a table is, and its name.
Table = tuple[object, str]


class Parts:
    """The indexes and the like that a file makes, by their tables, and the tables that lose something."""

    def __init__(self) -> None:
        # Statements are counted from 0; the reader keeps this in step.
        self.at = 0
        # Effects of statements that were read before they could be known.
        self.late: list[tuple[int, Effect]] = []
        self._parts: dict[Table, list[tuple[Thing, Collection[str]]]] = defaultdict(list)
        # By table, and by the name of the part, or None for any.
        self._reduced: dict[tuple[Table, str | None], int] = {}

    def add(self, table: Table, part: Thing, columns: Collection[str] = ()) -> None:
        """An index, or the like, is on these columns of a table from now on."""
        self._parts[table].append((part, columns))

    def names_on(self, tables: frozenset[str]) -> frozenset[str]:
        """The names of the parts of these tables, and of the tables."""
        if not tables:
            return tables
        found = {part.name for table, parts in self._parts.items() for part, _ in parts if table[1].lower() in tables}
        return tables | {name.lower() for name in found}

    def find_former(self, table: Table, part: Thing) -> None:
        """A part is made that was not there: one of its name may have gone before, with the table or a column."""
        gone = [self._reduced[table, name] for name in (None, part.name) if (table, name) in self._reduced]
        if gone:
            self.late.append((max(gone), Effect(part, False, Before.ANY)))

    def reduce(self, table: Table, part: str | None = None) -> None:
        """The table loses a part, or any part that needed what it loses."""
        self._reduced[table, part] = self.at

    def drop_column(self, table: Table, column: str) -> Iterator[Effect]:
        """The table loses a column, with the parts that the file has put on it."""
        self.reduce(table)
        for part, columns in self._parts.get(table, ()):
            if column in columns:
                yield Effect(part, False, Before.ANY)

    def drop(self, table: Table) -> Iterator[Effect]:
        """The table is dropped with its parts."""
        self.reduce(table)
        for part, _ in self._parts.pop(table, ()):
            yield Effect(part, False, Before.ANY)

    def rename(self, table: Table, name: str) -> None:
        """The table has another name from now on; its indexes keep theirs."""
        if table in self._parts:
            self._parts[table[0], name] = self._parts.pop(table)

    def move(self, table: Table, place: object, schema: str) -> Iterator[Effect]:
        """The table is in another schema from now on, with its parts."""
        for part, columns in self._parts.pop(table, ()):
            moved = replace(part, schema=schema, path=())
            self._parts[place, table[1]].append((moved, columns))
            yield Effect(part, False, Before.ANY)
            yield Effect(moved, True, Before.ANY)
