"""What happens to each thing that a file touches, from its first statement to its last."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from .things import Before, Kind, Slot, Statement, Thing, ancestors, is_loose, lineage, loosely, slot
from .timeline import Cause, Event, Timeline

_SURE = Before.OPPOSITE
_Events = dict[int, Event]


def timelines(statements: Sequence[Statement]) -> dict[Thing, Timeline]:
    """The timeline of each thing."""
    own = _own(statements)
    wholes = _Wholes(own)
    around = _Around(statements)
    return {
        thing: Timeline([*_merged({**wholes.exactly(thing), **events}, wholes.of(thing))]).amid(around.events(thing))
        for thing, events in own.items()
    }


def _own(statements: Sequence[Statement]) -> dict[Thing, _Events]:
    own: dict[Thing, _Events] = defaultdict(dict)
    for at, statement in enumerate(statements):
        for effect in statement.effects:
            first = own[effect.thing].get(at)
            was = first.was if first else not effect.there
            how = first.before if first else effect.before
            own[effect.thing][at] = Event(at, Cause.OWN, effect.there, was, how)
    return own


class _Wholes:
    """What happens to the things that others are parts of, and to what is named loosely."""

    def __init__(self, own: Mapping[Thing, _Events]) -> None:
        self._wholes, self._loose, self._exact = (defaultdict[Slot, list[Event]](list) for _ in range(3))
        for thing, events in own.items():
            if thing.value is None:
                place, named = slot(thing), loosely(slot(thing))
                # A CREATE OR REPLACE tells nothing of the parts.
                self._wholes[place].extend(e for e in events.values() if not e.there or e.before is not Before.ANY)
                (self._loose if is_loose(thing) else self._exact)[named].extend(events.values())

    def of(self, thing: Thing) -> Iterator[Event]:
        """What happens to all that the thing is a part of, or to all of its name."""
        places = ancestors(thing)
        for place in places:
            yield from self._wholes.get(place, ())
        for place in places if is_loose(thing) else (slot(thing), *places):
            yield from self._loose.get(loosely(place), ())

    def exactly(self, thing: Thing) -> _Events:
        """What happens to a thing named without its kind, or without its arguments, where the file is exact."""
        exact = self._exact.get(loosely(slot(thing)), ()) if is_loose(thing) else ()
        if thing.kind is Kind.RELATION:
            return {event.at: event for event in exact}
        # There may be another routine of that name.
        return {event.at: event if event.there else Event(event.at, Cause.MENTION, before=_SURE) for event in exact}


def _merged(own: Mapping[int, Event], wholes: Iterable[Event]) -> Iterator[Event]:
    """The events of a thing and of all that it is a part of, one at a time; what is its own comes first."""
    merged: _Events = {}
    for event in wholes:
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
        self._mentions: dict[tuple[str, bool], list[int]] = defaultdict(list)
        for at, statement in enumerate(statements):
            for kind in statement.removes:
                self._removals[kind, _certainty(statement)].append(at)
            for word in statement.mentions:
                self._mentions[word, False].append(at)
            for word in statement.drops:
                self._mentions[word, True].append(at)
        self._of_kind = cache(self._removed)

    def events(self, thing: Thing) -> list[list[Event]]:
        """What may have happened to a thing, one list for each sort of event."""
        name, of = thing.name.lower(), thing.of.lower()
        drops = {*self._mentions.get((name, True), ()), *self._mentions.get((of, True), ())}
        return [
            [Event(at, Cause.MENTION, before=_SURE) for at in sorted(drops)],
            [Event(at, Cause.MENTION) for at in self._mentions.get((name, False), ()) if at not in drops],
            *(self._of_kind(thing.kind, how) for how in Before),
        ]

    def _removed(self, kind: Kind, how: Before) -> list[Event]:
        found = {at for one in lineage(kind) for at in self._removals.get((one, how), ())}
        return [Event(at, Cause.REMOVAL, before=how) for at in sorted(found)]


def _certainty(statement: Statement) -> Before:
    """OPPOSITE if the statement surely dropped something."""
    hows = {effect.before for effect in statement.effects if not effect.there}
    return Before.OPPOSITE if Before.OPPOSITE in hows else Before.LIKELY
