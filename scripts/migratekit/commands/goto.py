"""`migratekit goto V`."""

import argparse

from ..errors import ExitCode
from ..plan import plan_goto
from ..session import Session, version_argument
from ._outcome import report


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("version", type=version_argument, metavar="V", help="the version to go to")


def run(session: Session) -> ExitCode:
    """Goes up or down to the version."""
    chain, version = session.chain(), session.options.version
    with session.migrator() as migrator:
        session.ask_for("goto", plan_goto(chain, migrator.version().version, version))
        return report(session, migrator.goto(chain, version), "goto")
