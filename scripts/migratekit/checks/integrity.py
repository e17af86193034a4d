"""The project's own queries: each must give no rows."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..database import Database, SqlError
from ..errors import MigratekitError, SourceError
from ..header import read_header
from ..lexer import Statement, scan
from ..migration import check_text
from ._findings import POLICIES, Level

_LOCK_TIMEOUT = "1s"
_CURSOR = "DECLARE migratekit_check NO SCROLL CURSOR FOR "
_QUERY = ("SELECT", "WITH", "VALUES", "TABLE")
_NEWLINE = b"\n"
# Rows are counted up to here, so many at a time, and the first few are shown.
_COUNTED, _FETCHED, _SHOWN = 9990, 999, 3
# Behind so many characters the value of a column is cut.
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """What a query gave: its rows and the first column of some, or why it could not be asked."""

    name: str
    description: str
    # How rows count; a query that fails is an error.
    level: Level
    seconds: float = 0.0
    rows: int | None = None
    first: tuple[str, ...] = ()
    # Where it failed, file:line, and how.
    where: str = ""
    problem: str = ""

    @property
    def judgement(self) -> Level:
        """OFF where nothing is wrong."""
        if self.problem:
            return Level.ERROR
        return self.level if self.rows else Level.OFF

    @property
    def counted(self) -> str:
        """How many rows, for people."""
        if self.rows is None:
            return "?"
        return f"{self.rows} or more" if self.rows >= _COUNTED else str(self.rows)


def check_integrity(database: Database, folder: Path, timeout: float) -> Iterator[Checked]:
    """Asks each query of the folder, in the order of their names; SourceError if the folder cannot be read."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".sql")
    except OSError as error:
        hint = "make the folder, or name another with the key `checks`"
        raise SourceError(f"the checks cannot be read: {error.strerror}", where=str(folder), hint=hint) from None
    for path in paths:
        yield _check(database, path, timeout)


def _check(database: Database, path: Path, timeout: float) -> Checked:
    description, level, began = "", Level.ERROR, time.monotonic()
    try:
        sql = path.read_bytes()
        header = read_header(sql)
        description, asked = header.get("Description"), header.get("Level") or "error"
        if asked not in ("warn", "error"):
            raise SourceError(f"its header has Level: {asked}, which is neither warn nor error", where=f"{path.name}:1")
        level = POLICIES[asked]
        rows, first = _ask(database, path, sql, timeout)
    except OSError as error:
        return Checked(path.name, description, level, where=path.name, problem=f"cannot be read: {error.strerror}")
    except MigratekitError as error:
        took = time.monotonic() - began
        return Checked(path.name, description, level, took, where=error.where or path.name, problem=error.what)
    return Checked(path.name, description, level, time.monotonic() - began, rows, first)


def _ask(database: Database, path: Path, sql: bytes, timeout: float) -> tuple[int, tuple[str, ...]]:
    """How many rows it gives, and the first column of the first."""
    check_text(sql, path.name)
    query = _only_statement(sql, path.name, backslash_quotes=database.backslash_quotes)
    line = sql.count(_NEWLINE, 0, query.start) + 1
    text = sql[query.start : query.end].decode()
    try:
        database.run(_begin(timeout))
        database.run(_CURSOR + text)
        # The server's own limit ends each part, this one all of them.
        rows, first, deadline = 0, list[str](), time.monotonic() + timeout + 1
        while rows < _COUNTED:
            left = max(deadline - time.monotonic(), 0.001) if timeout else None
            found = database.run(f"FETCH {_FETCHED} FROM migratekit_check", timeout=left)[-1].rows
            rows += len(found)
            first += [_shown(row[0] if row else None) for row in found[: _SHOWN - len(first)]]
            if len(found) < _FETCHED:
                break
        return rows, tuple(first)
    except SqlError as error:
        if error.position > len(_CURSOR):
            line += text.count("\n", 0, error.position - len(_CURSOR) - 1)
        error.where = f"{path.name}:{line}"
        raise
    finally:
        if not database.lost:
            database.rollback()


def _begin(timeout: float) -> str:
    limits = {
        "statement_timeout": f"{round(timeout * 1000)}ms",
        "lock_timeout": _LOCK_TIMEOUT,
        "cursor_tuple_fraction": "1",
    }
    return ";".join(["BEGIN READ ONLY", *(f"SET LOCAL {name} = '{value}'" for name, value in limits.items())])


def _only_statement(sql: bytes, name: str, *, backslash_quotes: bool) -> Statement:
    """The one query of the file; a second statement could end the transaction in which nothing can be written."""
    script = scan(sql, backslash_quotes=backslash_quotes)
    if script.unterminated or not script.statements:
        what = f"has a {script.unterminated} that never ends" if script.unterminated else "holds no query"
        raise SourceError(what, where=f"{name}:{sql.rstrip().count(_NEWLINE) + 1}")
    for number, statement in enumerate(script.statements):
        wrong = number > 0 or (statement.words and statement.words[0] not in _QUERY)
        if wrong:
            what = "holds a second statement" if number else f"is no query, but {statement.words[0]}"
            raise SourceError(
                f"{what}: a check is one SELECT, WITH, VALUES or TABLE",
                where=f"{name}:{sql.count(_NEWLINE, 0, statement.start) + 1}",
            )
    return script.statements[0]


def _shown(value: str | None) -> str:
    """A value that cannot move the cursor or fill the screen."""
    if value is None:
        return "NULL"
    cut = value if len(value) <= _WIDTH else f"{value[:_WIDTH]}…"
    return "".join(letter if letter.isprintable() else "?" for letter in cut)
