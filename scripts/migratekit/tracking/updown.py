"""The table of timestamped files with UP and DOWN sections: id, name, executed_at and checksum."""

from ..database import Database
from ._foreign import Columns, Foreign, is_text, is_time, read_foreign

NAME = "updown"
HEADS = False


def recognise(columns: Columns) -> bool:
    """True if a table of these columns could be it."""
    named = "id" in columns and is_text(columns.get("name")) and is_text(columns.get("checksum"))
    return named and is_time(columns.get("executed_at"))


def read(database: Database, table: str, _columns: Columns) -> list[Foreign]:
    """What is applied, by id."""
    return read_foreign(
        database,
        "SELECT id::text AS version, coalesce(name, '') AS name, executed_at::timestamptz AS applied_at,"
        f" coalesce(checksum, '') AS checksum FROM {table} ORDER BY id",
    )
