"""Which changes of a type keep every value, and how values get to a type that no cast leads to; pure."""

import re
from collections.abc import Mapping

_FORM = re.compile(r"(.+?)(?:\((\d+)(?:,(-?\d+))?\))?((?: with(?:out)? time zone)?)((?:\[\])*)")
# With how many digits they can have.
_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}
_TEXTS = ("text", "character varying")
_WORDS = ("character varying", "character")
_MOMENTS = ("timestamp without time zone", "timestamp with time zone", "time without time zone", "time with time zone")
_MICROSECONDS = 6
_WIDER = {
    ("smallint", "real"),
    ("smallint", "double precision"),
    ("integer", "double precision"),
    ("real", "double precision"),
    ("date", "timestamp without time zone"),
    ("cidr", "inet"),
    ("macaddr", "macaddr8"),
    ("jsonb", "json"),
}
# Written as text they are what they were, whatever the session is set to.
_READABLE = {
    *_DIGITS,
    *_TEXTS,
    *_WORDS,
    "numeric",
    "boolean",
    "uuid",
    "date",
    "json",
    "jsonb",
    "inet",
    "cidr",
    "macaddr",
}


def keeps_values(old: str, new: str) -> bool:
    """True if each value of the old type is one of the new type too, as the server names types."""
    (was, limits, arrays), (now, more, other_arrays) = _parts(old), _parts(new)
    if arrays != other_arrays:
        return False
    if was == now:
        return _is_roomier(was, limits, more)
    if now in _TEXTS and not more:
        return was in _READABLE or "." in was
    if was in _WORDS and now == "character varying":
        return bool(limits) and limits[0] <= more[0]
    if was in _DIGITS and now in _DIGITS:
        return _DIGITS[was] <= _DIGITS[now]
    if was in _DIGITS and now == "numeric":
        return not more or more[0] - more[1] >= _DIGITS[was]
    return (was, now) in _WIDER


def changes_limit_only(old: str, new: str) -> bool:
    """True for one type with two lengths, precisions or the like: what is written for one goes with the other."""
    (was, _, arrays), (now, _, others) = _parts(old), _parts(new)
    return (was, arrays) == (now, others)


def way_through(kind: str, bases: Mapping[str, str]) -> str:
    """The type to cast a text to, so that the assignment behind it says what does not fit: a cast cuts it."""
    name, _, arrays = _parts(kind)
    while name in bases and not arrays:
        name, _, arrays = _parts(bases[name])
    # Without a length these two hold one letter, and one bit.
    return {"character": "text", "bit": "bit varying"}.get(name, name) + arrays


def _parts(kind: str) -> tuple[str, tuple[int, ...], str]:
    """The name of a type, its limits, and [] for each dimension."""
    bare = kind.partition(" COLLATE ")[0]
    found = _FORM.fullmatch(bare)
    if not found or not found[2]:
        arrays = found[5] if found else ""
        return bare.removesuffix(arrays), (), arrays
    limits = (int(found[2]), int(found[3] or 0))
    return found[1] + found[4], limits, found[5]


def _is_roomier(name: str, old: tuple[int, ...], new: tuple[int, ...]) -> bool:
    if old == new or (not new and name != "bit"):
        return True
    if name == "numeric":
        return bool(old) and new[1] >= old[1] and new[0] - new[1] >= old[0] - old[1]
    if name in _MOMENTS:
        return new[0] >= (old[0] if old else _MICROSECONDS)
    return bool(old) and name in (*_WORDS, "bit varying") and new[0] >= old[0]
