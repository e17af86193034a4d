"""Options as Go's flag package reads them."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_MAX_UNSIGNED = 2**64 - 1

Value = str | bool | int


class BadFlags(Exception):
    """The options cannot be read; the message is Go's."""


class HelpAsked(Exception):
    """-h or -help was given to options that do not define them."""


class Flags(NamedTuple):
    """The options by name, which of them were given, and the words behind them."""

    values: Mapping[str, Value]
    given: frozenset[str]
    words: Sequence[str]

    def text(self, name: str) -> str:
        """The value of a text option."""
        return str(self.values[name])

    def number(self, name: str) -> int:
        """The value of a numeric option."""
        return int(self.values[name])

    def on(self, name: str) -> bool:
        """The value of a switch."""
        return bool(self.values[name])


def parse(arguments: Sequence[str], defaults: Mapping[str, Value], *, signed: frozenset[str] = frozenset()) -> Flags:
    """Reads options up to the first word; a default's type is the option's type."""
    values, given = dict(defaults), set()
    rest = list(arguments)
    while rest and len(rest[0]) > 1 and rest[0].startswith("-"):
        argument = rest.pop(0)
        if argument == "--":
            break
        name, equals, value = _split(argument)
        if name not in defaults:
            if name in ("help", "h"):
                raise HelpAsked
            raise BadFlags(f"flag provided but not defined: -{name}")
        if isinstance(defaults[name], bool):
            values[name] = _switch(name, value if equals else "true")
        else:
            if not equals and not rest:
                raise BadFlags(f"flag needs an argument: -{name}")
            text = value if equals else rest.pop(0)
            values[name] = text if isinstance(defaults[name], str) else _number(name, text, signed=name in signed)
        given.add(name)
    return Flags(values, frozenset(given), rest)


def boolean(text: str) -> bool | None:
    """What Go's ParseBool makes of it; None where that fails."""
    return True if text in _TRUE else False if text in _FALSE else None


def unsigned(text: str) -> int | None:
    """What Go's ParseUint makes of a decimal number; None where that fails."""
    if not (text.isascii() and text.isdigit()) or int(text) > _MAX_UNSIGNED:
        return None
    return int(text)


def _split(argument: str) -> tuple[str, str, str]:
    name, equals, value = argument[2 if argument.startswith("--") else 1 :].partition("=")
    if not name or name.startswith("-"):
        raise BadFlags(f"bad flag syntax: {argument}")
    return name, equals, value


def _switch(name: str, text: str) -> bool:
    value = boolean(text)
    if value is None:
        raise BadFlags(f'invalid boolean value "{text}" for -{name}: parse error')
    return value


def _number(name: str, text: str, *, signed: bool) -> int:
    sign = text[:1] if signed and text[:1] in ("-", "+") else ""
    digits = text.removeprefix(sign)
    # Go reads a leading zero as octal, where Python refuses it.
    octal = re.fullmatch(r"0_?[0-7_]*[0-7]", digits)
    problem = "parse error"
    if octal or re.fullmatch(r"0[xX][\dA-Fa-f_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*", digits, re.ASCII):
        try:
            number = int(digits, 8 if octal else 0)
        except ValueError:
            number = -1
        if 0 <= number <= (_MAX_UNSIGNED >> signed):
            return -number if sign == "-" else number
        problem = "value out of range" if number > 0 else problem
    raise BadFlags(f'invalid value "{text}" for flag -{name}: {problem}')
