"""`migratekit restore [FILE|latest]`."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ..backup import Backup
from ..backup.beside import Manner
from ..backup.connection import connection_of
from ..backup.integrity import DUMP, check_list
from ..backup.restoring import Target, Wish, formers, go_back, look, refuse, restore_new, restore_over
from ..database import ConnectionFailed, Database, identifier
from ..errors import DatabaseError, ExitCode, Refused
from ..session import Session
from ._backups import LATEST, check, chosen, told, tools_for
from ._shared import moment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    files = parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a backup, as `backup list` calls it (the latest of the database)"
    )
    # With nargs="?" argparse would take no word for the answer in `restore --yes FILE`.
    files.required, files.default = False, [LATEST]
    parser.add_argument("--as", dest="name", metavar="DATABASE", default="", help="restore into a new database")
    parser.add_argument(
        "--from-other", action="store_true", help="take a backup of another database or of another server"
    )
    parser.add_argument(
        "--no-owner", action="store_true", help="without owners and rights: all belongs to the role that restores"
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="so many at a time")
    parser.add_argument("--back", action="store_true", help="undo the last restore: swap with the database it replaced")


def run(session: Session) -> ExitCode:
    """Restores a backup beside the database, and swaps the two when all of it is there."""
    url = session.database_url()
    name = url.parameters.get("dbname") or _asked(session)
    if session.options.back:
        return _back(session, look(url, name))
    backup = chosen(session, _only(session.options.files), name)
    _refuse_service(backup)
    check(session, backup)
    target = look(url, name)
    try:
        tools = tools_for(session, target.admin.server_version, backup)
        check_list(backup.path / DUMP, tools, connection_of(url, "migratekit restore"))
        wish = Wish(session.options.name, session.options.from_other)
        manner = Manner(tools, session.options.jobs or session.settings.backups.jobs, session.options.no_owner)
        refuse(backup, target, manner, wish)
        return (_new if wish.name or not target.properties else _over)(session, backup, target, manner)
    finally:
        target.admin.close()


def _new(session: Session, backup: Backup, target: Target, manner: Manner) -> ExitCode:
    name = session.options.name or target.name
    session.ask("restore", f"restore will make database {name} from {told(backup)}")
    with session.console.busy(f"restoring {backup.name}"):
        restore_new(backup, target, manner, name)
    session.console.out(f"database {name} was made from {backup.name}")
    if backup.scope == "tables":
        session.console.note(
            f"it holds the rows of {', '.join(backup.tables)}, without indexes and constraints:"
            " copy from it what you need"
        )
    return ExitCode.DONE


def _over(session: Session, backup: Backup, target: Target, manner: Manner) -> ExitCode:
    open_ = target.sessions
    session.ask(
        "restore",
        f"restore will put {told(backup)}, made at {moment(backup.started_at)}, in the place of database {target.name}"
        f" on {session.settings.environment}, and end its {open_} session{'' if open_ == 1 else 's'}",
        always=True,
    )
    with session.console.busy(f"restoring {backup.name}"):
        former = restore_over(backup, target, manner, lambda: _held(session))
    session.console.out(f"{target.name} is as it was at {moment(backup.started_at)}, from {backup.name}")
    return _told_of(session, former)


def _back(session: Session, target: Target) -> ExitCode:
    try:
        found = formers(target)
        if not found:
            raise Refused(
                f"no database is kept that {target.name} replaced", hint="`migratekit restore` takes a backup"
            )
        session.ask("restore", f"restore --back will put {found[0]} in the place of {target.name}", always=True)
        former = go_back(target, found[0], lambda: _held(session))
    finally:
        target.admin.close()
    session.console.out(f"{target.name} is again what was kept as {found[0]}")
    return _told_of(session, former)


def _told_of(session: Session, former: str) -> ExitCode:
    session.console.out(f"what was there is kept as database {former}:")
    session.console.out("  back to it:  migratekit restore --back")
    session.console.out(f"  away with it:  DROP DATABASE {identifier(former)};")
    return ExitCode.DONE


@contextmanager
def _held(session: Session) -> Iterator[None]:
    """Keeps runners away."""
    with ExitStack() as stack:
        try:
            engine = stack.enter_context(session.engine())
        except ConnectionFailed:
            raise
        except DatabaseError:
            # Without a schema there is no version table, and nobody can run migrations.
            engine = None
        if engine is not None:
            stack.enter_context(engine.locked())
        yield


def _refuse_service(backup: Backup) -> None:
    if backup.format == "command":
        raise Refused(
            f"{backup.name} was made by {backup.tool}, which must restore it",
            hint=f"it calls the backup: {backup.reference or 'it gave no name'}",
        )


def _only(files: list[str]) -> str:
    if len(files) > 1:
        raise Refused("only one backup can be restored at a time", hint="`migratekit backup list` shows them")
    return files[0]


def _asked(session: Session) -> str:
    """The name of the database where the URL leaves it to others."""
    database = Database.connect(session.database_url(), {})
    try:
        return database.row("SELECT current_database()")[0] or ""
    finally:
        database.close()
