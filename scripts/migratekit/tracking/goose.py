"""goose's table: a row for each time that a version was applied or, in older releases, undone."""

from ..database import Database
from ._foreign import Columns, Foreign, is_time, read_foreign

NAME = "goose"
HEADS = False


def recognise(columns: Columns) -> bool:
    """True if a table of these columns could be it."""
    numbered = "id" in columns and columns.get("version_id") in ("bigint", "integer")
    return numbered and columns.get("is_applied") == "boolean" and is_time(columns.get("tstamp"))


def read(database: Database, table: str, _columns: Columns) -> list[Foreign]:
    """What is applied, by version: the last row of each counts, and version 0 is no migration."""
    last = f"SELECT DISTINCT ON (version_id) * FROM {table} ORDER BY version_id, id DESC"
    return read_foreign(
        database,
        f"SELECT version_id::text AS version, tstamp::timestamptz AS applied_at FROM ({last}) AS last"
        " WHERE is_applied AND version_id > 0 ORDER BY version_id",
    )
