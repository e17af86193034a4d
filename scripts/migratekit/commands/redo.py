"""`migratekit redo`."""

import argparse

from ..errors import ExitCode
from ..plan import plan_down
from ..session import Session
from ._outcome import report


def arguments(parser: argparse.ArgumentParser) -> None:
    """Takes none."""


def run(session: Session) -> ExitCode:
    """Undoes the last migration and applies it again."""
    chain = session.chain()
    with session.migrator() as migrator:
        session.ask_for("redo", plan_down(chain, migrator.version().version, 1))
        return report(session, migrator.redo(chain), "redo")
