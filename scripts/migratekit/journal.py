"""What one run writes into the history: its start, each attempt, its end."""

import os
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from . import __version__
from .database import Database, Result, SqlError
from .lexer import scan
from .migration import Body
from .plan import Step
from .redaction import redact
from .tracking.history import Expression, History, Outcome
from .tracking.version_table import State

# A longer way back is not kept twice.
_MAX_DOWN = 1 << 20
LSN = "pg_current_wal_insert_lsn()"
# What a row says of a file that is done.
_OF_FILE = {
    "version": "$1::bigint",
    "name": "$2::text",
    "direction": "$3::text",
    "checksum": "$4::text",
    "version_before": "$5::bigint",
    "lock_wait": "$6::double precision",
    "version_after": "$7::bigint",
    "down_sql": "$8::text",
}


class Attempt(NamedTuple):
    """One file about to be run: the version row before and after, and the way back as of now where it is kept.

    `whole` is the file where the body is only the rest of it; `came_from` the version before a dirty mark that is the
    old row; `began` the monotonic time at which its work began, where that was before the file was sent.
    """

    step: Step
    body: Body
    old: State
    new: State
    down: bytes | None = None
    whole: bytes | None = None
    came_from: State | None = None
    began: float | None = None

    @property
    def text(self) -> bytes:
        """All of the file, and the program that it calls."""
        return (self.body.sql if self.whole is None else self.whole) + self.body.program


class Failure(NamedTuple):
    """How a file failed: so many of its statements were through, after so many seconds."""

    message: str
    sqlstate: str
    statements: int
    seconds: float
    cancelled: bool
    # Each statement was sent by itself, so that all that were through are kept.
    each: bool = False
    # What was seen of it from outside.
    figures: Mapping[str, object] = MappingProxyType({})


class Journal:
    """The statements of one run that append to the history; none where no history is kept."""

    def __init__(self, tool: str = "", run: str = "") -> None:
        self._history: History | None = None
        self._unicode = True
        self._wait = 0.0
        self._lsn = ""
        # Of the last file, in bytes.
        self._wal: int | None = None
        self._prepared = False
        self._figures: list[dict[str, object]] = []
        self._who: dict[str, object] = {"run": run or os.urandom(16).hex(), "tool": f"{tool} {__version__}"}

    @property
    def kept(self) -> bool:
        """True if what happens is written down."""
        return self._history is not None

    @property
    def run(self) -> str:
        """The name of the run in the history."""
        return str(self._who["run"])

    @property
    def counts_wal(self) -> bool:
        """True if the server tells how much WAL there is."""
        return bool(self._lsn)

    def open(self, database: Database, history: History, lock_wait: float) -> None:
        """Begins to write into the history; `lock_wait` seconds went by until the run had its lock."""
        self._history = history
        self._unicode = database.holds_unicode
        self._wait = lock_wait
        self._who |= {"os_user": _login(), "host": os.uname().nodename}

    def measure(self, database: Database) -> None:
        """Notes where the WAL is before the first file."""
        if not self.kept:
            return
        try:
            self._lsn = database.row(f"SELECT {LSN}")[0] or ""
        except SqlError:
            # Some hosted servers keep their WAL to themselves.
            self._lsn = ""

    def stop(self) -> None:
        """Writes nothing from now on."""
        self._history, self._lsn = None, ""

    def started(self, steps: Sequence[Step], before: State) -> str:
        """The run has its lock and is about to send these files."""
        planned = [
            [step.direction.value, step.migration.recorded, self._fit(step.migration.title), step.leads_to]
            for step in steps
        ]
        return self._row(
            Outcome.STARTED,
            version_before=before.version,
            steps=planned,
            ended_at=Expression("NULL"),
            lock_wait=self._wait,
        )

    def applied(self, attempt: Attempt, seconds: float | None = None) -> tuple[str, ...]:
        """The file is done; to be committed with it. It began `seconds` ago, by default with the running message."""
        if self._history is None:
            return ()
        if attempt.began is not None:
            seconds = time.monotonic() - attempt.began
        wal = Expression(f"{LSN} - '{self._lsn}'::pg_lsn") if self._lsn else None
        row = self._row(
            Outcome.APPLIED if attempt.whole is None else Outcome.REPAIRED,
            **self._file(attempt),
            message=None if attempt.whole is None else "the rest of the file was run",
            version_after=attempt.new.version,
            started_at=None if seconds is None else _ago(seconds),
            wal_bytes=wal,
            down_sql=self.way_back(attempt.down),
        )
        return (row,)

    def prepare(self) -> tuple[str, ...]:
        """What has the server keep the plan of the rows of a run's files, for `applied_shortly`; may be nothing."""
        if self._history is None:
            return ()
        columns = dict(_OF_FILE)
        if self._lsn:
            columns["wal_bytes"] = f"{LSN} - ${len(columns) + 1}::pg_lsn"
        same = {**self._who, "outcome": Outcome.APPLIED.value}
        statements = self._history.prepare_append({name: self._fit(each) for name, each in same.items()}, columns)
        self._prepared = bool(statements)
        return statements

    def applied_shortly(self, attempt: Attempt) -> tuple[str, ...]:
        """What `applied` gives, for a session that has it prepared."""
        if self._history is None or not self._prepared or attempt.began is not None or attempt.whole is not None:
            return self.applied(attempt)
        row = {**self._file(attempt), "version_after": attempt.new.version, "down_sql": self.way_back(attempt.down)}
        values = [self._fit(row[name]) for name in _OF_FILE]
        return (self._history.append_prepared([*values, *([self._lsn] if self._lsn else [])]),)

    def failed(self, attempt: Attempt, after: State, failure: Failure) -> str:
        """The file failed, and this is how the version row was left."""
        return self._row(
            Outcome.INTERRUPTED if failure.cancelled else Outcome.FAILED,
            **self._file(attempt),
            version_after=after.version,
            dirty=after.dirty,
            started_at=_ago(failure.seconds),
            sqlstate=failure.sqlstate or None,
            message=redact(failure.message),
            figures=[*self._figures, {**_progress(attempt, failure), **failure.figures}],
        )

    def finished(self, after: State, digest: str = "") -> str:
        """The run ends, in order, with a schema that has this digest."""
        told = {"figures": self._figures or None, "schema_digest": digest or None}
        return self._row(Outcome.FINISHED, version_after=after.version, **told)

    def vouched(self, outcome: Outcome, after: int | None, rows: Sequence[Mapping[str, object]]) -> list[str]:
        """Somebody, or the evidence, says that the database is at a version."""
        return [self._row(outcome, version_after=after, **row) for row in rows] if self.kept else []

    def count(self, results: Sequence[Result]) -> None:
        """Takes note of what a file wrote."""
        self._figures.append({"rows": sum(result.written for result in results)})

    def watched(self, figures: Mapping[str, object]) -> None:
        """Takes note of what was seen of the last file from outside."""
        if self._figures:
            self._figures[-1] |= figures

    @property
    def figures(self) -> Mapping[str, object]:
        """What is known of the last file that is done."""
        wal = {} if self._wal is None else {"wal_bytes": self._wal}
        return {**wal, **self._figures[-1]} if self._figures else wal

    def mark(self, lsn: str | None) -> None:
        """Takes note of where the WAL is before the next file."""
        if self._lsn and lsn:
            self._wal = _bytes(lsn) - _bytes(self._lsn)
            self._lsn = lsn

    def _file(self, attempt: Attempt) -> dict[str, object]:
        migration, wait = attempt.step.migration, self._wait
        self._wait = 0.0
        return {
            "version": migration.recorded,
            "name": migration.title,
            "direction": attempt.step.direction.value,
            "checksum": checksum(attempt.text),
            "version_before": (attempt.came_from or attempt.old).version,
            "lock_wait": wait,
        }

    def _row(self, outcome: Outcome, **values: object) -> str:
        if self._history is None:
            raise ValueError("no history is kept")
        row = {**self._who, "outcome": outcome.value, **values}
        return self._history.append({name: self._fit(value) for name, value in row.items()})

    def _fit(self, value: object) -> object:
        """A text as the database can hold it; a file name may even hold bytes that are none."""
        if not isinstance(value, str) or isinstance(value, Expression):
            return value
        return value.encode("utf-8" if self._unicode else "ascii", "backslashreplace").decode()

    def way_back(self, down: bytes | None) -> str | None:
        """The down SQL, unless it is too long, no text, or holds a password."""
        if down is None or len(down) > _MAX_DOWN or b"\0" in down:
            return None
        try:
            text = down.decode()
        except UnicodeDecodeError:
            return None
        return text if redact(text) == text and (self._unicode or text.isascii()) else None


def _progress(attempt: Attempt, failure: Failure) -> dict[str, object]:
    """How many statements were through, and what their text was: a file that is mended there has another one."""
    sql = attempt.body.sql if attempt.whole is None else attempt.whole
    return {"done": failure.statements, "text": prefix_checksum(sql, failure.statements), "each": failure.each}


def prefix_checksum(sql: bytes, count: int) -> str:
    """The checksum of a file's first `count` statements, and of what stands between them."""
    statements = scan(sql).statements[:count]
    return checksum(sql[: statements[-1].end] if statements else b"")


def checksum(sql: bytes) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal digits."""
    from hashlib import sha256

    return sha256(sql).hexdigest()


def _bytes(lsn: str) -> int:
    """A place in the WAL, 16/B374D848, as a number."""
    high, _, low = lsn.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def _ago(seconds: float) -> Expression:
    return Expression(f"clock_timestamp() - make_interval(secs => {seconds:.6f})")


def _login() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
