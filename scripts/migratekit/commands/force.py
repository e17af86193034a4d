"""`migratekit force V`, also called `stamp V`."""

import argparse

from ..errors import ExitCode
from ..session import Session, version_argument
from ..tracking.history import Outcome
from ._shared import require_file


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("version", type=_version, metavar="V", help="the true version; `none` for an empty database")
    parser.add_argument("--no-check", action="store_true", help="take a version that has no file too")


def run(session: Session) -> ExitCode:
    """Writes the version, clean, and runs nothing; Refused if it has no file."""
    version, environment = session.options.version, session.settings.environment
    row: dict[str, object] = {}
    if version is not None and not session.options.no_check:
        migration = require_file(session.chain(), version, or_else="; --no-check takes it all the same")
        row = {"version": version, "name": migration.title, "checksum": session.files.facts(migration).checksum}
    shown = "no version" if version is None else f"version {version}"
    session.ask("force", f"force will set {environment} to {shown} without running anything")
    with session.engine() as engine:
        engine.vouch(Outcome.FORCED, version, lambda _state: (row,))
    session.console.out(f"{environment} is at {shown}; nothing was run")
    return ExitCode.DONE


def _version(text: str) -> int | None:
    return None if text in ("none", "-1") else version_argument(text)
