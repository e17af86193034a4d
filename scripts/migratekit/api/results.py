"""What a `Migrator` returns: plain values that never change."""

import datetime
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Direction = Literal["up", "down"]
State = Literal[
    "applied",
    "applied by another tool",
    "pending",
    "missed",
    "changed",
    "renamed",
    "file missing",
    "dirty",
    "running now",
]


@dataclass(frozen=True, slots=True)
class Version:
    """The version that a database is at, None before the first migration; dirty if one stopped half-way."""

    version: int | None
    dirty: bool


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration and how it stands; `remark` says what is wrong with it."""

    version: int
    name: str
    state: State
    # Of the up file, None where there is none any more.
    path: Path | None = None
    applied_at: datetime.datetime | None = None
    seconds: float | None = None
    checksum: str | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """How every migration stands; `running` if a run is at work at this moment."""

    version: int | None
    dirty: bool
    running: bool
    migrations: tuple[Migration, ...]
    # The repeatable files that `up` would run; none in a database that is newer than the files.
    repeatables_due: tuple[str, ...] = ()

    @property
    def pending(self) -> tuple[Migration, ...]:
        """The migrations that `up` would apply, late ones included, if it were allowed to."""
        return tuple(each for each in self.migrations if each.state in ("pending", "missed"))

    @property
    def is_current(self) -> bool:
        """True if nothing is pending or due, nothing is dirty, and none of these files is being run at this moment."""
        at_work = any(each.state == "running now" and each.path for each in self.migrations)
        return not (self.dirty or self.pending or self.repeatables_due or at_work)


@dataclass(frozen=True, slots=True)
class Ran:
    """One migration that was run and is committed."""

    version: int
    name: str
    direction: Direction
    seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did; `missing` is how many more migrations were asked for than there were."""

    before: int | None
    version: int | None
    ran: tuple[Ran, ...]
    missing: int = 0
    # It was stopped behind the last of `ran`, and more was to come.
    interrupted: bool = False
    # The repeatable files that were run behind them.
    repeated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One migration that would run: the file, how it would run, and its SQL; a repeatable file has no version."""

    version: int | None
    name: str
    direction: Direction
    path: Path | None
    mode: str
    sql: str = field(repr=False)
    # The version of the database behind it.
    leads_to: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One line of the history: what was tried when, by whom, and how it ended."""

    outcome: str
    at: datetime.datetime
    version: int | None
    name: str | None
    direction: str | None
    seconds: float | None
    version_before: int | None
    version_after: int | None
    dirty: bool
    checksum: str | None
    sqlstate: str | None
    message: str | None
    database_user: str | None
    os_user: str | None
    host: str | None
    tool: str | None
    run: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What goes on in a run at this moment; `message` is a line for people.

    `number` of `total` is the migration's place in the run; `seconds` is how long it took, or has lasted.
    """

    event: Literal["waiting", "planned", "started", "retrying", "alarm", "working", "notice", "finished", "ended"]
    message: str
    version: int | None = None
    name: str = ""
    direction: Direction | None = None
    number: int = 0
    total: int = 0
    seconds: float = 0.0
