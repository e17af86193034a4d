"""Columns of one row against each other: created before updated, the least below the most."""

import datetime
import re
from decimal import Decimal
from typing import Any

from .columns import Columns
from .rules import Ordered

_FIRST = re.compile(r"created|inserted|registered|signed_up|joined|ordered|placed")
_LATER = re.compile(r"(_at|_on|_date|_time)$")
_NOT_LATER = re.compile(r"birth|dob")
_PAIRS = (("start", "end"), ("begin", "end"), ("from", "to"), ("min", "max"), ("low", "high"), ("first", "last"))
_TIMES = frozenset({"date", "timestamp", "timestamptz"})
_FLIPPED = {">": "<", ">=": "<="}


def put_in_order(columns: Columns, data: dict[str, list[Any]], pointing: set[str]) -> None:
    """Makes rows satisfy comparisons between columns, those of the constraints and those that names suggest."""
    fixed = pointing | {name for leaf in columns.demands.partitions for name in leaf}
    hard = columns.demands.ordered
    asked = {frozenset((rule.left, rule.right)) for rule in hard}
    soft = [rule for rule in _usual(columns) if frozenset((rule.left, rule.right)) not in asked]
    for rule in [*soft, *hard]:
        if rule.left in data and rule.right in data:
            _apply(columns, rule, data, fixed)


def _usual(columns: Columns) -> list[Ordered]:
    base = columns.drawing.catalog.base
    kinds = {column.name: base(column)[0].name for column in columns.table.columns if column.name in columns.makers}
    times = [name for name, kind in kinds.items() if kind in _TIMES]
    first = [name for name in times if _FIRST.search(name.lower())]
    later = [name for name in times if _LATER.search(name.lower()) and not _NOT_LATER.search(name.lower())]
    found = [Ordered(one, "<=", other) for one in first[:1] for other in later if one != other]
    for name in kinds:
        for low, high in _PAIRS:
            other = re.sub(rf"(^|_){low}", rf"\1{high}", name)
            if (
                other != name
                and kinds.get(other) == kinds[name]
                and kinds[name] in (_TIMES | {"int4", "int8", "numeric"})
            ):
                found.append(Ordered(name, "<=", other))
    return found


def _apply(columns: Columns, rule: Ordered, data: dict[str, list[Any]], fixed: set[str]) -> None:
    low, high, operator = rule.left, rule.right, rule.operator
    if operator in _FLIPPED:
        low, high, operator = high, low, _FLIPPED[operator]
    if operator == "<>":
        _separate(columns, data[low], data[high], high)
        return
    one, other, strict = data[low], data[high], operator == "<"
    for row, (least, most) in enumerate(zip(one, other, strict=True)):
        if least is None or most is None:
            continue
        try:
            good = least == most if operator == "=" else least < most or (not strict and least == most)
        except TypeError:
            return
        if good:
            continue
        if operator != "=" and least != most and not {low, high} & fixed:
            one[row], other[row] = most, least
        elif high not in fixed:
            other[row] = _next(least, 1) if strict else least
        elif low not in fixed:
            one[row] = _next(most, -1) if strict else most


def _separate(columns: Columns, one: list[Any], other: list[Any], name: str) -> None:
    found = columns.makers.get(name)
    for row, (left, right) in enumerate(zip(one, other, strict=True)):
        if left is not None and left == right and found is not None:
            other[row] = next((value for value in found.draw(5) if value != left), right)


def _next(value: Any, sign: int) -> Any:
    if isinstance(value, datetime.datetime):
        return value + sign * datetime.timedelta(seconds=1)
    if isinstance(value, datetime.date):
        return value + sign * datetime.timedelta(days=1)
    if isinstance(value, Decimal):
        return value + sign * Decimal(1).scaleb(min(int(value.as_tuple().exponent), 0))
    return value + sign if isinstance(value, int | float) else value
