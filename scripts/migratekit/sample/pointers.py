"""Values of foreign keys: drawn from the keys that are there."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from .limits import Demands
from .schema import ForeignKey, Table

Key = tuple[Any, ...]


@dataclass(slots=True)
class Pointer:
    """Draws keys for one foreign key; each but once where `once`, NULL now and then where it may be."""

    key: ForeignKey
    pool: list[Key]
    rng: random.Random
    required: bool
    nulls: float
    once: bool = False
    # No key is there yet: each row points to itself.
    own: bool = False
    # How many different keys there are.
    size: float = inf
    _index: dict[tuple[int, ...], dict[Key, list[Key]]] = field(default_factory=dict)

    def fill(self, data: dict[str, list[Any]], n: int) -> set[int]:
        """Puts keys into their columns; the rows for which there is none."""
        if self.own:
            return set()
        shared = tuple(place for place, name in enumerate(self.key.columns) if name in data)
        chosen = self._matching(data, shared, n) if shared else self._any(n)
        gone = set()
        for row, found in enumerate(chosen):
            if found is None and self.required:
                gone.add(row)
        for place, name in enumerate(self.key.columns):
            if place not in shared:
                data[name] = [None if found is None else found[place] for found in chosen]
        return gone

    def _any(self, n: int) -> Sequence[Key | None]:
        if not self.pool:
            return [None] * n
        if self.once:
            found: list[Key | None] = [self.pool.pop() for _ in range(min(n, len(self.pool)))]
            return found + [None] * (n - len(found))
        drawn = self.rng.choices(self.pool, k=n)
        if not self.nulls:
            return drawn
        return [None if self.rng.random() < self.nulls else key for key in drawn]

    def _matching(self, data: Mapping[str, list[Any]], shared: tuple[int, ...], n: int) -> Sequence[Key | None]:
        """Keys that agree with what other foreign keys have put into the same columns."""
        if shared not in self._index:
            index: dict[Key, list[Key]] = {}
            for key in self.pool:
                index.setdefault(tuple(key[place] for place in shared), []).append(key)
            self._index[shared] = index
        columns = [data[self.key.columns[place]] for place in shared]
        found: list[Key | None] = []
        for row in range(n):
            given = tuple(column[row] for column in columns)
            fits = self._index[shared].get(given, ())
            found.append(self.rng.choice(fits) if fits else None)
        return found


def halved(table: Table, demands: Demands, pointers: Sequence[Pointer]) -> None:
    """Where a table has pairs of keys of one other table: the one from its end, the other from its beginning.

    So none points from a row to itself, and no walk along them comes back.
    """
    apart = [{rule.left, rule.right} for rule in demands.ordered if rule.operator == "<>"]
    apart += [set(unique.columns) for unique in table.uniques if not unique.odd]
    single = [pointer for pointer in pointers if len(pointer.key.columns) == 1 and len(pointer.pool) > 1]
    for number, one in enumerate(single):
        for other in single[number + 1 :]:
            pair = {*one.key.columns, *other.key.columns}
            if one.pool is other.pool and any(pair <= together for together in apart):
                middle = len(one.pool) // 2
                one.pool, other.pool = one.pool[middle:], other.pool[:middle]
                break
