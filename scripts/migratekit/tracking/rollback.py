"""The table of numbered files with rollback files: the file's name as version, checksum and execution time."""

from ..database import Database, identifier
from ._foreign import Columns, Foreign, is_text, is_time, read_foreign

NAME = "rollback"
HEADS = False
_ENDED = ("applied_at", "executed_at")
_DURATIONS = ("execution_time", "duration")
_AMOUNTS = ("integer", "bigint", "smallint", "numeric", "real", "double", "interval")


def recognise(columns: Columns) -> bool:
    """True if a table of these columns could be it."""
    return is_text(columns.get("version")) and is_text(columns.get("checksum")) and _duration(columns) != ""


def read(database: Database, table: str, columns: Columns) -> list[Foreign]:
    """What is applied, by version."""
    ended = next((identifier(name) for name in _ENDED if is_time(columns.get(name))), "NULL")
    return read_foreign(
        database,
        f"SELECT coalesce(version, '') AS version, coalesce(checksum, '') AS checksum,"
        f" {ended}::timestamptz AS applied_at, {_seconds(columns)}::float8 AS seconds FROM {table} ORDER BY version",
    )


def _duration(columns: Columns) -> str:
    """The column of the execution time, whatever its unit makes of its name."""
    return next((name for name in columns if name.startswith(_DURATIONS) and columns[name].startswith(_AMOUNTS)), "")


def _seconds(columns: Columns) -> str:
    """SQL for the seconds: whole numbers are milliseconds, an interval is itself."""
    name = _duration(columns)
    kind, column = columns[name], identifier(name)
    if kind == "interval":
        return f"extract(epoch FROM {column})"
    return f"{column} / 1000.0" if name.endswith("_ms") or kind in ("integer", "bigint", "smallint") else column
