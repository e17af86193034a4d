"""What Alembic prints offline, taken apart: the statements of each revision, without Alembic's own; pure."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ..conversion import pieces
from ..errors import SourceError
from ..lexer import Statement, scan
from ..migration import Direction, File, Half, read_body

_MARK = re.compile(rb"^-- Running (upgrade|downgrade) (.*?) -> (.*)$", re.MULTILINE)
_TABLE = re.compile(rb"CREATE TABLE (\S+) \(\s*version_num ")
_VERSION_TABLE = b"alembic_version"
_BEGIN, _COMMIT = ("BEGIN",), ("COMMIT",)
_QUERIES = (("SELECT",), ("WITH",), ("SHOW",), ("TABLE",), ("VALUES",))
_VALUE = rb"'[^']*'"
_SHOWN = 70


class Output(NamedTuple):
    """What stands in front of all revisions, and what is printed for each, in the order of the run."""

    before: bytes
    sections: list[tuple[str, bytes]]


class _Part(NamedTuple):
    """Statements between two ends of transactions; `apart`: in none, each committed by itself."""

    sql: bytes
    apart: bool


def read_output(text: bytes, way: Direction, ids: Collection[str]) -> Output:
    """The output of one run that way, cut where each of its revisions begins."""
    marks = []
    for mark in _MARK.finditer(text):
        goes_up = mark[1] == b"upgrade"
        name = (mark[3] if goes_up else mark[2]).decode("utf-8", "replace").strip()
        if goes_up is (way is Direction.UP) and name in ids:
            marks.append((name, mark))
    ends = [*(mark.start() for _, mark in marks[1:]), len(text)]
    sections = [(name, text[mark.end() : end]) for (name, mark), end in zip(marks, ends, strict=False)]
    return Output(text[: marks[0][1].start()] if marks else text, sections)


def version_table(before: bytes) -> bytes:
    """The name of Alembic's own table, as its statements write it."""
    found = _TABLE.search(before)
    return found[1] if found else _VERSION_TABLE


def own_words(before: bytes, table: bytes) -> Iterator[str]:
    """What env.py says in front of all revisions, beside what Alembic does."""
    for part in _parts(before, table):
        for statement in scan(part.sql).statements:
            yield shown(part.sql[statement.start : statement.end])


def revision_pieces(section: bytes, table: bytes, file: File, notes: list[str]) -> list[bytes]:
    """The statements of a revision, in as many files as they need; SourceError where they cannot be taken apart."""
    parts = _parts(section, table)
    found: list[bytes] = []
    for part in parts:
        statements = [part.sql[each.start : each.end] for each in scan(part.sql).statements]
        apart = part.apart or any(read_body(each).utility for each in statements)
        found += pieces(file, Half(part.sql, apart=apart), notes)
    if len(found) > 1:
        _refuse_settings(parts, file)
    whole = b"\n".join(found)
    if re.search(rb"(?<![\w.])" + re.escape(table) + rb"(?!\w)", whole):
        notes.append(f"{file.name}: speaks of {table.decode()}, which nobody keeps any more: see to it")
    return [text.strip() + b"\n" for text in found]


def question(sql: bytes) -> str:
    """The first query of a text, in one line; empty where there is none."""
    for statement in scan(sql).statements:
        if statement.words[:1] in _QUERIES:
            return shown(sql[statement.start : statement.end])
    return ""


def shown(statement: bytes) -> str:
    """The beginning of a statement, in one line."""
    text = " ".join(statement.decode("utf-8", "replace").split())
    return text if len(text) < _SHOWN else text[:_SHOWN] + "…"


def _parts(section: bytes, table: bytes) -> list[_Part]:
    """What is between the ends of transactions, without Alembic's own statements; nothing that is empty."""
    own, parts = _own_statement(table), []
    kept, apart, position = b"", False, 0
    for statement in scan(section).statements:
        is_control = statement.words in (_BEGIN, _COMMIT)
        if is_control or own.fullmatch(section[statement.start : statement.end]):
            kept += section[position : statement.start]
            position = _behind(section, statement)
        if is_control:
            # Comments alone go to what follows.
            if scan(kept).statements:
                parts.append(_Part(kept.strip(), apart))
                kept = b""
            apart = statement.words == _COMMIT
    parts.append(_Part((kept + section[position:]).strip(), apart))
    return [part for part in parts if part.sql]


def _own_statement(table: bytes) -> re.Pattern[bytes]:
    """What Alembic says to its own table, in the words that it has for that."""
    name = re.escape(table)
    where = rb"\s+WHERE\s+%b\.version_num = %b" % (name, _VALUE)
    return re.compile(
        rb"INSERT INTO %b \(version_num\) VALUES \(%b\)(?:\s+RETURNING %b\.version_num)?" % (name, _VALUE, name)
        + rb"|UPDATE %b SET version_num=%b%b|DELETE FROM %b%b" % (name, _VALUE, where, name, where)
        + rb"|DROP TABLE %b|CREATE TABLE %b \(\s*version_num .*" % (name, name),
        re.DOTALL,
    )


def _behind(sql: bytes, statement: Statement) -> int:
    """Where the text behind a statement and its semicolon begins."""
    semicolon = re.compile(rb"\s*;").match(sql, statement.end)
    return semicolon.end() if semicolon else statement.end


def _refuse_settings(parts: Sequence[_Part], file: File) -> None:
    """SourceError where a setting of the session would not reach the files that it was for."""
    for part in parts:
        for statement in scan(part.sql).statements:
            if statement.words[:1] in (("SET",), ("RESET",)) and statement.words[1:2] != ("LOCAL",):
                raise SourceError(
                    f"has a setting, {shown(part.sql[statement.start : statement.end])}, and statements that"
                    " cannot stay in one file with it",
                    where=file.path,
                )
