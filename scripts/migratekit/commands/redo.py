"""`migratekit redo`."""

import argparse

from ..errors import ExitCode
from ..plan import plan_redo
from ..session import Session
from ._rules import rules_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Takes none."""


def run(session: Session) -> ExitCode:
    """Undoes the last migration and applies it again."""
    rules = rules_of(session)
    return session.move("redo", lambda known: plan_redo(rules.road(known), known.version))
