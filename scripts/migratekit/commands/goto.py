"""`migratekit goto V`."""

import argparse

from ..errors import ExitCode
from ..session import Session, version_argument
from . import _rules


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("version", type=version_argument, metavar="V", help="the version to go to")
    _rules.arguments(parser)


def run(session: Session) -> ExitCode:
    """Goes up or down to the version."""
    version, rules = session.options.version, _rules.rules_of(session)
    return session.move("goto", lambda known: rules.goto(known, version))
