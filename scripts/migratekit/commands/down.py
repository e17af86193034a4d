"""`migratekit down [N] [--to V] [--all]`."""

import argparse

from ..errors import ExitCode
from ..session import ALL, Session
from ._revisions import Revision, steps_or_revision, version_of, version_or_revision
from ._rules import rules_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    down_to = steps_or_revision("-", "base")
    how_far.add_argument("steps", nargs="?", type=down_to, metavar="N", help="so many migrations, or base: all (1)")
    how_far.add_argument("--to", type=version_or_revision, metavar="V", help="down to this version")
    how_far.add_argument("--all", action="store_true", help="down to no version")
    parser.add_argument(
        "--stored", action="store_true", help="undo what has no file any more with the SQL kept in the history"
    )


def run(session: Session) -> ExitCode:
    """Undoes what was applied last."""
    options, rules = session.options, rules_of(session)
    named = isinstance(options.steps, Revision)
    to = version_of(session, options.steps if named else options.to)
    steps = None if options.all or options.steps == ALL else 1 if options.steps is None or named else options.steps
    return session.move("down", lambda known: rules.down(known, steps, to, stored=options.stored))
