"""Rows of one table, a batch at a time, that satisfy what is understood of its constraints."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf, prod
from typing import Any

from .columns import Columns
from .makers import as_text
from .ordering import put_in_order
from .pointers import Pointer
from .schema import Unique

_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(slots=True)
class Rows:
    """Makes the rows of one table."""

    columns: Columns
    pointers: Sequence[Pointer]
    seen: dict[str, set[int]]
    # Keys that rows of other tables point to already.
    promised: dict[str, list[Any]] = field(default_factory=dict)
    drops: Counter[str] = field(default_factory=Counter)
    # True once the server picks the rows that keys let in.
    judged: bool = False

    @property
    def names(self) -> list[str]:
        """The columns that are written, in the order of the table."""
        pointing = {name for pointer in self.pointers for name in pointer.key.columns}
        return [c.name for c in self.columns.table.columns if c.name in pointing | self.columns.makers.keys()]

    def batch(self, n: int) -> list[tuple[str, ...]]:
        """At most so many rows, as COPY reads them; fewer where keys came twice."""
        data, gone = self._drawn(n)
        self._count_out(data, n)
        put_in_order(self.columns, data, {name for pointer in self.pointers for name in pointer.key.columns})
        names = self.names
        for unique in self.columns.table.uniques:
            if not (unique.odd or self.judged) and set(unique.columns) <= data.keys():
                self._keep_apart(unique, data, gone)
        texts = [[_encoded(value) for value in data[name]] for name in names]
        if not texts:
            return [()] * n
        return [row for number, row in enumerate(zip(*texts, strict=True)) if number not in gone]

    def limited(self) -> Iterator[tuple[Unique, float]]:
        """The unique keys that may have had every value, and how many those are.

        Where the server has judged the rows, what was drawn says nothing of what is there.
        """
        for unique in self.columns.table.uniques:
            size = prod(self._size(name) for name in unique.columns) if not unique.odd else inf
            if size < inf and (self.judged or len(self.seen.get(unique.name, ())) >= size):
                yield unique, size

    def _size(self, name: str) -> float:
        for pointer in self.pointers:
            if name in pointer.key.columns:
                return pointer.size
        found = self.columns.makers.get(name)
        return found.size if found and self._is_required(name) else inf

    def _is_required(self, name: str) -> bool:
        return self.columns.demands.columns[name].required

    def _drawn(self, n: int) -> tuple[dict[str, list[Any]], set[int]]:
        data: dict[str, list[Any]] = {}
        gone: set[int] = set()
        for pointer in self.pointers:
            missing = pointer.fill(data, n)
            self.drops[pointer.key.name] += len(missing)
            gone |= missing
        decided = self._partitioned(n)
        counted = {name for rule in self.columns.demands.counted for name in rule.columns}
        rng = self.columns.drawing.rng
        for name, found in self.columns.makers.items():
            values = decided[name] if name in decided else found.draw(n)
            limits = self.columns.demands.columns[name]
            if not (limits.required or name in counted):
                share = limits.nulls
                values = [None if rng.random() < share else value for value in values]
            data[name] = values
        for name, keys in self.promised.items():
            data[name][: len(keys)] = keys[:n]
            del keys[:n]
        for key in (pointer.key for pointer in self.pointers if pointer.own):
            data |= {name: list(data[other]) for name, other in zip(key.columns, key.keys, strict=True)}
        return data, gone

    def _partitioned(self, n: int) -> dict[str, list[Any]]:
        """The columns that decide upon the partition, each row within the bounds of one."""
        leaves = self.columns.partitions
        if not leaves:
            return {}
        picks = self.columns.drawing.rng.choices(range(len(leaves)), k=n)
        counts = Counter(picks)
        found: dict[str, list[Any]] = {}
        for name in {name: None for leaf in leaves for name in leaf}:
            fallback = self.columns.makers.get(name)
            drawn: dict[int, Iterator[Any]] = {}
            for number in range(len(leaves)):
                source = leaves[number].get(name, fallback)
                drawn[number] = iter(source.draw(counts[number]) if source else [None] * counts[number])
            found[name] = [next(drawn[pick]) for pick in picks]
        return found

    def _count_out(self, data: dict[str, list[Any]], n: int) -> None:
        """Empties columns of which only so many may have a value."""
        rng = self.columns.drawing.rng
        for rule in self.columns.demands.counted:
            names = [name for name in rule.columns if name in data]
            required = [name for name in names if self._is_required(name)]
            for row in range(n):
                filled = [name for name in names if data[name][row] is not None and name not in required]
                counts = [c for c in sorted(rule.numbers) if len(required) <= c <= len(required) + len(filled)]
                if not counts:
                    continue
                for name in rng.sample(filled, len(filled) - (rng.choice(counts) - len(required))):
                    data[name][row] = None

    def _keep_apart(self, unique: Unique, data: dict[str, list[Any]], gone: set[int]) -> None:
        seen, columns = self.seen.setdefault(unique.name, set()), [data[name] for name in unique.columns]
        for row, values in enumerate(zip(*columns, strict=True)):
            if row in gone or (unique.distinct_nulls and None in values):
                continue
            mark = mark_of(values)
            if mark in seen:
                gone.add(row)
                self.drops[unique.name] += 1
            else:
                seen.add(mark)


def mark_of(values: Sequence[Any]) -> int:
    """The same number for the same key."""
    return hash(tuple(None if value is None else as_text(value) for value in values))


def _encoded(value: Any) -> str:
    """A value in the text format of COPY."""
    if value is None:
        return "\\N"
    text = as_text(value)
    return text.translate(_ESCAPED) if _SPECIAL.search(text) else text
