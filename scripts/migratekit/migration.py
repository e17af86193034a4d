"""What a migration is: its files, and how the text of one can be run."""

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .errors import SourceError
from .lexer import Stream
from .outline import Outline

MAX_VERSION = 2**63 - 1
# In the folder while its files are being changed: what a call is about to do there.
UNFINISHED = ".migratekit-unfinished"
_NUMBER = re.compile(r"[0-9]+")
# Go's unicode.IsSpace, which decides that a file is blank; str.strip() would remove more.
_BLANK = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
# How much of a long file is looked at as text at a time, in bytes.
_PART = 1 << 20


class Direction(enum.StrEnum):
    """Which way a migration is run."""

    UP = "up"
    DOWN = "down"


class Half(NamedTuple):
    """The text of one half as it is sent.

    `apart`: no transaction around it, its statements are sent one by one; those that begin inside of one of `blocks`,
    from offset to offset, are sent together.
    """

    sql: bytes
    apart: bool = False
    blocks: tuple[tuple[int, int], ...] = ()


# In front of what is kept of a half whose statements are sent one by one.
_APART = b"-- migratekit: each statement by itself\n"


class File(NamedTuple):
    """One half of a migration on disk, or kept in the history: then `stored` is its text.

    Where the file holds more than this half, `cut` gives it, at the place that it has in the file.
    """

    path: str
    title: str
    stored: bytes | None = None
    cut: Callable[[bytes], Half] | None = None
    # VERSION_title, where it is not what stands in front of `.up.`.
    stem: str = ""

    @property
    def name(self) -> str:
        """The file without its folder, unless the folder is the migration's own."""
        folder, _, name = self.path.rpartition("/")
        return f"{self.stem}/{name}" if self.stem and folder.endswith(f"/{self.stem}") else name

    def half(self, text: bytes) -> Half:
        """What is sent, of the text of the file; SourceError where its marks make no sense."""
        if self.stored is not None:
            return Half(self.stored, apart=self.stored.startswith(_APART))
        if self.cut is None:
            return Half(text)
        check_text(text, self.path)
        try:
            return self.cut(text)
        except SourceError as error:
            error.where = f"{self.path}:{error.where}" if error.where else self.path
            raise

    def shown(self, sql: bytes) -> str:
        """What is sent, for people: without the blanks in the place of what else is in the file."""
        text = sql.decode("utf-8", "replace")
        return text if self.cut is None else text.strip()

    def kept(self, text: bytes) -> bytes:
        """What the history is to keep of the text of the file, so that it can be run without it."""
        half = self.half(text)
        sql = half.sql if self.cut is None else half.sql.lstrip()
        return _APART + sql if half.apart else sql


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

    @property
    def name(self) -> str:
        """The name of its up file, of its down file where it has no other; empty where it has none."""
        half = self.up or self.down
        return half.name if half else ""

    @property
    def noun(self) -> str:
        """What a half is: a file, or a part of one."""
        return "part" if any(half and half.cut for half in (self.up, self.down)) else "file"

    @property
    def is_repeatable(self) -> bool:
        """True if it has no version, and runs again whenever its file has changed."""
        return self.version < 0

    @property
    def recorded(self) -> int | None:
        """The version as records have it; a repeatable file has none."""
        return None if self.is_repeatable else self.version

    @property
    def number(self) -> str:
        """The version as its file writes it, zeros included."""
        found = _NUMBER.search(self.name)
        return found[0] if found else str(self.version)


class Mode(enum.Enum):
    """How a file relates to transactions."""

    EMPTY = "empty"
    PLAIN = "transaction"
    WHOLE = "own transaction"
    ALONE = "no transaction"


class Body(NamedTuple):
    """The text of one file and what its statements allow."""

    sql: bytes
    mode: Mode
    # WHOLE: where the final COMMIT begins, so that the version row can go in front of it.
    commit_at: int = 0
    single: bool = False
    # ALONE, and refused by the parser or the catalogs it leaves nothing behind: CONCURRENTLY, VACUUM …
    utility: bool = False
    copies: bool = False
    # Gives up all that the session has prepared.
    deallocates: bool = False
    left_open: bool = False
    rolled_back: bool = False
    # ALONE: where the second statement that is sent by itself begins, and each behind it.
    cuts: tuple[int, ...] = ()
    # A quote or comment never ends: nothing of ours may follow it, it could close the quote.
    unterminated: bool = False
    # Not ALONE, and long: where the second message begins, and each behind it. The driver holds a message thrice.
    parts: tuple[int, ...] = ()
    # The line Script of its header: a program, with its arguments, that runs first; and that program's own text.
    script: str = ""
    program: bytes = b""


def read_half(half: Half, *, backslash_quotes: bool = False) -> Body:
    """Tells how a half can be run."""
    body = read_body(half.sql, backslash_quotes=backslash_quotes)
    if not half.apart or body.mode is Mode.EMPTY:
        return body
    starts = [statement.start for statement in Stream(half.sql, backslash_quotes=backslash_quotes)]
    together = {start for first, last in half.blocks for start in [each for each in starts if first <= each < last][1:]}
    return body._replace(mode=Mode.ALONE, cuts=tuple(start for start in starts[1:] if start not in together))


def read_body(sql: bytes, *, backslash_quotes: bool = False) -> Body:
    """Tells how a file's text can be run."""
    if is_blank(sql):
        return Body(sql, Mode.EMPTY)
    seen = Outline(Stream(sql, backslash_quotes=backslash_quotes))
    mode = _mode(seen)
    return Body(
        sql,
        mode,
        commit_at=seen.last.start if seen.last and mode is Mode.WHOLE else 0,
        single=seen.count <= 1,
        utility=seen.utility,
        copies=seen.copies,
        deallocates=seen.deallocates,
        left_open=seen.ends_open,
        rolled_back=seen.rolls_back,
        unterminated=seen.unterminated,
        # The parser refuses all of what has a quote that never ends; in parts, a COMMIT in front of it would be done.
        parts=() if mode is Mode.ALONE or seen.unterminated else tuple(seen.parts),
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
    wrong = _not_utf8(sql)
    if wrong >= 0:
        line = sql.count(b"\n", 0, wrong) + 1
        raise SourceError(f"is not UTF-8 (byte 0x{sql[wrong]:02x})", where=f"{path}:{line}", hint="save it as UTF-8")


def _not_utf8(sql: bytes) -> int:
    """Where the first byte is that cannot be; -1 for none. As text, all of a long file could be four times as long."""
    if sql.isascii():
        return -1
    start = 0
    while start < len(sql):
        part = sql[start : start + _PART]
        try:
            part.decode()
        except UnicodeDecodeError as error:
            if start + len(part) == len(sql) or error.start < len(part) - 3:
                return start + error.start
            # Perhaps a character that goes on in the next part.
            part = part[: error.start]
        start += len(part)
    return -1


def _mode(seen: Outline) -> Mode:
    if seen.utility or seen.needs_block:
        return Mode.ALONE
    if seen.unterminated or not seen.changes_transaction:
        return Mode.PLAIN
    return Mode.WHOLE if seen.is_one_transaction else Mode.ALONE
