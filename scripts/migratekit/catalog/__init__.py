"""What a database's schema is made of, as lines that can be compared and as a structure that can be read."""

from .difference import difference
from .objects import Inventory, Object, inventory
from .snapshot import digest, routines, snapshot
from .structure import Column, Key, Relation, Routine, Structure, structure

__all__ = [
    "Column",
    "Inventory",
    "Key",
    "Object",
    "Relation",
    "Routine",
    "Structure",
    "difference",
    "digest",
    "inventory",
    "routines",
    "snapshot",
    "structure",
]
