"""What the queries beside the checks answer."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ..database import Database, literal


def ask(database: Database, name: str, parameter: str = "") -> Any:
    """The JSON that the query in NAME.sql gives; $1 in it is the parameter."""
    query = Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")
    return json.loads(database.row(query.replace("$1", literal(parameter)))[0] or "null")


def oids(numbers: Collection[int]) -> str:
    """The numbers as an array for a query."""
    return f"{{{','.join(map(str, numbers))}}}"
