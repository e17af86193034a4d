"""What the engine tells, handed to every outlet."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module

from ..console import Console
from ..database import SqlError
from ..errors import Interrupted, MigratekitError
from ..lock import Holder
from ..observer import Alarm, Applied, Observer, RunResult, Watched
from ..plan import Plan, Step
from ..settings import Settings
from . import _event
from ._event import Call, Event, Outlet

# The files beside this one, each with `outlet(call)`; it gives None where it is not wanted.
OUTLETS = ("jsonlog", "webhooks", "metrics")


# Nobody wants to hear of a shorter one.
_QUIET_WAIT = 0.5


class Outlets(Observer):
    """All outlets of one call of migratekit, as an observer of its runs; none of them can fail or delay a run."""

    def __init__(self, settings: Settings, console: Console) -> None:
        # The name of the run, wherever it is told of.
        self.run = _name()
        self._call = Call(settings, console)
        self._verb = ""
        self._undone = ""
        # None until they are asked for; most calls have none.
        self._open: list[Outlet] | None = None
        # Alarms come from another thread.
        self._lock = threading.RLock()
        self._told: object = None
        # Of the run at work, as far as it came.
        self.result: RunResult | None = None

    @contextmanager
    def of_run(self, verb: str) -> Iterator[None]:
        """Around a run: tells how it ended, also where it could not even begin."""
        if self._verb:
            self._name_another()
        self._verb, self.result, began = verb, None, time.monotonic()
        try:
            yield
        except BaseException as error:
            self._tell(*_event.failed(verb, error, self.result, time.monotonic() - began))
            raise
        if self.result is not None:
            environment = self._call.settings.environment
            self._tell(_event.ended(verb, environment, self.result, time.monotonic() - began))

    def waiting(self, holder: Holder | None, seconds: float) -> None:
        """Tells of each holder once."""
        who = holder.pid if holder else None
        if seconds >= _QUIET_WAIT and who != self._told:
            self._told = who
            self._tell(_event.waiting(holder, seconds))

    def planned(self, plan: Plan) -> None:
        """The run begins."""
        self._tell(_event.started(self._verb, self._call.settings.environment, plan))

    def starting(self, step: Step) -> None:
        """A file begins."""
        if self._open != []:
            self._tell(_event.begun(step))

    def retrying(self, step: Step, error: SqlError, number: int, rest: float, watched: Watched) -> None:
        """A file is tried again."""
        self._tell(*_event.retried(step, error, number, rest, watched.blockers))

    def alarmed(self, alarm: Alarm) -> None:
        """Something lasts for too long."""
        self._tell(_event.alarmed(alarm))

    def finished(self, applied: Applied) -> None:
        """A file is committed."""
        if self._open != []:
            self._tell(_event.done(applied))

    def tell(self, name: str, message: str, fields: dict[str, object] | None = None) -> None:
        """Tells of something that no run tells of by itself: a check that was not passed, say."""
        self._tell(Event(name, message, fields or {}, "error"))

    def close(self) -> None:
        """Gives what is still on its way a moment; who does not want to wait may say so by a signal."""
        with suppress(KeyboardInterrupt, Interrupted):
            for outlet in self._open or ():
                self._guarded(outlet, None)

    def _name_another(self) -> None:
        """One call may make several runs, as when it goes back; the history knows each by itself."""
        self._undone, self.run = self.run, _name()
        if self._call.console.entries is not None:
            self._call.console.entries.run = self.run

    def _tell(self, *events: Event) -> None:
        with self._lock:
            if self._open is None:
                self._open = self._outlets()
            for event in events:
                fields = {"verb": self._verb} if self._verb else {}
                fields |= {"undoes": self._undone} if self._undone else {}
                event = event._replace(fields={**fields, **event.fields}, run=self.run)
                for outlet in self._open:
                    self._guarded(outlet, event)

    def _outlets(self) -> list[Outlet]:
        found: list[Outlet] = []
        for name in OUTLETS:
            try:
                outlet = import_module(f".{name}", __package__).outlet(self._call)
            except (MigratekitError, OSError, ImportError, ValueError) as error:
                self._complain(name, error)
            else:
                found += [outlet] if outlet is not None else []
        return found

    def _guarded(self, outlet: Outlet, event: Event | None) -> None:
        """Whatever goes wrong out there is told, and does not touch the run."""
        try:
            if event is None:
                outlet.close()
            else:
                outlet.take(event)
        except Interrupted:
            raise
        except Exception as error:
            self._complain(type(outlet).__name__, error)

    def _complain(self, name: str, error: Exception) -> None:
        self._call.console.note(f"warning: {name}: {error}")


def _name() -> str:
    """A random UUID, written as the history shows it."""
    digits = os.urandom(16).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
