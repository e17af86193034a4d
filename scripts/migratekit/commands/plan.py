"""`migratekit plan [N] [--to V]`."""

import argparse

from ..engine import Known
from ..errors import ExitCode
from ..plan import Plan
from ..session import Session, steps_argument
from . import _rules
from ._preview import preview
from ._revisions import version_of, version_or_revision


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    how_far.add_argument("steps", nargs="?", type=steps_argument, metavar="N", help="so many migrations up (all)")
    how_far.add_argument("--to", type=version_or_revision, metavar="V", help="up or down to this version")
    parser.add_argument("--brief", action="store_true", help="leave out the SQL")
    parser.add_argument("--json", action="store_true", help="print JSON")
    _rules.arguments(parser)


def run(session: Session) -> ExitCode:
    """Prints what would run, in which order and how; takes no lock and writes nothing."""
    options, rules = session.options, _rules.rules_of(session)
    to = version_of(session, options.to)

    def make_plan(known: Known) -> Plan:
        return rules.up(known, options.steps) if to is None else rules.goto(known, to)

    return preview(session, make_plan, brief=options.brief, as_json=options.json)
