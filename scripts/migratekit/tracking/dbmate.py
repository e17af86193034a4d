"""dbmate's table: one row for each version that is applied, and nothing else of it."""

from ..database import Database
from ._foreign import Columns, Foreign, is_text, read_foreign

NAME = "dbmate"
HEADS = False


def recognise(columns: Columns) -> bool:
    """True if a table of these columns could be it."""
    return columns.keys() == {"version"} and is_text(columns["version"])


def read(database: Database, table: str, _columns: Columns) -> list[Foreign]:
    """What is applied, by version."""
    return read_foreign(database, f'SELECT version FROM {table} ORDER BY version COLLATE "C"')
