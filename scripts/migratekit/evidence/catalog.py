"""What the catalogs of a database say of things; reading them needs no rights on anything."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..database import Database, literal
from .things import Kind, Presence, Thing

_PRESENCE = {"there": Presence.PRESENT, "half": Presence.HALF}


@dataclass(frozen=True, slots=True)
class InvalidIndex:
    """An index that is kept up to date but never used: its CREATE or REINDEX CONCURRENTLY did not end."""

    schema: str
    name: str
    table: str
    # Somebody may be at work on it at this moment.
    building: bool
    # It is that of a constraint, which is to be dropped in its place.
    of_constraint: bool


def look(database: Database, things: Iterable[Thing]) -> dict[Thing, Presence]:
    """Whether each thing is there; what the catalogs cannot tell is left out."""
    wanted = list(things)
    if not wanted:
        return {}
    rows = json.dumps([_row(number, thing) for number, thing in enumerate(wanted)], ensure_ascii=False)
    found = {int(number): state for number, state in _ask(database, "catalog.sql", rows)}
    states = {thing: found.get(number, "") for number, thing in enumerate(wanted)}
    return {thing: _PRESENCE.get(state, Presence.ABSENT) for thing, state in states.items() if state != "unclear"}


def search_path(database: Database) -> tuple[str, ...]:
    """The schemas that names without one lead to in this session."""
    return tuple(json.loads(database.row("SELECT pg_catalog.to_json(pg_catalog.current_schemas(false))")[0] or "[]"))


def invalid_indexes(database: Database) -> list[InvalidIndex]:
    """All INVALID indexes outside of the system's schemas, but for those of partitioned tables."""
    return [
        InvalidIndex(schema, name, table, building=building, of_constraint=of_constraint)
        for schema, name, table, building, of_constraint in _ask(database, "indexes.sql")
    ]


def _ask(database: Database, file: str, parameter: str = "") -> list[list[str]]:
    query = Path(__file__).with_name(file).read_text(encoding="utf-8").replace("$1", literal(parameter))
    rows: list[list[str]] = json.loads(database.row(query)[0] or "[]")
    return rows


def _row(number: int, thing: Thing) -> dict[str, object]:
    is_partition = thing.kind is Kind.PARTITION
    return {
        "n": number,
        "kind": thing.kind,
        "path": [thing.schema] if thing.schema is not None else thing.path or None,
        "relation": thing.of if thing.of and not is_partition else thing.name,
        "name": thing.of if is_partition else thing.name,
        "args": thing.args,
        "value": thing.value,
    }
