"""The table of numbered files whose down part is commented out: version, applied_at and description."""

from ..database import Database
from ._foreign import Columns, Foreign, is_text, read_foreign

NAME = "commented"
HEADS = False


def recognise(columns: Columns) -> bool:
    """True if a table of these columns could be it."""
    there = {"version", "applied_at", "description"} <= columns.keys() and "checksum" not in columns
    return there and is_text(columns["version"])


def read(database: Database, table: str, _columns: Columns) -> list[Foreign]:
    """What is applied, by version."""
    return read_foreign(
        database,
        "SELECT version, coalesce(description, '') AS name, applied_at::timestamptz AS applied_at"
        f" FROM {table} ORDER BY version",
    )
