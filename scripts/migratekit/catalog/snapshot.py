"""Everything in the user's schemas, one object or property a line."""

import json
from collections.abc import Collection
from pathlib import Path

from ..database import Database, literal
from .text import one_line

_FOLDER = Path(__file__).parent
_QUERIES = ("relations", "parts", "others")
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
    scope = _read("scope").replace("$1", literal(json.dumps([list(name) for name in left_out])))
    settings = ", ".join(f"set_config({literal(name)}, {literal(value)}, true)" for name, value in _SETTINGS.items())
    script = [
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        f"SELECT {settings}",
        *(scope + _read(name) for name in _QUERIES),
        "ROLLBACK",
    ]
    try:
        results = database.run(";\n".join(script), timeout=timeout)
    finally:
        if not database.lost:
            database.rollback()
    found = [row for result in results[2:-1] for row in json.loads(result.rows[0][0] or "[]")]
    return tuple(sorted({_line(*row) for row in found}))


def _line(label: str, text: str, sql: str | None) -> str:
    return f"{label}: {text} {one_line(sql)}" if sql else f"{label}: {text}".replace("\n", "\\n")


def _read(name: str) -> str:
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
