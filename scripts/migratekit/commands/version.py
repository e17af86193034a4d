"""`migratekit version`, also called `current`."""

import argparse

from ..errors import ExitCode
from ..session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Prints the version; exit code 4 if it is dirty."""
    with session.engine() as engine, engine.reading():
        state = engine.version()
    if session.options.json:
        session.console.json({"version": state.version, "dirty": state.dirty})
    else:
        number = "none" if state.version is None else str(state.version)
        session.console.out(f"{number} (dirty)" if state.dirty else number)
    return ExitCode.DIRTY if state.dirty else ExitCode.DONE
