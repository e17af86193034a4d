"""One database in the place of another, in one commit."""

import threading
from collections.abc import Callable
from contextlib import suppress

from ..database import Database, SqlError, identifier, literal
from ..errors import MigratekitError
from .processes import uninterrupted

_IN_USE = "55006"
_TRIES = 6
_BETWEEN_SECONDS = 0.05
# True of a session in pg_stat_activity that we have the right to end.
_MAY_END = (
    "(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) OR pg_has_role(usesysid, 'USAGE')"
    " OR (pg_has_role('pg_signal_backend', 'USAGE')"
    " AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles r WHERE r.oid = usesysid))"
)


class NotSwapped(MigratekitError):
    """The database is still the one that it was."""


def prepared(admin: Database, name: str) -> str:
    """Why a database cannot be renamed, if prepared transactions are open in it."""
    where = f"FROM pg_catalog.pg_prepared_xacts WHERE database = {literal(name)}"
    count, first = admin.row(f"SELECT count(*), min(gid) {where}")
    what = f"it has {count} open prepared transaction{'' if count == '1' else 's'}: COMMIT PREPARED or"
    return f"{what} ROLLBACK PREPARED {literal(first)} ends the first" if first is not None else ""


def swap(connect: Callable[[], Database], name: str, former: str, new: str) -> None:
    """Renames the database `name` to `former` and `new` to `name`, ending the sessions that are in either.

    Both happen or neither. While the server waits for the old sessions to go, no new one can begin.
    """
    admin, ender, done = connect(), connect(), threading.Event()
    thread = threading.Thread(target=_end_sessions, args=(ender, (name, new), done))
    renames = (
        f"BEGIN; ALTER DATABASE {identifier(name)} RENAME TO {identifier(former)};"
        f" ALTER DATABASE {identifier(new)} RENAME TO {identifier(name)}; COMMIT"
    )
    try:
        # No session is ended for nothing.
        if reason := prepared(admin, name):
            raise NotSwapped(reason, where=f"database {name}", hint="nothing was changed; end them and try again")
        with uninterrupted():
            thread.start()
            _rename(admin, renames, name)
    finally:
        done.set()
        if thread.ident is not None:
            thread.join()
        admin.close()
        ender.close()


def rename(admin: Database, name: str, to: str) -> None:
    """Gives a database another name."""
    admin.run(f"ALTER DATABASE {identifier(name)} RENAME TO {identifier(to)}")


def strangers(admin: Database, name: str) -> list[str]:
    """Users of the database whose sessions we have no right to end."""
    rows = admin.run(
        f"SELECT DISTINCT usename FROM pg_catalog.pg_stat_activity WHERE datname = {literal(name)}"
        f" AND backend_type = 'client backend' AND NOT ({_MAY_END})"
    )[-1].rows
    return [row[0] or "?" for row in rows]


def _rename(admin: Database, renames: str, name: str) -> None:
    for left in reversed(range(_TRIES)):
        try:
            admin.run(renames)
        except SqlError as error:
            admin.rollback()
            if error.sqlstate != _IN_USE or not left:
                hint = "end the sessions that are in it, or try again"
                what = f"{error.what}: {error.detail}" if error.detail else error.what
                raise NotSwapped(what, where=f"database {name}", hint=hint) from None
        else:
            return


def _end_sessions(database: Database, names: tuple[str, ...], done: threading.Event) -> None:
    ends = (
        "SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity"
        f" WHERE datname IN ({', '.join(map(literal, names))}) AND pid <> pg_backend_pid() AND ({_MAY_END})"
    )
    while not done.is_set():
        # Whose sessions we may not end, the renaming will complain about.
        with suppress(MigratekitError):
            database.run(ends)
        done.wait(_BETWEEN_SECONDS)
