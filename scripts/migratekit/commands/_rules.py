"""The options that let a run go on, and the rules of the environment with them."""

import argparse

from ..checks._findings import Finding
from ..rules import ALLOWED, Rules
from ..session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options that let a run go on."""
    parser.add_argument(
        "--allow-changed", action="store_true", help="go on although applied files were changed or renamed"
    )
    parser.add_argument(
        "--allow-missing", action="store_true", help="apply late files too, and go on although applied files are gone"
    )


def rules_of(session: Session) -> Rules:
    """The rules for a run of this call; its warnings go to stderr."""

    def tell(finding: Finding) -> None:
        session.console.note(f"warning: {finding.file}: {finding.problem}")

    options = vars(session.options)
    allowed = [name for name in ALLOWED if options.get(f"allow_{name}")]
    return Rules(session.files, allowed=allowed, tell=tell)
