"""`migratekit init`."""

import argparse
from pathlib import Path

from ..errors import ExitCode, UsageError
from ..scaffold import advice, survey, write
from ..session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
    parser.add_argument("--into", metavar="DIR", default=".", help="folder of the project (the one you are in)")


def run(session: Session) -> ExitCode:
    """Writes the files that a project needs and does not have; says which, and what is left to do by hand."""
    root, out = Path(session.options.into), session.console.out
    if not root.is_dir():
        raise UsageError(f"{root} is no folder", hint="make it first, or give another with --into")
    items = survey(root)
    verb = "would be written" if session.options.dry_run else "written"
    for item in items:
        if not item.kept and not session.options.dry_run:
            write(root, item)
        out(f"{'kept as it is' if item.kept else verb}  {item.name}")
    kept = sum(item.kept for item in items)
    out(f"{len(items) - kept} files {verb}, {kept} kept")
    for what, lines in advice(root):
        out(f"\n{what}")
        for line in lines:
            out(f"  {line}")
    return ExitCode.DONE
