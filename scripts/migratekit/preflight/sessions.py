"""Has a transaction been open for too long, or without doing anything?"""

from collections.abc import Iterator, Sequence

from ..database import identifier
from ..narration import duration
from ..sections import Limits
from ._activity import Worker, capped, workers
from ._figures import age, count
from ._view import Result, View, fail, ok, warn

# What works for a session, or streams, is judged with that session or by another check.
_OTHERS = ("parallel worker", "walsender")


def check(view: View) -> Iterator[Result]:
    """A failure for each that is on a touched table, a warning for those elsewhere that could be in the way."""
    limits = view.settings.limits
    found = [each for each in workers(view) if not (each.is_autovacuum or each.gid or each.kind in _OTHERS)]
    builds = any(impact.concurrently for pending in view.pending for impact in pending.impacts)
    results = [result for each in found for result in _judge(each, limits, builds=builds)]
    yield from capped(results)
    if not results:
        yield _summary(found, limits)
    hidden = sum(each.is_hidden for each in found)
    if hidden:
        yield _hidden(view, hidden)


def _judge(worker: Worker, limits: Limits, *, builds: bool) -> Iterator[Result]:
    idle = worker.is_idle and worker.unchanged is not None and worker.unchanged > limits.idle_transaction
    if not idle and (worker.open is None or worker.open <= limits.long_transaction):
        return
    figure = f"idle for {age(worker.unchanged)}; {worker.description}" if idle and worker.unchanged else ""
    figure = figure or worker.description
    limit = duration(limits.idle_transaction if idle else limits.long_transaction)
    if worker.locks:
        yield fail(f"on a table of the files, {figure}", worker.remedy, subject=worker.name, limit=limit)
    elif builds and worker.snapshot:
        why = "CREATE INDEX CONCURRENTLY and its like wait for it"
        yield warn(figure, f"{why}; {worker.remedy}", subject=worker.name, limit=limit)
    elif idle:
        yield warn(figure, worker.remedy, subject=worker.name, limit=limit)


def _summary(found: Sequence[Worker], limits: Limits) -> Result:
    """Nothing is in the way, as far as can be seen."""
    longest = max((each.open for each in found if each.open is not None), default=None)
    figure = "no transaction is open" if longest is None else f"open for {age(longest)} at most, on no touched table"
    if longest is not None and longest <= limits.long_transaction:
        figure = f"{count(len(found), 'transaction')}, open for {age(longest)} at most"
    return ok(figure, limit=duration(limits.long_transaction))


def _hidden(view: View, number: int) -> Result:
    role = identifier(view.session.user)
    return warn(
        f"{count(number, 'session')} of other roles cannot be looked into",
        f"a superuser lets the role see them: GRANT pg_read_all_stats TO {role}",
        subject="rights",
    )
