"""How one file is run and recorded: in one message and one commit wherever the server allows it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import starmap
from typing import NoReturn

from .database import Database, Result, SqlError, literal
from .errors import DirtyError, MigratekitError
from .lock import Lock
from .migration import Body, Mode, is_blank
from .plan import Step
from .tracking.version_table import MARKER, RowRefused, State, VersionMoved, VersionTable, is_moved, past_file

# A lone statement that demands to be outside of transactions: CONCURRENTLY, VACUUM, a CALL that commits.
_WANTS_NO_TRANSACTION = frozenset({"25001", "2D000"})
# The file's own SET ROLE or READ ONLY still held when its version row was to be written.
_ROW_REFUSED = frozenset({"42501", "25006"})
_SYNTAX_ERROR = "42601"
# A lone LOCK TABLE or DECLARE CURSOR.
_NEEDS_BLOCK = "25P01"
_FILE_UNDONE = "; nothing of the file was kept"
_NOTICE_DEATH = "SET client_connection_check_interval = '5s';"
# All that a file may leave in its session. DISCARD ALL would drop the lock too.
_UNDO = "RESET SESSION AUTHORIZATION;RESET ROLE;RESET ALL;DEALLOCATE ALL;CLOSE ALL;UNLISTEN *;DISCARD TEMP;"


@dataclass(frozen=True, slots=True)
class Manner:
    """In which ways the two command lines run files differently."""

    # golang-migrate: what a file SETs stays in force for the next one of the run.
    keep_session: bool = False
    # golang-migrate: a refused file leaves its version dirty, though nothing of it was kept.
    mark_failures: bool = False
    # golang-migrate reads each file when its turn comes, and takes a missing half as an empty one.
    read_ahead: bool = True
    # golang-migrate: of several rows in the version table the first one counts.
    first_row_counts: bool = False
    # golang-migrate makes a version table wherever the search_path leads now.
    any_schema: bool = False
    # golang-migrate's x-multi-statement: cut at each semicolon, pieces of at most so many bytes.
    cut_pieces: int | None = None
    # golang-migrate's x-statement-timeout, in seconds, for a file or one of its pieces.
    file_timeout: float | None = None
    # Settings of the session, in force at the start of every file.
    settings: dict[str, str] = field(default_factory=dict)


class FileFailed(MigratekitError):
    """The server refused a file; `state` is what the version table says now."""

    def __init__(self, step: Step, sent: bytes, error: SqlError, state: State) -> None:
        super().__init__(error.what, hint=error.hint)
        self.step = step
        self.sent = sent
        self.error = error
        self.state = state
        if state.dirty:
            self.exit_code = DirtyError.exit_code


class LeftOpen(DirtyError):
    """A file ended inside of a transaction that it began."""

    def __init__(self, step: Step) -> None:
        super().__init__(
            "the file left a transaction open, which was rolled back",
            hint="end it with COMMIT; then see what of it is there, and `migratekit force` the true version",
        )
        self.step = step


class PieceTooLong(MigratekitError):
    """A statement is longer than x-multi-statement-max-size."""


class Execution:
    """Runs files on one connection and keeps the version row in step with them."""

    def __init__(self, database: Database, table: VersionTable, lock: Lock, manner: Manner) -> None:
        self.database = database
        self.table = table
        self.lock = lock
        self.manner = manner
        self.lock_held = True
        self.replayed = ""
        self._settings = ""

    def apply(self, step: Step, body: Body, state: State) -> State:
        """Runs the file and records it; FileFailed, RowRefused, VersionMoved, LeftOpen or ConnectionLost if not."""
        self.replayed = ""
        new = self.table.recorded(State(step.leads_to))
        unfit = _unfit(body)
        if body.mode is Mode.EMPTY:
            self.write(state, new, durable=True)
        elif unfit:
            self._fail(step, body.sql, SqlError(unfit), state)
        elif self.manner.cut_pieces or body.mode is Mode.ALONE:
            self._alone(step, body, state, new)
        elif body.unterminated:
            self._apart(step, body, state, new)
        else:
            self._together(step, body, state, new)
        return new

    def write(self, old: State | None, new: State, *, durable: bool) -> None:
        """Writes the version row in a transaction of its own; RowRefused or VersionMoved if it may not be."""
        record = self.table.record(old, new)
        # A later durable commit makes this one durable too, so a mark in front of a file need not wait.
        relax = () if durable else ("SET LOCAL synchronous_commit = off",)
        try:
            results = self.database.run(_script("BEGIN READ WRITE", *relax, self.lock.check(), *record, "COMMIT"))
        except SqlError as error:
            self._give_up_row(error, record, undone="")
        self._note_lock(results)

    def begin(self) -> None:
        """Puts the run's settings in force."""
        # A server that notices a dead client stops working for it; not every version and platform can.
        with suppress(SqlError):
            self.database.run(_NOTICE_DEATH)
            self._settings = _NOTICE_DEATH
        if self.manner.settings:
            self._settings += "SELECT " + ", ".join(starmap(_set_config, self.manner.settings.items()))
            self.database.run(self._settings)

    def prepare_session(self) -> None:
        """Undoes what a file may have set, and puts the run's own settings in force."""
        self.database.run(_UNDO + self._settings)

    def _together(self, step: Step, body: Body, state: State, new: State) -> None:
        """One message: the file, then the version row, committed as one."""
        record = self.table.record(state, new)
        tail = _script(self.lock.check(), *record).encode()
        if body.mode is Mode.WHOLE:
            parts = [body.sql[: body.commit_at], tail, body.sql[body.commit_at :]]
        else:
            # An implicit transaction commits ahead of its last answer: a deferred constraint fails in the
            # SELECT at the end, and cannot be mistaken for a refused version row.
            parts = [body.sql, b"\n;", tail, b"SELECT 1"]
        try:
            self._note_lock(self.database.run(b"".join(parts), timeout=self.manner.file_timeout))
        except SqlError as error:
            self.database.rollback()
            behind = past_file(error.results)
            if not behind:
                self._file_refused(step, body, state, new, error)
            elif behind <= len(record) and not is_moved(error) and error.sqlstate in _ROW_REFUSED:
                self._replay(step, body, state, new, error)
            elif behind <= len(record):
                self._give_up_row(error, record)
            else:
                self._fail(step, body.sql, error, state)

    def _file_refused(self, step: Step, body: Body, state: State, new: State, error: SqlError) -> None:
        if error.sqlstate == _SYNTAX_ERROR and not error.results:
            self._apart(step, body, state, new)
        elif error.sqlstate in _WANTS_NO_TRANSACTION and body.single:
            self._replay(step, body, state, new, error)
        else:
            self._fail(step, body.sql, error, state)

    def _replay(self, step: Step, body: Body, state: State, new: State, error: SqlError) -> None:
        self.replayed = error.what
        self._alone(step, body, state, new)

    def _apart(self, step: Step, body: Body, state: State, new: State) -> None:
        """The file by itself inside of our transaction, for the error that is its own to the letter."""
        self.database.run("BEGIN")
        try:
            self.database.run(body.sql, timeout=self.manner.file_timeout)
        except SqlError as error:
            self.database.rollback()
            self._fail(step, body.sql, error, state)
        record = self.table.record(state, new)
        try:
            self._note_lock(self.database.run(_script(self.lock.check(), *record, "COMMIT")))
        except SqlError as error:
            self._give_up_row(error, record)

    def _alone(self, step: Step, body: Body, state: State, new: State) -> None:
        """golang-migrate's way: dirty mark, file, clean mark."""
        mark = State(step.leads_to, dirty=True, rows=1)
        self.write(state, mark, durable=False)
        for piece in self._pieces(body.sql):
            try:
                self.database.run(piece, timeout=self.manner.file_timeout)
            except SqlError as error:
                self.database.rollback()
                if _changed_nothing(body, error) and not self.manner.mark_failures:
                    self.write(mark, state, durable=True)
                    raise FileFailed(step, piece, error, state) from None
                raise FileFailed(step, piece, error, mark) from None
        if self.database.in_transaction:
            self.database.rollback()
            raise LeftOpen(step)
        if not self.manner.keep_session:
            self.prepare_session()
        self.write(mark, new, durable=True)

    def _pieces(self, sql: bytes) -> Iterator[bytes]:
        limit = self.manner.cut_pieces
        if limit is None:
            yield sql
            return
        for piece in sql.replace(b";", b";\0").split(b"\0"):
            if len(piece) > max(limit, 4096):
                raise PieceTooLong("a statement is longer than x-multi-statement-max-size allows")
            if not is_blank(piece):
                yield piece

    def _fail(self, step: Step, sent: bytes, error: SqlError, state: State) -> NoReturn:
        if self.manner.mark_failures:
            mark = State(step.leads_to, dirty=True, rows=1)
            self.write(state, mark, durable=True)
            state = mark
        raise FileFailed(step, sent, error, state) from None

    def _give_up_row(self, error: SqlError, record: tuple[str, ...], *, undone: str = _FILE_UNDONE) -> NoReturn:
        self.database.rollback()
        if is_moved(error):
            raise VersionMoved(
                f"the version row was changed by somebody else, or by the file{undone}",
                hint="does the file write to the version table, or did somebody use `force`? see `migratekit status`",
            ) from None
        refused = RowRefused(error, record[0])
        if undone:
            refused.what, refused.where = f"the version row cannot be written: {error.what}{undone}", ""
        raise refused from None

    def _note_lock(self, results: list[Result]) -> None:
        self.lock_held = next((r.rows[0][0] == "t" for r in results if r.column == MARKER), False)


def _changed_nothing(body: Body, error: SqlError) -> bool:
    """True if a lone statement was refused by the parser or the catalogs, before any function ran."""
    refused = error.sqlstate == _NEEDS_BLOCK and body.single
    return refused or (body.utility and error.sqlstate.startswith("42") and not error.context)


def _unfit(body: Body) -> str:
    """Why the protocol cannot carry the file, which libpq would not say; empty if it can."""
    if b"\0" in body.sql:
        return "a NUL byte cannot be sent"
    return "COPY FROM STDIN and COPY TO STDOUT cannot be used in a migration" if body.copies else ""


def _set_config(name: str, value: str) -> str:
    return f"set_config({literal(name)}, {literal(value)}, false)"


def _script(*statements: str) -> str:
    return "".join(f"{statement};" for statement in statements)
