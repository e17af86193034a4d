"""What the tracking tables of other tools tell alike."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from ..database import Database

# The names of a table's columns, with their types as the server writes them.
Columns = Mapping[str, str]


class Foreign(NamedTuple):
    """One migration as another tool has it: `version` as that writes it, `applied_at` as ISO 8601, when it ended."""

    version: str
    name: str = ""
    applied_at: str | None = None
    checksum: str = ""
    # How long it took.
    seconds: float | None = None
    failed: bool = False


def read_foreign(database: Database, query: str) -> list[Foreign]:
    """The rows of a query whose columns are fields of Foreign."""
    document = database.row(f"SELECT coalesce(json_agg(f), '[]') FROM ({query}) AS f")[0]
    return [Foreign(**row) for row in json.loads(document or "[]")]


def is_text(kind: str | None) -> bool:
    """True for a column of text; a table of numbers is another tool's."""
    return (kind or "").startswith(("character", "text"))


def is_time(kind: str | None) -> bool:
    """True for a column of times."""
    return (kind or "").startswith("timestamp")
