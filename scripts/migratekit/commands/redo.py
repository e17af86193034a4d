"""`migratekit redo`."""

import argparse

from ..engine import Known
from ..errors import ExitCode
from ..plan import Plan, plan_redo
from ..session import Session
from ._rules import rules_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Takes none."""


def run(session: Session) -> ExitCode:
    """Undoes the last migration and applies it again."""
    rules = rules_of(session)

    def make_plan(known: Known) -> Plan:
        return rules.sparing_baseline(plan_redo(rules.road(known), known.version), known)

    return session.move("redo", make_plan)
