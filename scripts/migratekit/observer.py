"""What the engine tells while it works, and when it is done."""

from dataclasses import dataclass, field
from typing import Protocol

from .lock import Holder
from .plan import Plan, Step
from .tracking.version_table import State


@dataclass(frozen=True, slots=True)
class Applied:
    """One migration that is done and committed; times in seconds."""

    step: Step
    read_seconds: float
    run_seconds: float
    replayed: str = ""


@dataclass(slots=True)
class RunResult:
    """What a run did: its migrations, how many of those asked for were not there, and where it ended."""

    state: State
    applied: list[Applied] = field(default_factory=list)
    missing: int = 0
    interrupted: bool = False


class Observer(Protocol):
    """Is told what goes on while it goes on."""

    def waiting(self, holder: Holder | None, seconds: float) -> None:
        """Somebody else holds the lock, since `seconds` for us."""

    def planned(self, plan: Plan) -> None:
        """These steps are about to be run."""

    def starting(self, step: Step) -> None:
        """The file is about to be sent."""

    def finished(self, applied: Applied) -> None:
        """The file and its version row are committed."""
