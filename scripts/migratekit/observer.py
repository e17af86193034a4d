"""What the engine tells while it works, and when it is done."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from .database import SqlError
from .errors import MigratekitError
from .lock import Holder
from .plan import Plan, Step
from .tracking.version_table import State


class Alarm(NamedTuple):
    """Something that lasts for longer than the environment likes, `seconds` by now."""

    # "long-running": the file is at work; "blocked": it waits for the sessions; "blocking": the sessions wait for it.
    kind: str
    step: Step
    seconds: float
    sessions: tuple[Holder, ...] = ()
    # It was cancelled for that.
    cancelled: bool = False
    # What it waits for: ACCESS EXCLUSIVE on users.
    lock: str = ""


class Advance(NamedTuple):
    """How far a long statement has come: `done` of `total` units, 0 where the total is not known."""

    # As in CREATE INDEX users.
    what: str
    # As the server calls it.
    phase: str
    done: int
    total: int
    unit: str


class Watched(NamedTuple):
    """What was seen of a file while it ran: plain figures for the history, and who stood in its way at the end."""

    figures: Mapping[str, object] = MappingProxyType({})
    blockers: tuple[Holder, ...] = ()
    # The alarm for which it was cancelled.
    cancelled: Alarm | None = None


UNWATCHED = Watched()


class Applied(NamedTuple):
    """One migration that is done and committed; times in seconds."""

    step: Step
    read_seconds: float
    run_seconds: float
    replayed: str = ""
    watched: Watched = UNWATCHED


class RunResult:
    """What a run did: its migrations, how many of those asked for were not there, and where it ended."""

    def __init__(self, state: State, *, missing: int = 0, planned: Sequence[Step] = ()) -> None:
        self.before = self.state = state
        self.planned = planned
        self.missing = missing
        self.applied: list[Applied] = []
        self.interrupted = False


class Watch(Protocol):
    """Looks at a file from outside while it runs."""

    def begin(self, step: Step, pid: int) -> None:
        """The file is about to be sent by the server process; the same step again is another try of it."""

    def end(self, sqlstate: str = "") -> Watched:
        """The file is done, or has failed with the error; what was seen of all its tries."""

    def close(self) -> None:
        """The run is over; nobody looks any more."""


class Observer:
    """Is told what goes on while it goes on; this one keeps it to itself."""

    def waiting(self, holder: Holder | None, seconds: float) -> None:
        """Somebody else holds the lock, since `seconds` for us."""

    def planned(self, plan: Plan) -> None:
        """These steps are about to be run."""

    def starting(self, step: Step) -> None:
        """The file is about to be sent."""

    def retrying(self, step: Step, error: SqlError, number: int, rest: float, watched: Watched) -> None:
        """The file failed, left nothing behind, and is tried for the `number`-th time again after a rest in seconds."""

    def alarmed(self, alarm: Alarm) -> None:
        """Something lasts for too long; told from another thread."""

    def progressed(self, step: Step, advance: Advance | None) -> None:
        """How far its long statement is, None if none is at work any more; told from another thread."""

    def unwatched(self, error: MigratekitError) -> None:
        """Nobody can look at the running file from outside; told from another thread."""

    def finished(self, applied: Applied) -> None:
        """The file and its version row are committed."""

    def ended(self, result: RunResult, error: MigratekitError | None) -> None:
        """The run is over; `error` is what ended it early."""


class Chorus(Observer):
    """Several observers as one; each is told in its turn."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def waiting(self, holder: Holder | None, seconds: float) -> None:
        """Somebody else holds the lock."""
        for observer in self._observers:
            observer.waiting(holder, seconds)

    def planned(self, plan: Plan) -> None:
        """These steps are about to be run."""
        for observer in self._observers:
            observer.planned(plan)

    def starting(self, step: Step) -> None:
        """The file is about to be sent."""
        for observer in self._observers:
            observer.starting(step)

    def retrying(self, step: Step, error: SqlError, number: int, rest: float, watched: Watched) -> None:
        """The file is tried again."""
        for observer in self._observers:
            observer.retrying(step, error, number, rest, watched)

    def alarmed(self, alarm: Alarm) -> None:
        """Something lasts for too long."""
        for observer in self._observers:
            observer.alarmed(alarm)

    def progressed(self, step: Step, advance: Advance | None) -> None:
        """How far its long statement is."""
        for observer in self._observers:
            observer.progressed(step, advance)

    def unwatched(self, error: MigratekitError) -> None:
        """Nobody can look at the running file from outside."""
        for observer in self._observers:
            observer.unwatched(error)

    def finished(self, applied: Applied) -> None:
        """The file and its version row are committed."""
        for observer in self._observers:
            observer.finished(applied)

    def ended(self, result: RunResult, error: MigratekitError | None) -> None:
        """The run is over."""
        for observer in self._observers:
            observer.ended(result, error)
