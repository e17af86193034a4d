"""What a migration is: its files, and how the text of one can be run."""

import enum
from dataclasses import dataclass
from itertools import pairwise

from .errors import SourceError
from .lexer import Script, Statement, scan

MAX_VERSION = 2**63 - 1
# Go's unicode.IsSpace, which decides that a file is blank; str.strip() would remove more.
_BLANK = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


class Direction(enum.StrEnum):
    """Which way a migration is run."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class File:
    """One half of a migration on disk, or kept in the history: then `stored` is its text."""

    path: str
    title: str
    stored: bytes | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """A version with its up and down files, either of which may be missing."""

    version: int
    up: File | None = None
    down: File | None = None

    def file(self, direction: Direction) -> File | None:
        """The file for that direction, if there is one."""
        return self.up if direction is Direction.UP else self.down

    @property
    def title(self) -> str:
        """The name without version and direction."""
        half = self.up or self.down
        return half.title if half else ""


class Mode(enum.Enum):
    """How a file relates to transactions."""

    EMPTY = "empty"
    PLAIN = "transaction"
    WHOLE = "own transaction"
    ALONE = "no transaction"


@dataclass(frozen=True, slots=True)
class Body:
    """The text of one file and what its statements allow."""

    sql: bytes
    mode: Mode
    # WHOLE: where the final COMMIT begins, so that the version row can go in front of it.
    commit_at: int = 0
    single: bool = False
    # ALONE, and refused by the parser or the catalogs it leaves nothing behind: CONCURRENTLY, VACUUM …
    utility: bool = False
    copies: bool = False
    left_open: bool = False
    rolled_back: bool = False
    # A quote or comment never ends: nothing of ours may follow it, it could close the quote.
    unterminated: bool = False
    # The line Script of its header: a program, with its arguments, that runs first; and that program's own text.
    script: str = ""
    program: bytes = b""


def read_body(sql: bytes, *, backslash_quotes: bool = False) -> Body:
    """Tells how a file's text can be run."""
    if is_blank(sql):
        return Body(sql, Mode.EMPTY)
    script = scan(sql, backslash_quotes=backslash_quotes)
    statements = script.statements
    controls = [_control(statement) for statement in statements]
    single = len(statements) <= 1
    utility = single and any(map(_never_in_transaction, statements))
    mode, commit_at = _mode(script, controls, utility or (single and any(map(_needs_block, statements))))
    return Body(
        sql,
        mode,
        commit_at=commit_at,
        single=single,
        utility=utility,
        copies=any(map(_talks_copy, statements)),
        left_open=_ends_open(controls),
        rolled_back="ROLLBACK" in controls,
        unterminated=script.unterminated is not None,
    )


def is_blank(sql: bytes) -> bool:
    """True if golang-migrate would not even send it."""
    return len(sql) < 4096 and not sql.decode("utf-8", "replace").strip(_BLANK)


def check_text(sql: bytes, path: str) -> None:
    """Raises SourceError for a text that no server could run: NUL, byte order mark, not UTF-8."""
    if b"\0" in sql:
        line = sql.count(b"\n", 0, sql.index(b"\0")) + 1
        raise SourceError(
            "holds a NUL byte", where=f"{path}:{line}", hint="save it as UTF-8 without NUL (is it UTF-16?)"
        )
    if sql.startswith(b"\xef\xbb\xbf"):
        raise SourceError("starts with a byte order mark", where=f"{path}:1", hint="save it as UTF-8 without BOM")
    try:
        sql.decode()
    except UnicodeDecodeError as error:
        line = sql.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"is not UTF-8 (byte 0x{sql[error.start]:02x})", where=f"{path}:{line}", hint="save it as UTF-8"
        ) from None


def _mode(script: Script, controls: list[str], alone: bool) -> tuple[Mode, int]:
    marks = [control for control in controls if control not in ("", "SAVEPOINT")]
    if alone:
        return Mode.ALONE, 0
    if script.unterminated or not any(controls):
        return Mode.PLAIN, 0
    if marks == ["BEGIN", "COMMIT"] and controls[0] == "BEGIN" and controls[-1] == "COMMIT":
        return Mode.WHOLE, script.statements[-1].start
    return Mode.ALONE, 0


def _control(statement: Statement) -> str:
    """What it does to the transaction: BEGIN, COMMIT, ROLLBACK, CHAIN, SAVEPOINT, PREPARE, or nothing."""
    words = statement.words
    first, rest = (words[0] if words else ""), words[1:]
    if first == "BEGIN" or (first == "START" and rest[:1] == ("TRANSACTION",)):
        return "BEGIN"
    if first == "PREPARE" and rest[:1] == ("TRANSACTION",):
        return "PREPARE"
    if first in ("SAVEPOINT", "RELEASE"):
        return "SAVEPOINT"
    if first not in ("COMMIT", "END", "ROLLBACK", "ABORT"):
        return ""
    if "PREPARED" in rest[:1]:
        return "PREPARE"
    if "TO" in rest[:2]:
        return "SAVEPOINT"
    if "CHAIN" in rest and "NO" not in rest:
        return "CHAIN"
    return "COMMIT" if first in ("COMMIT", "END") else "ROLLBACK"


def _ends_open(controls: list[str]) -> bool:
    is_open = False
    for control in controls:
        if control in ("BEGIN", "CHAIN"):
            is_open = True
        elif control in ("COMMIT", "ROLLBACK", "PREPARE"):
            is_open = False
    return is_open


def _talks_copy(statement: Statement) -> bool:
    words = statement.words
    pairs = pairwise(words)
    return words[:1] == ("COPY",) and any(p in (("FROM", "STDIN"), ("TO", "STDOUT")) for p in pairs)


def _needs_block(statement: Statement) -> bool:
    """A lone one fails for golang-migrate, yet would work in front of our bookkeeping."""
    return statement.words[:1] in (("LOCK",), ("DECLARE",))


def _never_in_transaction(statement: Statement) -> bool:
    words = statement.words
    if words[:1] == ("VACUUM",) or words[:2] in (("ALTER", "SYSTEM"), ("DISCARD", "ALL")):
        return True
    if words[:2] in {(verb, kind) for verb in ("CREATE", "DROP") for kind in ("DATABASE", "TABLESPACE")}:
        return True
    if "CONCURRENTLY" not in words:
        return words[:1] == ("REINDEX",) and words[1:2] in (("DATABASE",), ("SYSTEM",), ("SCHEMA",))
    return words[0] in ("CREATE", "DROP", "REINDEX") or "DETACH" in words
