"""May the role do to each table what the files do, and write down that it did?"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..database import identifier
from ..tracking.history import History
from ._figures import count, some
from ._needs import BESIDE, DROP, MAINTAIN, OWNER, WRITE, Need, needs
from ._queries import ask
from ._view import Result, View, fail, ok

_ROW, _HISTORY = "version row", "history"
_OWNING = (OWNER, DROP, MAINTAIN)
_GRANTED = {
    WRITE: "INSERT, UPDATE, DELETE",
    _ROW: "SELECT, INSERT, DELETE",
    _HISTORY: "SELECT, INSERT",
}


class _Lacking(NamedTuple):
    """A thing on which the role lacks a right."""

    kind: str
    schema: str | None
    name: str
    owner: str
    # Of all on the server.
    by_superuser: bool

    @property
    def sql(self) -> str:
        """Its name, quoted."""
        return identifier(*filter(None, [self.schema, self.name]))


def check(view: View) -> Iterator[Result]:
    """A failure for each right that the role lacks."""
    wanted = list(dict.fromkeys(_wanted(view)))
    found = ask(view.database, "rights", json.dumps([_row(*each) for each in enumerate(wanted)], ensure_ascii=False))
    role = found["role"]
    if found["superuser"]:
        yield ok("superuser", subject=role)
        return
    by_right: dict[tuple[str, _Lacking], list[Need]] = {}
    for number, *lacking in found["lacking"]:
        need = wanted[number]
        by_right.setdefault((_right(need, lacking[0]), _Lacking(*lacking)), []).append(need)
    for (right, thing), of in by_right.items():
        statements = [f"{need.statement} ({need.place})" if need.place else need.statement for need in of]
        yield fail(f"{role} {_lack(right, thing)}: {some(statements, 2)}", _hint(right, thing, role), subject=thing.sql)
    if not by_right:
        yield ok(f"may do what {count(len(view.pending), 'file does', 'files do')}", subject=role)


def _wanted(view: View) -> Iterator[Need]:
    for pending in view.pending:
        yield from needs(pending)
    table = view.table
    yield Need(_ROW, "", "the version row is written", table.name, table.schema)
    history = History.locate(view.database, table.schema, table.name)
    yield Need(_HISTORY, "", "the history is written", history.name, table.schema)
    if not (table.exists and history.exists):
        what = "the history is made" if table.exists else "the version table is made"
        yield Need("schema", "", what, table.name, table.schema)


def _row(number: int, need: Need) -> dict[str, Any]:
    path = [need.schema] if need.schema is not None else need.path or None
    return {"n": number, "need": need.right, "path": path, "name": need.name}


def _right(need: Need, kind: str) -> str:
    """What the role lacks, as it is granted."""
    if kind == "schema":
        return "CREATE" if need.right in ("schema", BESIDE) else "USAGE"
    if kind == "database":
        return "CREATE"
    return OWNER if need.right in _OWNING or kind == "role" else _GRANTED.get(need.right, need.right)


def _lack(right: str, thing: _Lacking) -> str:
    if thing.kind == "role":
        return f"may not hand over to {thing.name}, being no member of it"
    if right == OWNER:
        return f"does not own it, {thing.owner} does"
    return f"has no {right.replace(', ', ' or ')} on {'it' if thing.kind == 'table' else f'the {thing.kind}'}"


def _hint(right: str, thing: _Lacking, role: str) -> str:
    to = identifier(role)
    if right != OWNER:
        # That of the schema `public` is whoever owns the database.
        owner = "the database's owner" if thing.owner == "pg_database_owner" else thing.owner
        on = "" if thing.kind == "table" else f"{thing.kind.upper()} "
        return f"as {owner}: GRANT {right} ON {on}{thing.sql} TO {to}"
    if thing.by_superuser:
        # Nobody is to become one for a migration.
        return f"run it as {thing.owner}, or have that one say: ALTER TABLE {thing.sql} OWNER TO {to}"
    return f"run it as {thing.owner}, or: GRANT {identifier(thing.owner)} TO {to}"
