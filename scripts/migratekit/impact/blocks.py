"""The statements and expressions that a DO block in PL/pgSQL holds."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple

from ..evidence import Node

_STATEMENT = 0
_ASSIGNMENT = re.compile(r'\s*[\w."]+(?:\[[^\]]*\])*\s*:?=')
_DYNAMIC = frozenset({"PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors"})


class Block(NamedTuple):
    """What a block holds; `opaque` if it builds statements at run time, or is in another language."""

    statements: tuple[str, ...]
    opaque: bool


def read_block(text: str, node: Node) -> Block:
    """The SQL of a DO statement, each expression as a SELECT."""
    if any(
        option.def_elem.defname == "language" and option.def_elem.arg.string.sval != "plpgsql" for option in node.args
    ):
        return Block((), True)
    postgast = import_module("postgast")
    try:
        functions = postgast.parse_plpgsql(text)
    except (postgast.PgQueryError, ValueError):
        return Block((), True)
    found = list(_walk(functions))
    statements = tuple(_as_statement(value) for key, value in found if key == "PLpgSQL_expr")
    return Block(statements, any(key in _DYNAMIC or key == "dynquery" for key, _ in found))


def _walk(tree: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key, value
            yield from _walk(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _walk(value)


def _as_statement(expression: dict[str, Any]) -> str:
    text: str = expression["query"]
    if expression.get("parseMode", _STATEMENT) == _STATEMENT:
        return text
    return f"SELECT {_ASSIGNMENT.sub('', text, count=1) if _is_assignment(expression) else text}"


def _is_assignment(expression: dict[str, Any]) -> bool:
    return bool(expression["parseMode"] > 2)
