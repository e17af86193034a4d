"""Is an index INVALID, or a constraint of a touched table NOT VALID?"""

from collections.abc import Iterator
from typing import NamedTuple

from ..database import identifier
from ..evidence import InvalidIndex, Node, invalid_indexes, strings, word
from ._queries import ask, oids
from ._statements import statements
from ._view import Result, View, fail, ok, warn


class Named(NamedTuple):
    """What the files do, by names alone: indexes made (in which file), dropped or built anew; constraints validated."""

    made: dict[str, str]
    dropped: frozenset[str]
    validated: frozenset[str]


def check(view: View) -> Iterator[Result]:
    """A failure where a file makes an index of that name, else warnings."""
    named = _named(view)
    found = [one for one in invalid_indexes(view.database) if not one.building and one.name not in named.dropped]
    constraints = ask(view.database, "indexes", oids([table.oid for table in view.touched]))
    unchecked = [one for one in constraints if one["name"] not in named.validated]
    for index in found:
        yield _index(index, named.made.get(index.name))
    for one in unchecked:
        hint = f"old rows were never checked; in a new migration: {one['remedy']}"
        yield warn(f"constraint {one['name']} is NOT VALID", hint, subject=one["table"])
    if not found and not unchecked:
        yield ok("none is INVALID")


def _index(index: InvalidIndex, file: str | None) -> Result:
    name, subject = identifier(index.schema, index.name), f"{index.schema}.{index.name}"
    figure = f"INVALID: no query of {index.table} uses it, every write pays for it"
    if file:
        hint = f"IF NOT EXISTS would leave it as it is; first: DROP INDEX CONCURRENTLY {name}"
        return fail(f"{figure}; {file} creates an index of that name", hint, subject=subject)
    if index.of_constraint:
        return warn(figure, f"REINDEX INDEX CONCURRENTLY {name}", subject=subject)
    return warn(figure, f"DROP INDEX CONCURRENTLY {name}, or REINDEX INDEX CONCURRENTLY", subject=subject)


def _named(view: View) -> Named:
    made, dropped, validated = dict[str, str](), set[str](), set[str]()
    for file, form, node in statements(view):
        if form == "index_stmt" and node.idxname:
            made[node.idxname] = file
        elif form == "drop_stmt" and word(node, "remove_type") == "OBJECT_INDEX":
            dropped.update(strings(one.list.items)[-1] for one in node.objects)
        elif form == "reindex_stmt":
            dropped.add(node.relation.relname)
        elif form == "alter_table_stmt":
            validated.update(_validated(node))
    return Named(made, frozenset(dropped), frozenset(validated))


def _validated(node: Node) -> Iterator[str]:
    commands = [one.alter_table_cmd for one in node.cmds]
    return (one.name for one in commands if word(one, "subtype") in ("AT_ValidateConstraint", "AT_DropConstraint"))
