"""Reading the nodes of PostgreSQL's parse tree."""

from collections.abc import Iterable
from typing import Any

# The classes of the parse tree have no type stubs that parse.
Node = Any

_MAX_IDENTIFIER = 63
_SUFFIXES = {"CONSTR_PRIMARY": "pkey", "CONSTR_UNIQUE": "key", "CONSTR_FOREIGN": "fkey"}
_INPUT = ("FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC", "FUNC_PARAM_DEFAULT")


def inner(node: Node) -> tuple[str, Node]:
    """The kind of statement or expression that a node holds, and itself."""
    kind = node.WhichOneof("node") or ""
    return kind, getattr(node, kind) if kind else None


def word(node: Node, field: str) -> str:
    """The name of the value that an enumeration has."""
    name: str = node.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number[getattr(node, field)].name
    return name


def strings(nodes: Iterable[Node]) -> list[str]:
    """The texts of a list of names."""
    return [node.string.sval for node in nodes]


def type_text(type_name: Node) -> str | None:
    """A type as the catalogs name it, without its schema; None if it is that of a column (%TYPE)."""
    if type_name.pct_type or not type_name.names:
        return None
    return str(type_name.names[-1].string.sval) + ("[]" if type_name.array_bounds else "")


def full_type(type_name: Node) -> str | None:
    """A type with its modifiers, as in `numeric 10,2`; None if they are no plain numbers."""
    text = type_text(type_name)
    numbers = [_number(modifier) for modifier in type_name.typmods]
    if text is None or None in numbers or (numbers and text.startswith("interval")):
        return None
    if len(numbers) == 1 and text.startswith("numeric"):
        numbers.append("0")
    return f"{text} {','.join(filter(None, numbers))}"


def arguments(parameters: Iterable[Node]) -> str | None:
    """The types by which a routine is called; None if one of them is that of a column (%TYPE)."""
    types = [type_text(p.arg_type) for p in parameters if word(p, "mode") in _INPUT]
    return None if None in types else ",".join(filter(None, types))


def named(value: Node) -> str:
    """The text of a constant, a bare word or a type name; empty for anything else."""
    kind, node = inner(value)
    if kind == "a_const" and node.WhichOneof("val") == "sval":
        return str(node.sval.sval)
    return str(node.sval) if kind == "string" else ""


def made_name(*parts: str) -> str | None:
    """The name that the server gives what has none, if none is taken and it is not too long to be whole."""
    name = "_".join(part for part in parts if part)
    return name if len(name.encode()) <= _MAX_IDENTIFIER else None


def constraint_name(table: str, constraint: Node, columns: Iterable[str]) -> str | None:
    """The name of a constraint, or the one that the server gives it; None where that depends on more."""
    kind = word(constraint, "contype")
    if constraint.conname or constraint.indexname:
        return str(constraint.conname or constraint.indexname)
    return (
        made_name(table, *(() if kind == "CONSTR_PRIMARY" else columns), _SUFFIXES[kind]) if kind in _SUFFIXES else None
    )


def constant_text(value: Node) -> str | None:
    """A simple default as the server writes it, without its type; None for what may be written differently."""
    kind, node = inner(value)
    if kind == "type_cast":
        return constant_text(node.arg) if inner(node.arg)[0] == "a_const" else None
    if kind == "a_const":
        return _literal(node)
    if kind == "func_call":
        names = strings(node.funcname)
        plain = len(names) == 1 and not node.args and names[0].isascii() and names[0].isidentifier()
        return f"{names[0]}()" if plain and names[0].islower() else None
    return None


def is_null(value: Node) -> bool:
    """True for the constant NULL."""
    kind, node = inner(value)
    return bool(kind == "a_const" and node.isnull)


def _literal(constant: Node) -> str | None:
    kind = constant.WhichOneof("val")
    if kind == "boolval":
        return str(constant.boolval.boolval).lower()
    if kind == "ival":
        number: int = constant.ival.ival
        return str(number) if number >= 0 else f"'{number}'"
    if kind == "sval" and "\\" not in constant.sval.sval:
        text: str = constant.sval.sval.replace("'", "''")
        return f"'{text}'"
    return None


def _number(node: Node) -> str | None:
    kind, constant = inner(node)
    return str(constant.ival.ival) if kind == "a_const" and constant.WhichOneof("val") == "ival" else None
