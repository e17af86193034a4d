"""`migratekit down [N] [--to V] [--all]`."""

import argparse

from ..errors import ExitCode
from ..plan import plan_down, plan_goto
from ..session import Session, check_direction, steps_argument, version_argument
from ._outcome import report


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    how_far.add_argument("steps", nargs="?", type=steps_argument, metavar="N", help="so many migrations (1)")
    how_far.add_argument("--to", type=version_argument, metavar="V", help="down to this version")
    how_far.add_argument("--all", action="store_true", help="down to no version")


def run(session: Session) -> ExitCode:
    """Undoes what was applied last."""
    options = session.options
    limit = None if options.all else 1 if options.steps is None else options.steps
    chain = session.chain()
    with session.migrator() as migrator:
        state = migrator.version()
        if options.to is not None:
            check_direction(state, options.to, up=False)
            session.ask_for("down", plan_goto(chain, state.version, options.to))
            return report(session, migrator.goto(chain, options.to), "down")
        session.ask_for("down", plan_down(chain, state.version, limit))
        return report(session, migrator.down(chain, limit), "down")
