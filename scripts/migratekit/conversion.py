"""Migrations of any convention written anew as golang-migrate's pairs; pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple

from .errors import SourceError
from .lexer import Statement, scan
from .migration import MAX_VERSION, Direction, File, Half, Migration, Mode, read_body, read_half

# Statements about the table in which the other tool keeps what is applied.
_TRACKING = re.compile(
    rb"(?:CREATE\s+(?:UNLOGGED\s+)?TABLE(?:\s+IF\s+NOT\s+EXISTS)?|DROP\s+TABLE(?:\s+IF\s+EXISTS)?|DELETE\s+FROM"
    rb"|INSERT\s+INTO|UPDATE|TRUNCATE(?:\s+TABLE)?|ALTER\s+TABLE(?:\s+IF\s+EXISTS)?(?:\s+ONLY)?"
    rb"|COMMENT\s+ON\s+(?:TABLE|COLUMN)|CREATE\s+(?:UNIQUE\s+)?INDEX\b[^;]*?\sON)"
    rb"\s+(?:\w+\.)?\"?schema_migrations\"?(?![\w\"]|\s*,)",
    re.IGNORECASE,
)
# Conventions whose files may say such things.
_HAVE_TRACKING = frozenset({"commented", "rollback"})
_ANNOTATION = re.compile(rb"^[ \t]*--[ \t]*\+goose\b[^\r\n]*(?:\r?\n|\Z)", re.MULTILINE | re.IGNORECASE)
_NEW_VALUE = re.compile(rb"\bADD\s+VALUE\s+(?:IF\s+NOT\s+EXISTS\s+)?('(?:[^']|'')*')", re.IGNORECASE)
_COMMITS = re.compile(rb"\b(?:COMMIT|ROLLBACK)\b", re.IGNORECASE)
_INDENTED = re.compile(rb"(?:   [^\r\n]*|[ \t]*)(?:\r?\n(?:   [^\r\n]*|[ \t]*))*")
_SHOWN = 70
_NOTHING = "-- Nothing to do here: the statements of {} could not stay in one file.\n"


class Converted(NamedTuple):
    """The texts of the new files by name, and what is to be said: where, and what became of it."""

    files: dict[str, bytes]
    notes: list[str]
    # Files that must be finished by hand, and fail until they are.
    unfinished: Sequence[str] = ()


def convert(chain: Sequence[Migration], source: str, read: Callable[[File], bytes]) -> Converted:
    """The pairs of a chain; SourceError where a migration cannot be written as such."""
    files: dict[str, bytes] = {}
    notes: list[str] = []
    for migration, following in zip(chain, [*chain[1:], None], strict=True):
        limit = following.version if following else MAX_VERSION
        halves = _Halves(migration, source, read, notes)
        ups, downs = halves.parts(Direction.UP), halves.parts(Direction.DOWN)
        _check_room(migration, max(len(ups), len(downs)), limit)
        files |= write_pairs(migration, ups, downs, notes)
    return Converted(files, notes)


class _Halves:
    """The texts of one migration as the new files hold them."""

    def __init__(self, migration: Migration, source: str, read: Callable[[File], bytes], notes: list[str]) -> None:
        self._migration = migration
        self._source = source
        self._read = read
        self._notes = notes

    def parts(self, way: Direction) -> list[bytes]:
        """The text of that half, in as many files as it needs; none where there is no such half."""
        file = self._migration.file(way)
        if file is None:
            return []
        text = self._read(file)
        half = file.half(text)
        sql = self._without_tracking(file, half.sql)
        if sql == text:
            return [text]
        texts = pieces(file, half._replace(sql=sql), self._notes) if half.apart else [sql]
        return [_tidy(text, self._source, way) for text in texts]

    def _without_tracking(self, file: File, sql: bytes) -> bytes:
        """The text without the statements about the old tracking table, blanks in their place."""
        if self._source not in _HAVE_TRACKING:
            return sql
        notes = []
        for statement in reversed(scan(sql).statements):
            text = sql[statement.start : statement.end]
            place = f"{file.name}:{_line(sql, statement.start)}"
            if _TRACKING.match(text):
                first = " ".join(text.decode("utf-8", "replace").split())
                notes.append(f"{place}: left out: {first if len(first) < _SHOWN else first[:_SHOWN] + '…'}")
                sql = _cut(sql, statement)
            elif re.search(rb"\bschema_migrations\b", text):
                notes.append(f"{place}: speaks of schema_migrations, which will be another table: see to it")
        self._notes += reversed(notes)
        return sql


def pieces(file: File, half: Half, notes: list[str]) -> list[bytes]:
    """The text of a half without a transaction, cut where a statement has to stand alone."""
    sql, places = half.sql, [*pairwise([0, *read_half(half).cuts, len(half.sql)])]
    # With a BEGIN and COMMIT of their own, statements in one file commit where they did.
    plain = read_body(sql).mode is Mode.PLAIN
    sent = [(_stands_alone(sql[start:end], sql[end:] if plain else None), sql[start:end]) for start, end in places]
    groups = [(alone, [text for _, text in texts]) for alone, texts in groupby(sent, itemgetter(0))]
    if not any(alone for alone, _ in groups):
        if len(sent) > 1 and plain:
            notes.append(f"{file.name}: its statements ran one by one; now they run in one transaction")
        return [sql]
    found = [piece for alone, texts in groups for piece in (texts if alone else [b"".join(texts)])]
    if len(found) > 1:
        _refuse_apart(file, sql, found)
    return found


def _stands_alone(text: bytes, behind: bytes | None) -> bool:
    """True for a statement that runs in no transaction, or must be committed before what is `behind` it."""
    if read_body(text).utility:
        return True
    statements = scan(text).statements
    first = statements[0].words[:1] if len(statements) == 1 and behind is not None else ()
    if first == ("DO",):
        return _COMMITS.search(text) is not None
    value = _NEW_VALUE.search(text) if first == ("ALTER",) else None
    return first == ("CALL",) or (value is not None and value[1] in (behind or b""))


def _check_room(migration: Migration, count: int, limit: int) -> None:
    """SourceError where so many versions in a row would reach the next migration."""
    if migration.version + count > limit:
        raise SourceError(
            f"needs {count} versions in a row, for it has statements that run in no transaction among others, and"
            f" {migration.version + 1} is taken",
            where=(migration.up or migration.down or File("", "")).path,
            hint="make several migrations of it, or take the statement out that has to stand alone, then convert",
        )


def write_pairs(
    migration: Migration, ups: Sequence[bytes], downs: Sequence[bytes], notes: list[str]
) -> Iterator[tuple[str, bytes]]:
    """The files of a migration by their names: as many pairs as one of its ways needs."""
    count = max(len(ups), len(downs))
    if count > 1:
        notes.append(f"{migration.name}: becomes {count} pairs, for some of its statements have to stand alone")
    if not downs:
        notes.append(f"{migration.name}: has no way back, so there is no down file")
    if not ups:
        notes.append(f"{migration.name}: has no way up, so there is no up file")
    # The way back begins with the last pair.
    for way, texts in ((Direction.UP, ups), (Direction.DOWN, downs)):
        for index, text in enumerate(texts and _filled(texts, count, migration.number)):
            place_in_row = index if way is Direction.UP else count - 1 - index
            head = f"-- Part of: {migration.number}\n".encode() if place_in_row and way is Direction.UP else b""
            yield f"{_name(migration, place_in_row, count)}.{way}.sql", head + text


def _filled(texts: Sequence[bytes], count: int, number: str) -> list[bytes]:
    nothing = _NOTHING.format(number).encode()
    return [*texts, *[nothing] * (count - len(texts))]


def _name(migration: Migration, index: int, count: int) -> str:
    number = str(migration.version + index).zfill(len(migration.number))
    return f"{number}_{migration.title}" + (f"_{index + 1}" if count > 1 and index else "")


def _refuse_apart(file: File, sql: bytes, pieces: Sequence[bytes]) -> None:
    """SourceError where something would end with its own file that is for another one."""
    if any(read_body(piece).left_open for piece in pieces):
        what = "begins a transaction around a statement that runs in none"
        raise SourceError(what, where=file.path, hint="take BEGIN and COMMIT out of it, then convert")
    for statement in scan(sql).statements:
        if statement.words[:1] in (("SET",), ("RESET",)):
            raise SourceError(
                "has a setting and a statement that has to stand alone, which cannot stay together",
                where=f"{file.path}:{_line(sql, statement.start)}",
                hint="take it out and set it in the database URL or for the role, then convert",
            )


def _cut(sql: bytes, statement: Statement) -> bytes:
    """The text without a statement, its semicolon, and the line that only it stood on."""
    rest = re.match(rb"\s*?;?[ \t]*(?:\r?\n)?", sql[statement.end :])
    start, end = statement.start, statement.end + (rest.end() if rest else 0)
    line = sql.rfind(b"\n", 0, start) + 1
    if sql[line:start].strip():
        # Something stands in front of it: the line goes on.
        end = statement.end + (1 if sql[statement.end : statement.end + 1] == b";" else 0)
        return sql[:start] + sql[end:]
    return sql[:line] + sql[end:]


def _tidy(sql: bytes, source: str, way: Direction) -> bytes:
    """The text without what the convention marks it with."""
    text = _ANNOTATION.sub(b"", sql) if source == "goose" else sql
    begin = next((statement.start for statement in scan(text).statements), len(text))
    # The line that marked the half is blank now.
    text = re.sub(rb"^[ \t]+\r?\n", b"", text[:begin], flags=re.MULTILINE) + text[begin:]
    text = re.sub(rb"\A(?:[ \t]*\r?\n)+", b"", text)
    if source == "commented" and way is Direction.DOWN and _INDENTED.fullmatch(text.rstrip()):
        # The blanks are where `-- ` was.
        text = re.sub(rb"^   ", b"", text, flags=re.MULTILINE)
    return text.rstrip() + b"\n"


def _line(sql: bytes, at: int) -> int:
    return sql.count(b"\n", 0, at) + 1
