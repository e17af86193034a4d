"""`migratekit redo`."""

import argparse

from ..errors import ExitCode
from ..plan import plan_redo
from ..session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    """Takes none."""


def run(session: Session) -> ExitCode:
    """Undoes the last migration and applies it again."""
    chain = session.chain()
    return session.move("redo", lambda state: plan_redo(chain, state.version))
