"""May a release run now, by the environment's `allowed_hours` and `freeze`?"""

import datetime
from collections.abc import Iterator

from ..hours import Calendar
from ._figures import age
from ._view import Result, View, fail, ok, warn

# A release that begins later may still run when the hours are over.
_TIME_LEFT = 1800.0


def check(view: View) -> Iterator[Result]:
    """A failure outside of the hours, and in a freeze; a warning where they end soon."""
    calendar = view.settings.calendar
    now = calendar.wall(view.now)
    shown = f"{now:%a %Y-%m-%d %H:%M %Z}"
    freeze = calendar.frozen(now)
    if freeze:
        yield fail(f"{shown} is in the freeze {freeze}", _opening(calendar, now), subject="freeze")
    if calendar.windows and not calendar.window(now):
        hint = "" if freeze else _opening(calendar, now)
        yield fail(f"{shown} is outside of the hours", hint, subject="allowed_hours", limit=_hours(calendar))
    elif not freeze:
        yield _open(calendar, now, shown)


def _open(calendar: Calendar, now: datetime.datetime, shown: str) -> Result:
    limit = _hours(calendar)
    closing = calendar.next_closing(now)
    if closing is None:
        return ok(shown, limit=limit or "any time")
    left = (closing - now.astimezone(datetime.UTC)).total_seconds()
    figure = f"{shown}, until {closing:%a %H:%M}: {age(left)} left"
    if left < _TIME_LEFT:
        return warn(figure, f"will it be done by then? {_opening(calendar, closing)}", limit=limit)
    return ok(figure, limit=limit or "any time but a freeze")


def _opening(calendar: Calendar, now: datetime.datetime) -> str:
    opening = calendar.next_opening(now)
    return (
        f"next time: {opening:%a %Y-%m-%d %H:%M %Z}" if opening else "no time for it in the coming year: see `freeze`"
    )


def _hours(calendar: Calendar) -> str:
    return ", ".join(map(str, calendar.windows)) + (f" {calendar.zone}" if calendar.zone else "")
