"""Which table of the database a name in a file means, after what the file has made and renamed so far."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..evidence import Node, Scope
from ..lock_modes import LockMode
from .uses import Use


class Target(NamedTuple):
    """A name as it was before the file, and where to look for it."""

    schema: str | None
    path: tuple[str, ...]
    name: str


class Names:
    """Kept in step while a file is read."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        # The domains with constraints that the file has made.
        self.domains: set[str] = set()
        # None is what the file itself has made.
        self._now: dict[tuple[str, str], Target | None] = {}
        # The tables of the indexes that it has made.
        self._indexes: dict[str, Target] = {}

    def find(self, names: Sequence[str]) -> Target | None:
        """What a name meant before the file; None for what is new or temporary."""
        place = self.scope.place(names)
        if place is None:
            return None
        for schema in self._schemas(place.schema, place.path):
            if (schema, names[-1]) in self._now:
                return self._now[schema, names[-1]]
        return Target(place.schema, place.path, names[-1])

    def use(self, names: Sequence[str], lock: LockMode, **more: Any) -> Iterator[Use]:
        """The use of what has that name, if it was there before the file."""
        target = self.find(names)
        if target:
            yield Use(target.schema, target.name, lock, path=target.path, **more)

    def relation(self, relation: Node, lock: LockMode, **more: Any) -> Iterator[Use]:
        """The same for a table as a statement names it, with its partitions and children, but for ONLY."""
        return self.use(full_name(relation), lock, **({"descends": relation.inh} | more))

    def make(self, relation: Node) -> None:
        """From now on the name means something new."""
        temporary = relation.relpersistence == "t" or relation.schemaname.startswith("pg_temp")
        if not self.scope.makes_temporary(relation.relname, temporary=temporary):
            self._set(full_name(relation), None)

    def rename(self, old: Sequence[str], new: Sequence[str]) -> None:
        """From now on the new name means what the old one did."""
        target = self.find(old)
        if target or self.scope.place(old):
            self._set(new, target)

    def make_index(self, name: str, table: Node) -> None:
        """Takes note of an index that is new."""
        target = self.find(full_name(table))
        if target and name:
            self._indexes[name] = target

    def table_of_index(self, names: Sequence[str]) -> list[str] | None:
        """The table of an index that the file has made, and still names so."""
        target = self._indexes.get(names[-1])
        return [*filter(None, [target.schema]), target.name] if target else None

    def _set(self, names: Sequence[str], target: Target | None) -> None:
        schema = names[-2] if len(names) > 1 else self._schemas(None, self.scope.path)[0]
        self._now[schema, names[-1]] = target

    @staticmethod
    def _schemas(schema: str | None, path: tuple[str, ...]) -> Sequence[str]:
        return [schema] if schema is not None else path or [""]


def full_name(relation: Node) -> list[str]:
    """The schema, if one is given, and the name of a table."""
    return [*filter(None, [relation.schemaname]), relation.relname]
