"""`migratekit up [N] [--to V]`."""

import argparse

from ..errors import ExitCode
from ..plan import plan_goto, plan_up
from ..session import Session, check_direction, steps_argument, version_argument
from ._outcome import report


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    how_far.add_argument("steps", nargs="?", type=steps_argument, metavar="N", help="so many migrations (all)")
    how_far.add_argument("--to", type=version_argument, metavar="V", help="up to this version")


def run(session: Session) -> ExitCode:
    """Applies what is pending."""
    steps, to = session.options.steps, session.options.to
    chain = session.chain()
    with session.migrator() as migrator:
        state = migrator.version()
        if to is not None:
            check_direction(state, to, up=True)
        plan = plan_goto(chain, state.version, to) if to is not None else plan_up(chain, state.version, steps)
        session.ask_for("up", plan)
        outcome = migrator.goto(chain, to) if to is not None else migrator.up(chain, steps)
        return report(session, outcome, "up")
