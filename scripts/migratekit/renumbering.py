"""Migrations under other numbers: which files are one, and what in their texts names the number; pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from .errors import Refused, UsageError
from .header import read_header
from .lexer import scan
from .migration import Direction, File, Migration
from .sources._survey import DuplicateMigration, Survey

_KEPT = b"_migratekit_kept"
_FIELD = rb"^([ \t]*(?:--[ \t]*)+%b[ \t]*:[ \t]*)"
_DEPENDENCIES = re.compile(
    _FIELD % b"Dependencies" + rb"(\d+(?:\s*,\s*\d+)*)(?=[ \t]*\r?$)", re.MULTILINE | re.IGNORECASE
)
_SCRIPT = re.compile(_FIELD % b"Script" + rb"([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_HALF = re.compile(r"\.(?:up|down)\..*")


class Unit(NamedTuple):
    """One migration as its files are called: VERSION_title, both halves; two of them may have one number."""

    stem: str
    migration: Migration

    @property
    def version(self) -> int:
        """The number."""
        return self.migration.version

    @property
    def number(self) -> str:
        """The number as it is written, zeros included."""
        return self.migration.number

    @property
    def paths(self) -> list[str]:
        """Its files, or their one file, by path."""
        return list(dict.fromkeys(file.path for file in (self.migration.up, self.migration.down) if file))

    def renamed(self, number: str) -> str:
        """What it is called under another number."""
        return number + self.stem[len(self.number) :]


def units_of(survey: Survey) -> list[Unit]:
    """Every migration of a folder, by version and name; SourceError where two files cannot be told apart."""
    twice: dict[int, list[Migration]] = {}
    for problem in survey.problems:
        if isinstance(problem, DuplicateMigration):
            twice.setdefault(problem.migration.version, []).append(problem.migration)
    units: list[Unit] = []
    for migration in survey.chain:
        more = twice.get(migration.version)
        units += _parted([migration, *more]) if more else [Unit(_stem(migration.up or migration.down), migration)]
    return units


def _parted(migrations: Iterable[Migration]) -> Iterator[Unit]:
    """The migrations of one number, told apart by their names."""
    found: dict[str, dict[Direction, File]] = {}
    version = 0
    for migration in migrations:
        version = migration.version
        for way in Direction:
            file = migration.file(way)
            halves = found.setdefault(_stem(file), {}) if file else {}
            if file and way in halves:
                what = f"has the name, version and direction of {halves[way].name}"
                raise Refused(what, where=file.name, hint="take one of the two away, or rename it")
            if file:
                halves[way] = file
    for stem, halves in sorted(found.items()):
        yield Unit(stem, Migration(version, halves.get(Direction.UP), halves.get(Direction.DOWN)))


def _stem(file: File | None) -> str:
    if file is None:
        raise ValueError("a migration without files")
    return file.stem or _HALF.sub("", file.name)


def named(units: Sequence[Unit], text: str) -> list[Unit]:
    """The migrations that are meant by a number, a name or a file; UsageError if there are none."""
    name = text.rstrip("/").rpartition("/")[2]
    found = [unit for unit in units if name == unit.stem or name in (path.rpartition("/")[2] for path in unit.paths)]
    if not found and name.isascii() and name.isdigit():
        found = [unit for unit in units if unit.version == int(name)]
    if not found:
        hint = "name it by its number, or by its file: `migratekit status` and `migratekit validate` list them"
        raise UsageError(f"no migration is called {text}", hint=hint)
    return found


def numbered_text(sql: bytes, unit: Unit, number: str, programs: Mapping[str, str]) -> bytes:
    """The text of one of its files, or of its program, under the new number; of programs new names by old ones."""
    old, new = unit.number.encode(), number.encode()
    stem = unit.stem.encode()
    sql = re.sub(rb"(?<![\w.-])%b(?![\w])" % re.escape(stem), unit.renamed(number).encode(), sql)
    if _KEPT in sql:
        # As `create` writes it: the name of the copy, and the version in what is remarked of it.
        sql = re.sub(rb"'%b(?=['_])" % re.escape(old), b"'" + new, sql)
    for field in (b"Version", b"Rollback for"):
        line = re.compile(_FIELD % field + rb"0*%d(?!\w)" % unit.version, re.MULTILINE | re.IGNORECASE)
        sql = _in_comments(sql, partial(line.sub, rb"\g<1>" + new))
    for program, other in programs.items():
        sql = _in_comments(sql, _called(program.encode(), other.encode()))
    return sql


def _called(program: bytes, other: bytes) -> Callable[[bytes], bytes]:
    word = re.compile(rb"(?<![\w.-])%b(?![\w.-])" % re.escape(program))
    return lambda gap: _SCRIPT.sub(lambda line: line[1] + word.sub(lambda _name: other, line[2], count=1), gap)


def dependencies(sql: bytes) -> tuple[int, ...]:
    """The versions that a half depends on."""
    return read_header(sql).dependencies


def redirected(sql: bytes, numbers: Mapping[int, str]) -> bytes:
    """The text with other numbers in the lines Dependencies."""

    def number(match: re.Match[bytes]) -> bytes:
        return numbers[int(match[0])].encode() if int(match[0]) in numbers else match[0]

    def line(match: re.Match[bytes]) -> bytes:
        return match[1] + re.sub(rb"\d+", number, match[2])

    return _in_comments(sql, lambda gap: _DEPENDENCIES.sub(line, gap))


def _in_comments(sql: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The text with what is between its statements changed."""
    parts, end = list[bytes](), 0
    for statement in scan(sql).statements:
        parts += [change(sql[end : statement.start]), sql[statement.start : statement.end]]
        end = statement.end
    return b"".join([*parts, change(sql[end:])])
