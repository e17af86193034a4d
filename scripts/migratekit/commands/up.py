"""`migratekit up [N] [--to V]`."""

import argparse

from ..engine import Known
from ..errors import ExitCode, MigratekitError
from ..plan import Plan
from ..session import ALL, Session
from . import _on_branch, _rules
from ._preview import preview
from ._revisions import Revision, steps_or_revision, version_of, version_or_revision
from ._way_back import show_way_back


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    how_far = parser.add_mutually_exclusive_group()
    up_to = steps_or_revision("+", "head", "heads")
    how_far.add_argument("steps", nargs="?", type=up_to, metavar="N", help="so many migrations, or head: all (head)")
    how_far.add_argument("--to", type=version_or_revision, metavar="V", help="up to this version")
    parser.add_argument("--dry-run", action="store_true", help="show what would run, as `plan` does, and run nothing")
    parser.add_argument(
        "--on-failure", choices=("stop", "rollback"), help="what a failure does to this run's other migrations (stop)"
    )
    _rules.arguments(parser)
    _on_branch.arguments(parser)


def run(session: Session) -> ExitCode:
    """Applies what is pending."""
    asked = session.options.steps
    steps = None if asked == ALL or isinstance(asked, Revision) else asked
    to = version_of(session, asked if isinstance(asked, Revision) else session.options.to)
    if _on_branch.is_wanted(session):
        from ._rehearsal import rehearse

        return rehearse(session, steps, to)
    rules = _rules.rules_of(session)

    def make_plan(known: Known) -> Plan:
        return rules.up(known, steps, to)

    if session.options.dry_run:
        return preview(session, make_plan, brief=False, as_json=False)
    try:
        return session.move("up", make_plan)
    except MigratekitError as error:
        show_way_back(session, error)
        raise
