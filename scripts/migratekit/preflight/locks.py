"""Does anybody hold, or wait for, a lock that a file would have to wait for?"""

import time
from collections.abc import Iterator

from ..impact import Touched
from ..narration import duration
from ._activity import Worker, capped, workers
from ._conflicts import CONFLICTS
from ._figures import count, some
from ._view import Result, View, fail, ok

# Whoever is gone by then would not have held a file up for long.
_PATIENCE, _PAUSE = 2.0, 0.05


def check(view: View) -> Iterator[Result]:
    """A failure for each transaction that keeps its locks for longer than a moment, or than `lock_timeout`."""
    tables = {table.oid: table for table in view.touched}
    if not tables:
        yield ok("no table is touched")
        return
    patience = min(_PATIENCE, view.settings.seconds("lock_timeout") or _PATIENCE)
    found = _in_the_way(view, tables)
    lasting = _lasting(view, tables, found, patience)
    limit = f"none for {duration(patience)}"
    yield from capped(
        [fail(_figure(one, tables), one.remedy, subject=one.name, limit=limit) for one in lasting],
    )
    if found and not lasting:
        yield ok(f"{count(len(found), 'transaction')}, none of them for {duration(patience)}")
    elif not found:
        yield ok(f"nobody on {some([_name(table) for table in tables.values()])}")


def _lasting(view: View, tables: dict[int, Touched], found: list[Worker], patience: float) -> list[Worker]:
    """Those that are still there when the time is over."""
    deadline = time.monotonic() + patience
    while found and (left := deadline - time.monotonic()) > 0:
        time.sleep(min(_PAUSE, left))
        before = {worker.identity for worker in found}
        found = [worker for worker in _in_the_way(view, tables) if worker.identity in before]
    return found


def _in_the_way(view: View, tables: dict[int, Touched]) -> list[Worker]:
    # An autovacuum gives way, or the check `wraparound` tells of it; a parallel worker ends with its leader.
    return [
        worker
        for worker in workers(view)
        if not worker.is_autovacuum and worker.kind != "parallel worker" and _conflicts(worker, tables)
    ]


def _conflicts(worker: Worker, tables: dict[int, Touched]) -> list[str]:
    """The locks of a transaction for which a file would have to wait, and what the file takes."""
    found = []
    for held in worker.locks:
        against = [one for one in tables[held.table].statements if held.mode in CONFLICTS[one.lock]]
        if against:
            strongest = max(against, key=lambda one: one.lock)
            how = "holds" if held.granted else "waits for"
            wanted = f"{strongest.label} takes {strongest.lock.words}"
            found.append(f"{how} {held.mode.words} on {_name(tables[held.table])} where {wanted}")
    return found


def _figure(worker: Worker, tables: dict[int, Touched]) -> str:
    return f"{some(_conflicts(worker, tables), 1)}; {worker.description}"


def _name(table: Touched) -> str:
    return f"{table.schema}.{table.name}"
