"""How a file is cut into messages, and an error told by its place in the file."""

from collections.abc import Iterator
from itertools import pairwise

from .database import SqlError
from .failures import PieceTooLong
from .migration import Body, is_blank


def unfit(body: Body) -> str:
    """Why the protocol cannot carry the file, which libpq would not say; empty if it can."""
    if b"\0" in body.sql:
        return "a NUL byte cannot be sent"
    return "COPY FROM STDIN and COPY TO STDOUT cannot be used in a migration" if body.copies else ""


def parts(body: Body, limit: int) -> Iterator[tuple[int, int]]:
    """From where to where a long file goes into each message, up to a place in it."""
    yield from pairwise([0, *(part for part in body.parts if part < limit), limit])


def pieces(body: Body, limit: int | None) -> Iterator[tuple[int, bytes]]:
    """What is sent by itself, at most `limit` bytes where every semicolon ends one; PieceTooLong.

    With its place in the file where errors are to be told by that.
    """
    sql = body.sql
    if limit is None:
        for start, end in pairwise([0, *body.cuts, len(sql)]):
            if start or end == len(sql) or sql[:end].strip():
                yield start, sql[start:end]
        return
    for piece in sql.replace(b";", b";\0").split(b"\0"):
        if len(piece) > max(limit, 4096):
            raise PieceTooLong("a statement is longer than x-multi-statement-max-size allows")
        if not is_blank(piece):
            yield 0, piece


def placed(error: SqlError, sql: bytes, start: int) -> SqlError:
    """The error of what begins at a place in the file, told by its place in all of it."""
    error.position += len(sql[:start].decode("utf-8", "replace")) if error.position and start else 0
    return error
