"""The options with which `up` is rehearsed on a branch; what does it is loaded only then."""

import argparse
import os

from ..errors import Refused, UsageError
from ..reports import VARIABLE
from ..session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a rehearsal."""
    parser.add_argument(
        "--on-branch",
        nargs="?",
        const="",
        metavar="NAME",
        help="rehearse on a branch, a copy of the database that is dropped behind it, and touch nothing else",
    )
    parser.add_argument(
        "--allow-shared", action="store_true", help="with --on-branch: although files change what databases share"
    )
    parser.add_argument("--keep", action="store_true", help="with --on-branch: keep the branch")


def is_wanted(session: Session) -> bool:
    """True if the call is a rehearsal; UsageError or Refused if it cannot be one."""
    options, settings = session.options, session.settings
    if options.on_branch is None:
        for name in ("keep", "allow_shared"):
            if vars(options)[name]:
                raise UsageError(f"--{name.replace('_', '-')} is for --on-branch", hint="leave it out")
        return False
    if options.dry_run:
        raise UsageError("--dry-run runs nothing, on no branch", hint="leave out one of them")
    if os.environ.get(VARIABLE):
        raise UsageError("a release runs on its database, not on a branch", hint="rehearse in front of it")
    if not settings.allows("branch"):
        what = f"environment {settings.environment} does not allow `branch`, which a rehearsal needs"
        raise Refused(what, hint=f"its rules are in {settings.values['verbs'].source}")
    return True
