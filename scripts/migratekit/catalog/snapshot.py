"""Everything in the user's schemas, one object or property a line."""

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..database import Database, SqlError, literal
from .text import one_line

_FOLDER = Path(__file__).parent
_QUERIES = ("relations", "parts", "others", "rest")
_LOCKED = "55P03"
# What changes how the server writes names, constants and definitions.
_SETTINGS = {
    "search_path": "",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lock_timeout": "500ms",
    "jit": "off",
}


def snapshot(
    database: Database, left_out: Collection[tuple[str, str]] = (), *, timeout: float | None = None
) -> tuple[str, ...]:
    """Sorted lines, equal for equal schemas, of all but extensions' objects and the tables `left_out` (schema, name).

    It is of one moment, reads only, and waits for no lock: SqlError where somebody keeps it from that.
    """
    found = ask(database, [scoped(name, left_out) for name in _QUERIES], timeout=timeout)
    return tuple(sorted({_line(*row) for rows in found for row in rows}))


def routines(database: Database, *, timeout: float | None = None) -> dict[str, str]:
    """Functions and procedures as they are written, by what their lines in a snapshot begin with."""
    [found] = ask(database, [_read("routines")], timeout=timeout)
    return {str(label): str(text) for label, text in found}


def digest(lines: Iterable[str]) -> str:
    """The SHA-256 of a snapshot, in hexadecimal digits: equal for equal schemas."""
    from hashlib import sha256

    return sha256("\n".join(lines).encode()).hexdigest()


def scoped(name: str, left_out: Collection[tuple[str, str]]) -> str:
    """A query of this folder behind what says which relations count."""
    return _read("scope").replace("$1", literal(json.dumps([list(names) for names in left_out]))) + _read(name)


def ask(database: Database, queries: Sequence[str], *, timeout: float | None = None) -> list[Any]:
    """What queries that give one JSON document each give, as of one moment; an empty list for none."""
    settings = ", ".join(f"set_config({literal(name)}, {literal(value)}, true)" for name, value in _SETTINGS.items())
    script = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", f"SELECT {settings}", *queries, "ROLLBACK"]
    try:
        results = database.run(";\n".join(script), timeout=timeout)
    except SqlError as error:
        if error.sqlstate == _LOCKED:
            error.hint = (
                "somebody holds a lock on a table, so that its definition cannot be read; try again behind that"
            )
        raise
    finally:
        if not database.lost:
            database.rollback()
    return [json.loads(result.rows[0][0] or "[]") for result in results[2:-1]]


def _line(label: str, text: str, sql: str | None) -> str:
    return f"{label}: {text} {one_line(sql)}" if sql else f"{label}: {text}".replace("\n", "\\n")


def _read(name: str) -> str:
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
