"""The kinds of values that settings have: each function reads one, or says in a ValueError what is wrong with it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

_POLICIES = ("off", "warn", "error")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SIZES = {"kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
Reader = Callable[[Any], Any]


def duration(value: Any) -> float:
    """Seconds from `500ms`, `5s`, `2m`, `1h` or 0; ValueError otherwise."""
    if value in (0, "0") and not isinstance(value, bool):
        return 0.0
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]+)", str(value))
    if match is None or match[2] not in _UNITS:
        raise ValueError("is no duration: write it with a unit, as in 500ms, 5s or 2m")
    return float(match[1]) * _UNITS[match[2]]


def size(value: Any) -> int:
    """Bytes from `500MB`, `2GB` or 0; ValueError otherwise."""
    if value in (0, "0") and not isinstance(value, bool):
        return 0
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMGT]B)", str(value))
    if match is None:
        raise ValueError("is no size: write it with a unit, as in 500MB or 2GB")
    return round(float(match[1]) * _SIZES[match[2]])


def count(value: Any) -> int:
    """A whole number, not below 0."""
    if type(value) is not int or value < 0:
        raise ValueError("must be a whole number, 0 or more")
    return value


def choice(*allowed: str) -> Reader:
    """Reads one of some words."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return read


convention = choice("golang", "dbmate", "goose", "updown", "commented", "rollback", "prisma")


def some_of(*allowed: str) -> Reader:
    """Reads a list of some of the words."""

    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(item in allowed for item in value):
            raise ValueError(f"must be a list of some of {', '.join(allowed)}")
        return tuple(value)

    return read


def section(readers: Mapping[str, Reader]) -> Reader:
    """Reads a mapping whose keys have readers of their own; none of them need be there."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError(f"must be a mapping, with some of {', '.join(readers)}")
        unknown = [str(key) for key in value if key not in readers]
        if unknown:
            raise ValueError(f"has no {', '.join(unknown)}, but {', '.join(readers)}")
        return {key: _inside(key, readers[key], item) for key, item in value.items()}

    return read


def several(reader: Reader) -> Reader:
    """Reads a list of what another reader reads."""

    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError("must be a list")
        return tuple(_inside(f"(entry {number})", reader, item) for number, item in enumerate(value, 1))

    return read


def _inside(key: str, read: Reader, item: Any) -> Any:
    try:
        return read(item)
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None


def text(value: Any) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("must be a text that is not empty")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of texts")
    return tuple(value)


def text_or_number(value: Any) -> str:
    """A text; a whole number counts as one."""
    return str(value) if type(value) is int else text(value)


def switch(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def names(value: Any) -> tuple[str, ...] | None:
    """A list of verbs; None for `all`."""
    if value == "all":
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of verbs")
    return tuple(value)


def words(value: Any) -> tuple[str, ...]:
    """A list of words, one at least."""
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of words: the program and its arguments")
    return tuple(value)


def policies(value: Any) -> dict[str, str]:
    """What rules count: off, warn or error, by the rule's name."""
    if not isinstance(value, dict) or not all(isinstance(rule, str) for rule in value):
        raise ValueError("must give rules what they count, as in `gap: off`")
    # YAML reads a bare off as false.
    given = {rule: "off" if policy is False else policy for rule, policy in value.items()}
    wrong = [rule for rule, policy in given.items() if policy not in _POLICIES]
    if wrong:
        raise ValueError(f"must give {', '.join(wrong)} one of {', '.join(_POLICIES)}")
    return given


def variables(value: Any) -> dict[str, object]:
    """Names with plain values, for templates."""
    if not isinstance(value, dict) or not all(isinstance(name, str) and name.isidentifier() for name in value):
        raise ValueError("must give names their values, as in `region: eu`")
    if not all(isinstance(item, str | int | float | list) for item in value.values()):
        raise ValueError("must give texts, numbers, true, false, or lists of them")
    return value
