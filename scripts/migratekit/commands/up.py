"""`migratekit up [N] [--to V]`."""

import argparse

from ..errors import ExitCode
from ..migration import Direction
from ..migrator import Known
from ..plan import Plan, ahead_of, plan_toward, plan_up
from ..session import Session, steps_argument, version_argument
from . import _rules
from ._preview import preview


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    how_far.add_argument("steps", nargs="?", type=steps_argument, metavar="N", help="so many migrations (all)")
    how_far.add_argument("--to", type=version_argument, metavar="V", help="up to this version")
    parser.add_argument("--dry-run", action="store_true", help="show what would run, as `plan` does, and run nothing")
    _rules.arguments(parser)


def run(session: Session) -> ExitCode:
    """Applies what is pending."""
    steps, to = session.options.steps, session.options.to
    rules = _rules.Rules(session, session.chain())

    def make_plan(known: Known) -> Plan:
        late, road = rules.late(known), rules.road(known)
        ahead = plan_up(road, known.version) if to is None else plan_toward(road, known.version, to, Direction.UP)
        return rules.in_order(ahead_of(ahead, late, steps), known)

    if session.options.dry_run:
        return preview(session, make_plan, brief=False, as_json=False)
    return session.move("up", make_plan)
