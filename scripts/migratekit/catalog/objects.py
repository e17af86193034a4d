"""What is in a schema, each thing with the statements that make it and drop it, as the server writes them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from ..database import Database
from .snapshot import ask, scoped


class Object(NamedTuple):
    """One thing, or a part of one: `parent` is the key of what it goes with when that is dropped."""

    kind: str
    key: str
    parent: str | None
    # Equal for equal things.
    text: str
    # Statements without their last semicolon.
    make: str
    gone: str
    # An SQL expression that is true where it is there; None where that is not looked at.
    holds: str | None
    more: Mapping[str, Any]


class Inventory(NamedTuple):
    """All of a schema by its keys, and what each thing cannot be without."""

    objects: Mapping[str, Object]
    needs: Mapping[str, frozenset[str]]

    def users(self, keys: Iterable[str]) -> set[str]:
        """All that cannot be without one of these, in any number of steps."""
        found: set[str] = set()
        ahead = set(keys)
        while ahead:
            ahead = {key for key, needs in self.needs.items() if needs & ahead} - found
            found |= ahead
        return found

    def only(self, keys: Collection[str]) -> "Inventory":
        """The same with nothing but these."""
        return Inventory({key: each for key, each in self.objects.items() if key in keys}, self.needs)


def inventory(database: Database, left_out: Collection[tuple[str, str]] = ()) -> Inventory:
    """What is there, without extensions' objects and the tables `left_out` (schema, name); reads only."""
    [found] = ask(database, [scoped("objects", left_out)])
    needs: dict[str, set[str]] = {}
    for key, needed in found["needs"]:
        needs.setdefault(key, set()).add(needed)
    objects = {each["key"]: Object(**each) for each in found["objects"] or ()}
    return Inventory(objects, {key: frozenset(several) for key, several in needs.items()})
