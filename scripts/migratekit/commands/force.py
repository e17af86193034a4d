"""`migratekit force V`, also called `stamp V`."""

import argparse

from ..errors import ExitCode
from ..session import Session, version_argument


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("version", type=_version, metavar="V", help="the true version; `none` for an empty database")


def run(session: Session) -> ExitCode:
    """Writes the version, clean, and runs nothing."""
    version = session.options.version
    shown = "no version" if version is None else f"version {version}"
    session.ask("force", f"force will set {session.settings.environment} to {shown} without running anything")
    with session.migrator() as migrator:
        migrator.force(version)
    session.console.out(f"{session.settings.environment} is at {shown}; nothing was run")
    return ExitCode.DONE


def _version(text: str) -> int | None:
    return None if text in ("none", "-1") else version_argument(text)
