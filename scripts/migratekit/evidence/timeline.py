"""Whether one thing is there, from statement to statement of a file."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from .things import Before


class Cause(Enum):
    """How a statement concerns a thing."""

    OWN = "it makes or drops it"
    WHOLE = "it makes or drops what the thing is a part of"
    REMOVAL = "it may have taken it along"
    MENTION = "it may have made or dropped it"


@dataclass(frozen=True, slots=True)
class Event:
    """What a statement does to a thing: there after it, and, if `before` allows to tell, there before it."""

    at: int
    cause: Cause
    there: bool = False
    was: bool = True
    before: Before = Before.ANY

    def made_with(self, whole: "Event | None") -> "Event":
        """The same, knowing what its statement does to what the thing is a part of."""
        if whole is None or not whole.there or whole.was or whole.before is Before.ANY:
            return self
        how = whole.before if self.before is Before.ANY else self.before
        return Event(self.at, self.cause, self.there, False, how)

    def after(self, state: bool | None) -> bool | None:
        """Whether the thing is there after it, if it was as told before; None is unknown."""
        if self.cause is Cause.OWN:
            return self.there
        if self.cause is Cause.MENTION:
            return state if state and self.before is Before.ANY else None
        if self.cause is Cause.REMOVAL:
            # Where nothing was dropped, perhaps, it took nothing along; what fits nowhere then is at least no lie.
            return None if state and self.before is Before.OPPOSITE else state
        if self.there and self.before is Before.ANY:
            return state
        if not self.there:
            return False
        # What is made has parts that only its definition tells; what was made already kept those it had.
        return True if state and self.before is Before.LIKELY else None

    def ahead(self, state: bool | None, *, strict: bool) -> bool | None:
        """Whether the thing was there before it, if it is as told after."""
        known = self.before is Before.OPPOSITE or (strict and self.before is Before.LIKELY)
        if self.cause is Cause.OWN:
            return self.was if known else None
        if self.cause is Cause.REMOVAL:
            return state or None
        if self.cause is Cause.MENTION or not self.there:
            return None
        if self.before is Before.ANY:
            return state
        # What was made anew had no parts before; what was there already has kept them.
        return False if known or state is False else None


class Timeline:
    """The events of one thing in their order, and what it is between them."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events

    def own(self) -> Iterator[Event]:
        """The statements that make or drop the thing itself."""
        return (event for event in self.events if event.cause is Cause.OWN)

    @property
    def lenient(self) -> bool:
        """True if there may have been nothing to do for one of the statements."""
        return any(event.before is Before.LIKELY for event in self.events)

    def amid(self, others: Sequence[Sequence[Event]]) -> "Timeline":
        """The same with those statements that may have changed the thing without naming it.

        Of each sort only the first and the last one between two events matter.
        """
        found = {event.at: event for event in self.events}
        gaps = list(pairwise([-1, *found, _END]))
        for events in filter(None, others):
            for before, after in gaps:
                for event in _ends(events, before, after):
                    found.setdefault(event.at, event)
        return Timeline(sorted(found.values(), key=_at)) if len(found) > len(self.events) else self

    def spans(self, count: int) -> Iterator[tuple[int, int]]:
        """The first and the last boundary before, between and after the events of a file of `count` statements."""
        for before, after in pairwise([-1, *(event.at for event in self.events), count]):
            yield before + 1, after

    def states(self, *, strict: bool) -> list[bool | None]:
        """Whether the thing is there in each span; None where nothing tells."""
        states: list[bool | None] = [None]
        for event in self.events:
            states.append(event.after(states[-1]))
        for number in range(len(self.events) - 1, -1, -1):
            if states[number] is None:
                states[number] = self.events[number].ahead(states[number + 1], strict=strict)
        return states


_END = 2**62


def _at(event: Event) -> int:
    return event.at


def _ends(events: Sequence[Event], before: int, after: int) -> Sequence[Event]:
    """The first and the last of the events between two statements."""
    first, last = bisect_right(events, before, key=_at), bisect_left(events, after, key=_at) - 1
    return (events[first], events[last]) if first <= last else ()
