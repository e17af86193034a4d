"""What a check sees, and what it says."""

import datetime
import enum
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

from ..database import Database
from ..drift import Drift
from ..engine import Known
from ..errors import MigratekitError
from ..evidence import NotParsed, Session, session_of
from ..impact import Impact, Touched, read_impacts, touched
from ..ledger import Ledger
from ..migration import Body, Migration
from ..plan import Step
from ..settings import Settings
from ..tracking.version_table import VersionTable


class Level(enum.StrEnum):
    """How a result counts; an error stops the release."""

    OK = "ok"
    WARN = "warn"
    ERROR = "fail"


class Result(NamedTuple):
    """What one look gave: of what, the figure that was found, the limit it is held against, and what to do."""

    level: Level
    # What was looked at, where a check looks at several things: a table, a standby.
    subject: str
    figure: str
    limit: str = ""
    hint: str = ""


class Pending(NamedTuple):
    """A file that is to run, and what its statements do to tables that are there."""

    step: Step
    body: Body
    impacts: tuple[Impact, ...]


class Release(NamedTuple):
    """What was asked for on the command line."""

    commit: str = ""
    # Why this release does without a backup; empty if it makes one.
    without_backup: str = ""


class View:
    """The environment, the files that are to run, and the database, as all checks see them."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        table: VersionTable,
        known: Known,
        ledger: Ledger,
        steps: Sequence[tuple[Step, Body]],
        release: Release,
        drift: Callable[[], Drift],
        broken: MigratekitError | None = None,
    ) -> None:
        self.settings = settings
        self.database = database
        self.table = table
        self.known = known
        self.ledger = ledger
        self.steps = steps
        self.release = release
        # Takes seconds, and a server for a shadow; MigratekitError where it cannot be found out.
        self.drift = drift
        # Why it cannot be told which version the database has; then nothing is pending.
        self.broken = broken
        self.now = datetime.datetime.now().astimezone()

    @property
    def chain(self) -> list[Migration]:
        """The migrations of the folder."""
        return [entry.migration for entry in self.ledger.entries if entry.migration]

    @cached_property
    def session(self) -> Session:
        """What names in a file depend on."""
        return session_of(self.database)

    @cached_property
    def pending(self) -> list[Pending]:
        """The files that are to run; what cannot be parsed has no impact (the check `files` says so)."""
        return [Pending(step, body, self._impacts(number, body)) for number, (step, body) in enumerate(self.steps)]

    @cached_property
    def touched(self) -> tuple[Touched, ...]:
        """The tables that are there and that the files lock, read or write; `file` is the place among the pending."""
        return touched(self.database, [impact for pending in self.pending for impact in pending.impacts])

    def _impacts(self, number: int, body: Body) -> tuple[Impact, ...]:
        try:
            return read_impacts(body.sql, self.session, number)
        except NotParsed:
            return ()


def ok(figure: str, *, subject: str = "", limit: str = "") -> Result:
    """Nothing to complain about."""
    return Result(Level.OK, subject, figure, limit)


def warn(figure: str, hint: str, *, subject: str = "", limit: str = "") -> Result:
    """Something to know before going on."""
    return Result(Level.WARN, subject, figure, limit, hint)


def fail(figure: str, hint: str, *, subject: str = "", limit: str = "") -> Result:
    """Something that must be put right first."""
    return Result(Level.ERROR, subject, figure, limit, hint)
