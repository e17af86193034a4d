"""The log as JSON: each event is one line, with its fields."""

from ..console import Console
from ..database import SqlError
from ..lock import Holder
from ..narration import Narrator
from ..observer import Alarm, Watched
from ..plan import Step
from ._event import Call, Event


class JsonLog:
    """Writes events as the console writes JSON."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def take(self, event: Event) -> None:
        """One line."""
        self._console.tell(event.name, event.message, level=event.level, fields=event.fields)

    def close(self) -> None:
        """Nothing is on its way."""


class Brief(Narrator):
    """Prints results, and leaves to events what they tell with more detail."""

    def waiting(self, holder: Holder | None, seconds: float) -> None:
        """An event tells it."""

    def retrying(self, step: Step, error: SqlError, number: int, rest: float, watched: Watched) -> None:
        """An event tells it."""

    def alarmed(self, alarm: Alarm) -> None:
        """An event tells it."""


def outlet(call: Call) -> JsonLog | None:
    """The log, where JSON is wanted."""
    return JsonLog(call.console) if call.console.entries is not None else None


def narrator(console: Console) -> Narrator:
    """Who prints what the engine reports, in the form that is wanted."""
    return Narrator(console) if console.entries is None else Brief(console)
