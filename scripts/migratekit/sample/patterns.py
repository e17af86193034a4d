"""Regular expressions: what they match as Python has it, and texts that match them."""

import random
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

_CLASSES = {
    "[:alpha:]": "a-zA-Z",
    "[:digit:]": "0-9",
    "[:alnum:]": "a-zA-Z0-9",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:space:]": r"\s",
    "[:xdigit:]": "0-9a-fA-F",
}
_ESCAPES = {r"\m": r"\b", r"\M": r"\b", r"\y": r"\b"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ANY = _LETTERS + "0123456789"
_CATEGORIES = {"CATEGORY_DIGIT": "0123456789", "CATEGORY_WORD": _ANY + "_", "CATEGORY_SPACE": " "}
_CATEGORIES |= {"CATEGORY_NOT_DIGIT": _LETTERS, "CATEGORY_NOT_SPACE": _ANY, "CATEGORY_NOT_WORD": "-"}
_PRINTABLE = [chr(number) for number in range(32, 127)]
_MOST = 8


class Unsupported(ValueError):
    """A pattern that nothing can be made for."""


def compiled(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """The server's pattern for Python; Unsupported where it has no such thing."""
    text = pattern
    for ours, theirs in (_CLASSES | _ESCAPES).items():
        text = text.replace(ours, theirs)
    try:
        return re.compile(text, re.ASCII | (re.IGNORECASE if ignore_case else 0))
    except (re.error, OverflowError) as error:
        raise Unsupported(str(error)) from None


def texts(pattern: re.Pattern[str], rng: random.Random) -> Callable[[], str]:
    """Makes texts that match, a new one at each call; Unsupported where it cannot."""
    tree = list(import_module("re._parser").parse(pattern.pattern, pattern.flags))
    # What cannot be made shows at once.
    _sequence(tree, random.Random(0))  # noqa: S311
    return lambda: _sequence(tree, rng)


def _sequence(items: Any, rng: random.Random) -> str:
    return "".join(_piece(str(what), value, rng) for what, value in items)


def _piece(what: str, value: Any, rng: random.Random) -> str:
    if what == "LITERAL":
        return chr(value)
    if what == "AT":
        return ""
    if what == "ANY":
        return rng.choice(_ANY)
    if what in ("IN", "NOT_LITERAL"):
        return rng.choice(_set(value if what == "IN" else [("NEGATE", None), ("LITERAL", value)]))
    if what == "SUBPATTERN":
        return _sequence(value[-1], rng)
    if what == "BRANCH":
        return _sequence(rng.choice(value[1]), rng)
    if what in ("MAX_REPEAT", "MIN_REPEAT"):
        low, high, inner = value
        return "".join(_sequence(inner, rng) for _ in range(rng.randint(low, min(int(high), low + _MOST))))
    raise Unsupported(f"{what} in a pattern")


def _set(items: Any) -> list[str]:
    """The letters of a bracket expression, in a fixed order."""
    found, negated = set(), False
    for name, value in items:
        what = str(name)
        if what == "NEGATE":
            negated = True
        elif what == "LITERAL":
            found.add(chr(value))
        elif what == "RANGE":
            found.update(chr(number) for number in range(value[0], min(value[1], value[0] + 200) + 1))
        else:
            found.update(_CATEGORIES[str(value)])
    letters = [letter for letter in _ANY if letter not in found] or [x for x in _PRINTABLE if x not in found]
    if negated and not letters:
        raise Unsupported("a bracket expression that matches nothing plain")
    return letters if negated else sorted(found)
