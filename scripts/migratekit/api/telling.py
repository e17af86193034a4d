"""What the engine tells, handed to a program: to its callback, and to the standard library's logging."""

import io
import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal

from ..console import Console
from ..database import Notice, SqlError
from ..errors import MigratekitError
from ..lock import Holder
from ..migration import Direction
from ..narration import duration, label
from ..observer import Advance, Alarm, Applied, Observer, RunResult, Watched
from ..plan import Plan, Step
from ..redaction import redact
from .results import Progress

logger = logging.getLogger("migratekit")
logger.addHandler(logging.NullHandler())
_WAYS: Mapping[Direction, Literal["up", "down"]] = {Direction.UP: "up", Direction.DOWN: "down"}
# Nobody wants to hear of a shorter one.
_QUIET_WAIT = 0.5
_ALARMS = {"long-running": "runs", "blocked": "waits for others", "blocking": "keeps others waiting"}


class Quiet(Console):
    """A console that prints nothing: what would be told on it goes to logging."""

    def __init__(self) -> None:
        super().__init__(io.StringIO(), io.StringIO())

    def tell(self, _event: str, message: str, *, level: str = "", fields: Mapping[str, object] | None = None) -> None:
        """A warning, mostly."""
        del fields
        logger.log(logging.INFO if level == "info" else logging.WARNING, "%s", self.clean(message))


class Teller(Observer):
    """Turns what happens into `Progress`; whatever a callback raises is logged, and fails no run."""

    def __init__(self, callback: Callable[[Progress], object] | None) -> None:
        self._callback = callback
        self._number = self._total = 0
        self._held_by: object = None

    def waiting(self, holder: Holder | None, seconds: float) -> None:
        """Says who holds the lock, once for each holder."""
        who = holder.pid if holder else None
        if seconds >= _QUIET_WAIT and who != self._held_by:
            self._held_by = who
            what = f"waiting for the lock, held by {holder}" if holder else "waiting for the lock"
            self._tell(logging.INFO, Progress("waiting", what, seconds=seconds))

    def planned(self, plan: Plan) -> None:
        """How many migrations will run."""
        self._total = len(plan.steps)
        self._tell(logging.INFO, Progress("planned", f"{self._total} to run", total=self._total))

    def starting(self, step: Step) -> None:
        """A file begins."""
        self._number += 1
        self._tell(logging.INFO, self._of(step, "started", f"{step.direction} {label(step)}"))

    def retrying(self, step: Step, error: SqlError, number: int, rest: float, watched: Watched) -> None:
        """A file is tried again."""
        who = f", in the way: {', '.join(map(str, watched.blockers))}" if watched.blockers else ""
        what = f"{label(step)}: {error.what}{who}; try {number + 1} in {duration(rest)}"
        self._tell(logging.WARNING, self._of(step, "retrying", what, rest))

    def alarmed(self, alarm: Alarm) -> None:
        """Something lasts for too long."""
        what = f"{label(alarm.step)} {_ALARMS[alarm.kind]} for {duration(alarm.seconds)}"
        who = f": {', '.join(map(str, alarm.sessions))}" if alarm.sessions else ""
        end = "; cancelling it" if alarm.cancelled else ""
        self._tell(logging.WARNING, self._of(alarm.step, "alarm", f"{what}{who}{end}", alarm.seconds))

    def progressed(self, step: Step, advance: Advance | None) -> None:
        """How far a long statement is."""
        if advance is not None:
            share = f" {100 * advance.done // advance.total}%" if advance.total else ""
            self._tell(
                logging.DEBUG, self._of(step, "working", f"{label(step)}: {advance.phase or advance.what}{share}")
            )

    def unwatched(self, error: MigratekitError) -> None:
        """Nobody can look at the running file."""
        logger.warning("the run is not watched: %s", error.what)

    def finished(self, applied: Applied) -> None:
        """A file is committed."""
        step, took = applied.step, applied.run_seconds
        self._tell(logging.INFO, self._of(step, "finished", f"{step.direction} {label(step)}, {duration(took)}", took))

    def ended(self, result: RunResult, error: MigratekitError | None) -> None:
        """The run is over."""
        at = "no version" if result.state.version is None else f"version {result.state.version}"
        done = f"{len(result.applied)} of {len(result.planned)} run; the database is at {at}"
        level = logging.INFO if error is None else logging.ERROR
        self._tell(level, Progress("ended", done, number=len(result.applied), total=len(result.planned)))

    def notice(self, notice: Notice) -> None:
        """What the server says while a file runs."""
        if not notice.is_ours:
            what = f"{notice.severity}: {notice.message}"
            self._tell(logging.INFO, Progress("notice", what, number=self._number, total=self._total))

    def output(self, line: str) -> None:
        """What a migration's program prints."""
        self._tell(logging.INFO, Progress("notice", line, number=self._number, total=self._total))

    def _of(self, step: Step, event: Any, message: str, seconds: float = 0.0) -> Progress:
        migration, way = step.migration, _WAYS[step.direction]
        return Progress(event, message, migration.recorded, migration.title, way, self._number, self._total, seconds)

    def _tell(self, level: int, progress: Progress) -> None:
        logger.log(level, "%s", redact(progress.message))
        if self._callback is not None:
            try:
                self._callback(progress)
            except Exception:
                logger.exception("on_progress failed")
