"""`migratekit up [N] [--to V]`."""

import argparse

from ..errors import ExitCode
from ..migration import Direction
from ..plan import Plan, plan_toward, plan_up
from ..session import Session, steps_argument, version_argument
from ..tracking.version_table import State
from ._preview import preview


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    how_far.add_argument("steps", nargs="?", type=steps_argument, metavar="N", help="so many migrations (all)")
    how_far.add_argument("--to", type=version_argument, metavar="V", help="up to this version")
    parser.add_argument("--dry-run", action="store_true", help="show what would run, as `plan` does, and run nothing")


def run(session: Session) -> ExitCode:
    """Applies what is pending."""
    chain, steps, to = session.chain(), session.options.steps, session.options.to

    def make_plan(state: State) -> Plan:
        if to is None:
            return plan_up(chain, state.version, steps)
        return plan_toward(chain, state.version, to, Direction.UP)

    if session.options.dry_run:
        return preview(session, make_plan, brief=False, as_json=False)
    return session.move("up", make_plan)
