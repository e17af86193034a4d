"""`migratekit goto V`."""

import argparse

from ..engine import Known
from ..errors import ExitCode
from ..migration import Direction
from ..plan import Plan, ahead_of, plan_goto
from ..session import Session, version_argument
from . import _rules


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("version", type=version_argument, metavar="V", help="the version to go to")
    _rules.arguments(parser)


def run(session: Session) -> ExitCode:
    """Goes up or down to the version."""
    version, rules = session.options.version, _rules.Rules(session, session.chain())

    def make_plan(known: Known) -> Plan:
        plan = plan_goto(rules.road(known), known.version, version)
        goes_up = any(step.direction is Direction.UP for step in plan.steps)
        return rules.in_order(ahead_of(plan, rules.late(known)), known) if goes_up else plan

    return session.move("goto", make_plan)
