"""`migratekit docs`."""

import argparse

from ..catalog import structure
from ..errors import ExitCode
from ..own_tables import own_tables
from ..schema_page import page
from ..session import Session
from ._written import write_or_check


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument(
        "--file", default="docs/schema.md", metavar="FILE", help="write it there, - for stdout (docs/schema.md)"
    )
    parser.add_argument("--check", action="store_true", help="only say whether the file is what the database gives")


def run(session: Session) -> ExitCode:
    """Writes the schema as a page with diagrams; exit code 1 if `--check` finds another one."""
    with session.engine() as engine:
        found = structure(engine.database, own_tables(engine.database, engine.table))
    return write_or_check(session, page(found))
