"""What draws the values of a column, by its type, its limits and its name."""

import datetime
import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from .limits import Limits
from .quantities import Quantity, decimals, floats, integers
from .schema import ARRAY, COMPOSITE, ENUM, MULTIRANGE, RANGE, Catalog, Column, Type
from .texts import TEXTUAL, Spelling, texts
from .times import TIMES, times
from .words import Words

_LIKE_INTEGER = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1, "oid": 2**31 - 1}
_SERVERS_OWN = ("nextval(",)


@dataclass(frozen=True, slots=True)
class Maker:
    """Draws so many values; `size` is how many different ones there are."""

    draw: Callable[[int], list[Any]]
    size: float = inf


@dataclass(frozen=True, slots=True)
class Drawing:
    """What values are drawn from: the same seed gives the same ones."""

    catalog: Catalog
    words: Words
    rng: random.Random
    now: datetime.datetime
    table: str
    # The largest integer that a column holds already, and how many rows there are.
    largest: Callable[[str], int]
    rows: int


def is_left_out(catalog: Catalog, column: Column) -> bool:
    """True if the server gives the column its value: identity, generated, a sequence, a function of the project's."""
    if column.automatic or column.default.startswith(_SERVERS_OWN):
        return True
    base, _ = catalog.base(column)
    calls = not (column.default[:1] in ("'", "-", "(") or column.default[:1].isdigit())
    return bool(column.default) and calls and base.name in (*TEXTUAL, *_LIKE_INTEGER, "numeric", "float4", "float8")


def maker(drawing: Drawing, column: Column, limits: Limits) -> Maker | None:
    """What draws the column's values; None for a type that nothing is known of."""
    base, modifier = drawing.catalog.base(column)
    if limits.among is not None or (limits.hints and base.kind != ENUM):
        return _one_of(drawing.rng, base, limits)
    if base.name in TEXTUAL:
        spelling = Spelling(column.name, drawing.table, column.default, base.name, modifier)
        return Maker(*texts(drawing.words, drawing.rng, spelling, limits, drawing.rows))
    return _made(drawing, base, modifier, column.name, limits)


def _one_of(rng: random.Random, base: Type, limits: Limits) -> Maker:
    given = [v for v in limits.among or dict.fromkeys(limits.hints) if v not in limits.excluded]
    values: list[Any] = [int(v) for v in given] if base.name in _LIKE_INTEGER else list(given)
    return Maker(lambda n: rng.choices(values, k=n) if values else [None] * n, len(values))


def _made(drawing: Drawing, base: Type, modifier: int, name: str, limits: Limits) -> Maker | None:
    rng = drawing.rng
    if base.kind == ENUM:
        labels = [label for label in base.labels if label not in limits.excluded]
        return Maker(lambda n: rng.choices(labels, k=n), len(labels)) if labels else None
    if base.kind in (ARRAY, RANGE, MULTIRANGE, COMPOSITE):
        return _compound(drawing, base, modifier, name)
    if base.name in _LIKE_INTEGER:
        largest = drawing.largest(name) if limits.alone else None
        return Maker(*integers(rng, Quantity(name, limits, _LIKE_INTEGER[base.name]), largest))
    if base.name in ("numeric", "money"):
        return Maker(*decimals(rng, Quantity(name, limits), modifier if base.name == "numeric" else 2 + (12 << 16) + 4))
    if base.name in ("float4", "float8"):
        return Maker(*floats(rng, Quantity(name, limits)))
    if base.name in TIMES:
        return Maker(*times(rng, base.name, name, limits, drawing.now))
    draw = _PLAIN.get(base.name)
    return Maker((lambda n: [draw(drawing, modifier) for _ in range(n)]), _SIZES.get(base.name, inf)) if draw else None


def _compound(drawing: Drawing, base: Type, modifier: int, name: str) -> Maker | None:
    """Arrays, ranges, multiranges, rows: texts made of the texts of their parts."""
    rng, types = drawing.rng, drawing.catalog.types
    if base.kind == COMPOSITE:
        return _rows(drawing, base)
    part = maker(drawing, Column(name, base.of, modifier, True, False, ""), Limits(required=True))
    if part is None:
        return None
    if base.kind == ARRAY:
        return Maker(lambda n: [_array(part.draw(rng.randrange(4))) for _ in range(n)])
    if base.kind == MULTIRANGE:
        return Maker(lambda n: ["{" + text + "}" for text in part.draw(n)])
    narrow = types[base.of].kind
    return Maker(lambda n: [_range(*part.draw(2)) for _ in range(n)]) if narrow != COMPOSITE else None


def _rows(drawing: Drawing, base: Type) -> Maker | None:
    columns = [Column(name, oid, modifier, True, False, "") for name, oid, modifier in base.attributes]
    parts = [maker(drawing, column, Limits(required=True)) for column in columns]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return Maker(
        lambda n: [
            "(" + ",".join(map(_quoted, row)) + ")" for row in zip(*(part.draw(n) for part in known), strict=True)
        ]
    )


def _array(values: list[Any]) -> str:
    return "{" + ",".join(map(_quoted, values)) + "}"


def _range(one: Any, other: Any) -> str:
    low, high = (one, other) if one <= other else (other, one)
    return f"[{_quoted(low)},{_quoted(high)}{']' if low == high else ')'}"


def _quoted(value: Any) -> str:
    return '"' + as_text(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_text(value: Any) -> str:
    """A value as the server reads it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "t" if value else "f"
    return value.isoformat(sep=" ") if isinstance(value, datetime.datetime) else str(value)


def _json(drawing: Drawing, _modifier: int) -> str:
    rng, words = drawing.rng, drawing.words.pool("word")
    return json.dumps({"source": rng.choice(words), "score": rng.randrange(100), "active": rng.random() < 0.5})


def _bits(drawing: Drawing, modifier: int) -> str:
    return "".join(drawing.rng.choices("01", k=max(modifier, 1)))


def _point(drawing: Drawing, _modifier: int = 0) -> str:
    return f"({drawing.rng.uniform(-180, 180):.6f},{drawing.rng.uniform(-90, 90):.6f})"


def _hex(drawing: Drawing, octets: int) -> str:
    return ":".join(f"{drawing.rng.randrange(256):02x}" for _ in range(octets))


def _vector(drawing: Drawing, _modifier: int) -> str:
    return " ".join(f"'{word}'" for word in sorted(set(drawing.rng.choices(drawing.words.plain("word"), k=3))))


def _query(drawing: Drawing, _modifier: int) -> str:
    return f"'{drawing.rng.choice(drawing.words.plain('word'))}'"


_PLAIN: dict[str, Callable[[Drawing, int], Any]] = {
    "bool": lambda d, _: d.rng.random() < 0.5,
    "uuid": lambda d, _: uuid.UUID(int=d.rng.getrandbits(128), version=4),
    "json": _json,
    "jsonb": _json,
    "bytea": lambda d, _: "\\x" + d.rng.randbytes(8).hex(),
    "inet": lambda d, _: f"192.0.2.{d.rng.randrange(1, 255)}",
    "cidr": lambda d, _: f"198.51.{d.rng.randrange(256)}.0/24",
    "macaddr": lambda d, _: _hex(d, 6),
    "macaddr8": lambda d, _: _hex(d, 8),
    "bit": _bits,
    "varbit": lambda d, m: _bits(d, m if m > 0 else 8),
    "xml": lambda d, _: f"<item>{d.rng.choice(d.words.plain('word'))}</item>",
    "tsvector": _vector,
    "tsquery": _query,
    "pg_lsn": lambda d, _: f"{d.rng.randrange(256):X}/{d.rng.randrange(2**24):X}",
    "hstore": lambda d, _: f'"source"=>"{d.rng.choice(d.words.plain("word"))}"',
    "ltree": lambda d, _: ".".join(d.rng.choices(d.words.plain("word"), k=3)),
    "point": _point,
    "lseg": lambda d, _: f"[{_point(d)},{_point(d)}]",
    "box": lambda d, _: f"({_point(d)},{_point(d)})",
    "path": lambda d, _: f"[{_point(d)},{_point(d)},{_point(d)}]",
    "polygon": lambda d, _: f"({_point(d)},{_point(d)},{_point(d)})",
    "circle": lambda d, _: f"<{_point(d)},{d.rng.randrange(1, 9)}>",
    "line": lambda d, _: f"{{{d.rng.randrange(1, 9)},{d.rng.randrange(1, 9)},{d.rng.randrange(9)}}}",
}
_SIZES = {"bool": 2.0, "inet": 254.0, "cidr": 256.0}


def narrowed(limits: Limits, more: Limits) -> Limits:
    """The limits of a column in a partition."""
    among = limits.among
    if more.among is not None:
        among = [value for value in more.among if among is None or value in among]
    return replace(limits, bounds=limits.bounds + more.bounds, among=among, excluded=limits.excluded | more.excluded)
