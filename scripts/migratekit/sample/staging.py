"""Rows through a temporary table: the server picks those that satisfy the constraints."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ..database import Database, identifier
from .schema import Catalog, Table

_NAME = identifier("pg_temp", "migratekit_seed")
_NUMBER = identifier("migratekit number")
# Without a length these would have one of 1.
_OPEN = {"character": "pg_catalog.bpchar", "bit": "bit varying", '"char"': "text"}


class Staging:
    """The temporary table of one table, whose columns have no constraints."""

    def __init__(self, database: Database, catalog: Catalog, table: Table, names: Sequence[str]) -> None:
        self._database, self._table = database, table
        self._names = [identifier(name) for name in names]
        types = [(column, catalog.base(column)[0].sql) for column in table.columns]
        parts = [f"{identifier(column.name)} {_OPEN.get(kind, kind)}" for column, kind in types]
        database.run(f"CREATE TEMPORARY TABLE migratekit_seed ({', '.join([f'{_NUMBER} bigint', *parts])})")
        self.tests = {name: f"({check})" for name, check in table.checks}
        for column, kind in types:
            for domain in catalog.domains(column):
                for name, check in domain.checks:
                    value = f"SELECT {identifier(column.name)}::{_OPEN.get(kind, kind)} AS value"
                    self.tests[f"{name} of {column.name}"] = f"(SELECT ({check}) FROM ({value}) AS v)"

    def write(self, rows: Sequence[tuple[str, ...]], most: int) -> int:
        """How many of the rows the table took, of all that satisfy its constraints at most so many."""
        columns = ", ".join(self._names)
        self._database.run(f"TRUNCATE {_NAME}")
        lines = ("\t".join((str(number), *row)) + "\n" for number, row in enumerate(rows))
        self._database.copy_in(f"COPY {_NAME} ({', '.join([_NUMBER, *self._names])}) FROM STDIN", chunked(lines))
        good = " AND ".join(f"{test} IS NOT FALSE" for test in self.tests.values()) or "true"
        into = f"INSERT INTO {self._table.sql} ({columns})" if columns else f"INSERT INTO {self._table.sql}"
        done = self._database.run(
            f"{into} SELECT {columns} FROM {_NAME} WHERE {good} ORDER BY {_NUMBER} LIMIT {most} ON CONFLICT DO NOTHING"
        )
        return done[-1].written

    def unsatisfied(self) -> list[str]:
        """The constraints that the fewest of the last rows satisfy, unless all satisfy all."""
        if not self.tests:
            return []
        counts = ", ".join(f"count(*) FILTER (WHERE {test} IS NOT FALSE)" for test in self.tests.values())
        total, *found = (int(count or 0) for count in self._database.row(f"SELECT count(*), {counts} FROM {_NAME}"))
        least = min(found)
        return [name for name, count in zip(self.tests, found, strict=True) if count == least < total]

    def close(self) -> None:
        """Drops it."""
        self._database.run(f"DROP TABLE {_NAME}")


def chunked(lines: Iterable[str]) -> Iterator[str]:
    """Lines put together to pieces that are worth a call."""
    rest = iter(lines)
    while chunk := "".join(islice(rest, 2000)):
        yield chunk
