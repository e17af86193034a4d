"""Is a file stopped that waits for a table, or runs, for too long, and is none stopped for another reason?"""

from collections.abc import Iterator

from ..narration import duration
from ._figures import age
from ._view import Result, View, ok, warn

# Set for the role or the database, they end a migration that takes its time; both in milliseconds, 0 for never.
_OF_OTHERS = ("transaction_timeout", "idle_in_transaction_session_timeout")


def check(view: View) -> Iterator[Result]:
    """A warning for each time-out that is not set, or that is set by somebody else."""
    lock = view.settings.seconds("lock_timeout")
    yield from _lock_timeout(view, lock)
    statement = view.settings.seconds("statement_timeout")
    found = _seconds(view, "statement_timeout")
    if not statement and found:
        yield warn(
            f"{age(found)}, set for the role or the database",
            "set statement_timeout in the environment to what a migration may take",
            subject="statement_timeout",
        )
    else:
        yield ok(duration(statement) if statement else "not set", subject="statement_timeout")
    for name in _OF_OTHERS:
        found = _seconds(view, name)
        if found:
            hint = f"a migration that takes longer is ended: ALTER ROLE … SET {name} = 0 for the role that migrates"
            yield warn(f"{age(found)}, set for the role or the database", hint, subject=name)


def _lock_timeout(view: View, lock: float) -> Iterator[Result]:
    subject, gives_way = "lock_timeout", _seconds(view, "deadlock_timeout")
    if not lock:
        yield warn(
            "not set",
            "behind a statement that waits for a table, everybody else queues: set lock_timeout, as in 5s",
            subject=subject,
        )
    elif lock <= gives_way:
        yield warn(
            duration(lock),
            f"autovacuum gives way only after deadlock_timeout, {age(gives_way)}: give it more",
            subject=subject,
            limit=f"more than {age(gives_way)}",
        )
    else:
        yield ok(duration(lock), subject=subject)


def _seconds(view: View, name: str) -> float:
    """A setting of the session; 0 where the server does not know it."""
    row = view.database.row(f"SELECT setting FROM pg_catalog.pg_settings WHERE name = '{name}' UNION ALL SELECT '0'")
    return int(row[0] or 0) / 1000
