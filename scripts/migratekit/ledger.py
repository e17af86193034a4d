"""What version row, history and files say together: how every migration stands, and what happened; pure."""

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from .migration import Direction, Migration
from .tracking.history import Event, Outcome
from .tracking.version_table import State

_ATTEMPTS = frozenset({Outcome.APPLIED, Outcome.FAILED, Outcome.INTERRUPTED})
_VOUCHED = frozenset({Outcome.FORCED, Outcome.BASELINED, Outcome.ADOPTED, Outcome.REPAIRED})


class Standing(enum.StrEnum):
    """How a migration stands."""

    APPLIED = "applied"
    FOREIGN = "applied by another tool"
    PENDING = "pending"
    MISSED = "missed"
    CHANGED = "changed"
    RENAMED = "renamed"
    MISSING = "file missing"
    DIRTY = "dirty"
    RUNNING = "running now"


# `up` must not go on over these without a word.
BROKEN = frozenset({Standing.MISSED, Standing.CHANGED, Standing.RENAMED, Standing.MISSING})


class Facts(NamedTuple):
    """What a file itself says: the SHA-256 of its bytes, and the words of its header."""

    checksum: str
    author: str = ""
    directives: frozenset[str] = frozenset()


FactsOf = Callable[[Migration], Facts]


class Entry(NamedTuple):
    """One migration: its file if there is one, how it stands, and the row of the history that put it there."""

    version: int
    standing: Standing
    migration: Migration | None
    event: Event | None = None
    remark: str = ""
    # Its header says that it may come late.
    excused: bool = False


class Halt(NamedTuple):
    """The step that a run was at when it failed or was cut short, or that runs now; `before` is where it began."""

    direction: Direction
    version: int
    before: int | None
    leads_to: int | None
    event: Event


class Ledger(NamedTuple):
    """How every migration stands; and the attempts, those included that are only told by what is missing."""

    entries: Sequence[Entry]
    story: Sequence[Event]
    # By the id of the attempt: how many rows its file wrote.
    rows: dict[int, int]
    # Where the last run halted, if nothing has settled that since.
    halt: Halt | None
    running: bool

    def of(self, *standings: Standing) -> list[Entry]:
        """The migrations that stand so."""
        return [entry for entry in self.entries if entry.standing in standings]


def read_ledger(
    chain: Sequence[Migration], state: State, events: Iterable[Event], facts: FactsOf, *, holder: int | None = None
) -> Ledger:
    """Draws the conclusions; `holder` is the server process that holds the lock now."""
    replay = _Replay()
    for event in events:
        replay.take(event)
    running = replay.end(state, holder)
    judge = _Judge(chain, state, replay, facts, running=running)
    return Ledger(judge.entries(), replay.story, replay.rows, replay.halt, running)


class _Replay:
    """Follows the history row by row: which versions are there by whose doing."""

    def __init__(self) -> None:
        self.own: dict[int, Event] = {}
        # Above `low` and up to `high`, by another tool or by somebody's word.
        self.ranges: list[tuple[int, int, Standing]] = []
        self.story: list[Event] = []
        self.rows: dict[int, int] = {}
        self.halt: Halt | None = None
        self.any = False
        self._at = -1
        self._run: Event | None = None
        self._attempts: list[Event] = []

    def take(self, event: Event) -> None:
        """One more row."""
        outcome = event.outcome
        if outcome in _VOUCHED:
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

    def why(self, version: int) -> Standing | None:
        """By whose word a version that we did not run is there."""
        return next((why for low, high, why in reversed(self.ranges) if low < version <= high), None)

    def _attempted(self, event: Event) -> None:
        self.story.append(event)
        self._attempts.append(event)
        if event.outcome != Outcome.APPLIED:
            self._count_rows(event)
            if event.dirty and event.version is not None and event.direction:
                way, before = Direction(event.direction), event.version_before
                self.halt = Halt(way, event.version, before, event.version_after, event)
            self._run = None
        elif event.version is not None and event.direction == Direction.UP:
            self.own[event.version] = event
            self._at = _number(event.version_after)
        elif event.version is not None:
            self.own.pop(event.version, None)
            self._at = _number(event.version_after)
            self._cut_ranges(self._at)

    def _vouched(self, event: Event) -> None:
        before = event.version_before
        if event.outcome == Outcome.FORCED and before is not None and not self._left_at(before):
            self._tell_move(before, event)
            # What another tool took back, the force may put there again.
            self._go(max(before, self._at), Standing.FOREIGN)
        self.story.append(event)
        # A baseline has a row for each file that it vouches for.
        self._go(_number(event.version_after), None if event.outcome == Outcome.BASELINED else Standing.APPLIED)
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
        self._go(_number(version), Standing.FOREIGN)

    def _tell_move(self, version: int | None, event: Event | None) -> None:
        if self.any and _number(version) != self._at:
            moved = Event(0, "", Outcome.MOVED, event.started_at if event else "", tool="another tool")
            self.story.append(moved._replace(version_before=_version(self._at), version_after=version))

    def _left_at(self, version: int | None) -> bool:
        """True if the last run halted where a dirty row would have that version."""
        return self.halt is not None and self.halt.leads_to == version

    def _go(self, number: int, why: Standing | None) -> None:
        if number > self._at and why is not None:
            self.ranges.append((self._at, number, why))
        elif number < self._at:
            self.own = {version: event for version, event in self.own.items() if version <= number}
            self._cut_ranges(number)
        self._at = number

    def _cut_ranges(self, number: int) -> None:
        self.ranges = [(low, min(high, number), why) for low, high, why in self.ranges if low < number]

    def _close(self, outcome: Outcome = Outcome.INTERRUPTED) -> None:
        """A run without an end was cut short, or goes on, in the step behind its last attempt."""
        run, done = self._run, len(self._attempts)
        self._run = None
        if run is None or run.steps is None or done >= len(run.steps):
            return
        direction, version, name, leads_to = run.steps[done]
        cut = run._replace(outcome=outcome, direction=direction, version=version, name=name, steps=None)
        self.story.append(cut)
        self.halt = Halt(Direction(direction), version, _version(self._at), leads_to, cut)

    def _count_rows(self, end: Event) -> None:
        for attempt, figures in zip(self._attempts, end.figures or [], strict=False):
            if "rows" in figures:
                self.rows[attempt.id] = figures["rows"]


class _Judge:
    """Holds files against what the replay found."""

    def __init__(
        self, chain: Sequence[Migration], state: State, replay: _Replay, facts: FactsOf, *, running: bool
    ) -> None:
        self._files = {migration.version: migration for migration in chain}
        self._state = state
        self._replay = replay
        self._facts = facts
        self._at_work = replay.halt.version if running and replay.halt else None
        self._dirty = self._dirty_version() if state.dirty else None

    def entries(self) -> list[Entry]:
        """By rising version: every file, and whatever else is applied."""
        known = {*self._files, *self._replay.own, self._state.version, self._at_work, self._dirty}
        versions = sorted(version for version in known if version is not None)
        entries = [entry for entry in map(self._entry, versions) if entry is not None]
        return self._with_new_homes(entries) if any(e.standing is Standing.MISSING for e in entries) else entries

    def _dirty_version(self) -> int | None:
        halt = self._replay.halt
        if halt is not None and halt.leads_to == self._state.version:
            return halt.version
        return min(self._files, default=None) if self._state.version is None else self._state.version

    def _entry(self, version: int) -> Entry | None:
        migration, event = self._files.get(version), self._replay.own.get(version)
        if version == self._at_work:
            return Entry(version, Standing.RUNNING, migration, self._replay.halt.event if self._replay.halt else None)
        if version == self._dirty:
            halt = self._replay.halt
            return Entry(version, Standing.DIRTY, migration, halt.event if halt and halt.version == version else None)
        if version > self._state.number:
            return Entry(version, Standing.PENDING, migration) if migration else None
        if migration is None:
            accepted = event is not None and event.outcome == Outcome.REPAIRED and event.checksum is None
            standing, remark = (Standing.APPLIED, "has no file any more") if accepted else (Standing.MISSING, "")
            return Entry(version, standing, None, event, remark)
        if event is None:
            return self._unrecorded(migration)
        return self._recorded(migration, event)

    def _unrecorded(self, migration: Migration) -> Entry:
        why = self._replay.why(migration.version)
        if not self._replay.any or why is not None:
            return Entry(migration.version, why or Standing.APPLIED, migration)
        remark = "came when later ones were applied already"
        excused = "allow-missing" in self._facts(migration).directives
        return Entry(migration.version, Standing.MISSED, migration, None, remark, excused)

    def _recorded(self, migration: Migration, event: Event) -> Entry:
        standing, remark = Standing.APPLIED, ""
        if event.name is not None and not _is_kept_as(migration.title, event.name):
            standing, remark = Standing.RENAMED, f"was applied as {event.name}"
        if event.checksum and migration.up:
            facts = self._facts(migration)
            if facts.checksum != event.checksum and "allow-changed" not in facts.directives:
                standing, remark = Standing.CHANGED, "is not what was applied"
        return Entry(migration.version, standing, migration, event, remark)

    def _with_new_homes(self, entries: list[Entry]) -> list[Entry]:
        """Where a file is gone and another holds its text, says so."""
        open_ = [e.migration for e in entries if e.standing in (Standing.PENDING, Standing.MISSED) and e.migration]
        homes = {self._facts(migration).checksum: migration for migration in open_ if migration.up}
        told = []
        for entry in entries:
            checksum = entry.event.checksum if entry.event else None
            if entry.standing is Standing.MISSING and checksum in homes:
                home = homes[checksum]
                entry = entry._replace(remark=f"its text is now version {home.version}, {home.title}")
            told.append(entry)
        return told


def _is_kept_as(title: str, name: str) -> bool:
    """True if that is the title in a database that cannot hold every character of it."""
    return any(title.encode(encoding, "backslashreplace").decode() == name for encoding in ("utf-8", "ascii"))


def _version(number: int) -> int | None:
    return None if number == -1 else number


def _number(version: int | None) -> int:
    return -1 if version is None else version
