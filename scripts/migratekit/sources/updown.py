"""Sections: VERSION_title.sql with `-- UP` and `-- DOWN`."""

import re
from collections.abc import Mapping

from ..migration import Direction, Half
from ._sections import Marks, down_half, survey_sections, up_half
from ._survey import Naming, Survey

NAMING = Naming("YYYYMMDDHHMMSS_title.sql", re.compile(r"[0-9]+_[a-z0-9_]+\.sql"), one_file=True, times=True)
MARKS = Marks(
    re.compile(rb"^[ \t]*--[ \t]*(?P<way>up|down)[ \t]*:?(?P<words>)[ \t\r]*$", re.MULTILINE | re.IGNORECASE),
    {way: f"-- {way.upper()}" for way in Direction},
    re.compile(
        rb"^[ \t]*(?:--|/\*)[^\w\r\n]*"
        rb"(?:(?i:up|down)(?:[^\w\r\n]*\r?$|[ \t]*:[^\r\n]*)|(?:UP|DOWN)\b[^\r\n]*)",
        re.MULTILINE,
    ),
)
_NAME = re.compile(r"([0-9]+)_(.*)\.sql")


def survey_folder(folder: str) -> Survey:
    """A folder as it is, be it a chain or not; OSError if it cannot be listed."""
    return survey_sections(folder, _NAME, _cut, lambda sql: Direction.DOWN in MARKS.read(sql), NAMING)


def layout(version: str, title: str, texts: Mapping[Direction, str]) -> dict[str, str]:
    """The file of a new migration."""
    parts = [f"{MARKS.shown[way]}\n{text.strip()}\n" for way, text in texts.items()]
    return {f"{version}_{title}.sql": "\n".join(parts)}


def _cut(way: Direction, sql: bytes) -> Half:
    sections = MARKS.read(sql)
    return Half(up_half(sql, sections) if way is Direction.UP else down_half(sql, sections))
