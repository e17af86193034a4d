"""`migratekit dump`."""

import argparse

from ..backup.processes import interruptible
from ..errors import ExitCode, Interrupted, MigratekitError
from ..own_tables import own_tables
from ..schema_dump import dump_schema
from ..session import Session
from ._backups import tools_for
from ._written import write, write_or_check


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument(
        "--file", default="schema.sql", metavar="FILE", help="write it there, - for stdout (schema.sql)"
    )
    parser.add_argument("--check", action="store_true", help="only say whether the file is what the database gives")
    parser.add_argument("--no-grants", action="store_true", help="leave out who may do what")


def run(session: Session) -> ExitCode:
    """Writes the schema as SQL that is the same for the same schema; exit code 1 if `--check` finds another one."""
    return write_or_check(session, _text(session, grants=not session.options.no_grants))


def keep(session: Session, name: str) -> None:
    """Writes the file behind a run that changed the schema; a warning where that fails, as the run is done."""
    try:
        if write(session, name, _text(session, grants=True)):
            session.console.note(f"{name}: written")
    except Interrupted:
        raise
    except MigratekitError as error:
        session.console.note(f"warning: {name} is not written: {error}")


def _text(session: Session, *, grants: bool) -> str:
    with session.engine() as engine:
        server = engine.database.server_version
        left_out = own_tables(engine.database, engine.table)
    tools = tools_for(session, server)
    if tools.major != server // 10000:
        session.console.note(
            f"warning: pg_dump {tools.version} writes other text than that of the server's version, {server // 10000}"
        )
    with interruptible("nothing was written"):
        return dump_schema(session.database_url(), tools, left_out, grants=grants)
