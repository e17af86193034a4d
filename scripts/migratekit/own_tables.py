"""The tables in a database that are no part of the user's schema."""

import json
import re
from pathlib import Path

from .adoption import ASIDE
from .database import Database, literal
from .tracking.history import history_name
from .tracking.version_table import VersionTable


def own_tables(database: Database, table: VersionTable) -> list[tuple[str, str]]:
    """Schema and name of the version table, of its history, of other tools' tables, and of their sequences."""
    query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    names = {"schema": table.schema, "table": table.name, "history": history_name(table.name), "aside": ASIDE}
    query = re.sub(r":(schema|table|history|aside)\b", lambda match: literal(names[match[1]]), query)
    return [(schema, name) for schema, name in json.loads(database.row(query)[0] or "[]")]
