"""`migratekit goto V`."""

import argparse

from ..errors import ExitCode
from ..session import Session
from . import _rules
from ._revisions import version_of, version_or_revision


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("version", type=version_or_revision, metavar="V", help="the version to go to")
    _rules.arguments(parser)


def run(session: Session) -> ExitCode:
    """Goes up or down to the version."""
    version, rules = version_of(session, session.options.version), _rules.rules_of(session)
    return session.move("goto", lambda known: rules.goto(known, version))
