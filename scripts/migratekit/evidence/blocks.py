"""What a DO block may do, by its words."""

import re
from collections.abc import Iterator

from .nodes import Node

_WORD = re.compile(r"\w+")
_MAKES = frozenset({"create", "drop", "alter", "rename"})
_WRITES = _MAKES | {
    *("insert", "update", "delete", "merge", "truncate", "copy", "refresh", "grant", "revoke", "comment", "security"),
    *("execute", "perform", "call", "do", "commit", "rollback", "set", "reset", "reindex", "cluster", "import", "load"),
}
_TEXTS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_CALL = re.compile(r"(?:\b(as|with)\s+)?\b([a-z_]\w*)\s*\(")
# What stands in front of a parenthesis and changes nothing.
_HARMLESS = re.compile(
    r"pg_get_\w+|to_reg\w+|format\w*|has_\w+_privilege|current_\w+|regexp_\w+|array_\w+|jsonb?_\w+|string_\w+|\w+_agg"
    r"|concat(_ws)?|quote_\w+|count|min|max|sum|bool_and|bool_or|coalesce|nullif|greatest|least|length|lower|upper"
    r"|left|right|b?trim|substring|replace|position|extract|now|cast|unnest|generate_series|(obj|col)_description"
    r"|exists|in|values|and|or|not|any|some|all|row|over|filter|from|where|on|using|by|select|union|except|intersect"
    r"|if|elsif|when|then|return|loop|is|between|lateral|array|numeric|char|varchar|bit|interval|timestamp\w*|time"
)


def reads_only(form: str, node: Node) -> bool:
    """True for a DO block that only looks and complains."""
    if form != "do_stmt" or any(option.def_elem.defname == "language" for option in node.args):
        return False
    text = _TEXTS.sub("''", _body(node).lower())
    if "$" in text or '"' in text or not _WRITES.isdisjoint(_WORD.findall(text)):
        return False
    return all(before or _HARMLESS.fullmatch(name) for before, name in _CALL.findall(text))


def made_by_block(form: str, node: Node) -> frozenset[str]:
    """The words of those statements of a DO block that make or drop something."""
    found = (words for words in _statements(form, node) if not _MAKES.isdisjoint(words))
    return frozenset(word for words in found for word in words)


def dropped_by_block(form: str, node: Node) -> frozenset[str]:
    """The words of those statements of a DO block that drop or rename something, behind the DROP."""
    dropped = set[str]()
    for words in _statements(form, node):
        if "rename" in words:
            dropped.update(words)
        elif "drop" in words:
            dropped.update(words[words.index("drop") :])
    return frozenset(dropped)


def _statements(form: str, node: Node) -> Iterator[list[str]]:
    if form == "do_stmt":
        for statement in _body(node).lower().split(";"):
            yield _WORD.findall(statement)


def _body(node: Node) -> str:
    return " ".join(option.def_elem.arg.string.sval for option in node.args if option.def_elem.defname == "as")
