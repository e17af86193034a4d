"""How far a file got: the places in it after which a database would look as this one does."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from itertools import accumulate, pairwise

from .things import Before, Kind, Presence, Slot, Statement, Thing, ancestors, lineage, slot
from .timeline import Cause, Event, Timeline


class State(Enum):
    """Whether a statement was carried out, judged by what it leaves behind."""

    DONE = "done"
    NOT_DONE = "not done"
    HALF = "half done"
    UNKNOWN = "unknown"


def boundaries(
    statements: Sequence[Statement], presence: Mapping[Thing, Presence], allowed: Collection[int] | None = None
) -> tuple[int, ...]:
    """How many statements, from the first on, were carried out, as likely as not; see `Course`."""
    course = Course(statements)
    return course.likely(presence, course.possible(presence, allowed))


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
        self._lines = _timelines(statements)

    @property
    def things(self) -> Collection[Thing]:
        """All that the file touches."""
        return self._lines.keys()

    def possible(self, presence: Mapping[Thing, Presence], allowed: Collection[int] | None = None) -> tuple[int, ...]:
        """The boundaries, of those that are allowed, at which every thing would be as it was seen.

        A thing that is there by half fits where the statement stopped that makes or drops it.
        """
        choice = range(self._count + 1) if allowed is None else sorted(allowed)
        misfits = self._misfits(presence)
        return tuple(boundary for boundary in choice if not misfits[boundary])

    def likely(self, presence: Mapping[Thing, Presence], possible: Sequence[int]) -> tuple[int, ...]:
        """Those of them that remain if each statement with IF [NOT] EXISTS had something to do, where it can have."""
        unlikely = self._unlikely(presence, possible)
        return tuple(boundary for boundary in possible if not unlikely[boundary]) or tuple(possible)

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
    before = list(accumulate(fits, lambda one, other: one or other))
    after = list(accumulate(reversed(fits), lambda one, other: one or other))[::-1]
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


def _timelines(statements: Sequence[Statement]) -> dict[Thing, Timeline]:
    own: dict[Thing, dict[int, Event]] = defaultdict(dict)
    for at, statement in enumerate(statements):
        for effect in statement.effects:
            first = own[effect.thing].get(at)
            was = first.was if first else not effect.there
            how = first.before if first else effect.before
            own[effect.thing][at] = Event(at, Cause.OWN, effect.there, was, how)
    wholes: dict[Slot, list[Event]] = defaultdict(list)
    for thing, events in own.items():
        if thing.value is None:
            wholes[slot(thing)].extend(events.values())
    around = _Around(statements)
    return {
        thing: Timeline([*_with_whole(events, [wholes[s] for s in ancestors(thing) if s in wholes])]).amid(
            around.events(thing)
        )
        for thing, events in own.items()
    }


def _with_whole(own: Mapping[int, Event], wholes: Sequence[Sequence[Event]]) -> Iterator[Event]:
    """The events of a thing and of all that it is a part of, one at a time; what is its own comes first."""
    merged: dict[int, Event] = {}
    for events in wholes:
        for event in events:
            former = merged.get(event.at)
            if former is None or former.there:
                merged[event.at] = Event(event.at, Cause.WHOLE, event.there, event.was, event.before)
    for at, event in own.items():
        merged[at] = event.made_with(merged.get(at))
    for at in sorted(merged):
        yield merged[at]


class _Around:
    """Where the file may have changed a thing without naming it."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._removals: dict[tuple[Kind, Before], list[int]] = defaultdict(list)
        self._mentions: dict[str, list[int]] = defaultdict(list)
        for at, statement in enumerate(statements):
            for kind in statement.removes:
                self._removals[kind, _certainty(statement)].append(at)
            for word in statement.mentions:
                self._mentions[word].append(at)

        @cache
        def removals(kind: Kind, how: Before) -> list[Event]:
            found = {at for one in lineage(kind) for at in self._removals.get((one, how), ())}
            return [Event(at, Cause.REMOVAL, before=how) for at in sorted(found)]

        self._of_kind = removals

    def events(self, thing: Thing) -> list[list[Event]]:
        """What may have happened to a thing, one list for each sort of event."""
        mentions = self._mentions.get((thing.name or thing.of).lower(), [])
        return [
            [Event(at, Cause.MENTION) for at in mentions],
            *(self._of_kind(thing.kind, how) for how in Before),
        ]


def _certainty(statement: Statement) -> Before:
    """OPPOSITE if the statement surely dropped something."""
    hows = {effect.before for effect in statement.effects if not effect.there}
    return Before.OPPOSITE if Before.OPPOSITE in hows else Before.LIKELY
