"""The migration files by themselves: can each be run, and does each say and prove what it does?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

from ..database import Database
from ..errors import SourceError
from ..header import DIRECTIVES, Header, read_header
from ..lexer import Statement, scan
from ..migration import Body, Direction, File, Migration, Mode, check_text, is_blank, read_half
from ..sources._survey import read_file
from ._findings import Finding, found
from ._syntax import Refusal, parser_refusal, server_refusal

_MAY_CHANGE = re.compile(rb"\b(?:CREATE|ALTER|DROP)\b", re.IGNORECASE)
_QUOTED = re.compile(rb"\$([\w\x80-\xff]*)\$(.*)\$\1\$|'(.*)'", re.DOTALL)
_NO_CODE = re.compile(rb"'(?:[^']|'')*+'|--[^\r\n]*+|/\*.*?\*/", re.DOTALL)
_RAISES = re.compile(rb"\bRAISE\b(?!\s+(?:DEBUG|LOG|INFO|NOTICE|WARNING)\b)|\bASSERT\b", re.IGNORECASE)
# Of a repeatable file the rest does not count: it has no version to say, and nothing to prove.
_STOPS = frozenset({"file", "encoding", "syntax", "psql", "copy", "transaction", "rollback"})
_NO_SCHEMA = frozenset({"TEMP", "TEMPORARY", "SYSTEM"})


def check_files(chain: Sequence[Migration], database: Database | None = None) -> list[Finding]:
    """Everything that is wrong with the files; a server, if there is one, has the last word on their syntax."""
    findings: list[Finding] = []
    for migration in chain:
        about = [
            finding
            for direction in Direction
            if (file := migration.file(direction)) is not None
            for finding in _File(migration, direction, file, database).check()
        ]
        # Both halves can be in one file, of which some things are to be said once.
        findings += dict.fromkeys(about)
    return findings


def check_repeatables(files: Sequence[Migration], database: Database | None = None) -> list[Finding]:
    """What keeps a file without a version from being run."""
    return [
        replace(finding, version=None)
        for migration in files
        if migration.up
        for finding in _File(migration, Direction.UP, migration.up, database).check()
        if finding.rule in _STOPS
    ]


class _File:
    """One file under check."""

    def __init__(self, migration: Migration, direction: Direction, file: File, database: Database | None) -> None:
        self._version = migration.version
        self._direction = direction
        self._file = file
        self._name = file.name
        self._database = database
        self._backslash_quotes = database is not None and database.backslash_quotes

    def check(self) -> list[Finding]:
        """What is wrong with it."""
        try:
            text = read_file(self._file.path)
        except OSError as error:
            return [self._found("file", f"cannot be read: {error.strerror}", "check the file")]
        except SourceError as error:
            return [self._found("file", error.what, error.hint)]
        try:
            check_text(text, self._name)
        except SourceError as error:
            return [self._at_line(error, self._found("encoding", error.what, error.hint))]
        try:
            half = self._file.half(text)
        except SourceError as error:
            return [self._at_line(error, self._found("section", error.what, error.hint))]
        sql, header = half.sql, read_header(half.sql)
        body = read_half(half, backslash_quotes=self._backslash_quotes)
        refused = [*self._syntax(body)]
        findings = [*refused, *self._transaction(body, header.get("Script")), *self._header(sql, header)]
        if not header.remarks and (body.mode is Mode.EMPTY or (body.single and not self._statements(sql))):
            findings.append(self._found("empty", "holds no statement", "fill it, or say in a comment why it is empty"))
        return findings if refused else [*findings, *self._validation(body)]

    def _statements(self, sql: bytes) -> Sequence[Statement]:
        return scan(sql, backslash_quotes=self._backslash_quotes).statements

    def _found(self, rule: str, problem: str, remedy: str) -> Finding:
        return found(rule, self._name, problem, remedy, self._version)

    def _at_line(self, error: SourceError, finding: Finding) -> Finding:
        line = error.where.rpartition(":")[2]
        return replace(finding, line=int(line)) if line.isdecimal() else finding

    def _syntax(self, body: Body) -> Iterator[Finding]:
        if body.copies:
            # The data behind it is no SQL either.
            yield self._found("copy", "COPY from or to the client needs psql", "use INSERT")
            return
        text = body.sql.decode()
        refusal = parser_refusal(text)
        if refusal and refusal.is_backslash:
            what, remedy = "holds a backslash command, which only psql knows", "take it out, or write it in SQL"
            yield self._at(refusal, self._found("psql", what, remedy))
            return
        if refusal and self._database is not None and not body.unterminated:
            refusal = server_refusal(self._database, text, refusal)
        if refusal is None and body.unterminated:
            refusal = Refusal("a quote or comment never ends")
        if refusal:
            yield self._at(refusal, self._found("syntax", refusal.message, "mend the file"))

    def _at(self, refusal: Refusal, finding: Finding) -> Finding:
        return replace(finding, line=refusal.line, column=refusal.column)

    def _transaction(self, body: Body, program: str) -> Iterator[Finding]:
        if body.left_open and not body.unterminated:
            yield self._found("transaction", "begins a transaction and never ends it", "add COMMIT;")
        if self._version < 0 and (program or body.mode is Mode.ALONE):
            what = "calls a program" if program else "cannot run in one transaction"
            yield self._found("transaction", what, "make it a migration with a version")
        if body.rolled_back:
            what = "rolls back what it did, yet counts as applied"
            yield self._found("rollback", what, "use COMMIT, or take the file away")

    def _header(self, sql: bytes, header: Header) -> Iterator[Finding]:
        lacking = [name for name in ("Version", "Description") if not header.get(name)]
        if lacking and self._direction is Direction.UP and not is_blank(sql):
            yield self._found(
                "header",
                f"its header has no {' and no '.join(lacking)}",
                "begin it with `-- Version: 001` and `-- Description: What it does`, as `migratekit create` does",
            )
        for word in sorted(header.directives - DIRECTIVES):
            near = get_close_matches(word, DIRECTIVES, n=1)
            what = f"`-- migratekit: {word}` means nothing" + (f", did you mean {near[0]}?" if near else "")
            yield self._found("header", what, f"the words are {', '.join(sorted(DIRECTIVES))}")
        for name, allowed in (("Version", {self._version}), ("Rollback for", {self._version, None})):
            claimed = header.get(name)
            if claimed and _number(claimed) not in allowed:
                what = f"its header says {name}: {claimed}"
                yield self._found("header-version", what, "was it copied? Write the version of the file's name")

    def _validation(self, body: Body) -> Iterator[Finding]:
        if body.mode not in (Mode.PLAIN, Mode.WHOLE) or not _MAY_CHANGE.search(body.sql):
            return
        statements = self._statements(body.sql)
        if any(map(_changes_schema, statements)) and not any(_can_raise(body.sql, each) for each in statements):
            yield self._found(
                "validation",
                "changes the schema and has no DO block that raises if the change is not there",
                "add one in front of COMMIT: what it refuses is rolled back",
            )


def _number(text: str) -> int | None:
    """The version that a text like 001 or 001_create_a begins with."""
    match = re.match(r"([0-9]+)(?:\s|_|$)", text)
    return int(match[1]) if match else None


def _changes_schema(statement: Statement) -> bool:
    words = statement.words
    return words[:1] in (("CREATE",), ("ALTER",), ("DROP",)) and not _NO_SCHEMA.intersection(words[1:3])


def _can_raise(sql: bytes, statement: Statement) -> bool:
    if statement.words[:1] != ("DO",):
        return False
    quoted = _QUOTED.search(sql, statement.start, statement.end)
    if quoted is None:
        return False
    code = quoted[2] if quoted[2] is not None else quoted[3].replace(b"''", b"'")
    return _RAISES.search(_NO_CODE.sub(b" ", code)) is not None
