"""The advisory lock that keeps runners apart, golang-migrate's own included."""

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from .database import Database, identifier
from .errors import Interrupted, LockTimeout
from .tracking.version_table import MARKER

_SALT = 1486364155


@dataclass(frozen=True, slots=True)
class Holder:
    """A session that holds a lock, or wants one."""

    pid: int
    user: str
    application: str
    client: str
    seconds: float
    # What it does, since so many seconds, as the server calls it.
    state: str = ""

    def __str__(self) -> str:
        who = f"pid {self.pid}" if self.pid else "somebody"
        who += f", user {self.user}" if self.user else ""
        who += f", {self.application}" if self.application else ""
        return f"{who}, from {self.client or 'this machine'}, {self.state or 'busy'} for {self.seconds:.0f} s"


def lock_id(database: str, schema: str, table: str) -> int:
    """golang-migrate's number for a version table."""
    return zlib.crc32("\0".join((schema, table, database)).encode()) * _SALT % 2**32


class Lock:
    """Both locks of one version table: golang-migrate's command and its library name the database differently."""

    def __init__(self, path: str, schema: str, table: str) -> None:
        name = path.removeprefix("/")
        self.ids = tuple(dict.fromkeys(lock_id(each, schema, table) for each in (path, name) if each))
        self._session = 0

    def acquire(
        self,
        database: Database,
        *,
        wait: float | None,
        stop: Callable[[], bool],
        on_wait: Callable[[Holder | None, float], None],
    ) -> None:
        """Takes all locks or none, asking again and again; LockTimeout after `wait` seconds, None waits for ever.

        Waiting inside the server would hold a snapshot, for which CREATE INDEX CONCURRENTLY in the holder waits.
        """
        began, pause = time.monotonic(), 0.02
        while not self._take(database):
            waited = time.monotonic() - began
            if stop():
                raise Interrupted("stopped while waiting for the lock; nothing was run")
            if wait is not None and waited >= wait:
                raise self._timeout(self.holder(database), waited)
            on_wait(self.holder(database), waited)
            time.sleep(pause if wait is None else min(pause, max(wait - waited, 0.001)))
            pause = min(pause * 1.5, 0.5)

    def release(self, database: Database) -> None:
        """Gives all locks back, and any that a file took and kept."""
        database.run("SELECT pg_advisory_unlock_all()")

    def check(self, *more: str) -> str:
        """The statement that tells whether the session still holds every lock, under the marker's name; and `more`.

        Each lock is held twice, so giving one back and taking it again never leaves it free.
        """
        held = " AND ".join(f"pg_advisory_unlock({i}) AND pg_try_advisory_lock({i})" for i in self.ids)
        return f"SELECT {', '.join([f'{held} AS {identifier(MARKER)}', *more])}"

    def is_behind_pooler(self, database: Database) -> bool:
        """True if the session that holds the lock is not the one that was announced on connecting."""
        return self._session != database.pid

    def is_free(self, database: Database) -> bool:
        """True if this connection could take a lock just now; it is not kept."""
        tries = ", ".join(f"pg_try_advisory_lock({i}) AND pg_advisory_unlock({i})" for i in self.ids)
        return "t" in database.row(f"SELECT {tries}")

    def holder(self, database: Database) -> Holder | None:
        """The session that holds one of the locks, if it can be seen."""
        objects = ", ".join(str(i) for i in self.ids)
        rows = database.run(
            "SELECT a.pid, coalesce(a.usename, '?'), coalesce(a.application_name, ''),"
            " coalesce(host(a.client_addr), ''), coalesce(extract(epoch FROM clock_timestamp()"
            " - coalesce(a.xact_start, a.query_start, a.backend_start)), 0)"
            " FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objsubid = 1"
            f" AND l.objid IN ({objects})"
            " AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) LIMIT 1"
        )[-1].rows
        if not rows:
            return None
        pid, user, application, client, seconds = (value or "" for value in rows[0])
        return Holder(int(pid), user, application, client, float(seconds))

    def _take(self, database: Database) -> bool:
        """One statement that ends with every lock taken twice, or with none."""
        attempt = "true"
        for i in reversed(self.ids):
            attempt = (
                f"CASE WHEN pg_try_advisory_lock({i}) THEN CASE WHEN {attempt} THEN pg_try_advisory_lock({i})"
                f" ELSE NOT pg_advisory_unlock({i}) END ELSE false END"
            )
        taken, session = database.row(f"SELECT {attempt}, pg_backend_pid()")
        self._session = int(session or 0)
        return taken == "t"

    @staticmethod
    def _timeout(holder: Holder | None, waited: float) -> LockTimeout:
        return LockTimeout(
            f"the lock was not free within {waited:.1f} s" + (f"; it is held by {holder}" if holder else ""),
            hint="wait for that run to end, or allow more time (--lock-wait, lock_wait)",
        )
