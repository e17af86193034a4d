"""`migratekit wait`."""

import argparse
import time

from ..database import ConnectionFailed, Database
from ..errors import ExitCode
from ..session import Session, duration_argument


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument(
        "--timeout", type=duration_argument, default=60.0, metavar="TIME", help="give up after this long (60s)"
    )


def run(session: Session) -> ExitCode:
    """Returns once the server takes connections; ConnectionFailed when it does not, or refuses us."""
    url = session.database_url()
    deadline = time.monotonic() + session.options.timeout
    pause = 0.1
    while True:
        try:
            Database.connect(url, {"connect_timeout": "5"}).close()
        except ConnectionFailed as error:
            left = deadline - time.monotonic()
            if not error.transient or left <= 0:
                raise
            time.sleep(min(pause, max(left, 0)))
            pause = min(pause * 1.5, 2.0)
        else:
            session.console.out(f"{url.redacted()} answers")
            return ExitCode.DONE
