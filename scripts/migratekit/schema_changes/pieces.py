"""Statements of a way up, each with the one that takes it back, and where in which file they belong."""

from collections.abc import Sequence
from enum import IntEnum
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from ..catalog import Inventory, Object


class Group(IntEnum):
    """The files of a change, in the order in which they run."""

    VALUES = 1
    # Nothing on the way up; on the way down what has to run behind all else.
    BACK = 2
    MAIN = 3
    VALIDATE = 4
    INDEX = 5
    ATTACH = 6
    FINISH = 7
    DROP = 8
    # Enums that lose values, once nothing names these any more.
    REBUILD = 9


class Piece(NamedTuple):
    """What one statement, or some that belong together, changes; the way down runs the pieces backwards."""

    group: Group
    place: tuple[int, int]
    up: str
    down: str
    made: tuple[Object, ...] = ()
    gone: tuple[Object, ...] = ()
    note: str = ""
    # What its way down takes away has rows, or values of rows.
    loses: str = ""
    # For the way down.
    note_down: str = ""
    # It may take rows, or values of rows, with it.
    destroys: bool = False
    # The thing because of which it is there.
    key: str = ""


ROUTINES = ("function", "procedure")
_RANKS = (
    ("schema",),
    ("extension",),
    ("enum", "domain", "composite", "range"),
    ("domain constraint", "sequence"),
    ("table",),
    ("column",),
    ("owner", "options"),
    ("function", "procedure"),
    ("constraint", "index", "statistics"),
    ("view", "materialized view"),
    ("trigger", "policy", "rule", "security", "event trigger"),
    # First: what is granted to the role that made it is no grant before.
    ("ownership",),
    ("comment",),
    ("grants",),
)
RANK = {kind: number for number, kinds in enumerate(_RANKS) for kind in kinds}


def order(inventory: Inventory) -> dict[str, int]:
    """The place of each thing behind all that it needs."""
    objects = inventory.objects
    columns: dict[str | None, list[str]] = {}
    for key, each in objects.items():
        if each.kind == "column":
            columns.setdefault(each.parent, []).append(key)
    open_needs = {key: _needs(inventory, each, columns.get(key, ())) for key, each in objects.items()}
    users: dict[str, list[str]] = {}
    for key, needs in open_needs.items():
        for need in needs:
            users.setdefault(need, []).append(key)
    ready = [_rank(objects[key]) for key, needs in open_needs.items() if not needs]
    heapify(ready)
    places: dict[str, int] = {}
    while ready:
        key = heappop(ready)[-1]
        places[key] = len(places)
        for user in users.get(key, ()):
            open_needs[user].discard(key)
            if not open_needs[user]:
                heappush(ready, _rank(objects[user]))
    # What is in a circle comes last, by its kind.
    rest = sorted(_rank(objects[key]) for key in objects.keys() - places.keys())
    return places | {item[-1]: len(places) + number for number, item in enumerate(rest)}


def _rank(each: Object) -> tuple[int, bool, str]:
    foreign = each.kind == "constraint" and each.more["type"] == "f"
    return RANK[each.kind], foreign, each.key


def _needs(inventory: Inventory, each: Object, columns: Sequence[str]) -> set[str]:
    """With its parent; a table needs what its columns need, because it is made with them."""
    found = set(inventory.needs.get(each.key, ()))
    if each.parent:
        found.add(each.parent)
    for column in columns:
        found |= inventory.needs.get(column, frozenset())
    found.difference_update(columns)
    if each.kind == "sequence":
        found.discard(each.parent or "")
    return (found & inventory.objects.keys()) - {each.key}
