"""What lasts for longer than the environment likes."""

from collections.abc import Iterator

from ..observer import Alarm
from ..plan import Step
from ..sections import Watching
from .look import Look


class Alarms:
    """The alarms of one file: each kind once, and again whenever it lasts twice as long."""

    def __init__(self, step: Step, limits: Watching) -> None:
        self._step = step
        self._limits = limits
        self._next = {"long-running": limits.long_running, "blocked": limits.blocked, "blocking": limits.blocking}

    def due(self, look: Look, ran: float) -> Iterator[Alarm]:
        """What is to be told now of a file that has run for so long."""
        for alarm in (
            Alarm("long-running", self._step, ran),
            Alarm("blocked", self._step, look.waited, look.blockers, lock=look.lock),
            Alarm("blocking", self._step, look.blocking, look.waiting),
        ):
            limit = self._next[alarm.kind]
            if 0 < limit <= alarm.seconds:
                self._next[alarm.kind] = max(limit, alarm.seconds) * 2
                yield alarm

    def deadly(self, look: Look) -> Alarm | None:
        """That for which the file is to be cancelled, if the environment says so."""
        if not look.active:
            return None
        if 0 < self._limits.cancel_blocking <= look.blocking:
            return Alarm("blocking", self._step, look.blocking, look.waiting, cancelled=True)
        if 0 < self._limits.cancel_running <= look.age:
            return Alarm("long-running", self._step, look.age, cancelled=True)
        return None
