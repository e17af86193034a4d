"""`migratekit plan [N] [--to V]`."""

import argparse

from ..engine import Known
from ..errors import ExitCode
from ..migration import Direction
from ..plan import Plan, ahead_of, plan_goto
from ..session import Session, steps_argument, version_argument
from . import _rules
from ._preview import preview


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    how_far.add_argument("steps", nargs="?", type=steps_argument, metavar="N", help="so many migrations up (all)")
    how_far.add_argument("--to", type=version_argument, metavar="V", help="up or down to this version")
    parser.add_argument("--brief", action="store_true", help="leave out the SQL")
    parser.add_argument("--json", action="store_true", help="print JSON")
    _rules.arguments(parser)


def run(session: Session) -> ExitCode:
    """Prints what would run, in which order and how; takes no lock and writes nothing."""
    options, rules = session.options, _rules.Rules(session, session.chain())

    def make_plan(known: Known) -> Plan:
        if options.to is None:
            return rules.ahead(known, options.steps)
        plan = plan_goto(rules.road(known), known.version, options.to)
        if not any(step.direction is Direction.UP for step in plan.steps):
            return plan
        return rules.in_order(ahead_of(plan, rules.late(known)), known)

    return preview(session, make_plan, brief=options.brief, as_json=options.json)
