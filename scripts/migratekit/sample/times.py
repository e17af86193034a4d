"""Dates and times within limits, plausible for a column's name."""

import datetime
import random
import re
from collections.abc import Callable
from math import inf
from typing import Any

from .limits import Limits
from .nodes import NOW

TIMES = ("date", "timestamp", "timestamptz", "time", "timetz", "interval")
_FUTURE = re.compile(r"expir|due|deadline|schedul|until|valid_to|renew|next_")
_BIRTH = re.compile(r"birth|dob")
_DAY = 86_400
_STEPS = {"date": _DAY, "timestamp": 1, "timestamptz": 1}

Drawn = tuple[Callable[[int], list[Any]], float]


def times(rng: random.Random, kind: str, name: str, limits: Limits, now: datetime.datetime) -> Drawn:
    """Draws dates, times or intervals; a date after `now` only where name or limits want one."""
    if kind == "interval":
        return (lambda n: [f"{rng.randrange(1, 720)} minutes" for _ in range(n)]), inf
    if kind in ("time", "timetz"):
        zone = "+00" if kind == "timetz" else ""
        return (lambda n: [f"{rng.randrange(24):02}:{rng.randrange(60):02}:00{zone}" for _ in range(n)]), 1440
    step = _STEPS[kind]
    low, high = _span(kind, name, limits, now)
    first, width = -(-low // step), high // step - -(-low // step) + 1
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC if kind == "timestamptz" else None)

    def draw(n: int) -> list[Any]:
        found = [epoch + datetime.timedelta(seconds=step * (first + int(rng.random() * width))) for _ in range(n)]
        return [moment.date() for moment in found] if kind == "date" else found

    return draw, width


def _span(kind: str, name: str, limits: Limits, now: datetime.datetime) -> tuple[int, int]:
    """The first and the last second since 1970."""
    ahead, birth = _FUTURE.search(name.lower()), _BIRTH.search(name.lower())
    today = int(now.timestamp())
    low, high = (today, today + 365 * _DAY) if ahead else (today - 730 * _DAY, today)
    if birth:
        low, high = today - 80 * 365 * _DAY, today - 18 * 365 * _DAY
    lows, highs = [], []
    for operator, text in limits.bounds:
        try:
            moment = today if text == NOW else int(_second(text))
        except ValueError:
            continue
        step = _STEPS[kind]
        if operator in (">", ">="):
            lows.append(moment + (step if operator == ">" else 0))
        else:
            highs.append(moment - (step if operator == "<" else 0))
    if highs and min(highs) < low:
        low = min(highs) - 365 * _DAY
    low = max([low, *lows]) if not lows or max(lows) >= low else low
    high = min([high if high >= low else low + 365 * _DAY, *highs])
    return low, max(high, low)


def _second(text: str) -> float:
    moment = datetime.datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
