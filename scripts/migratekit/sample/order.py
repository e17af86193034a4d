"""In which order tables are filled: what foreign keys point to first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from .schema import Catalog, ForeignKey, Table


@dataclass(frozen=True, slots=True)
class Order:
    """Tables in order; foreign keys that are filled at the end, and those that are checked at COMMIT alone."""

    tables: tuple[Table, ...]
    late: frozenset[tuple[int, str]]
    deferred: frozenset[tuple[int, str]]


def may_be_null(catalog: Catalog, table: Table, key: ForeignKey) -> bool:
    """True if a row need not point anywhere."""
    columns = [table.column(name) for name in key.columns]
    return any(not (c.required or any(domain.required for domain in catalog.domains(c))) for c in columns)


def arrange(catalog: Catalog, tables: Sequence[Table]) -> Order:
    """The tables in order; circles are broken where a key may be NULL, else where it is deferrable."""
    chosen = {table.oid: table for table in sorted(tables, key=lambda table: (table.schema, table.name))}
    late: set[tuple[int, str]] = set()
    deferred: set[tuple[int, str]] = set()
    while True:
        try:
            order = _sorted(chosen, late | deferred)
        except CycleError as error:
            _break(catalog, chosen, error.args[1], late, deferred)
        else:
            return Order(tuple(chosen[oid] for oid in order), frozenset(late), frozenset(deferred))


def _sorted(chosen: dict[int, Table], broken: set[tuple[int, str]]) -> list[int]:
    place = {oid: number for number, oid in enumerate(chosen)}
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for oid, table in chosen.items():
        before = {key.to for key in table.foreign_keys if key.to in chosen and (oid, key.name) not in broken}
        sorter.add(oid, *sorted(before - {oid}, key=place.__getitem__))
    return list(sorter.static_order())


def _break(
    catalog: Catalog,
    chosen: dict[int, Table],
    circle: list[int],
    late: set[tuple[int, str]],
    deferred: set[tuple[int, str]],
) -> None:
    """Takes one edge out of a circle."""
    edges = [(chosen[oid], list(_between(chosen[oid], before))) for before, oid in pairwise(circle)]
    for table, keys in edges:
        if all(may_be_null(catalog, table, key) for key in keys):
            late.update((table.oid, key.name) for key in keys)
            return
    for table, keys in edges:
        if all(key.deferrable for key in keys):
            deferred.update((table.oid, key.name) for key in keys)
            return
    # Nothing can be pointed to then, unless rows are there; filling the table says so.
    table, keys = edges[0]
    late.update((table.oid, key.name) for key in keys)


def _between(table: Table, to: int) -> Iterator[ForeignKey]:
    return (key for key in table.foreign_keys if key.to == to)
