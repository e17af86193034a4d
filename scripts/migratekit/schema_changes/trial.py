"""What was planned, tried in one transaction that is undone: what does not run is known before files are written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from ..database import Database, SqlError
from .enums import Value
from .pieces import Group, Piece


class Failure(NamedTuple):
    """The piece that does not run, and why."""

    piece: Piece
    why: str


def first_failure(database: Database, pieces: Sequence[Piece]) -> Failure | None:
    """Runs the way up of all pieces, and then the way down; the database is as it was behind that."""
    steps = [(piece, piece.up) for piece in pieces] + [(piece, piece.down) for piece in reversed(pieces)]
    with _undone(database):
        for piece, sql in steps:
            try:
                _run(database, piece, sql)
            except SqlError as error:
                return Failure(piece, _reason(error))
    return None


def tried_down(database: Database, values: Sequence[Value]) -> list[Value]:
    """The values of enums, which are there, each with the reason if its own way down does not run."""
    found = []
    with _undone(database):
        for number, value in reversed(list(enumerate(values))):
            database.run(f"SAVEPOINT value_{number}")
            try:
                database.run(value.down)
            except SqlError as error:
                database.run(f"ROLLBACK TO SAVEPOINT value_{number}")
                value = value._replace(stuck=_reason(error))
            found.append(value)
    return found[::-1]


@contextmanager
def _undone(database: Database) -> Iterator[None]:
    database.run("BEGIN; SET LOCAL check_function_bodies = off")
    try:
        yield
    finally:
        if not database.lost:
            database.rollback()


def _run(database: Database, piece: Piece, sql: str) -> None:
    # An index by itself is only worked out anew; that of partitions cannot be within a transaction.
    if sql and not sql.startswith("REINDEX "):
        apart = piece.group is Group.INDEX
        database.run(sql.replace("INDEX CONCURRENTLY ", "INDEX ", 1) if apart else sql)


def _reason(error: SqlError) -> str:
    detail = f": {error.detail.splitlines()[0]}" if error.detail else ""
    return f"{error.what}{detail} (SQLSTATE {error.sqlstate})"
