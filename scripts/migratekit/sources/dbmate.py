"""dbmate's convention: VERSION_title.sql with `-- migrate:up` and `-- migrate:down`."""

import re
from collections.abc import Mapping

from ..errors import SourceError
from ..migration import Direction, Half, Mode, read_body
from ._drafts import without_transaction
from ._sections import Marks, down_half, survey_sections, up_half
from ._survey import Naming, Survey, refuse_other_order

NAMING = Naming("VERSION_title.sql", re.compile(r"[0-9]+_[a-z0-9_]+\.sql"), one_file=True, times=True)
MARKS = Marks(
    re.compile(rb"^--[ \t]*migrate:(?P<way>up|down)(?![\w:])(?P<words>[^\r\n]*)", re.MULTILINE),
    {way: f"-- migrate:{way}" for way in Direction},
    re.compile(
        rb"(?:^|\r)[ \t]*(?:--|/\*)[^\w\r\n]*migrate[^\w\r\n]*:[^\w\r\n]*(?:up|down)[^\r\n]*",
        re.MULTILINE | re.IGNORECASE,
    ),
)
_NAME = re.compile(r"([0-9]+)[_-]?(.*)\.sql")
_APART = b"transaction:false"


def survey_folder(folder: str) -> Survey:
    """A folder as it is, be it a chain or not; OSError if it cannot be listed."""
    found = survey_sections(folder, _NAME, _cut, lambda sql: Direction.DOWN in MARKS.read(sql), NAMING)
    return refuse_other_order(found, "dbmate")


def layout(version: str, title: str, texts: Mapping[Direction, str]) -> dict[str, str]:
    """The file of a new migration: dbmate itself makes the transaction."""
    parts = []
    for way, text in texts.items():
        apart = f" {_APART.decode()}" if read_body(text.encode()).mode is Mode.ALONE else ""
        parts.append(f"{MARKS.shown[way]}{apart}\n{without_transaction(text).strip()}\n")
    return {f"{version}_{title}.sql": "\n".join(parts)}


def _cut(way: Direction, sql: bytes) -> Half:
    sections = MARKS.read(sql)
    words = sections[way].words.split() if way in sections else []
    for word in words:
        if b":" in word and word not in (_APART, b"transaction:true"):
            what = f"has `{word.decode()}` behind `{MARKS.shown[way]}`, which means nothing"
            raise SourceError(what, hint="the word is transaction:false")
    text = up_half(sql, sections) if way is Direction.UP else down_half(sql, sections)
    return Half(text, apart=_APART in words)
