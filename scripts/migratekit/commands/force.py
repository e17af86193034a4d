"""`migratekit force V`, also called `stamp V`."""

import argparse

from ..errors import ExitCode, Refused
from ..session import Session
from ..tracking.history import Outcome
from ._revisions import version_of, version_or_revision
from ._shared import require_file

_HEAD = "head"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    known = "the true version; `head` for that of the last file, `none` or `base` for an empty database"
    parser.add_argument("version", type=_version, metavar="V", help=known)
    parser.add_argument("--no-check", action="store_true", help="take a version that has no file too")


def run(session: Session) -> ExitCode:
    """Writes the version, clean, and runs nothing; Refused if it has no file."""
    environment, version = session.settings.environment, session.options.version
    version = _last(session) if version == _HEAD else version_of(session, version)
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


def _version(text: str) -> int | str | None:
    if text in ("none", "base", "-1"):
        return None
    return _HEAD if text in (_HEAD, "heads") else version_or_revision(text)


def _last(session: Session) -> int:
    chain = session.chain()
    if not chain:
        folder = str(session.settings.folder)
        raise Refused("there is no file whose version it could be", where=folder, hint="`none` says that there is none")
    return chain[-1].version
