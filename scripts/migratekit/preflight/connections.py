"""Are there connections left?"""

from collections.abc import Iterator

from ._queries import ask
from ._view import Result, View, fail, ok

_HINTS = {
    "server": "end sessions that are not needed, or raise max_connections (it takes a restart)",
    "role": "end sessions of the role, or: ALTER ROLE … CONNECTION LIMIT …",
    "database": "end sessions of the database, or: ALTER DATABASE … CONNECTION LIMIT …",
}


def check(view: View) -> Iterator[Result]:
    """A failure where too few are free: on the server, or for a role or a database with a limit of its own."""
    wanted = view.settings.limits.connections
    for of, most, used in ask(view.database, "connections"):
        if most is None:
            continue
        free = max(most - used, 0)
        figure, limit = f"{free} of {most} free", f"{wanted} at least"
        if free < wanted:
            yield fail(figure, _HINTS[of.partition(" ")[0]], subject=of, limit=limit)
        else:
            yield ok(figure, subject=of, limit=limit)
