"""After the connection was lost in a file: a look at what is there, for a lost answer is not a lost commit."""

import time
from collections.abc import Callable

from .database import ConnectionFailed, ConnectionLost, Database
from .errors import DatabaseError, DirtyError, MigratekitError
from .lock import Lock
from .plan import Step
from .tracking.version_table import State, VersionTable

_RECONNECT_SECONDS = 10.0


class LostDuring(DatabaseError):
    """The connection was lost in a file; tells what the database said afterwards."""

    def __init__(self, step: Step, message: str, found: str, hint: str) -> None:
        super().__init__(f"the connection was lost ({message}); {found}", hint=hint)
        self.step = step


def look_again(
    connect: Callable[[], Database], old: Database, table: VersionTable, lock: Lock, step: Step, lost: ConnectionLost
) -> tuple[Database, LostDuring]:
    """The new connection, or the lost one where there is none to be had, and what to tell the user."""
    deadline = time.monotonic() + _RECONNECT_SECONDS
    while True:
        try:
            database = _connect_again(connect, deadline)
            return database, _look(database, old, table, lock, step, lost)
        except ConnectionLost as again:
            # A server that has not noticed yet that it must restart lets clients in and then throws them out.
            error: MigratekitError = again
            if time.monotonic() < deadline:
                continue
        except ConnectionFailed as failed:
            error = failed
        found = f"the server cannot be reached to see more ({error.what})"
        hint = "when the server is back, `migratekit status` tells whether it was applied"
        return old, LostDuring(step, lost.what, found, hint)


def _look(
    database: Database, old: Database, table: VersionTable, lock: Lock, step: Step, lost: ConnectionLost
) -> LostDuring:
    holder = lock.holder(database)
    if holder and holder.pid == old.pid:
        found = f"its server process {old.pid} is still at work"
        return LostDuring(step, lost.what, found, "wait for it, then run again")
    return _tell(step, lost, table.read(database))


def _tell(step: Step, lost: ConnectionLost, state: State) -> LostDuring:
    if state.dirty:
        found = "the file may be applied in part: its version is dirty"
        told = LostDuring(step, lost.what, found, "see `migratekit status`")
        told.exit_code = DirtyError.exit_code
        return told
    if step.migration.is_repeatable:
        found = "the file was applied and recorded, or nothing of it was kept"
        return LostDuring(step, lost.what, found, "run the same command again to go on")
    if state.version == step.leads_to:
        return LostDuring(step, lost.what, "the file was applied and recorded", "run the same command again to go on")
    return LostDuring(step, lost.what, "nothing of the file was kept", "run the same command again")


def _connect_again(connect: Callable[[], Database], deadline: float) -> Database:
    """Tries for a while: a server that was restarted needs a moment."""
    while True:
        try:
            return connect()
        except ConnectionFailed as error:
            if not error.transient or time.monotonic() > deadline:
                raise
        time.sleep(0.2)
