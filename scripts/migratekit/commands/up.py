"""`migratekit up [N] [--to V]`."""

import argparse

from ..errors import ExitCode
from ..migration import Direction
from ..plan import plan_toward, plan_up
from ..session import Session, steps_argument, version_argument


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    how_far.add_argument("steps", nargs="?", type=steps_argument, metavar="N", help="so many migrations (all)")
    how_far.add_argument("--to", type=version_argument, metavar="V", help="up to this version")


def run(session: Session) -> ExitCode:
    """Applies what is pending."""
    chain, steps, to = session.chain(), session.options.steps, session.options.to
    if to is None:
        return session.move("up", lambda state: plan_up(chain, state.version, steps))
    return session.move("up", lambda state: plan_toward(chain, state.version, to, Direction.UP))
