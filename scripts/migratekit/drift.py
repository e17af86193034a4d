"""How a database differs from what its files make; pure."""

import enum
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import groupby
from typing import NamedTuple

from .catalog import difference

_NAME = r'(?:"(?:[^"]|"")*"|[^\s"]+)'
_LINE = re.compile(r'((?:"(?:[^"]|"")*"|[^":]|:(?! ))*): (.*)', re.DOTALL)
_PART = re.compile(
    rf"(column order|(?:column|index|constraint|trigger|policy|rule|statistics) {_NAME}(?: comment\b)?|comment\b|as\b)"
)
_STATISTICS = re.compile(rf"statistics CREATE STATISTICS ({_NAME})")
_GRANT = re.compile(rf"((?:column {_NAME} |default of [a-z ]+ )?grant) [A-Z ,]+ to ({_NAME})( with grant option)?$")
# The version is the server's affair; that the extension is there is the files'.
_EXTENSION = re.compile(r"(extension .*: )version \S+ (in .*)", re.DOTALL)


class Kind(enum.StrEnum):
    """Where something is, or that it is in both."""

    DATABASE = "only in the database"
    FILES = "only in the files"
    BOTH = "different"


class Schema(NamedTuple):
    """A snapshot, and the text of functions and procedures by what their lines begin with."""

    lines: Sequence[str]
    routines: Mapping[str, str]


class Filter(NamedTuple):
    """What is not compared: patterns of objects or lines, and grants, all or those to some roles."""

    patterns: Collection[str] = ()
    grants: bool = True
    roles: Collection[str] = ()


_NOTHING = Filter()


class Difference(NamedTuple):
    """An object, or a part of it, that is not in both alike: how the files have it, and how the database has it."""

    object: str
    part: str
    kind: Kind
    files: tuple[str, ...]
    database: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """What is to be seen of it: what both have of a long text is left out but for what is near."""
        if self.kind is not Kind.BOTH:
            return [*self.files, *self.database]
        from difflib import unified_diff

        diff = list(unified_diff(self.files, self.database, n=1, lineterm=""))[3:]
        return ["…" if line.startswith("@@") else f"{line[0]} {line[1:]}".rstrip() for line in diff]


class Drift(NamedTuple):
    """How a database, at a version, differs from what so many files make."""

    version: int | None
    files: int
    made: Schema
    found: Schema
    differences: Sequence[Difference]

    @property
    def objects(self) -> list[str]:
        """The objects that are not as the files have them."""
        return list(dict.fromkeys(each.object for each in self.differences))


def compare(files: Schema, database: Schema, leaving_out: Filter = _NOTHING) -> list[Difference]:
    """What differs, by object; nothing for equal schemas."""
    theirs, ours = (_kept(schema.lines, leaving_out) for schema in (files, database))
    there = {_split(line)[0] for line in theirs}, {_split(line)[0] for line in ours}
    signed = sorted(((_split(line[2:]), line[0]) for line in difference(theirs, ours)), key=lambda item: item[0][0])
    found: list[Difference] = []
    for label, group in groupby(signed, key=lambda item: item[0][0]):
        lines = [(text, sign) for (_, text), sign in group]
        minus, plus = (tuple(text for text, sign in lines if sign == wanted) for wanted in "-+")
        if label not in there[0]:
            found.append(Difference(label, "", Kind.DATABASE, (), _whole(label, plus, database)))
        elif label not in there[1]:
            found.append(Difference(label, "", Kind.FILES, _whole(label, minus, files), ()))
        else:
            found += _parts(label, minus, plus, files, database)
    return found


def part_of(text: str) -> str:
    """Which part of an object a line is about; empty for the object as a whole."""
    grant = _GRANT.match(text)
    if grant:
        return f"{grant[1]} to {grant[2]}{grant[3] or ''}"
    statistics = _STATISTICS.match(text)
    if statistics:
        return f"statistics {statistics[1]}"
    part = _PART.match(text)
    return part[1] if part else ""


def _parts(
    label: str, minus: Sequence[str], plus: Sequence[str], files: Schema, database: Schema
) -> Iterator[Difference]:
    """The parts of an object that both have."""
    for part in sorted({part_of(text) for text in (*minus, *plus)}):
        gone, come = (tuple(text for text in lines if part_of(text) == part) for lines in (minus, plus))
        texts = [schema.routines.get(label, "") for schema in (files, database)]
        if not part and all(texts) and texts[0] != texts[1]:
            gone, come = (tuple(text.splitlines()) for text in texts)
        kind = Kind.BOTH if gone and come else Kind.FILES if gone else Kind.DATABASE
        yield Difference(label, part, kind, gone, come)


def _whole(label: str, lines: Sequence[str], schema: Schema) -> tuple[str, ...]:
    """What there is to say of an object that only one of them has."""
    if label in schema.routines:
        grants = [text for text in lines if _GRANT.match(text)]
        return (*schema.routines[label].splitlines(), *grants)
    return tuple(text for text in lines if text not in ("permanent", "exists") and not text.startswith("column order"))


def _kept(lines: Iterable[str], leaving_out: Filter) -> list[str]:
    return [_EXTENSION.sub(r"\1\2", line) for line in lines if not _is_left_out(line, leaving_out)]


def _is_left_out(line: str, leaving_out: Filter) -> bool:
    label, text = _split(line)
    grant = _GRANT.match(text)
    if grant and (not leaving_out.grants or grant[2] in leaving_out.roles):
        return True
    return any(fnmatchcase(label, pattern) or fnmatchcase(line, pattern) for pattern in leaving_out.patterns)


def _split(line: str) -> tuple[str, str]:
    """The object and what is said of it; a name may hold a colon."""
    found = _LINE.fullmatch(line)
    return (found[1], found[2]) if found else (line, "")
