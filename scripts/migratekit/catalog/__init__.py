"""What a database's schema is made of, as lines that can be compared and as a structure that can be read."""

from .difference import difference
from .snapshot import digest, routines, snapshot
from .structure import Column, Key, Relation, Routine, Structure, structure

__all__ = [
    "Column",
    "Key",
    "Relation",
    "Routine",
    "Structure",
    "difference",
    "digest",
    "routines",
    "snapshot",
    "structure",
]
