"""A schema as people read it: tables and views with their columns and keys, types, functions."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ..database import Database
from .snapshot import ask, scoped

_KINDS = {"r": "table", "p": "table", "f": "foreign table", "v": "view", "m": "materialized view"}
_ROUTINES = {"p": "procedure", "a": "aggregate"}


class Column(NamedTuple):
    """A column; `default` says too that it is generated."""

    name: str
    type: str
    required: bool
    default: str | None
    comment: str | None


class Key(NamedTuple):
    """A constraint; `target` is schema and name of the table that a foreign key points to."""

    name: str
    # As in pg_constraint: p, u, f, c or x.
    kind: str
    definition: str
    columns: Sequence[str]
    target: tuple[str, str] | None


class Index(NamedTuple):
    """An index that belongs to no key."""

    name: str
    definition: str


class Relation(NamedTuple):
    """A table or a view; `partitioned` is the key of one with partitions."""

    schema: str
    name: str
    kind: str
    comment: str | None
    partitioned: str | None
    partitions: int
    columns: Sequence[Column]
    keys: Sequence[Key]
    indexes: Sequence[Index]

    @property
    def is_table(self) -> bool:
        """True for what holds rows of its own, or another server's."""
        return self.kind.endswith("table")


class Type(NamedTuple):
    """An enum with its labels, or a domain with what it is made of."""

    schema: str
    name: str
    comment: str | None
    definition: str
    kind: str


class Routine(NamedTuple):
    """A function, procedure or aggregate."""

    schema: str
    name: str
    kind: str
    arguments: str
    returns: str | None
    language: str
    comment: str | None


class Structure(NamedTuple):
    """All of a schema, sorted by name."""

    relations: Sequence[Relation]
    types: Sequence[Type]
    routines: Sequence[Routine]


def structure(database: Database, left_out: Collection[tuple[str, str]] = ()) -> Structure:
    """What is there, without extensions' objects and the tables `left_out` (schema, name); reads only."""
    [found] = ask(database, [scoped("structure", left_out)])
    return Structure(
        [_relation(row) for row in found["relations"]],
        [Type(**{**row, "kind": "enum" if row["kind"] == "e" else "domain"}) for row in found["types"]],
        [Routine(**{**row, "kind": _ROUTINES.get(row["kind"], "function")}) for row in found["routines"]],
    )


def _relation(row: Mapping[str, Any]) -> Relation:
    lists = {
        "columns": [Column(**each) for each in row["columns"]],
        "keys": [Key(**{**each, "target": tuple(each["target"]) if each["target"] else None}) for each in row["keys"]],
        "indexes": [Index(**each) for each in row["indexes"]],
    }
    return Relation(**{**row, **lists, "kind": _KINDS[row["kind"]]})
