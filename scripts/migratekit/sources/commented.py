"""Numbered files whose down part is commented out, behind a line `-- Down migration`."""

import re
from collections.abc import Mapping

from ..migration import Direction, Half
from ._sections import Section, blank, refused, survey_sections
from ._survey import Naming, Survey

NAMING = Naming("NNN_title.sql", re.compile(r"[0-9]+_[a-z0-9_]+\.sql"), one_file=True)
MARK = re.compile(rb"^[ \t]*--[ \t]*down[ \t]+migration\b[^\r\n]*", re.MULTILINE | re.IGNORECASE)
_NAME = re.compile(r"([0-9]+)_(.*)\.sql")
_DASHES = re.compile(rb"^([ \t]*)--", re.MULTILINE)
_SHOWN = "-- Down migration"


def survey_folder(folder: str) -> Survey:
    """A folder as it is, be it a chain or not; OSError if it cannot be listed."""
    return survey_sections(folder, _NAME, _cut, lambda sql: _mark(sql) is not None, NAMING)


def layout(version: str, title: str, texts: Mapping[Direction, str]) -> dict[str, str]:
    """The file of a new migration."""
    text = f"{texts[Direction.UP].strip()}\n"
    if Direction.DOWN in texts:
        down = "\n".join(f"-- {line}".rstrip() for line in texts[Direction.DOWN].strip().splitlines())
        text += f"\n{_SHOWN}\n{down}\n"
    return {f"{version}_{title}.sql": text}


def _mark(sql: bytes) -> Section | None:
    marks = list(MARK.finditer(sql))
    if len(marks) > 1:
        raise refused(sql, marks[1].start(), f"has `{_SHOWN}` twice", "make two migrations of it")
    return Section(marks[0].start(), marks[0].end(), b"") if marks else None


def _cut(way: Direction, sql: bytes) -> Half:
    mark = _mark(sql)
    if way is Direction.UP:
        if mark:
            _uncommented(sql, mark)
        return Half(sql[: mark.start].rstrip() if mark else sql.rstrip())
    return Half(blank(sql[: mark.end]) + _uncommented(sql, mark) if mark else b"")


def _uncommented(sql: bytes, mark: Section) -> bytes:
    """What is behind the mark, blanks in the place of what makes a comment of it."""
    text = sql[mark.end :]
    inside = text.strip()
    if inside.startswith(b"/*") and inside.endswith(b"*/") and inside.count(b"*/") == 1:
        return text.replace(b"/*", b"  ", 1).replace(b"*/", b"  ")
    at = mark.end
    for line in text.splitlines(keepends=True):
        if line.strip() and not line.lstrip().startswith(b"--"):
            what = f"has SQL behind `{_SHOWN}` that is not commented out, and would run on the way up"
            raise refused(sql, at, what, "put `-- ` in front of it, or move it up")
        at += len(line)
    return _DASHES.sub(rb"\1  ", text)
