"""Is it a server that can be migrated?"""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from ..database import identifier
from ._queries import ask
from ._view import Result, View, fail, ok, warn

_OLDEST = 12
# When the community's support ends, by https://www.postgresql.org/support/versioning/; as of November 2026.
_SUPPORTED_UNTIL = {
    14: datetime.date(2026, 11, 12),
    15: datetime.date(2027, 11, 11),
    16: datetime.date(2028, 11, 9),
    17: datetime.date(2029, 11, 8),
    18: datetime.date(2030, 11, 14),
}


def check(view: View) -> Iterator[Result]:
    """A failure for a server that takes no writes or is too old, warnings for what makes a release risky."""
    found = ask(view.database, "server")
    yield ok(f"PostgreSQL {found['version']} at {found['host']}, database {found['database']}, role {found['role']}")
    yield from _writable(found)
    yield from _version(view)
    if found["pid"] != view.database.pid:
        yield warn(
            "a pooler is in between",
            "connect to the server itself; a pool in transaction mode is refused by `up`, for no lock holds there",
            subject="connection",
        )


def _writable(found: Mapping[str, Any]) -> Iterator[Result]:
    if found["standby"]:
        yield fail(
            "a standby, which takes no writes",
            "connect to the primary; target_session_attrs=read-write in the URL finds it",
            subject="role of the server",
        )
    elif found["read_only"]:
        database = identifier(found["database"])
        yield fail(
            "read-only (default_transaction_read_only)",
            f"find out why it was set (a full disk?), then: ALTER DATABASE {database} RESET"
            " default_transaction_read_only, or the same for the role",
            subject="role of the server",
        )


def _version(view: View) -> Iterator[Result]:
    major, minor = divmod(view.database.server_version, 10000)
    if major < _OLDEST:
        figure, limit = f"{major}.{minor}", f"{_OLDEST} or newer"
        yield fail(figure, f"upgrade the server: {_OLDEST} is the oldest that is known", subject="version", limit=limit)
        return
    end = _SUPPORTED_UNTIL.get(major)
    today = view.now.date()
    if major < min(_SUPPORTED_UNTIL) or (end and end < today):
        oldest = min((number for number, last in _SUPPORTED_UNTIL.items() if last >= today), default=None)
        yield warn(
            f"{major} is no longer supported" + (f", since {end}" if end else ""),
            "the community mends no faults in it any more: plan an upgrade",
            subject="version",
            limit=f"{oldest} or newer" if oldest else "",
        )
