"""The types of columns as the catalogs know them."""

from ..evidence import Node, inner, strings
from .uses import Ask, Question

_HEADER = 4
_SERIAL = frozenset({"smallserial", "serial", "bigserial", "serial2", "serial4", "serial8"})
_LENGTHS = frozenset({"varchar", "bpchar"})
_PLAIN = frozenset({"varbit", "bit", "timestamp", "timestamptz", "time", "timetz"})


def is_serial(type_name: Node) -> bool:
    """True for a type that is an integer with a sequence."""
    return not _SERIAL.isdisjoint(strings(type_name.names)[-1:])


def about_type(
    ask: Ask, type_name: Node, column: str, *, cast: bool = True, functions: tuple[str, ...] = ()
) -> Question:
    """The question what a column of this type means for the rows."""
    names = strings(type_name.names) or [""]
    schema = names[-2] if len(names) > 1 else None
    array, modifier = bool(type_name.array_bounds), _modifier(names[-1], type_name)
    return Question(
        ask, (column,), functions=functions, name=names[-1], schema=schema, modifier=modifier, array=array, cast=cast
    )


def is_cast_of(expression: Node, column: str, type_name: Node) -> bool:
    """True for `column` and `column::type`, which is what ALTER … TYPE does by itself."""
    form, node = inner(expression)
    if form == "type_cast":
        same = strings(node.type_name.names) == strings(type_name.names)
        same = same and [_number(one) for one in node.type_name.typmods] == [_number(one) for one in type_name.typmods]
        return same and is_cast_of(node.arg, column, type_name)
    return (
        form == "column_ref"
        and [inner(field)[0] for field in node.fields] == ["string"]
        and (node.fields[0].string.sval == column)
    )


def _modifier(name: str, type_name: Node) -> int | None:
    numbers = [_number(node) for node in type_name.typmods]
    if not numbers:
        return -1
    first = numbers[0]
    if first is None or None in numbers:
        return None
    if name in _LENGTHS:
        return first + _HEADER
    if name == "numeric":
        scale = numbers[1] if len(numbers) > 1 else 0
        return ((first << 16) | ((scale or 0) & 0x7FF)) + _HEADER
    return first if name in _PLAIN else None


def _number(node: Node) -> int | None:
    form, constant = inner(node)
    if form != "a_const" or constant.WhichOneof("val") not in ("ival", None):
        return None
    return None if constant.isnull else int(constant.ival.ival)
