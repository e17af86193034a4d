"""Alembic's table: the revision that the database is at, one for each branch."""

from ..database import Database
from ._foreign import Columns, Foreign, is_text, read_foreign

NAME = "alembic"
# Its rows name the last migration only; those below it are applied too.
HEADS = True


def recognise(columns: Columns) -> bool:
    """True if a table of these columns could be it."""
    return columns.keys() == {"version_num"} and is_text(columns["version_num"])


def read(database: Database, table: str, _columns: Columns) -> list[Foreign]:
    """The revisions that are heads."""
    return read_foreign(database, f"SELECT version_num AS version FROM {table} ORDER BY version_num")
