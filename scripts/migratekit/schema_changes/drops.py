"""What goes: with what, and what is left out because rows would go with it."""

from typing import NamedTuple

from ..catalog import Inventory, Object

# With them go rows, or values of rows: what a sequence has counted, and tables that belong to an extension.
DESTRUCTIVE = ("table", "column", "sequence", "extension")
# They are dropped last: what is dropped with rows may need them.
LAST = (
    *DESTRUCTIVE,
    "function",
    "procedure",
    "enum",
    "domain",
    "composite",
    "range",
    "schema",
)
_OF_COLUMNS = ("constraint", "index", "statistics")
_HOLDING = ("trigger", "policy", "rule", "constraint", "index")


class Drops(NamedTuple):
    """Keys of what goes: `by_itself` by a statement of its own, `along` with what it belongs to, `left` not at all."""

    by_itself: frozenset[str]
    along: frozenset[str]
    left: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """All that goes."""
        return self.by_itself | self.along


def read_drops(have: Inventory, wanted: Inventory, *, destructive: bool) -> Drops:
    """What is to go; without `destructive` nothing goes that has rows, and nothing that is needed by that."""
    gone = have.objects.keys() - wanted.objects.keys()
    along = {key for key in gone if _goes_along(key, have, gone)}
    left: set[str] = set()
    if not destructive:
        left = {key for key in gone if have.objects[key].kind in DESTRUCTIVE}
        left |= {key for key in along if _goes_along(key, have, left)}
        needed = _needs(have, left)
        left |= {key for key in gone if key in needed or _has_ancestor(key, have, needed & gone)}
    return Drops(frozenset(gone - along - left), frozenset(along - left), frozenset(left))


def _has_ancestor(key: str, have: Inventory, among: set[str]) -> bool:
    parent = have.objects[key].parent
    while parent is not None and parent not in among:
        parent = have.objects[parent].parent if parent in have.objects else None
    return parent is not None


def _goes_along(key: str, have: Inventory, among: set[str]) -> bool:
    """True if one of these takes it along."""
    each = have.objects[key]
    if _has_ancestor(key, have, among):
        return True
    if each.kind not in _OF_COLUMNS:
        return False
    columns = {need for need in have.needs.get(key, ()) if need in among and have.objects[need].kind == "column"}
    # A foreign key of another table that points to the column does not go with it.
    return any(have.objects[column].parent == each.parent for column in columns)


def _needs(have: Inventory, keys: set[str]) -> set[str]:
    found: set[str] = set()
    ahead = set(keys)
    while ahead:
        ahead = {need for key in ahead for need in have.needs.get(key, ())} - found
        found |= ahead
    return found


def is_held(part: Object, inside: Inventory, other: Inventory) -> bool:
    """True for a part that keeps something else from being dropped, which goes too, and so has to go before it."""
    if part.kind not in _HOLDING:
        return False
    needs = inside.needs.get(part.key, frozenset()) & inside.objects.keys() - other.objects.keys()
    return any(need != part.parent and inside.objects[need].parent != part.parent for need in needs)
