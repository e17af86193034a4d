"""What a shadow has to be like: read from the database that it is held against."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..backup.contents import read_properties, system_identifier
from ..database import Database, literal
from ..tracking.version_table import VersionTable
from ..url import DatabaseURL

# Of the settings of a role or a database, those that decide what a statement makes.
_SETTINGS = frozenset(
    {"search_path", "default_tablespace", "default_table_access_method", "default_toast_compression"}
    | {"check_function_bodies", "timezone", "datestyle", "intervalstyle", "standard_conforming_strings", "xmloption"}
)


@dataclass(frozen=True, slots=True)
class Model:
    """The database that a shadow is to be like."""

    major: int
    table: VersionTable
    # Two numbers by which a server is known again.
    system: str
    started: str
    owner: str
    roles: Sequence[str]
    tablespaces: Sequence[str]
    settings: Sequence[str]
    properties: Mapping[str, Any]
    # Of its URL: where the sessions look for names.
    parameters: Mapping[str, str]
    # Its own name, which files may say: GRANT ... ON DATABASE.
    name: str = ""


def model_of(database: Database, table: VersionTable, url: DatabaseURL) -> Model:
    """What a shadow of this database has to have; reads only."""
    query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    names = {"schema": table.schema, "table": table.name}
    query = re.sub(r":(schema|table)\b", lambda match: literal(names[match[1]]), query)
    found = json.loads(database.row(query)[0] or "{}")
    return Model(
        database.server_version // 10000,
        table,
        system_identifier(database),
        found["started"],
        found["owner"],
        found["roles"],
        found["tablespaces"],
        [text for text in found["settings"] if text.partition("=")[0].lower() in _SETTINGS],
        read_properties(database, found["database"]),
        {key: url.parameters[key] for key in ("search_path", "options") if key in url.parameters},
        found["database"],
    )
