"""Is an autovacuum that does not give way at work on the tables, or about to be?"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..database import identifier
from ..impact import LockMode, Touched
from ._activity import Worker, workers
from ._figures import age
from ._queries import ask, oids
from ._view import Result, View, fail, ok, warn

# In an autovacuum's query.
_URGENT = "to prevent wraparound"
# From this part of autovacuum_freeze_max_age on, one may begin at any moment.
_NEAR = 0.95


class Age(NamedTuple):
    """How many transactions (or multixacts) old the oldest row is, and when it is frozen at the latest."""

    found: int
    most: int
    multixact: bool

    @property
    def figure(self) -> str:
        """As people read it."""
        return f"{self.found:,} {'multixacts' if self.multixact else 'transactions'} old"

    @property
    def limit(self) -> str:
        """The same of the limit."""
        return f"{self.most:,} (autovacuum_{'multixact_' if self.multixact else ''}freeze_max_age)"


def check(view: View) -> Iterator[Result]:
    """A failure for each that is at work, warnings for tables and a database that are due."""
    found = ask(view.database, "wraparound", oids([table.oid for table in view.touched]))
    ages = {oid: Age(*rest) for oid, *rest in found["tables"]}
    # A weaker lock does not wait for a VACUUM.
    tables = {table.oid: table for table in view.touched if table.lock >= LockMode.SHARE_UPDATE_EXCLUSIVE}
    results = [*_at_work(view, tables, ages), *_due(tables, ages), *_database(Age(*found["database"]))]
    yield from results
    if not results:
        most = max(ages.values(), key=lambda each: each.found / each.most, default=Age(*found["database"]))
        yield ok(f"{most.figure} at most", limit=most.limit)


def _at_work(view: View, tables: Mapping[int, Touched], ages: Mapping[int, Age]) -> Iterator[Result]:
    for worker in workers(view):
        for oid in dict.fromkeys(held.table for held in worker.locks if held.table in tables):
            if worker.is_autovacuum and _is_urgent(worker, ages.get(oid)):
                since = f" for {age(worker.open)}" if worker.open is not None else ""
                yield fail(
                    f"{worker.name} has been at work{since}: an autovacuum to prevent wraparound, which gives no way",
                    "wait until it has ended; pg_stat_progress_vacuum shows how far it is",
                    subject=_name(tables[oid]),
                )


def _is_urgent(worker: Worker, found: Age | None) -> bool:
    # What it does is hidden from a role without rights, but not why it must.
    return _URGENT in worker.query or (not worker.query and found is not None and found.found > found.most)


def _due(tables: Mapping[int, Touched], ages: Mapping[int, Age]) -> Iterator[Result]:
    for oid, found in ages.items():
        if oid in tables and found.found > _NEAR * found.most:
            table = tables[oid]
            yield warn(
                found.figure,
                "an autovacuum that does not give way may begin during the release; before it:"
                f" VACUUM (FREEZE) {identifier(table.schema, table.name)}",
                subject=_name(table),
                limit=found.limit,
            )


def _database(found: Age) -> Iterator[Result]:
    if found.found > found.most:
        yield warn(
            found.figure,
            "autovacuum is behind: is it off, too slow, or held back by an old transaction or a replication slot?",
            subject="database",
            limit=found.limit,
        )


def _name(table: Touched) -> str:
    return f"{table.schema}.{table.name}"
