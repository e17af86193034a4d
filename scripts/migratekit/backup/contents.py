"""What is in the database, as of one moment that a dump can share."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ..database import Database, SqlError, identifier, literal

_AT_ONCE = 200
_TRIES = 5
# A table or its schema was dropped in between.
_DROPPED = ("42P01", "3F000")
# Limits of a session would end one that waits for a dump of hours.
_PATIENCE = ("statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout")


class Contents(NamedTuple):
    """Tables with estimates of their rows, sequences, and what must be there before they can be restored."""

    rows: Mapping[str, int]
    sequences: Sequence[str]
    size: int
    extensions: Sequence[str]
    roles: Sequence[str]


def estimate(database: Database) -> int:
    """How many bytes the database has without its indexes: a dump is smaller, because it is compressed."""
    return read_contents(database).size


def read_contents(database: Database) -> Contents:
    """What a dump of the database would hold now."""
    found = _document(database, Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    rows = {identifier(table["schema"], table["name"]): table["rows"] for table in found["tables"]}
    sequences = [identifier(*names) for names in found["sequences"]]
    return Contents(rows, sequences, found["size"], found["extensions"], found["roles"])


def read_properties(database: Database, name: str) -> dict[str, Any]:
    """What belongs to a database itself and is in no dump of it; empty if there is none of that name."""
    query = Path(__file__).with_name("properties.sql").read_text(encoding="utf-8")
    found = _document(database, query.replace(":name", literal(name)))
    return dict(found) if found else {}


def system_identifier(database: Database) -> str:
    """The number that the cluster and its copies share; empty where we may not see it."""
    with suppress(SqlError):
        return database.row("SELECT system_identifier FROM pg_catalog.pg_control_system()")[0] or ""
    return ""


def be_patient(database: Database, lock_wait: float = 0.0) -> None:
    """Takes the session's time limits away, but that for waiting for a table that somebody has locked; 0: for ever."""
    names = [*_PATIENCE, "transaction_timeout"] if database.server_version >= 170000 else _PATIENCE
    database.run(";".join([*(f"SET {name} = 0" for name in names), f"SET lock_timeout = {round(lock_wait * 1000)}"]))


def begin_snapshot(database: Database) -> str:
    """Begins a transaction that sees one moment; the name under which others can see it too.

    The tables are locked first: one that is rewritten or truncated between snapshot and lock would look empty.
    """
    for left in reversed(range(_TRIES)):
        tables = read_contents(database).rows
        database.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            for some in _portions(tables):
                database.run(f"LOCK TABLE {', '.join(f'ONLY {table}' for table in some)} IN ACCESS SHARE MODE")
            break
        except SqlError as error:
            database.rollback()
            if error.sqlstate not in _DROPPED or not left:
                raise
    return database.row("SELECT pg_catalog.pg_export_snapshot()")[0] or ""


def count_rows(database: Database, tables: Sequence[str]) -> dict[str, int]:
    """How many rows each of the tables has; until the transaction's end nobody can drop them."""
    counted: dict[str, int] = {}
    for some in _portions(tables):
        selects = " UNION ALL ".join(f"SELECT {literal(table)}, count(*) FROM ONLY {table}" for table in some)
        counted |= _document(database, f"SELECT json_object_agg(n, c) FROM ({selects}) AS counts (n, c)")
    return counted


def read_sequences(database: Database, sequences: Sequence[str]) -> dict[str, list[int]]:
    """Where each sequence is: its last value, and 1 if that has been given out."""
    read: dict[str, list[int]] = {}
    for some in _portions(sequences):
        state = "json_build_array(last_value, is_called::int)"
        selects = " UNION ALL ".join(f"SELECT {literal(sequence)}, {state} FROM {sequence}" for sequence in some)
        read |= _document(database, f"SELECT json_object_agg(n, s) FROM ({selects}) AS states (n, s)")
    return read


def _portions(names: Iterable[str]) -> Iterator[list[str]]:
    left = iter(names)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _document(database: Database, query: str) -> Any:
    return json.loads(database.row(query)[0] or "null")
