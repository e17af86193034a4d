"""`migratekit wait-for-version`."""

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from ..arrival import Arrival, NotThere, may_come
from ..console import Console
from ..database import ConnectionFailed, ConnectionLost
from ..errors import ExitCode, MigratekitError
from ..guards import DirtyDatabase
from ..narration import duration as spoken
from ..retries import Retries
from ..session import Session, duration_argument, version_argument
from ..tracking.version_table import State

# Many wait at a time: each rests for longer and longer, and none in step with another.
_RESTS = Retries(pause=0.25, limit=5.0)
_LONGEST = 8


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument(
        "version",
        nargs="?",
        type=version_argument,
        metavar="V",
        help="the version, or a later one; without it: until no file of the folder is pending",
    )
    parser.add_argument(
        "--timeout",
        type=duration_argument,
        default=300.0,
        metavar="TIME",
        help="give up after this long (5m); 0: look once",
    )


def run(session: Session) -> ExitCode:
    """Returns once the database is at the version, and clean; exit code 6 if it is not within the time."""
    wanted, environment = session.options.version, session.settings.environment
    url = session.database_url()
    arrival = Arrival(session.files, session.target, url, wanted)
    goal, timeout = f"version {arrival.version} of {environment}", session.options.timeout
    try:
        with ExitStack() as stack:
            rests = _Rests(session.console, stack, goal, timeout)
            state = _wait(arrival, f"migratekit {session.options.verb} {session.outlets.run[:8]}", rests.rest)
    except NotThere as error:
        after = f" after {spoken(timeout)}" if timeout else ""
        raise NotThere(
            f"{goal} is not there{after}: {error.what}",
            where=url.redacted(),
            hint=error.hint or "is the job that migrates at work? `migratekit status` shows what is pending",
        ) from None
    more = "no file is pending" if wanted is None else f"waited for {wanted}"
    session.console.out(f"{environment} is at version {state.version}; {more}")
    return ExitCode.DONE


def _wait(arrival: Arrival, application: str, rest: Callable[[MigratekitError, int], None]) -> State:
    """Looks until it is there, or until `rest` raises; DirtyDatabase where nobody is at work any more."""
    number, halted = 0, None
    while True:
        number += 1
        try:
            return arrival.look(application)
        except (NotThere, ConnectionLost) as error:
            why: MigratekitError = error
            halted = None
        except ConnectionFailed as error:
            if not may_come(error):
                raise
            why = error
        except DirtyDatabase as error:
            # The run may have ended between our two questions: the mark, and then who is at work.
            if error.state == halted:
                raise
            why, halted, number = error, error.state, 1
        rest(why, number)


class _Rests:
    """Rests between two looks; says once what is waited for, and shows on a terminal why."""

    def __init__(self, console: Console, stack: ExitStack, goal: str, timeout: float) -> None:
        self._console = console
        self._stack = stack
        self._goal = goal
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout
        self._told = False
        # What turns on a terminal meanwhile.
        self._status: Any = None

    def rest(self, why: MigratekitError, number: int) -> None:
        """Sleeps until the next look; raises `why` if the time is over."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise why
        # A first sight of a dirty mark decides nothing: the next look does.
        if not self._told and not isinstance(why, DirtyDatabase):
            self._told = True
            told = f"waiting up to {spoken(self._timeout)} for {self._goal}: {why.what}"
            self._console.tell("waiting", told, fields={"seconds": self._timeout})
            self._status = self._stack.enter_context(self._console.busy(f"waiting for {self._goal}"))
        if self._status is not None:
            from rich.text import Text

            shown = self._console.clean(f"waiting for {self._goal}: {why.what}")
            self._status.update(Text(shown, no_wrap=True, overflow="ellipsis"))
        time.sleep(min(_RESTS.rest(min(number, _LONGEST)), left))
