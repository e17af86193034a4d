"""Conventions with both halves in one file, each behind a line that marks it."""

import re
from collections.abc import Callable, Container, Mapping
from functools import partial
from typing import NamedTuple

from ..errors import SourceError
from ..lexer import scan
from ..migration import Direction, File, Half
from ._survey import Halves, Naming, Survey, file_names, gather, read_file

_LINE_END = re.compile(rb"\r?\n|\r|\Z")


class Section(NamedTuple):
    """The offsets of the line that marks it and of what follows, and what else that line says."""

    start: int
    end: int
    words: bytes


Sections = Mapping[Direction, Section]


class Marks(NamedTuple):
    """The lines of a convention: `pattern` with the groups `way` and `words`, and as people write them.

    `near` finds lines that were meant for marks: passed over, the down part behind one would run on the way up.
    """

    pattern: re.Pattern[bytes]
    shown: Mapping[Direction, str]
    near: re.Pattern[bytes]

    def read(self, sql: bytes) -> dict[Direction, Section]:
        """The sections of a file; SourceError for one that could be read in two ways."""
        found: dict[Direction, Section] = {}
        for mark in self.pattern.finditer(sql):
            way = Direction(mark["way"].decode().lower())
            if way in found:
                raise refused(sql, mark.start(), f"has `{self.shown[way]}` twice", "make two migrations of it")
            found[way] = Section(mark.start(), _line_end(sql, mark.end()), mark["words"].strip())
        self._refuse_near(sql, {section.start for section in found.values()})
        if Direction.UP not in found:
            up = self.shown[Direction.UP]
            raise SourceError(f"has no line `{up}`", hint="write it in front of what goes up")
        first, down = found[Direction.UP].start, found.get(Direction.DOWN)
        if down and down.start < first:
            raise refused(sql, down.start, "has its down part first", "put the up part in front of it")
        for statement in scan(sql[:first]).statements:
            what = f"has SQL in front of `{self.shown[Direction.UP]}`, which belongs to no part"
            raise refused(sql, statement.start, what, "put it behind that line")
        return found

    def _refuse_near(self, sql: bytes, marks: Container[int]) -> None:
        for line in self.near.finditer(sql):
            if line.start() not in marks:
                what = f"has `{line[0].decode('utf-8', 'replace').strip()}`, which is like a mark and is none"
                hint = f"write {' or '.join(f'`{mark}`' for mark in self.shown.values())}, or another comment"
                raise refused(sql, line.start(), what, hint)


def up_half(sql: bytes, sections: Sections) -> bytes:
    """The file without its down part: whatever becomes of that, this stays what it is."""
    up, down = sections[Direction.UP], sections.get(Direction.DOWN)
    text = sql[: up.start] + blank(sql[up.start : up.end]) + sql[up.end : down.start if down else len(sql)]
    return text.rstrip()


def down_half(sql: bytes, sections: Sections) -> bytes:
    """The down part, at its place in the file."""
    down = sections.get(Direction.DOWN)
    return blank(sql[: down.end]) + sql[down.end :] if down else b""


def blank(text: bytes) -> bytes:
    """Blanks in the place of all but line ends, so that line and column of an error stay true."""
    return re.sub(rb"[^\r\n]", b" ", text)


def refused(sql: bytes, at: int, what: str, hint: str) -> SourceError:
    """A complaint about a place in a file."""
    return SourceError(what, where=str(sql.count(b"\n", 0, at) + 1), hint=hint)


def survey_sections(
    folder: str,
    name_of: re.Pattern[str],
    cut: Callable[[Direction, bytes], Half],
    has_down: Callable[[bytes], bool],
    naming: Naming,
    refuse: Callable[[str], SourceError | None] = lambda _name: None,
) -> Survey:
    """The survey of a folder of such files, called VERSION_title as `name_of` has it."""

    def take(name: str) -> tuple[str, Halves] | SourceError | None:
        match = name_of.fullmatch(name)
        if match is None:
            return refuse(name)
        path, title, stem = f"{folder}/{name}", match[2] or "", name.rpartition(".")[0]
        ways = Direction if _has_down(path, has_down) else (Direction.UP,)
        return match[1], {way: File(path, title, cut=partial(cut, way), stem=stem) for way in ways}

    return gather(file_names(folder), take, naming)


def _has_down(path: str, has_down: Callable[[bytes], bool]) -> bool:
    """Whether there is a down part; where the file cannot be read, that is told when it is to be."""
    try:
        return has_down(read_file(path))
    except (OSError, SourceError):
        return True


def _line_end(sql: bytes, at: int) -> int:
    found = _LINE_END.search(sql, at)
    return found.end() if found else len(sql)
