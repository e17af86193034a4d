"""What the rows of the history say one after the other: which versions are there, and where a run halted; pure."""

from typing import Any, NamedTuple

from .migration import Direction
from .tracking.history import Event, Outcome
from .tracking.version_table import State

_ATTEMPTS = frozenset({Outcome.APPLIED, Outcome.FAILED, Outcome.INTERRUPTED})
_VOUCHED = frozenset({Outcome.FORCED, Outcome.BASELINED, Outcome.ADOPTED, Outcome.REPAIRED})


class Halt(NamedTuple):
    """The step that a run was at when it failed or was cut short, or that runs now; `before` is where it began."""

    direction: Direction
    version: int
    before: int | None
    leads_to: int | None
    event: Event


class Replay:
    """Follows the history row by row: which versions are there by whose doing."""

    def __init__(self) -> None:
        self.own: dict[int, Event] = {}
        # Above `low` and up to `high`, by another tool (True) or by somebody's word.
        self.ranges: list[tuple[int, int, bool]] = []
        self.story: list[Event] = []
        # By the names of files without a version: when each was applied last.
        self.repeated: dict[str, Event] = {}
        self.rows: dict[int, int] = {}
        self.figures: dict[int, dict[str, Any]] = {}
        self.halt: Halt | None = None
        self.any = False
        self._at = -1
        self._run: Event | None = None
        self._attempts: list[Event] = []

    def take(self, event: Event) -> None:
        """One more row."""
        outcome = event.outcome
        if outcome in _VOUCHED:
            if self._run is not None and self._run.run == event.run:
                self._run = None
            self._close()
            self._vouched(event)
        elif outcome == Outcome.STARTED:
            self._close()
            self._moved_to(event.version_before, event)
            self._run, self._attempts, self.halt = event, [], None
        elif outcome in _ATTEMPTS:
            self._moved_to(event.version_before, event)
            self._attempted(event)
        elif outcome == Outcome.FINISHED:
            self._count_rows(event)
            self._run = None
        self.any = True

    def end(self, state: State, holder: int | None) -> bool:
        """Behind the last row: True if a run is at work; a version row that no run of ours left is another tool's."""
        running = self._run is not None and holder is not None and self._run.pid == holder
        self._close(Outcome.RUNNING if running else Outcome.INTERRUPTED)
        if self.any and not (state.dirty and self._left_at(state.version)):
            self._moved_to(state.version, self.story[-1] if self.story else None)
        return running

    def is_foreign(self, version: int) -> bool | None:
        """Whether another tool put it there, or somebody's word; None if neither did."""
        return next((foreign for low, high, foreign in reversed(self.ranges) if low < version <= high), None)

    def _attempted(self, event: Event) -> None:
        self.story.append(event)
        self._attempts.append(event)
        if event.outcome != Outcome.APPLIED:
            self._count_rows(event)
            if event.dirty and event.version is not None and event.direction:
                way, before = Direction(event.direction), event.version_before
                self.halt = Halt(way, event.version, before, event.version_after, event)
            self._run = None
        elif event.version is None:
            self.repeated[event.name or ""] = event
        elif event.direction == Direction.UP:
            self.own[event.version] = event
            self._at = _number(event.version_after)
        else:
            self.own.pop(event.version, None)
            self._at = _number(event.version_after)
            self._cut_ranges(self._at)
            self._forget_repeated(self._at)

    def _vouched(self, event: Event) -> None:
        before = event.version_before
        if event.outcome == Outcome.FORCED and before is not None and not self._left_at(before):
            self._tell_move(before, event)
            # What another tool took back, the force may put there again.
            self._go(max(before, self._at), foreign=True)
        self.story.append(event)
        # These have a row for each file that they vouch for.
        listed = event.outcome in (Outcome.BASELINED, Outcome.ADOPTED)
        self._go(_number(event.version_after), foreign=None if listed else False)
        if event.version is not None and event.direction != Direction.DOWN:
            former = self.own.setdefault(event.version, event)
            if event.outcome == Outcome.REPAIRED:
                # It is still the one that was applied then; only its file is another one, or none.
                taken = former._replace(outcome=event.outcome, name=event.name, checksum=event.checksum)
                self.own[event.version] = taken
        self.halt = None

    def _moved_to(self, version: int | None, event: Event | None) -> None:
        """Another tool wrote the version row since our last word."""
        self._tell_move(version, event)
        self._go(_number(version), foreign=True)

    def _tell_move(self, version: int | None, event: Event | None) -> None:
        if self.any and _number(version) != self._at:
            moved = Event(0, "", Outcome.MOVED, event.started_at if event else "", tool="another tool")
            self.story.append(moved._replace(version_before=_version(self._at), version_after=version))

    def _left_at(self, version: int | None) -> bool:
        """True if the last run halted where a dirty row would have that version."""
        return self.halt is not None and self.halt.leads_to == version

    def _forget_repeated(self, number: int) -> None:
        """Where all was undone, what repeatable files made may be gone with it: they are to run again."""
        if number < 0:
            self.repeated.clear()

    def _go(self, number: int, *, foreign: bool | None) -> None:
        if number > self._at and foreign is not None:
            self.ranges.append((self._at, number, foreign))
        elif number < self._at:
            self.own = {version: event for version, event in self.own.items() if version <= number}
            self._cut_ranges(number)
            self._forget_repeated(number)
        self._at = number

    def _cut_ranges(self, number: int) -> None:
        self.ranges = [(low, min(high, number), foreign) for low, high, foreign in self.ranges if low < number]

    def _close(self, outcome: Outcome = Outcome.INTERRUPTED) -> None:
        """A run without an end was cut short, or goes on, in the step behind its last attempt."""
        run, done = self._run, len(self._attempts)
        self._run = None
        if run is None or run.steps is None or done >= len(run.steps):
            return
        direction, version, name, leads_to = run.steps[done]
        cut = run._replace(outcome=outcome, direction=direction, version=version, name=name, steps=None)
        self.story.append(cut)
        # A repeatable file is all there, or nothing of it is.
        self.halt = None if version is None else Halt(Direction(direction), version, _version(self._at), leads_to, cut)

    def _count_rows(self, end: Event) -> None:
        for attempt, figures in zip(self._attempts, end.figures or [], strict=False):
            self.figures[attempt.id] = figures
            if "rows" in figures:
                self.rows[attempt.id] = figures["rows"]


def _version(number: int) -> int | None:
    return None if number == -1 else number


def _number(version: int | None) -> int:
    return -1 if version is None else version
