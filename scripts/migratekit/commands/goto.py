"""`migratekit goto V`."""

import argparse

from ..errors import ExitCode
from ..plan import plan_goto
from ..session import Session, version_argument


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("version", type=version_argument, metavar="V", help="the version to go to")


def run(session: Session) -> ExitCode:
    """Goes up or down to the version."""
    chain, version = session.chain(), session.options.version
    return session.move("goto", lambda state: plan_goto(chain, state.version, version))
