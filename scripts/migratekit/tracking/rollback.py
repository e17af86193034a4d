"""The table of numbered files with rollback files: the file's name as version, checksum and execution time."""

from ..database import Database, identifier
from ._foreign import Columns, Foreign, is_text, read_foreign

NAME = "rollback"
HEADS = False
_ENDED = ("applied_at", "executed_at")


def recognise(columns: Columns) -> bool:
    """True if a table of these columns could be it."""
    return is_text(columns.get("version")) and "checksum" in columns and _duration(columns) != ""


def read(database: Database, table: str, columns: Columns) -> list[Foreign]:
    """What is applied, by version."""
    ended = next((identifier(name) for name in _ENDED if name in columns), "NULL")
    return read_foreign(
        database,
        f"SELECT version, coalesce(checksum, '') AS checksum, {ended}::timestamptz AS applied_at,"
        f" {_seconds(columns)}::float8 AS seconds FROM {table} ORDER BY version",
    )


def _duration(columns: Columns) -> str:
    """The column of the execution time, whatever its unit makes of its name."""
    return next((name for name in columns if name.startswith(("execution_time", "duration"))), "")


def _seconds(columns: Columns) -> str:
    """SQL for the seconds: whole numbers are milliseconds, an interval is itself."""
    name = _duration(columns)
    kind, column = columns[name], identifier(name)
    if kind == "interval":
        return f"extract(epoch FROM {column})"
    return f"{column} / 1000.0" if name.endswith("_ms") or kind in ("integer", "bigint") else column
