"""The connection through which files are watched; opened when it is needed first."""

import json
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from ..database import Database, literal
from ..errors import MigratekitError
from ..lock import Holder
from .look import Look, look_of, session_of

# It waits for nothing, and is in nobody's way.
_PREPARE = (
    "SELECT set_config('application_name', concat('migratekit watch',"
    " substring(current_setting('application_name') FROM '^migratekit [^ ]+( .+)')), false);"
    "SET statement_timeout = '1s'; SET lock_timeout = '20ms'; SET default_transaction_read_only = on; SET jit = off;"
    "PREPARE look (int) AS "
)


class Probe:
    """Asks the server about one of its processes."""

    def __init__(self, connect: Callable[[], Database]) -> None:
        self._connect = connect
        self._database: Database | None = None
        # How long the last answer took, in seconds.
        self.took = 0.0

    def look(self, pid: int) -> Look | None:
        """What the process does; None if it is not to be seen."""
        seen = self._ask(f"EXECUTE look({pid})")
        return look_of(seen) if seen else None

    def sizes(self, oids: Collection[int]) -> dict[int, int]:
        """The sizes of tables with their indexes, in bytes; SqlError if one of them is locked against reading."""
        numbers = ", ".join(map(str, oids))
        found = self._ask(
            f"SELECT json_object_agg(o, pg_total_relation_size(o)) FROM unnest(ARRAY[{numbers}]::oid[]) o"
        )
        return {int(oid): size for oid, size in (found or {}).items() if size is not None}

    def suspects(self, pid: int, seconds: float) -> tuple[Holder, ...]:
        """Who may have been in the way of the process, for so many seconds."""
        query = _text("suspects").replace("$1", str(pid)).replace("$2", f"{seconds:.3f}")
        return tuple(session_of(row) for row in self._ask(query))

    def cancel(self, pid: int, query: str) -> bool:
        """Cancels what the process does, unless it is something else by now; True if it was told to."""
        told = self._ask(
            "SELECT to_json(coalesce(bool_or(pg_cancel_backend(pid)), false)) FROM pg_stat_activity"
            f" WHERE pid = {pid} AND state = 'active' AND query_start = {literal(query)}::timestamptz"
        )
        return bool(told)

    def close(self) -> None:
        """Closes the connection; the next question opens another."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _ask(self, query: str) -> Any:
        if self._database is None:
            database = self._connect()
            try:
                database.run(_PREPARE + _text("look"))
            except MigratekitError:
                database.close()
                raise
            self._database = database
        began = time.monotonic()
        rows = self._database.run(query)[-1].rows
        self.took = time.monotonic() - began
        return json.loads(rows[0][0] or "null") if rows else None


def _text(name: str) -> str:
    return Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")
