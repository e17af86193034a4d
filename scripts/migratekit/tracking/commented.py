"""The table of numbered files whose down part is commented out: version, applied_at and description."""

from ..database import Database
from ._foreign import Columns, Foreign, is_text, is_time, read_foreign

NAME = "commented"
HEADS = False


def recognise(columns: Columns) -> bool:
    """True if a table of these columns could be it."""
    told = is_text(columns.get("version")) and is_text(columns.get("description"))
    return told and is_time(columns.get("applied_at")) and "checksum" not in columns


def read(database: Database, table: str, _columns: Columns) -> list[Foreign]:
    """What is applied, by version."""
    return read_foreign(
        database,
        "SELECT coalesce(version, '') AS version, coalesce(description, '') AS name,"
        f" applied_at::timestamptz AS applied_at FROM {table} ORDER BY version",
    )
