"""`migratekit test-connection`."""

import argparse
import time

from ..database import Database
from ..errors import ExitCode
from ..session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    """Takes none."""


def run(session: Session) -> ExitCode:
    """Connects once and says to what; ConnectionFailed says why not."""
    url = session.database_url()
    began = time.monotonic()
    database = Database.connect(url, {"connect_timeout": "5"})
    try:
        name, user, version = database.row("SELECT current_database(), current_user, current_setting('server_version')")
        took = time.monotonic() - began
        session.console.out(
            f"connected to {url.redacted()}: database {name} as {user}, PostgreSQL {version}, in {took * 1000:.0f} ms"
        )
    finally:
        database.close()
    return ExitCode.DONE
