"""`migratekit down [N] [--to V] [--all]`."""

import argparse

from ..errors import ExitCode
from ..migration import Direction
from ..plan import plan_down, plan_toward
from ..session import Session, steps_argument, version_argument


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    how_far.add_argument("steps", nargs="?", type=steps_argument, metavar="N", help="so many migrations (1)")
    how_far.add_argument("--to", type=version_argument, metavar="V", help="down to this version")
    how_far.add_argument("--all", action="store_true", help="down to no version")


def run(session: Session) -> ExitCode:
    """Undoes what was applied last."""
    options, chain = session.options, session.chain()
    if options.to is not None:
        return session.move("down", lambda state: plan_toward(chain, state.version, options.to, Direction.DOWN))
    limit = None if options.all else 1 if options.steps is None else options.steps
    return session.move("down", lambda state: plan_down(chain, state.version, limit))
