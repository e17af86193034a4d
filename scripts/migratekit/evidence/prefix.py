"""How far a file got: the places in it after which a database would look as this one does."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import accumulate, pairwise
from operator import or_

from .course import timelines
from .things import Presence, Statement, Thing
from .timeline import Cause, Timeline


class State(Enum):
    """Whether a statement was carried out, judged by what it leaves behind."""

    DONE = "done"
    NOT_DONE = "not done"
    HALF = "half done"
    UNKNOWN = "unknown"


def boundaries(
    statements: Sequence[Statement], presence: Mapping[Thing, Presence], allowed: Collection[int] | None = None
) -> tuple[int, ...]:
    """How many statements, from the first on, were carried out; see `Course.boundaries`."""
    return Course(statements).boundaries(presence, allowed)


def units(statements: Sequence[Statement], *, each: bool = False) -> tuple[int, ...]:
    """The boundaries at which a file can have stopped with its work kept: sent as one message, or `each` alone."""
    found = {0, len(statements)}
    is_open = False
    for number, statement in enumerate(statements, 1):
        if statement.control == "BEGIN":
            is_open = True
        elif statement.control:
            found.add(number)
            is_open = False
        elif each and not is_open:
            found.add(number)
    return tuple(sorted(found))


class Course:
    """What each thing that a file touches is before and after each of its statements."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._count = len(statements)
        self._lines = timelines(statements)
        # How many statements up to each boundary make a difference when they find all that they leave behind.
        self._weights = [0, *accumulate(not (statement.inert or statement.repeatable) for statement in statements)]

    @property
    def things(self) -> Collection[Thing]:
        """All that the file touches."""
        return self._lines.keys()

    def boundaries(self, presence: Mapping[Thing, Presence], allowed: Collection[int] | None = None) -> tuple[int, ...]:
        """The boundaries, of those that are allowed, at which every thing would be as it was seen.

        A statement with IF [NOT] EXISTS is taken to have had something to do, if that makes no other difference. A
        thing that is there by half fits where the statement stopped that makes or drops it.
        """
        choice = range(self._count + 1) if allowed is None else sorted(allowed)
        misfits = self._misfits(presence)
        possible = [boundary for boundary in choice if not misfits[boundary]]
        unlikely = self._unlikely(presence, possible)
        likely = {boundary for boundary in possible if not unlikely[boundary]} or {*possible}
        weights = {self._weights[boundary] for boundary in likely}
        return tuple(b for b in possible if b in likely or self._weights[b] not in weights)

    def states(self, presence: Mapping[Thing, Presence], allowed: Collection[int] | None = None) -> tuple[State, ...]:
        """What each statement's own traces say of it, and nothing else."""
        choice = None if allowed is None else sorted(allowed)
        votes: dict[int, set[State]] = defaultdict(set)
        for thing, line in self._lines.items():
            seen = presence.get(thing)
            if seen is Presence.HALF:
                for event in line.own():
                    votes[event.at].add(State.HALF)
            elif seen is not None:
                for at, vote in _votes(line, seen is Presence.PRESENT, self._count, choice):
                    votes[at].add(vote)
        return tuple(_verdict(votes.get(number, set())) for number in range(self._count))

    def _misfits(self, presence: Mapping[Thing, Presence]) -> list[int]:
        """At how many things each boundary fails, whatever there was to do."""
        return _tally(
            self._count,
            (
                span
                for thing, line in self._lines.items()
                if thing in presence
                for span in _unfit(line, presence[thing], self._count, strict=False)
            ),
        )

    def _unlikely(self, presence: Mapping[Thing, Presence], possible: Sequence[int]) -> list[int]:
        """The same if all statements had something to do; a thing that would fit nowhere then does not count."""
        spans: list[tuple[int, int]] = []
        for thing, line in self._lines.items():
            if thing in presence and line.lenient:
                unfit = list(_unfit(line, presence[thing], self._count, strict=True))
                if sum(_how_many(possible, *span) for span in unfit) < len(possible):
                    spans.extend(unfit)
        return _tally(self._count, spans)


def _tally(count: int, spans: Iterable[tuple[int, int]]) -> list[int]:
    """How many of the spans each boundary lies in."""
    change = [0] * (count + 2)
    for first, last in spans:
        change[first] += 1
        change[last + 1] -= 1
    return list(accumulate(change))


def _unfit(line: Timeline, seen: Presence, count: int, *, strict: bool) -> Iterator[tuple[int, int]]:
    """The ranges of boundaries at which the thing would not be as it was seen."""
    if seen is Presence.HALF:
        for before, after in pairwise([-1, *(event.at for event in line.own()), count + 1]):
            if before + 1 < after:
                yield before + 1, after - 1
        return
    states = line.states(strict=strict)
    for (first, last), state in zip(line.spans(count), states, strict=True):
        if state is not None and state is not (seen is Presence.PRESENT):
            yield first, last


def _votes(line: Timeline, seen: bool, count: int, choice: Sequence[int] | None) -> Iterator[tuple[int, State]]:
    """Whether a thing that is as seen tells that a statement was carried out, or that it was not."""
    fits = [
        state in (None, seen) and (choice is None or _how_many(choice, *span) > 0)
        for span, state in zip(line.spans(count), line.states(strict=True), strict=True)
    ]
    before = list(accumulate(fits, or_))
    after = list(accumulate(reversed(fits), or_))[::-1]
    for number, event in enumerate(line.events):
        if event.cause is Cause.OWN and before[number] != after[number + 1]:
            yield event.at, State.DONE if after[number + 1] else State.NOT_DONE


def _how_many(choice: Sequence[int], first: int, last: int) -> int:
    """How many of the sorted boundaries lie in a span."""
    return bisect_right(choice, last) - bisect_left(choice, first)


def _verdict(votes: set[State]) -> State:
    if State.HALF in votes:
        return State.HALF
    return votes.pop() if len(votes) == 1 else State.UNKNOWN
