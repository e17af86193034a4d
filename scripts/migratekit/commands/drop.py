"""`migratekit drop`."""

import argparse

from ..database import Database
from ..errors import ExitCode
from ..session import Session
from ..tracking.everything import drop_everything


def arguments(parser: argparse.ArgumentParser) -> None:
    """Takes none."""


def run(session: Session) -> ExitCode:
    """Drops all that the current schema holds, in one transaction, and names what stays."""
    with session.engine() as engine:
        schema = engine.table.schema
        what = f"drop will remove every table, view, function, type and sequence of schema {schema}"
        session.ask("drop", f"{what} on {session.settings.environment}", always=True)
        dropped: list[str] = []

        def statements(database: Database) -> str:
            names, script = drop_everything(database)
            dropped.extend(names)
            return script

        engine.drop(statements)
    for name in dropped:
        session.console.out(f"dropped {name}")
    session.console.out(f"{len(dropped)} objects dropped; {session.settings.environment} is at no version")
    return ExitCode.DONE
