"""`migratekit plan [N] [--to V]`."""

import argparse

from ..errors import ExitCode
from ..plan import Plan, plan_goto, plan_up
from ..session import Session, steps_argument, version_argument
from ..tracking.version_table import State
from ._preview import preview


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    how_far.add_argument("steps", nargs="?", type=steps_argument, metavar="N", help="so many migrations up (all)")
    how_far.add_argument("--to", type=version_argument, metavar="V", help="up or down to this version")
    parser.add_argument("--brief", action="store_true", help="leave out the SQL")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Prints what would run, in which order and how; takes no lock and writes nothing."""
    chain, options = session.chain(), session.options

    def make_plan(state: State) -> Plan:
        if options.to is None:
            return plan_up(chain, state.version, options.steps)
        return plan_goto(chain, state.version, options.to)

    return preview(session, make_plan, brief=options.brief, as_json=options.json)
