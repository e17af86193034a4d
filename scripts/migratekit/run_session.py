"""What a run keeps in its session: its settings, and the statements that it sends behind every file."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import starmap

from .database import Database, SqlError, literal
from .tracking.version_table import VersionTable

_NOTICE_DEATH = "SET client_connection_check_interval = '5s';"
# All that a file may leave in its session. DISCARD ALL would drop the lock too.
_UNDO = "RESET SESSION AUTHORIZATION;RESET ROLE;RESET ALL;CLOSE ALL;UNLISTEN *;DISCARD TEMP;"
_PREPARED = "(SELECT count(*) FROM pg_catalog.pg_prepared_statements)"
_OURS = "migratekit_"
_MARKER = f"{_OURS}marker"
_NOT_PREPARED = "26000"


class RunSession:
    """The session of one run, made fit for the next file."""

    def __init__(self, database: Database, table: VersionTable, settings: Mapping[str, str]) -> None:
        self._database = database
        self._table = table
        self._wanted = settings
        self._settings = ""
        # What has the server keep its plans of what is behind a file; empty where it does not.
        self._prepared: tuple[str, ...] = ()
        # How many statements the session had prepared at the end of the last file.
        self._seen = -1

    def begin(self) -> None:
        """Puts the run's settings in force."""
        # A server that notices a dead client stops working for it; not every version and platform can.
        with suppress(SqlError):
            self._database.run(_NOTICE_DEATH)
            self._settings = _NOTICE_DEATH
        if self._wanted:
            self._settings += f"SELECT {', '.join(starmap(_set_config, self._wanted.items()))};"
            self._database.run(self._settings)

    def prepare(self, marker: str, *more: str) -> None:
        """For a run of many files: to parse and plan what is behind each costs more than to execute it."""
        statements = (f"PREPARE {_MARKER} AS {marker}, {_PREPARED}", *self._table.prepare(), *more)
        with suppress(SqlError):
            self._database.run(";".join(statements))
            self._prepared = statements

    @property
    def prepared(self) -> bool:
        """True if what is behind a file can be sent in short."""
        return bool(self._prepared)

    @property
    def marker(self) -> str:
        """The marker in short."""
        return f"EXECUTE {_MARKER}"

    def reset(self, *, meanwhile: Callable[[], None] | None = None) -> None:
        """Undoes what a file may have set, and puts the run's own settings in force."""
        undo = _UNDO + self._settings
        if not self._prepared or self._seen != len(self._prepared):
            undo = f"DEALLOCATE ALL;{undo}{';'.join(self._prepared)}"
        self._seen = -1
        try:
            self._database.run(undo, meanwhile=meanwhile)
        except SqlError:
            # The file took the table, or the right to use it: what comes next says so better.
            if not self.forget():
                raise
            self._database.rollback()
            self.reset()

    def see(self, prepared: str | None) -> None:
        """Takes note of how many statements the session has prepared."""
        self._seen = int(prepared or -1)

    def lost_plans(self, error: SqlError) -> bool:
        """True if it failed for plans that something which the file calls gave up; they are not in use any more."""
        return error.sqlstate == _NOT_PREPARED and _OURS in error.what and self.forget()

    def forget(self) -> bool:
        """True if the plans were in use; they are not any more."""
        used, self._prepared = bool(self._prepared), ()
        return used


def _set_config(name: str, value: str) -> str:
    return f"set_config({literal(name)}, {literal(value)}, false)"
