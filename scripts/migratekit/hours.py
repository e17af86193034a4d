"""When a release may run: the hours that are allowed, and the days of a freeze; pure."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "|".join(_DAYS)
_WINDOW = re.compile(
    rf"(?P<days>(?:{_DAY})(?:\s*[-,]\s*(?:{_DAY}))*)?\s*(?:(?P<start>\d\d?:\d\d)\s*-\s*(?P<end>\d\d?:\d\d))?",
    re.IGNORECASE,
)
_MIDNIGHT = 24 * 60
# So far ahead the next opening is looked for.
_HORIZON = 400
# Clocks are put forward and back at full and half hours.
_CLOCK_CHANGES = 30
Moment = datetime.datetime


class Window(NamedTuple):
    """The days on which it opens, and from when to when, in minutes; over midnight if it ends before that."""

    text: str
    days: frozenset[int]
    start: int
    end: int

    def __str__(self) -> str:
        return self.text

    def holds(self, wall: Moment) -> bool:
        """True if it is open at that time on the wall."""
        minute, day = wall.hour * 60 + wall.minute, wall.weekday()
        if self.end > self.start:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute < self.end)


class Freeze(NamedTuple):
    """Days on which nothing is released, the last included, and why."""

    first: datetime.date
    last: datetime.date
    reason: str

    def __str__(self) -> str:
        return f"{self.first} to {self.last}" + (f" ({self.reason})" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The hours and freezes of an environment, by the clock of a time zone, or of this machine if none is named."""

    windows: tuple[Window, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    zone: str = ""

    def wall(self, now: Moment) -> Moment:
        """The moment by the clock of the time zone."""
        return now.astimezone(self._zone())

    def window(self, now: Moment) -> Window | None:
        """The hours that are open at that moment."""
        return next((window for window in self.windows if window.holds(self.wall(now))), None)

    def frozen(self, now: Moment) -> Freeze | None:
        """The freeze that is on at that moment."""
        today = self.wall(now).date()
        return next((freeze for freeze in self.freezes if freeze.first <= today <= freeze.last), None)

    def is_open(self, now: Moment) -> bool:
        """True if a release may run at that moment."""
        return self.frozen(now) is None and (not self.windows or self.window(now) is not None)

    def next_opening(self, now: Moment) -> Moment | None:
        """When a release may run that may not run now; None if that is more than a year away."""
        return self._next(now, opened=True)

    def next_closing(self, now: Moment) -> Moment | None:
        """When a release may not run any more that may run now; None if that is more than a year away."""
        return self._next(now, opened=False)

    def _next(self, now: Moment, *, opened: bool) -> Moment | None:
        found = next((m for m in self._edges(now) if m > now and self.is_open(m) is opened), None)
        return found and self.wall(found)

    def _edges(self, now: Moment) -> Iterator[Moment]:
        """From today on, by rising time, every moment at which something opens or closes."""
        given = (minute % _MIDNIGHT for window in self.windows for minute in (window.start, window.end))
        minutes = {*(range(0, _MIDNIGHT, _CLOCK_CHANGES) if self.windows else (0,)), *given}
        today = self.wall(now).date()
        # From a week after the last freeze on, every week is like the one before.
        frozen = max(((freeze.last - today).days for freeze in self.freezes), default=0)
        for number in range(min(max(frozen, 0) + 9, _HORIZON)):
            day = today + datetime.timedelta(number)
            yield from sorted({self._moment(day, minute, fold) for minute in minutes for fold in (0, 1)})

    def _moment(self, day: datetime.date, minute: int, fold: int) -> Moment:
        """When the clock shows that, the first or the second time; where it is put forward over it, near that."""
        wall = datetime.datetime.combine(day, datetime.time(*divmod(minute, 60), fold=fold))
        zone = self._zone()
        moment = wall.astimezone() if zone is None else wall.replace(tzinfo=zone)
        # In one time zone the two moments of an hour that comes twice would count as equal.
        return moment.astimezone(datetime.UTC)

    def _zone(self) -> datetime.tzinfo | None:
        if not self.zone:
            return None
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.zone)


def windows(value: Any) -> tuple[Window, ...]:
    """A list of hours as in `Mon-Fri 22:00-05:00`; ValueError says what is wrong."""
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise ValueError('must be a list, as in ["Mon-Fri 22:00-05:00", "Sat,Sun"]')
    return tuple(map(_window, value))


def freezes(value: Any) -> tuple[Freeze, ...]:
    """A list of `{from: DAY, to: DAY, reason: TEXT}`; ValueError says what is wrong."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("must be a list, as in [{from: 2026-12-20, to: 2027-01-03, reason: Christmas}]")
    return tuple(map(_freeze, value))


def zone(value: Any) -> str:
    """The name of a time zone that this machine knows."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value if isinstance(value, str) and value else "?")
    except (KeyError, ValueError, OSError):
        raise ValueError(f"is {value!r}, no time zone that this machine knows, as in Europe/Berlin") from None
    return str(value)


def _window(text: str) -> Window:
    found = _WINDOW.fullmatch(text.strip())
    if found is None or not text.strip():
        raise ValueError(f"holds {text!r}: write days, hours or both: Mon-Fri 22:00-05:00, Sat,Sun or 01:00-04:30")
    start, end = (_minute(found["start"], text), _minute(found["end"], text)) if found["start"] else (0, _MIDNIGHT)
    if start in (end, _MIDNIGHT):
        raise ValueError(f"holds {text!r}: from when to when? A whole day needs no hours, and 24:00 is an end")
    return Window(text.strip(), _days(found["days"] or "mon-sun"), start, end)


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, *rest = (_DAYS.index(day) for day in part.split("-"))
        if len(rest) > 1:
            raise ValueError(f"holds {text!r}: days are written as in Mon-Fri, or Mon,Wed,Fri")
        last = rest[0] if rest else first
        days |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return frozenset(days)


def _minute(text: str, whole: str) -> int:
    hour, minute = map(int, text.split(":"))
    if minute > 59 or hour * 60 + minute > _MIDNIGHT:
        raise ValueError(f"holds {whole!r}: {text} is no time of a day")
    return hour * 60 + minute


def _freeze(value: dict[Any, Any]) -> Freeze:
    unknown = [str(key) for key in value if key not in ("from", "to", "reason")]
    if unknown:
        raise ValueError(f"has no {', '.join(unknown)}, but from, to, reason")
    first, last = (_date(value.get(key), key) for key in ("from", "to"))
    if last < first:
        raise ValueError(f"ends on {last}, before it begins on {first}")
    return Freeze(first, last, str(value.get("reason") or ""))


def _date(value: Any, key: str) -> datetime.date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"needs a day for {key}, as in {key}: 2026-12-20") from None
