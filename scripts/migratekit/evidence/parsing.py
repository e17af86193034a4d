"""The statements of a file with their parse trees."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from .. import lexer
from ..errors import SourceError
from .nodes import Node, inner

# They change rows only, and their trees are the large ones.
_ROWS_ONLY = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY")


class NotParsed(SourceError):
    """The file is no SQL that the parser knows, so nothing can be said of it."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A statement: its byte offsets, and the kind and content of its parse tree, if it has one."""

    start: int
    end: int
    form: str = ""
    node: Node | None = None


def parse(sql: bytes) -> list[Parsed]:
    """The statements of a file; NotParsed if it is no SQL."""
    # An import statement would make mypy read its stubs, which do not parse.
    postgast = import_module("postgast")
    try:
        text = sql.decode()
        if "\0" in text:
            raise NotParsed("holds a NUL byte")
        # Of all its functions the one that makes no tree: trees of long expressions break it.
        count = len(postgast.split(text, method="parser"))
    except UnicodeDecodeError:
        raise NotParsed("is not UTF-8") from None
    except postgast.PgQueryError as error:
        raise _refused(error, text) from None
    found = lexer.scan(sql).statements
    if len(found) != count:
        raise NotParsed("cannot be cut into its statements")
    return list(_trees(sql, found))


def _trees(sql: bytes, statements: tuple[lexer.Statement, ...]) -> Iterator[Parsed]:
    parser, too_deep = import_module("postgast").parse, import_module("google.protobuf.message").DecodeError
    for statement in statements:
        start, end = statement.start, statement.end
        if statement.words[:1] and statement.words[0] in _ROWS_ONLY:
            yield Parsed(start, end)
            continue
        try:
            tree = parser(sql[start:end].decode())
        except too_deep:
            yield Parsed(start, end)
        else:
            yield Parsed(start, end, *inner(tree.stmts[0].stmt))


def _refused(error: Node, text: str) -> NotParsed:
    line = text.count("\n", 0, max(error.cursorpos - 1, 0)) + 1
    # What follows an unterminated quote is all the rest of the text.
    return NotParsed(str(error.message).partition(" at or near ")[0], where=f"line {line}")
