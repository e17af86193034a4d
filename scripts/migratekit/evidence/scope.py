"""Where the names of a file lead: the search_path, the temporary tables, and what the file itself has made."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from .nodes import Node, inner, named, strings, word
from .parts import Parts
from .things import Before, Effect, Kind, Thing

_ENTRY = re.compile(r'"((?:[^"]|"")*)"|([^\s,"]+)')
_CURRENT_USER = "$user"


@dataclass(frozen=True, slots=True)
class Place:
    """A schema, or where to look for it."""

    schema: str | None = None
    path: tuple[str, ...] = ()

    def thing(self, kind: Kind, name: str, of: str = "", *, args: str | None = None, value: str | None = None) -> Thing:
        """The thing of that name in this place."""
        return Thing(kind, name, self.schema, of, args, value, self.path)


class Scope:
    """What holds at one statement of a file, kept in step while the file is read."""

    def __init__(self, path: Sequence[str], created: frozenset[str]) -> None:
        self._initial = self._session = self._committed = _plain(path)
        self._local: tuple[str, ...] | None = None
        # Names that the file gives without a schema: they lead to the first schema of the path, now or in the end.
        self._created = created
        self._temporary: set[str] = set()
        self._values: dict[Thing, Thing] = {}
        self.parts = Parts()
        self._routines: dict[tuple[Place, str], set[str]] = {}

    @property
    def path(self) -> tuple[str, ...]:
        """The search_path in force; empty if it is the session's and not known."""
        return self._session if self._local is None else self._local

    def place(self, names: Sequence[str]) -> Place | None:
        """Where a name, qualified or not, leads; None for what is temporary."""
        if len(names) > 1:
            return None if names[-2].startswith("pg_temp") else Place(names[-2])
        if names[-1] in self._temporary:
            return None
        path = self.path
        if path and path[0] != _CURRENT_USER and (len(path) == 1 or names[-1] in self._created):
            return Place(path[0])
        return Place(None, path)

    def relation(self, relation: Node) -> Place | None:
        """Where the name of a table, view or the like leads; None for what is temporary."""
        return self.place([*filter(None, [relation.schemaname]), relation.relname])

    def makes_temporary(self, name: str, *, temporary: bool) -> bool:
        """Takes note of a relation that is being made, and tells whether it is temporary."""
        if temporary:
            self._temporary.add(name)
        return temporary

    def drops_temporary(self, name: str) -> None:
        """Forgets a temporary table: from now on the name means another one."""
        self._temporary.discard(name)

    def sets_value(self, thing: Thing) -> Iterator[Effect]:
        """The effects of giving something a value that excludes the one before."""
        key = replace(thing, value=None)
        former = self._values.get(key)
        if former is not None and former != thing:
            yield Effect(former, False, Before.ANY)
        self._values[key] = thing
        yield Effect(thing, True, Before.LIKELY)

    def note_routine(self, place: Place, name: str, args: str | None) -> None:
        """Remembers with which arguments the file names a routine."""
        if args is not None:
            self._routines.setdefault((place, name), set()).add(args)

    def arguments_of(self, place: Place, name: str) -> str | None:
        """The arguments of a routine that is named without, if the file knows one only."""
        known = self._routines.get((place, name), set())
        return next(iter(known)) if len(known) == 1 else None

    @contextmanager
    def within(self, schema: str) -> Iterator[None]:
        """Unqualified names lead to this schema, as in CREATE SCHEMA."""
        former, self._local = self._local, (schema,)
        yield
        self._local = former

    def end_transaction(self, *, kept: bool) -> None:
        """COMMIT and ROLLBACK end what was SET LOCAL; ROLLBACK undoes what was SET."""
        self._local = None
        if kept:
            self._committed = self._session
        self._session = self._committed

    def read_setting(self, kind: str, node: Node) -> None:
        """Follows SET search_path, RESET and set_config()."""
        if kind == "variable_set_stmt" and node.name in ("search_path", ""):
            how = word(node, "kind")
            if how == "VAR_SET_VALUE":
                self._set(_path(named(value) for value in node.args), local=node.is_local)
            elif how in ("VAR_SET_DEFAULT", "VAR_RESET", "VAR_RESET_ALL"):
                self._set(self._initial, local=node.is_local)
        elif kind == "select_stmt":
            call = config_call(node)
            if call and len(call.args) == 3 and named(call.args[0]) == "search_path" and _is_text(call.args[1]):
                entries = _ENTRY.findall(named(call.args[1]))
                path = _path(quoted.replace('""', '"') or plain.lower() for quoted, plain in entries)
                self._set(path, local=_is_true(call.args[2]))

    def _set(self, path: tuple[str, ...], *, local: bool) -> None:
        self._local = path if local else None
        if not local:
            self._session = path


def config_call(select: Node) -> Node | None:
    """The call of set_config() that a SELECT consists of."""
    if len(select.target_list) != 1 or select.from_clause or select.where_clause.WhichOneof("node"):
        return None
    kind, call = inner(select.target_list[0].res_target.val)
    return call if kind == "func_call" and strings(call.funcname)[-1] == "set_config" else None


def _is_text(value: Node) -> bool:
    kind, node = inner(value)
    return bool(kind == "a_const" and node.WhichOneof("val") == "sval")


def _is_true(value: Node) -> bool:
    kind, node = inner(value)
    return bool(kind == "a_const" and node.boolval.boolval)


def _path(names: Iterable[str]) -> tuple[str, ...]:
    # An empty path leaves only the system's own schema to names without one.
    return _plain(names) or ("pg_catalog",)


def _plain(path: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in path if name and not name.startswith("pg_"))
