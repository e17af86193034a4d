"""Rows that migrations kept of what they dropped, in a schema of their own."""

import datetime
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..database import Database, SqlError, identifier, literal
from ..errors import MigratekitError

SCHEMA = "_migratekit_kept"


@dataclass(frozen=True, slots=True)
class Kept:
    """One table of kept rows: whose they are, since when, and for columns the key that leads back."""

    name: str
    schema: str
    table: str
    version: str
    at: str
    # None where whole rows were kept.
    columns: tuple[str, ...] | None
    keys: tuple[str, ...]
    # None where the copy was never finished.
    rows: int | None
    size: int

    @property
    def sql(self) -> str:
        """The quoted name of the table that holds them."""
        return identifier(SCHEMA, self.name)

    @property
    def source(self) -> str:
        """The quoted name of the table that they come from."""
        return identifier(self.schema, self.table)


@dataclass(frozen=True, slots=True)
class Restored:
    """How many rows were written, of how many, and the columns that the table has no more."""

    written: int
    total: int
    lacking: tuple[str, ...]


def read_kept(database: Database) -> list[Kept]:
    """Everything that is kept, the oldest first; tables of that schema that are not ours are left out."""
    query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    found = []
    for row in json.loads(database.row(query)[0] or "[]"):
        with suppress(ValueError, KeyError, TypeError):
            found.append(_read(row, json.loads(row["of"] or "")))
    return found


def restore(database: Database, kept: Kept, into: str = "") -> Restored:
    """Puts the rows, or the columns' values, back in one transaction; `into` is another table of that schema."""
    target = identifier(kept.schema, into or kept.table)
    fit = _fit(database, kept, target)
    lacking = [name for name in (*(kept.columns or ()), *kept.keys) if name in fit["lacking"]]
    if not fit["there"] or (lacking and kept.columns):
        what = f"it has no column {', '.join(map(identifier, lacking))}" if fit["there"] else "it is not there"
        hint = f"migrate to where it is as before {kept.version} dropped it, or name another table with --into"
        raise MigratekitError(f"{kept.name} cannot be put back into {target}: {what}", hint=hint)
    script = (_columns_back if kept.columns else _rows_back)(kept, target, fit["columns"])
    sequences = [_moved_on(one, target) for one in fit["sequences"]]
    try:
        results = database.run(";\n".join([script, *sequences, f"SELECT count(*) FROM {kept.sql}"]))
    except SqlError as error:
        what = f"{error.what} ({error.detail})" if error.detail else error.what
        hint = error.hint or "nothing was changed; put right what stands in the way"
        raise MigratekitError(f"{kept.name} cannot be put back into {target}: {what}", hint=hint) from None
    return Restored(results[0].written, int(results[-1].rows[0][0] or 0), tuple(fit["lacking"]))


def purge(database: Database, chosen: Sequence[Kept]) -> None:
    """Drops what was kept for good, and the schema with the last of it."""
    database.run("DROP TABLE " + ", ".join(kept.sql for kept in chosen))
    with suppress(SqlError):
        database.run(f"DROP SCHEMA {identifier(SCHEMA)}")


def _read(row: Mapping[str, Any], of: Mapping[str, Any]) -> Kept:
    columns = tuple(map(str, of["columns"])) if of["columns"] else None
    schema, table, version, at = (str(of[key]) for key in ("schema", "table", "version", "at"))
    keys, rows = tuple(map(str, of["keys"] or ())), of.get("rows")
    datetime.datetime.fromisoformat(at)
    return Kept(
        row["name"], schema, table, version, at, columns, keys, rows if type(rows) is int else None, row["bytes"]
    )


def _fit(database: Database, kept: Kept, target: str) -> Mapping[str, Any]:
    query = Path(__file__).with_name("kept_columns.sql").read_text(encoding="utf-8")
    row = database.row(query.replace("$1", literal(target)).replace("$2", literal(kept.sql)))
    found: Mapping[str, Any] = json.loads(row[0] or "{}")
    return found


def _rows_back(kept: Kept, target: str, columns: Sequence[Mapping[str, Any]]) -> str:
    names = ", ".join(identifier(column["name"]) for column in columns)
    into = f"{target} ({names}) OVERRIDING SYSTEM VALUE" if names else target
    return f"INSERT INTO {into} SELECT {', '.join(map(_value, columns))} FROM {kept.sql} AS k ON CONFLICT DO NOTHING"


def _columns_back(kept: Kept, target: str, columns: Sequence[Mapping[str, Any]]) -> str:
    values = {column["name"]: _value(column) for column in columns}
    changes = ", ".join(f"{identifier(name)} = {values[name]}" for name in kept.columns or () if name in values)
    same = " AND ".join(f"t.{identifier(key)} = {values[key]}" for key in kept.keys)
    return f"UPDATE {target} AS t SET {changes} FROM {kept.sql} AS k WHERE {same}"


def _value(column: Mapping[str, Any]) -> str:
    value = f"k.{identifier(column['name'])}"
    return f"{value}::{column['type']}" if column["type"] else value


def _moved_on(sequence: Mapping[str, str], target: str) -> str:
    """A sequence that gives no number which the rows have already."""
    name, column = literal(sequence["name"]), identifier(sequence["column"])
    return (
        f"SELECT setval({name}, n) FROM (SELECT max({column})::bigint AS n FROM {target}) AS t"
        f" WHERE n >= (SELECT last_value FROM {sequence['name']})"
    )
