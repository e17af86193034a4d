"""Enums: values that come, and a type built anew where values go, with all that knows it dropped for the moment."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..catalog import Inventory, Object
from ..quoting import ident, literal, object_name, read_name
from .altered import made
from .pieces import order

# Made anew around the new type; a plain key is built anew by the server itself.
_AROUND = (
    *("view", "materialized view", "trigger", "policy", "rule", "function", "procedure"),
    *("constraint", "index", "statistics"),
)
_KEYS = ("p", "u")


class Value(NamedTuple):
    """A value that an enum gets, and the one in front of which it comes; behind all others without."""

    type: Object
    value: str
    before: str | None
    # What the enum has then.
    labels: Sequence[str]
    # What takes it away again.
    down: str = ""
    # Nothing but columns knows the type, as the template has it.
    is_plain: bool = True
    # Why there is no way down.
    stuck: str = ""


def new_values(have: Inventory, wanted: Inventory) -> Iterator[Value]:
    """The values that come to enums that are there."""
    for old, new in _pairs(have, wanted):
        yield from _added(old, new)


def losing(have: Inventory, wanted: Inventory) -> Iterator[str]:
    """The keys of enums that are to lose values, or to have them in another order."""
    for old, new in _pairs(have, wanted):
        if labels_with(old, new) != list(new.more["labels"] or ()):
            yield new.key


def _pairs(have: Inventory, wanted: Inventory) -> Iterator[tuple[Object, Object]]:
    for key in sorted(have.objects.keys() & wanted.objects.keys()):
        if have.objects[key].kind == "enum":
            yield have.objects[key], wanted.objects[key]


def _added(old: Object, new: Object) -> list[Value]:
    """Each once the one behind it is there."""
    labels = list(old.more["labels"] or ())
    wanted = new.more["labels"] or ()
    found = []
    for number, value in reversed(list(enumerate(wanted))):
        if value not in labels:
            before = wanted[number + 1] if number + 1 < len(wanted) else None
            labels.insert(labels.index(before) if before else len(labels), value)
            found.append(Value(new, value, before, tuple(labels)))
    return found


def labels_with(old: Object, new: Object) -> list[str]:
    """What an enum has once the new values are there: all of them where none goes and none moves."""
    found = _added(old, new)
    return list(found[-1].labels if found else old.more["labels"] or ())


def with_ways_down(values: Sequence[Value], before: Inventory) -> list[Value]:
    """The same with their ways down, in a schema that does not have them yet."""
    found = []
    for value in values:
        labels = [label for label in value.labels if label != value.value]
        is_plain = not any(each.kind in _AROUND for each in _users(before, value.type))
        found.append(value._replace(down=rebuilt(value.type, labels, before), is_plain=is_plain))
    return found


def rebuilt(enum: Object, labels: Sequence[str], there: Inventory) -> str:
    """The statements that put a type with these values into the place of an enum; no value is given another one."""
    users, places = _users(there, enum), order(there)
    around = sorted((each for each in users if _is_around(each)), key=lambda each: places[each.key])
    columns = sorted((each for each in users if each.kind == "column"), key=lambda each: places[each.key])
    name = read_name(enum.more["name"])
    spare = name.beside(object_name(name, "before"))
    parts = sorted(_parts(there, [each.key for each in around]), key=lambda each: places[each.key])
    tops = [each for each in around if each not in parts]
    statements = [
        *(each.gone for each in reversed(tops)),
        f"ALTER TYPE {ident(name)} RENAME TO {ident(spare.name)}",
        f"CREATE TYPE {ident(name)} AS ENUM ({', '.join(map(literal, labels))})",
        *(statement for column in columns for statement in _moved(column, enum)),
        f"DROP TYPE {ident(spare)}",
        *(made(each) for each in _parts(there, [enum.key])),
        *(made(each) for each in sorted([*tops, *parts], key=lambda each: places[each.key])),
    ]
    return ";\n".join(filter(None, statements))


def _users(there: Inventory, enum: Object) -> list[Object]:
    """What knows the type, or a column that has it."""
    return [there.objects[key] for key in there.users([enum.key]) if key in there.objects]


def _is_around(each: Object) -> bool:
    return each.kind in _AROUND and not (each.kind == "constraint" and each.more["type"] in _KEYS)


def _moved(column: Object, enum: Object) -> Iterator[str]:
    alter = f"ALTER TABLE {column.more['table']} ALTER COLUMN {ident(column.more['name'])} "
    kind, default = column.more["type"], column.more["default"]
    if default:
        yield alter + "DROP DEFAULT"
    if kind.removesuffix("[]") == enum.more["name"]:
        yield f"{alter}TYPE {kind} USING {ident(column.more['name'])}::text::{kind}"
    if default:
        yield f"{alter}SET DEFAULT {default}"


def _parts(there: Inventory, keys: Sequence[str]) -> list[Object]:
    """What goes with these, but for columns."""
    found: list[Object] = []
    ahead = set(keys)
    while ahead:
        several = [each for each in there.objects.values() if each.parent in ahead and each not in found]
        found += several
        ahead = {each.key for each in several}
    return found
