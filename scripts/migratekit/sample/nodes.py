"""The parse trees of expressions: columns, constants, words."""

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

NOW = "now()"
# They leave our texts as they are: none has blanks around it.
TRIMS = frozenset({"btrim", "ltrim", "rtrim"})
_NOWS = frozenset({"now", "statement_timestamp", "clock_timestamp", "transaction_timestamp"})


class NotUnderstood(Exception):
    """The expression is not of a simple kind."""


def parsed(expression: str) -> tuple[str, Any]:
    """The tree of a condition; NotUnderstood if it is none."""
    postgast = import_module("postgast")
    try:
        tree = postgast.parse(f"SELECT 1 WHERE {expression}")
    except Exception as error:
        raise NotUnderstood(expression) from error
    return inner(tree.stmts[0].stmt.select_stmt.where_clause)


def inner(node: Any) -> tuple[str, Any]:
    """The kind and content of a node."""
    kind = node.WhichOneof("node") or ""
    return kind, getattr(node, kind, None)


def columns_of(nodes: Sequence[Any]) -> Iterator[str]:
    """The columns that the nodes are."""
    for node in nodes:
        yield column_of(node)


def column_of(node: Any) -> str:
    """The column that a node is, casts and trims aside; NotUnderstood if it is none."""
    kind, found = inner(node)
    if kind == "type_cast":
        return column_of(found.arg)
    if kind == "func_call" and found.funcname[-1].string.sval in TRIMS and len(found.args) == 1:
        return column_of(found.args[0])
    if kind != "column_ref" or len(found.fields) != 1:
        raise NotUnderstood(kind)
    return str(found.fields[0].string.sval)


def is_constant(node: Any) -> bool:
    """True if constant_of() gives a value."""
    try:
        constant_of(node)
    except NotUnderstood:
        return False
    return True


def constant_of(node: Any) -> str:
    """A constant as text, now() for the time of the statement; NotUnderstood if it is none."""
    kind, found = inner(node)
    if kind == "type_cast":
        return constant_of(found.arg)
    if kind == "sqlvalue_function" or (kind == "func_call" and found.funcname[-1].string.sval in _NOWS):
        return NOW
    which = found.WhichOneof("val") if kind == "a_const" else None
    if which is None:
        raise NotUnderstood(kind)
    value = getattr(found, which)
    if which == "boolval":
        return "t" if value.boolval else "f"
    return str(getattr(value, which))


def constants_of(node: Any) -> list[str]:
    """The constants of an array."""
    kind, found = inner(node)
    if kind == "type_cast":
        return constants_of(found.arg)
    if kind == "a_array_expr":
        return [constant_of(element) for element in found.elements]
    text = constant_of(node)
    if not (text.startswith("{") and text.endswith("}")) or set(text) & set('"\\'):
        raise NotUnderstood(text)
    return text[1:-1].split(",")


def of_like(pattern: str) -> str:
    """The pattern of a LIKE as a regular expression."""
    return "^" + "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern) + "$"


def is_not_null(node: Any) -> bool:
    """True for IS NOT NULL, False for IS NULL."""
    return enum_of(node, "nulltesttype") == "IS_NOT_NULL"


def enum_of(node: Any, field: str) -> str:
    """The name of an enumerated property."""
    values = node.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number
    return str(values[getattr(node, field)].name)
