"""How one file is run and recorded: in one message and one commit wherever the server allows it."""

import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from .database import Database, Result, SqlError
from .failures import FileFailed, LeftOpen
from .journal import LSN, Attempt, Journal
from .lock import Lock
from .manner import Manner
from .messages import parts, pieces, placed, unfit
from .migration import Body, Mode
from .retries import IN_THE_WAY
from .run_session import RunSession
from .tracking.version_table import (
    MARKER,
    RowRefused,
    State,
    VersionMoved,
    VersionTable,
    before_marker,
    is_moved,
    past_file,
)

# A lone statement that demands to be outside of transactions: CONCURRENTLY, VACUUM, a CALL that commits.
_WANTS_NO_TRANSACTION = frozenset({"25001", "2D000"})
# The file's own SET ROLE or READ ONLY still held when its version row was to be written.
_ROW_REFUSED = frozenset({"42501", "25006"})
_SYNTAX_ERROR = "42601"
# A lone LOCK TABLE or DECLARE CURSOR.
_NEEDS_BLOCK = "25P01"
_FILE_UNDONE = "; nothing of the file was kept"


class Execution:
    """Runs files on one connection and keeps the version row, and the history, in step with them."""

    def __init__(
        self, database: Database, table: VersionTable, lock: Lock, manner: Manner, journal: Journal | None = None
    ) -> None:
        self.database = database
        self.table = table
        self.lock = lock
        self.manner = manner
        self.journal = journal or Journal()
        self.lock_held = True
        self.replayed = ""
        # How many statements of a file that failed were through.
        self.done = 0
        self.session = RunSession(database, table, manner.settings)
        # What may be done while the server runs a file.
        self.meanwhile: Callable[[], None] | None = None

    def apply(self, attempt: Attempt) -> None:
        """Runs the file and records it; FileFailed, RowRefused, VersionMoved, LeftOpen or ConnectionLost if not."""
        self.replayed, self.done = "", 0
        if attempt.body.script and self.manner.run_program:
            attempt = self._run_program(attempt, self.manner.run_program)
        body = attempt.body
        if body.deallocates:
            self.session.forget()
        problem = unfit(body)
        if body.mode is Mode.EMPTY:
            self.write(attempt.old, attempt.new, self.journal.applied(attempt), durable=True)
            self.journal.count(())
        elif problem:
            self._fail(attempt, body.sql, SqlError(problem))
        elif self.manner.cut_pieces or body.mode is Mode.ALONE:
            self._alone(attempt)
        elif body.unterminated or body.parts:
            self._apart(attempt)
        else:
            self._together(attempt)

    def write(self, old: State | None, new: State, more: Sequence[str] = (), *, durable: bool) -> None:
        """Writes the version row, and `more`, in a transaction of its own; RowRefused or VersionMoved if it may not."""
        record = (*self.table.record(old, new), *more)
        # A later durable commit makes this one durable too, so a mark in front of a file need not wait.
        relax = () if durable else ("SET LOCAL synchronous_commit = off",)
        try:
            results = self.database.run(_script("BEGIN READ WRITE", *relax, self._marker(), *record, "COMMIT"))
        except SqlError as error:
            self.database.rollback()
            if more and self._is_history_refused(error, record):
                self.journal.stop()
                return self.write(old, new, durable=durable)
            self._give_up_row(error, record, undone="")
        return self._read_marker(results)

    def note(self, statement: str) -> None:
        """Appends to the history in a commit that nobody waits for: a later durable one makes it durable."""
        self.database.run(_script("BEGIN READ WRITE", "SET LOCAL synchronous_commit = off", statement, "COMMIT"))

    def _run_program(self, attempt: Attempt, run_program: Callable[[str, str], None]) -> Attempt:
        """Marks the version dirty and runs the file's program; what is left to do is the file itself."""
        mark = State(attempt.step.leads_to, dirty=True, rows=1)
        self.write(attempt.old, mark, durable=True)
        attempt = attempt._replace(began=time.monotonic())
        file = attempt.step.migration.file(attempt.step.direction)
        run_program(file.path if file else "", attempt.body.script)
        return attempt._replace(old=mark, came_from=attempt.old)

    def _together(self, attempt: Attempt, *, with_history: bool = True) -> None:
        """One message: the file, then the version row and the history, committed as one."""
        body = attempt.body
        tail = self._tail(attempt, with_history=with_history)
        if body.mode is Mode.WHOLE:
            message = [body.sql[: body.commit_at], tail, body.sql[body.commit_at :]]
        else:
            # An implicit transaction commits ahead of its last answer: a deferred constraint fails in the
            # SELECT at the end, and cannot be mistaken for a refused version row.
            message = [body.sql, b"\n;", tail, b"SELECT 1"]
        try:
            results = self.database.run(b"".join(message), timeout=self.manner.file_timeout, meanwhile=self.meanwhile)
        except SqlError as error:
            self.database.rollback()
            if self.session.lost_plans(error):
                self._together(attempt, with_history=with_history)
            elif past_file(error.results):
                self._refused_behind(attempt, error, self._together, with_history=with_history)
            else:
                self._file_refused(attempt, error)
        else:
            self._read_marker(results)
            self.journal.count(before_marker(results))

    def _refused_behind(
        self, attempt: Attempt, error: SqlError, again: Callable[..., None], *, with_history: bool
    ) -> None:
        """What is sent behind the file failed, or the commit."""
        behind, record = past_file(error.results), self._record(attempt, with_history=with_history)
        if behind > len(record):
            self._fail(attempt, attempt.body.sql, error)
        elif with_history and self._is_history_refused(error, record):
            again(attempt, with_history=False)
            self._note_behind(attempt)
        elif not is_moved(error) and error.sqlstate in _ROW_REFUSED:
            self._replay(attempt, error)
        elif error.sqlstate in IN_THE_WAY and not self.manner.mark_failures:
            # A file's SERIALIZABLE transaction may lose against others only here.
            self._fail(attempt, attempt.body.sql, error)
        else:
            self._give_up_row(error, record)

    def _file_refused(self, attempt: Attempt, error: SqlError) -> None:
        if error.sqlstate == _SYNTAX_ERROR and not error.results:
            self._apart(attempt)
        elif error.sqlstate in _WANTS_NO_TRANSACTION and attempt.body.single:
            self._replay(attempt, error)
        else:
            self._fail(attempt, attempt.body.sql, error)

    def _replay(self, attempt: Attempt, error: SqlError) -> None:
        if attempt.step.migration.is_repeatable:
            self._fail(attempt, attempt.body.sql, error)
        self.replayed = error.what
        self._alone(attempt)

    def _apart(self, attempt: Attempt, *, with_history: bool = True) -> None:
        """The file by itself inside of one transaction: for the error that is its own to the letter, or in parts."""
        body, whole = attempt.body, attempt.body.mode is Mode.WHOLE
        if not whole:
            self.database.run("BEGIN")
        began = time.monotonic()
        written = self._run_parts(attempt, body.commit_at if whole else len(body.sql))
        if written is None:
            self.database.rollback()
            if not self.manner.keep_session:
                # No rollback takes back what it prepared.
                self.session.reset()
            return self._together(attempt._replace(body=body._replace(parts=())), with_history=with_history)
        record = self._record(attempt, time.monotonic() - began, with_history=with_history)
        end = body.sql[body.commit_at :] if whole else b"COMMIT"
        try:
            self._read_marker(self.database.run(_script(self._marker(), *record).encode() + end))
        except SqlError as error:
            self.database.rollback()
            self._refused_behind(attempt, error, self._apart, with_history=with_history)
        else:
            self.journal.count([Result("", [], written)])

    def _run_parts(self, attempt: Attempt, limit: int) -> int | None:
        """Sends the file, up to a place in it; how many rows it wrote. None if the session reads otherwise now."""
        sql, written, reads_as = attempt.body.sql, 0, self.database.reads_as
        until = None if self.manner.file_timeout is None else time.monotonic() + self.manner.file_timeout
        for start, end in parts(attempt.body, limit):
            try:
                left = until and max(until - time.monotonic(), 0.0)
                written += sum(result.written for result in self.database.run(sql[start:end], timeout=left))
            except SqlError as error:
                self.database.rollback()
                self._fail(attempt, sql, placed(error, sql, start))
            if self.database.reads_as != reads_as:
                return None
        return written

    def _alone(self, attempt: Attempt) -> None:
        """golang-migrate's way: dirty mark, file, clean mark."""
        mark = State(attempt.step.leads_to, dirty=True, rows=1)
        self.write(attempt.old, mark, durable=False)
        began = time.monotonic()
        results = self._run_pieces(attempt, mark)
        seconds = time.monotonic() - began
        if self.database.in_transaction:
            self.database.rollback()
            raise LeftOpen(attempt.step)
        if not self.manner.keep_session:
            self.session.reset()
        self.write(mark, attempt.new, self.journal.applied(attempt, seconds), durable=True)
        self.journal.count(results)

    def _run_pieces(self, attempt: Attempt, mark: State) -> list[Result]:
        results: list[Result] = []
        for start, piece in pieces(attempt.body, self.manner.cut_pieces):
            try:
                results += self.database.run(piece, timeout=self.manner.file_timeout)
            except SqlError as error:
                self.done = len(results) + len(error.results)
                self.database.rollback()
                if start:
                    piece = attempt.body.sql
                    error = placed(error, piece, start)
                if _changed_nothing(attempt.body, error) and not self.manner.mark_failures:
                    self.write(mark, attempt.old, durable=True)
                    raise FileFailed(attempt.step, piece, error, attempt.old) from None
                raise FileFailed(attempt.step, piece, error, mark) from None
        return results

    def _fail(self, attempt: Attempt, sent: bytes, error: SqlError) -> NoReturn:
        state = attempt.old
        if self.manner.mark_failures:
            state = State(attempt.step.leads_to, dirty=True, rows=1)
            self.write(attempt.old, state, durable=True)
        raise FileFailed(attempt.step, sent, error, state) from None

    def _tail(self, attempt: Attempt, *, with_history: bool) -> bytes:
        """What stands behind the file in its message."""
        short = self.session.prepared and self.table.execute(attempt.old, attempt.new)
        if not short:
            return _script(self._marker(), *self._record(attempt, with_history=with_history)).encode()
        row = self.journal.applied_shortly(attempt) if with_history else ()
        return _script(self.session.marker, *short, *row).encode()

    def _record(self, attempt: Attempt, seconds: float | None = None, *, with_history: bool = True) -> tuple[str, ...]:
        row = self.journal.applied(attempt, seconds) if with_history else ()
        return (*self.table.record(attempt.old, attempt.new), *row)

    def _is_history_refused(self, error: SqlError, record: Sequence[str]) -> bool:
        """golang-migrate knows no history: what the server refuses of it must not fail a file."""
        return self.journal.kept and past_file(error.results) == len(record) and not self.manner.makes_history

    def _note_behind(self, attempt: Attempt) -> None:
        """The history by itself, where the file took the right to write it, or dropped it."""
        try:
            self.note(*self.journal.applied(attempt))
        except SqlError:
            self.database.rollback()
            self.journal.stop()

    def _give_up_row(self, error: SqlError, record: Sequence[str], *, undone: str = _FILE_UNDONE) -> NoReturn:
        if is_moved(error):
            raise VersionMoved(
                f"the version row was changed by somebody else, or by the file{undone}",
                hint="does the file write to the version table, or did somebody use `force`? see `migratekit status`",
            ) from None
        refused = RowRefused(error, record[0])
        if self.journal.kept and past_file(error.results) == len(record):
            refused.hint = "does the file drop the history, or take the right to write it?"
            refused.what, refused.where = f"the history cannot be written: {error.what}{undone}", ""
        elif undone:
            refused.what, refused.where = f"the version row cannot be written: {error.what}{undone}", ""
        raise refused from None

    def prepare(self) -> None:
        """Has the server keep what it is sent behind every file."""
        self.session.prepare(self._marker(), *self.journal.prepare())

    def _marker(self) -> str:
        return self.lock.check(LSN if self.journal.counts_wal else "NULL")

    def _read_marker(self, results: Sequence[Result]) -> None:
        row = next((result.rows[0] for result in results if result.column == MARKER), ("f", None))
        self.lock_held = row[0] == "t"
        self.journal.mark(row[1])
        self.session.see(row[2] if len(row) > 2 else None)


def _changed_nothing(body: Body, error: SqlError) -> bool:
    """True if a lone statement was refused by the parser or the catalogs, before any function ran."""
    refused = error.sqlstate == _NEEDS_BLOCK and body.single
    return refused or (body.utility and error.sqlstate.startswith("42") and not error.context)


def _script(*statements: str) -> str:
    return "".join(f"{statement};" for statement in statements)
