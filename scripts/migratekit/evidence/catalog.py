"""What the catalogs of a database say of things; reading them needs no rights on anything."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..database import Database, SqlError, literal
from .scope import Session
from .things import Kind, Presence, Thing

_NOT_IN_ENCODING = "22P05"
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
    wanted = list(dict.fromkeys(things))
    try:
        return _look(database, wanted)
    except SqlError as error:
        if error.sqlstate != _NOT_IN_ENCODING:
            raise
    # Some of the names are in letters that this database does not have.
    return _look(database, [thing for thing in wanted if _written([thing]).isascii()])


def session_of(database: Database) -> Session:
    """What the names in a file depend on, if it runs in a session like this one."""
    row = database.row(
        "SELECT json_build_array(current_schemas(false), (SELECT json_agg(nspname) FROM pg_catalog.pg_namespace),"
        " current_user)"
    )
    path, schemas, user = json.loads(row[0] or "[]")
    return Session(tuple(path), frozenset(schemas), user)


def invalid_indexes(database: Database) -> list[InvalidIndex]:
    """All INVALID indexes outside of the system's schemas, but for those of partitioned tables."""
    return [
        InvalidIndex(schema, name, table, building=building, of_constraint=of_constraint)
        for schema, name, table, building, of_constraint in _ask(database, "indexes.sql")
    ]


def _look(database: Database, wanted: Sequence[Thing]) -> dict[Thing, Presence]:
    if not wanted:
        return {}
    found = dict(_ask(database, "catalog.sql", _written(wanted)))
    states = {thing: found.get(number, "") for number, thing in enumerate(wanted)}
    return {thing: _PRESENCE.get(state, Presence.ABSENT) for thing, state in states.items() if state != "unclear"}


def _written(wanted: Sequence[Thing]) -> str:
    return json.dumps([_row(number, thing) for number, thing in enumerate(wanted)], ensure_ascii=False)


def _ask(database: Database, file: str, parameter: str = "") -> list[list[Any]]:
    query = Path(__file__).with_name(file).read_text(encoding="utf-8").replace("$1", literal(parameter))
    rows: list[list[Any]] = json.loads(database.row(query)[0] or "[]")
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


def half_detached(database: Database) -> list[tuple[str, str]]:
    """The partitioned tables and partitions, quoted, of each DETACH PARTITION CONCURRENTLY that did not end."""
    query = (
        "SELECT coalesce(json_agg(json_build_array(format('%I.%I', ps.nspname, p.relname), format('%I.%I', cs.nspname,"
        " c.relname))), '[]') FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent"
        " JOIN pg_catalog.pg_namespace ps ON ps.oid = p.relnamespace JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid"
        " JOIN pg_catalog.pg_namespace cs ON cs.oid = c.relnamespace WHERE i.inhdetachpending"
    )
    return [(table, part) for table, part in json.loads(database.row(query)[0] or "[]")]
