"""What the catalogs say of the tables that can be filled."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..database import Database, identifier
from ..errors import UsageError

_FOLDER = Path(__file__).parent
# Tables in which other tools keep their versions.
_OTHERS = frozenset(
    {"schema_migrations", "migratekit_migrations", "_prisma_migrations", "alembic_version", "goose_db_version"}
)
# Kinds of types, as pg_type has them; `a` for arrays.
ARRAY, DOMAIN, ENUM, RANGE, MULTIRANGE, COMPOSITE = "adermc"

Check = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Type:
    """A type; `of` is what a domain, an array or a range is made of."""

    name: str
    sql: str
    kind: str
    of: int
    modifier: int
    required: bool
    labels: tuple[str, ...]
    checks: tuple[Check, ...]
    attributes: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `automatic` if the server alone gives it its values."""

    name: str
    type: int
    modifier: int
    required: bool
    automatic: bool
    default: str


@dataclass(frozen=True, slots=True)
class Unique:
    """A unique index; `odd` if it is on an expression or on some of the rows, for which it `needs` columns."""

    name: str
    columns: tuple[str, ...]
    odd: bool
    single: bool
    needs: tuple[str, ...]
    distinct_nulls: bool


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns that point to the key of a table, named by its OID."""

    name: str
    columns: tuple[str, ...]
    to: int
    keys: tuple[str, ...]
    deferrable: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and all that its rows must satisfy; `bounds` are those of its partitions."""

    oid: int
    schema: str
    name: str
    here: bool
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    exclusions: tuple[str, ...]
    uniques: tuple[Unique, ...]
    foreign_keys: tuple[ForeignKey, ...]
    partitioned: bool
    bounds: tuple[str, ...]

    @property
    def sql(self) -> str:
        """The quoted name."""
        return identifier(self.schema, self.name)

    @property
    def shown(self) -> str:
        """The name as people know it."""
        return self.name if self.here else f"{self.schema}.{self.name}"

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Tables by OID, and the types that their columns need."""

    tables: Mapping[int, Table]
    types: Mapping[int, Type]

    def base(self, column: Column) -> tuple[Type, int]:
        """The type and modifier below all domains."""
        found, modifier = self.types[column.type], column.modifier
        while found.kind == DOMAIN:
            found, modifier = self.types[found.of], found.modifier
        return found, modifier

    def domains(self, column: Column) -> list[Type]:
        """The domains that a column's values must satisfy, the column's own first."""
        chain, found = [], self.types[column.type]
        while found.kind == DOMAIN:
            chain.append(found)
            found = self.types[found.of]
        return chain


def read_catalog(database: Database, left_out: Collection[tuple[str, str]]) -> Catalog:
    """All tables of the user's schemas but those `left_out` (schema, name)."""
    rows = json.loads(database.row(_read("catalog"))[0] or "[]")
    tables = [_table(row) for row in rows if (row["schema"], row["name"]) not in left_out]
    numbers = ", ".join(str(table.oid) for table in tables)
    query = _read("types").replace("$1", f"ARRAY[{numbers}]::oid[]")
    types = json.loads(database.row(query)[0] or "{}")
    return Catalog({table.oid: table for table in tables}, {int(oid): _type(row) for oid, row in types.items()})


def choose(catalog: Catalog, names: Sequence[str]) -> list[Table]:
    """The tables of these names, or all; UsageError if there is none of that name."""
    if not names:
        return [table for table in catalog.tables.values() if table.name not in _OTHERS]
    chosen = []
    for name in dict.fromkeys(names):
        found = [table for table in catalog.tables.values() if name in _spellings(table)]
        found = [table for table in found if table.here] or found
        if len(found) != 1:
            there = ", ".join(table.shown for table in (found or catalog.tables.values())) or "none"
            what = f"more than one table is called {name!r}" if found else f"no table is called {name!r}"
            raise UsageError(what, hint=f"there is {there}")
        chosen.append(found[0])
    return list(dict.fromkeys(chosen))


def holds_rows(database: Database, table: Table) -> bool:
    """True if the table is not empty."""
    return database.row(f"SELECT EXISTS (SELECT FROM {table.sql})")[0] == "t"


def _spellings(table: Table) -> tuple[str, ...]:
    return table.name, f"{table.schema}.{table.name}", table.sql, identifier(table.name)


def _table(row: dict[str, Any]) -> Table:
    columns = tuple(Column(**column) for column in row.pop("columns"))
    uniques = tuple(Unique(**_tuples(unique, "columns", "needs")) for unique in row.pop("uniques"))
    keys = tuple(ForeignKey(**_tuples(key, "columns", "keys")) for key in row.pop("foreign_keys"))
    checks = tuple((name, text) for name, text in row.pop("checks"))
    bounds = tuple(bound or "" for bound in row.pop("bounds"))
    return Table(
        columns=columns, uniques=uniques, foreign_keys=keys, checks=checks, bounds=bounds, **_tuples(row, "exclusions")
    )


def _type(row: dict[str, Any]) -> Type:
    checks = tuple((name, text) for name, text in row.pop("checks"))
    attributes = tuple((name, oid, modifier) for name, oid, modifier in row.pop("attributes"))
    return Type(checks=checks, attributes=attributes, **_tuples(row, "labels"))


def _tuples(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return row | {name: tuple(row[name] or ()) for name in names}


def _read(name: str) -> str:
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
