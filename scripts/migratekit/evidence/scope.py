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


@dataclass(frozen=True, slots=True)
class Session:
    """What names without a schema depend on: the session's search_path, the schemas there are, the user."""

    path: tuple[str, ...] = ()
    # None if they are not known.
    schemas: frozenset[str] | None = None
    user: str = _CURRENT_USER


@dataclass(frozen=True, slots=True)
class Made:
    """What is known of a file before its statements are read one by one."""

    # The schemas that it makes; with the search_path in force, the names of what it makes in the first schema of that.
    schemas: frozenset[str] = frozenset()
    names: frozenset[tuple[tuple[str, ...], str]] = frozenset()
    # The names of columns of which it alters the NOT NULL or the default.
    columns: frozenset[str] = frozenset()


class Scope:
    """What holds at one statement of a file, kept in step while the file is read."""

    def __init__(self, session: Session, made: Made) -> None:
        self.made = made
        self._given = session
        self._initial = self._session = self._committed = self._usable(session.path)
        self._local: tuple[str, ...] | None = None
        self._temporary: set[str] = set()
        self._values: dict[Thing, Thing] = {}
        self.parts = Parts()

    @property
    def path(self) -> tuple[str, ...]:
        """The search_path in force; empty if it is the session's and not known."""
        return self._session if self._local is None else self._local

    def place(self, names: Sequence[str]) -> Place | None:
        """Where a name, qualified or not, leads; None for what is temporary."""
        if len(names) > 1:
            return None if names[-2].startswith("pg_temp") else Place(names[-2])
        return None if names[-1] in self._temporary else self.home(names[-1])

    def home(self, name: str) -> Place:
        """Where something new of that name comes to be, and where the name leads from then on."""
        path = self.path
        if path and path[0] != _CURRENT_USER and (len(path) == 1 or (path, name) in self.made.names):
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

    def is_on_temporary(self, query: Node) -> bool:
        """True if a query names a temporary table, or a word like it."""
        text: bytes = query.SerializeToString() if self._temporary else b""
        return any(name.encode() in text for name in self._temporary)

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

    @contextmanager
    def within(self, schema: str) -> Iterator[None]:
        """Unqualified names lead to this schema, as in CREATE SCHEMA."""
        former, self._local = self._local, (schema,)
        yield
        self._local = former

    def follow(self, form: str, node: Node) -> None:
        """Keeps in step with SET search_path, RESET, set_config(), and the end of a transaction."""
        if form == "variable_set_stmt" and node.name in ("search_path", ""):
            how = word(node, "kind")
            if how == "VAR_SET_VALUE":
                self._set(self._path(named(value) for value in node.args), local=node.is_local)
            elif how in ("VAR_SET_DEFAULT", "VAR_RESET", "VAR_RESET_ALL"):
                self._set(self._initial, local=node.is_local)
        elif form == "select_stmt":
            self._follow_call(config_call(node))
        elif form == "transaction_stmt" and word(node, "kind") in ("TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"):
            if word(node, "kind") == "TRANS_STMT_COMMIT":
                self._committed = self._session
            self._local, self._session = None, self._committed

    def _follow_call(self, call: Node | None) -> None:
        if call and len(call.args) == 3 and named(call.args[0]) == "search_path" and _is_text(call.args[1]):
            entries = _ENTRY.findall(named(call.args[1]))
            path = self._path(quoted.replace('""', '"') or plain.lower() for quoted, plain in entries)
            self._set(path, local=_is_true(call.args[2]))

    def _set(self, path: tuple[str, ...], *, local: bool) -> None:
        self._local = path if local else None
        if not local:
            self._session = path

    def _path(self, names: Iterable[str]) -> tuple[str, ...]:
        # An empty path leaves only the system's own schema to names without one.
        return self._usable(names) or ("pg_catalog",)

    def _usable(self, names: Iterable[str]) -> tuple[str, ...]:
        """The schemas of a path that the server does not skip; those count that the file itself will make."""
        real = [self._given.user if name == _CURRENT_USER else name for name in names]
        known = None if self._given.schemas is None else self._given.schemas | self.made.schemas
        return tuple(name for name in real if name and not name.startswith("pg_") and (known is None or name in known))


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
