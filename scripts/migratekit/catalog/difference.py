"""What became of a schema between two snapshots."""

import re
from collections.abc import Collection

_ORDER = "column order "
_NAME = re.compile(r'"(?:[^"]|"")*"|[^", ]+')


def difference(before: Collection[str], after: Collection[str]) -> list[str]:
    """The lines that went (`- `) and that came (`+ `), those of one object together; none for equal schemas."""
    gone, come = set(before) - set(after), set(after) - set(before)
    told = _told_by_columns(gone, come)
    lines = [(line, "-") for line in gone - told] + [(line, "+") for line in come - told]
    return [f"{sign} {line}" for line, sign in sorted(lines, key=_place)]


def _place(item: tuple[str, str]) -> tuple[str, str, bool, str]:
    """By object and by what of it is meant, the old in front of the new."""
    line, sign = item
    label, _, text = line.partition(": ")
    return label, " ".join(text.split(" ", 2)[:2]), sign == "+", line


def _told_by_columns(gone: Collection[str], come: Collection[str]) -> set[str]:
    """The orders that say nothing new: columns came or went, and the others are in the same order as before."""
    told = set()
    new = {line.partition(_ORDER)[0]: line for line in come if f": {_ORDER}" in line}
    for line in (line for line in gone if f": {_ORDER}" in line):
        other = new.pop(line.partition(_ORDER)[0], None)
        if other is None or _in_common(line, other) == _in_common(other, line):
            told |= {line, *filter(None, [other])}
    return told | set(new.values())


def _in_common(line: str, other: str) -> list[str]:
    names = set(_NAME.findall(other.partition(_ORDER)[2]))
    return [name for name in _NAME.findall(line.partition(_ORDER)[2]) if name in names]
