"""Numbers within limits, plausible for a column's name."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from math import inf
from typing import Any

from .limits import Limits

Drawn = tuple[Callable[[int], list[Any]], float]
# What a column's name says of its numbers; the first that fits counts.
_USUAL = (
    (r"(^|_)age$", 18, 90),
    (r"year", 1990, 2025),
    (r"month", 1, 12),
    (r"percent|pct|share", 0, 100),
    (r"rating|stars", 1, 5),
    (r"lat(itude)?$", -90, 90),
    (r"(lon|lng)(gitude)?$|longitude", -180, 180),
    (r"port$", 1024, 65535),
    (r"cents$", 100, 100_000),
    (r"price|amount|total|cost|fee|salary|balance|budget", 1, 1000),
    (r"qty|quantity|count|stock|seats|priority|position|rank|sort|level|score|version|number$|_no$", 1, 100),
    (r"rate$|ratio|factor|weight", 0, 1),
    (r"minutes|seconds|duration|days|hours", 1, 600),
)
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is known of a column of numbers."""

    name: str
    limits: Limits
    most: float = inf


def integers(rng: random.Random, quantity: Quantity, largest: int | None) -> Drawn:
    """Draws integers; behind the largest one where each must be new."""
    low, high = _span(quantity, Decimal(1), None, whole=True)
    if largest is None:
        width = high - low + 1
        excluded = {int(value) for value in quantity.limits.excluded if re.fullmatch(r"-?\d+", value)}
        return (lambda n: _without([low + int(rng.random() * width) for _ in range(n)], excluded, high)), width
    state = max(low, largest + 1)
    top = high if _has_upper(quantity.limits) else int(min(quantity.most, 2**63 - 1))

    def following(n: int) -> list[Any]:
        nonlocal state
        first, state = state, state + n
        # Past the end whatever is left may be hit by chance.
        return [number if number <= top else rng.randint(low, top) for number in range(first, first + n)]

    return following, top - low + 1


def decimals(rng: random.Random, quantity: Quantity, modifier: int) -> Drawn:
    """Draws decimal numbers of the column's precision and scale."""
    precision, scale = 12, 2
    if modifier >= 4:
        precision, scale = (modifier - 4) >> 16 & 0xFFFF, (((modifier - 4) & 0x7FF) ^ 1024) - 1024
    elif re.search(r"lat|lon|lng", quantity.name.lower()):
        scale = 6
    step = Decimal(1).scaleb(-scale)
    low, high = _span(quantity, step, Decimal(10) ** (precision - scale) - step)
    width = high - low + 1
    return (lambda n: [Decimal(low + int(rng.random() * width)).scaleb(-scale) for _ in range(n)]), width


def floats(rng: random.Random, quantity: Quantity) -> Drawn:
    """Draws floating-point numbers."""
    low, high = _span(quantity, Decimal("0.001"), None)
    return (lambda n: [round(rng.randint(low, high) * 0.001, 3) for _ in range(n)]), inf


def _without(numbers: list[int], excluded: set[int], high: int) -> list[int]:
    if not excluded:
        return numbers
    spare = next((number for number in range(high, high - len(excluded) - 1, -1) if number not in excluded), high)
    return [spare if number in excluded else number for number in numbers]


def _span(quantity: Quantity, step: Decimal, most: Decimal | None, *, whole: bool = False) -> tuple[int, int]:
    """The lowest and the highest number, in steps."""
    # A type without a top is one of floating or decimal numbers.
    top = most if most is not None else Decimal(int(quantity.most)) if quantity.most < inf else Decimal(10) ** 12
    named = next(((a, b) for words, a, b in _USUAL if re.search(words, quantity.name.lower())), None)
    usual = named or (1, _MANY if whole and top > _MANY else 1000)
    low, high = _bounds(quantity.limits, step)
    first = low if low is not None else min(Decimal(usual[0]), top)
    last = min(Decimal(usual[1]), top)
    if high is not None:
        last = min(last, high) if named and high >= first and last >= first else high
        if first > last:
            first = max(last - 1000, -top)
    elif last < first:
        last = min(first + 1000, top)
    if quantity.limits.unique and high is None:
        last = max(last, min(top, first + _MANY))
    return (
        int((first / step).to_integral_value(ROUND_CEILING)),
        int((max(last, first) / step).to_integral_value(ROUND_FLOOR)),
    )


def _has_upper(limits: Limits) -> bool:
    return any(operator in ("<", "<=") for operator, _ in limits.bounds)


def _bounds(limits: Limits, step: Decimal) -> tuple[Decimal | None, Decimal | None]:
    lows, highs = [], []
    for operator, text in limits.bounds:
        try:
            value = Decimal(text)
        except InvalidOperation:
            continue
        if operator in (">", ">="):
            lows.append(value + step if operator == ">" else value)
        else:
            highs.append(value - step if operator == "<" else value)
    return max(lows, default=None), min(highs, default=None)
