"""Is a prepared transaction forgotten?"""

from collections.abc import Iterator

from ..narration import duration
from ._activity import workers
from ._figures import count
from ._view import Result, View, fail, ok, warn


def check(view: View) -> Iterator[Result]:
    """A failure for each old one on a touched table, a warning for those elsewhere."""
    limit = view.settings.limits.long_transaction
    found = [worker for worker in workers(view) if worker.gid]
    old = [worker for worker in found if (worker.open or 0) > limit]
    for worker in old:
        if worker.locks:
            figure = f"locks a table of the files; {worker.description}"
            yield fail(figure, worker.remedy, subject=worker.name, limit=duration(limit))
        else:
            yield warn(worker.description, worker.remedy, subject=worker.name, limit=duration(limit))
    if not old:
        yield ok(count(len(found), "prepared transaction") if found else "none", limit=duration(limit))
