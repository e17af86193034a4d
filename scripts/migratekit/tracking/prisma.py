"""Prisma Migrate's table: a row for each attempt, by the name of its folder."""

from ..database import Database
from ._foreign import Columns, Foreign, is_text, is_time, read_foreign

NAME = "prisma"
HEADS = False


def recognise(columns: Columns) -> bool:
    """True if a table of these columns could be it."""
    times = ("started_at", "finished_at", "rolled_back_at")
    return all(is_text(columns.get(name)) for name in ("migration_name", "checksum")) and all(
        is_time(columns.get(name)) for name in times
    )


def read(database: Database, table: str, _columns: Columns) -> list[Foreign]:
    """What is applied, by name, and attempts that failed and were not resolved."""
    return read_foreign(
        database,
        "SELECT migration_name AS version, finished_at::timestamptz AS applied_at, checksum,"
        " extract(epoch FROM finished_at - started_at)::float8 AS seconds, finished_at IS NULL AS failed"
        f" FROM {table} WHERE rolled_back_at IS NULL ORDER BY migration_name, started_at",
    )
