"""goose's convention: VERSION_title.sql with `-- +goose Up`, `-- +goose Down` and its other annotations."""

import re
from collections.abc import Mapping

from ..errors import SourceError
from ..migration import Direction, Half, Mode, read_body
from ._drafts import in_blocks, without_transaction
from ._sections import Marks, down_half, refused, survey_sections, up_half
from ._survey import Naming, Survey

NAMING = Naming("VERSION_title.sql", re.compile(r"[0-9]+_[a-z0-9_]+\.sql"), one_file=True, times=True)
MARKS = Marks(
    re.compile(rb"^[ \t]*--[ \t]*\+goose[ \t]+(?P<way>up|down)(?P<words>)[ \t\r]*$", re.MULTILINE | re.IGNORECASE),
    {way: f"-- +goose {way.capitalize()}" for way in Direction},
    re.compile(rb"^[ \t]*(?:--|/\*)[^\w\r\n]*goose[^\w\r\n]*(?:up|down)[^\w\r\n]*\r?$", re.MULTILINE | re.IGNORECASE),
)
_NAME = re.compile(r"([0-9]+)_(.*)\.sql")
# A migration written in Go.
PROGRAM = re.compile(r"[0-9]+_.*(?<!_test)\.go")
_ANNOTATION = re.compile(rb"^[ \t]*--[ \t]*\+goose\b(?P<words>[^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_APART = "NO TRANSACTION"
_BLOCK = ("-- +goose StatementBegin", "-- +goose StatementEnd")
_PLAIN = frozenset({"ENVSUB OFF", "ENVSUBST OFF", _APART})
_KNOWN = frozenset({"UP", "DOWN", "STATEMENTBEGIN", "STATEMENTEND", *_PLAIN})


def survey_folder(folder: str) -> Survey:
    """A folder as it is, be it a chain or not; OSError if it cannot be listed."""
    return survey_sections(folder, _NAME, _cut, lambda sql: Direction.DOWN in MARKS.read(sql), NAMING, _refuse)


def layout(version: str, title: str, texts: Mapping[Direction, str]) -> dict[str, str]:
    """The file of a new migration: goose itself makes the transaction, for both halves or for none."""
    apart = any(read_body(text.encode()).mode is Mode.ALONE for text in texts.values())
    parts = [f"-- +goose {_APART}\n"] if apart else []
    for way, text in texts.items():
        body = text if apart else without_transaction(text)
        parts.append(f"{MARKS.shown[way]}\n{in_blocks(body.strip(), *_BLOCK)}\n")
    return {f"{version}_{title}.sql": "\n".join(parts)}


def _refuse(name: str) -> SourceError | None:
    if not PROGRAM.fullmatch(name):
        return None
    return SourceError(
        "is a migration in Go, which only goose can run",
        where=name,
        hint="write it in SQL, or as a program that an SQL file calls with a line `-- Script:`",
    )


def _cut(way: Direction, sql: bytes) -> Half:
    # goose reads line by line, and what a function or a text keeps of it has plain line ends.
    sql = sql.replace(b"\r\n", b"\n")
    annotations = [(" ".join(found["words"].decode().upper().split()), found) for found in _ANNOTATION.finditer(sql)]
    for words, found in annotations:
        if words not in _KNOWN:
            shown, substitutes = found[0].decode().strip(), words.startswith("ENVSUB")
            what = f"has `{shown}`, which migratekit does not know"
            hint = "write the values into the file" if substitutes else "see docs/sources.md for what it knows"
            raise refused(sql, found.start(), what, hint)
    sections = MARKS.read(sql)
    text = up_half(sql, sections) if way is Direction.UP else down_half(sql, sections)
    apart = any(words == _APART for words, _ in annotations)
    return Half(text, apart, tuple(_blocks(sql, annotations)))


def _blocks(sql: bytes, annotations: list[tuple[str, re.Match[bytes]]]) -> list[tuple[int, int]]:
    """From the end of each StatementBegin to its StatementEnd."""
    blocks: list[tuple[int, int]] = []
    begin: re.Match[bytes] | None = None
    for words, found in annotations:
        if words in _PLAIN:
            continue
        if (words == "STATEMENTEND") != (begin is not None):
            at = begin or found
            raise refused(sql, at.start(), f"has `{at[0].decode().strip()}` without the other one", "mend the pair")
        if begin is not None:
            blocks.append((begin.end(), found.start()))
        begin = found if words == "STATEMENTBEGIN" else None
    if begin is not None:
        raise refused(sql, begin.start(), f"has `{_BLOCK[0]}` without its end", f"write `{_BLOCK[1]}` behind it")
    return blocks
