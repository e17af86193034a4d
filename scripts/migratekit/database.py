"""One connection to PostgreSQL; the only module that knows psycopg."""

import os
import re
import select
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache

import psycopg
from psycopg import pq, sql

from .answers import ConnectionFailed as ConnectionFailed
from .answers import ConnectionLost as ConnectionLost
from .answers import Notice as Notice
from .answers import Result as Result
from .answers import Row as Row
from .answers import SqlError as SqlError
from .dialects import option
from .reachability import hint_for, is_transient
from .url import DatabaseURL

_DEFAULTS = {
    "connect_timeout": "15",
    "keepalives_idle": "20",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "40000",
}
# Parameters of Go's drivers that mean nothing to libpq and change nothing here.
_GO_ONLY = frozenset(
    {"binary_parameters", "default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity"}
    | {"pool_min_conns", "pool_max_conns"}
)
_COPY_STATES = (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH)
_SHORT = 64
_NOTHING = Result("", [])
_CANCEL_AGAIN = 1000.0  # milliseconds
_needs_no_escape = re.compile(r"[\w .:/@+-]*", re.ASCII).fullmatch
_GOOD = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY)


def identifier(*names: str) -> str:
    """The names quoted and joined with dots, safe in any statement."""
    return sql.Identifier(*names).as_string(None)


def literal(value: str) -> str:
    """The text as a quoted SQL literal, safe in any statement."""
    if _needs_no_escape(value):
        return f"'{value}'"
    return _short_literal(value) if len(value) < _SHORT else sql.Literal(value).as_string(None)


@lru_cache(maxsize=256)
def _short_literal(value: str) -> str:
    """The same words stand in every row of a run's history."""
    return sql.Literal(value).as_string(None)


class Database:
    """An open connection in autocommit mode; each call of `run` is one round trip."""

    def __init__(self, connection: "psycopg.Connection[object]") -> None:
        self._connection = connection
        self._pg = connection.pgconn
        # The server process, as the server (or a pooler) announced it; libpq forgets it with the connection.
        self.pid = connection.pgconn.backend_pid

    @classmethod
    def connect(cls, url: DatabaseURL, defaults: Mapping[str, str]) -> "Database":
        """Opens a connection; ConnectionFailed says why not. `defaults` fill what URL and environment leave open."""
        try:
            # No variable may hold the password: some report those of each frame with an error.
            connection = psycopg.connect(autocommit=True, **libpq_parameters(url, defaults))  # type: ignore[arg-type]
        except psycopg.Error as error:
            raise _connection_failed(error, url) from None
        return cls(connection)

    def on_notice(self, handler: Callable[[Notice], None]) -> "Database":
        """The same connection, which calls the handler for each notice from now on."""
        self._connection.add_notice_handler(
            lambda d: handler(
                Notice(
                    d.severity_nonlocalized or d.severity or "NOTICE",
                    d.message_primary or "",
                    d.message_detail or "",
                    d.message_hint or "",
                )
            )
        )
        return self

    def run(
        self, script: str | bytes, *, timeout: float | None = None, meanwhile: Callable[[], None] | None = None
    ) -> list[Result]:
        """Sends a text as one simple query and waits; SqlError, or ConnectionLost. `timeout` in seconds cancels it.

        `meanwhile` is called once, if it can be while the server works.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        todo = [meanwhile] if meanwhile else []
        try:
            return self._exchange(script if isinstance(script, bytes) else script.encode(), deadline, todo)
        finally:
            if todo:
                todo.pop()()

    def _exchange(self, script: bytes, deadline: float | None, todo: list[Callable[[], None]]) -> list[Result]:
        results: list[Result] = []
        error: BaseException | None = None
        try:
            self._pg.send_query(script)
            if todo and not self._pg.flush():
                error = _fault_of(todo.pop())
            while (answer := self._next_result(deadline)) is not None:
                if answer.status in _COPY_STATES:
                    self._end_copy(answer.status)
                elif answer.status in _GOOD:
                    results.append(_result(answer))
                elif error is None:
                    error = _sql_error(answer, results)
        except psycopg.Error as failure:
            raise ConnectionLost(_first_line(str(failure))) from None
        if self.lost:
            raise ConnectionLost(_first_line(self._pg.get_error_message()))
        if error is not None:
            raise error
        return results

    def copy_in(self, statement: str, chunks: Iterable[str]) -> int:
        """Sends text to a COPY … FROM STDIN; how many rows it wrote. SqlError or ConnectionLost, and then none."""
        try:
            with self._connection.cursor() as cursor:
                with cursor.copy(statement.encode()) as copy:
                    for chunk in chunks:
                        copy.write(chunk)
                return cursor.rowcount
        except psycopg.Error as failure:
            if self.lost or failure.pgresult is None:
                raise ConnectionLost(_first_line(str(failure))) from None
            raise _sql_error(failure.pgresult, ()) from None

    def row(self, statement: str) -> Row:
        """The first row of the last statement's result."""
        return self.run(statement)[-1].rows[0]

    def cancel(self) -> None:
        """Asks the server to cancel what runs; the run then raises SqlError 57014."""
        self._connection.cancel_safe(timeout=5.0)

    def rollback(self) -> None:
        """Ends whatever transaction is open, if the connection still lives."""
        if self.in_transaction:
            self.run("ROLLBACK")

    def close(self) -> None:
        """Closes the connection; never raises."""
        self._connection.close()

    @property
    def lost(self) -> bool:
        """True once the connection is gone."""
        return self._pg.status != pq.ConnStatus.OK

    @property
    def in_transaction(self) -> bool:
        """True in a transaction block, failed or not."""
        return self._pg.transaction_status in (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)

    @property
    def server_version(self) -> int:
        """The server's version as a number, 150004 for 15.4."""
        return self._pg.server_version

    @property
    def reads_as(self) -> tuple[bytes | None, ...]:
        """In which encoding, and with which quotes, the session reads what it is sent."""
        return tuple(map(self._pg.parameter_status, (b"client_encoding", b"standard_conforming_strings")))

    @property
    def backslash_quotes(self) -> bool:
        """True if the session reads backslashes in plain quotes as escapes."""
        return self._pg.parameter_status(b"standard_conforming_strings") == b"off"

    @property
    def holds_unicode(self) -> bool:
        """True if the database can keep every character."""
        return self._pg.parameter_status(b"server_encoding") in (b"UTF8", b"SQL_ASCII")

    def _next_result(self, deadline: float | None) -> "pq.abc.PGresult | None":
        """Waits in Python, not in libpq, so that signal handlers run at once."""
        pending = self._pg.flush()
        while pending or self._pg.is_busy():
            poller = select.poll()
            poller.register(self._pg.socket, select.POLLIN | (select.POLLOUT if pending else 0))
            poller.poll(self._patience(deadline))
            self._pg.consume_input()
            pending = pending and self._pg.flush()
        return self._pg.get_result()

    def _patience(self, deadline: float | None) -> float | None:
        """Milliseconds until the deadline; past it, cancels until the answer is there."""
        if deadline is None:
            return None
        left = deadline - time.monotonic()
        if left > 0:
            return left * 1000 + 1
        # The server passes over one that comes while it still reads the message.
        with suppress(psycopg.Error):
            self.cancel()
        return _CANCEL_AGAIN

    def _end_copy(self, status: int) -> None:
        """Leaves libpq's COPY state: nothing stands ready to send or to keep the data."""
        if status == pq.ExecStatus.COPY_IN:
            self._pg.put_copy_end(b"COPY FROM STDIN cannot be used in a migration")
        while status == pq.ExecStatus.COPY_OUT and self._pg.get_copy_data(0)[0] > 0:
            pass


def _result(answer: "pq.abc.PGresult") -> Result:
    if not answer.nfields:
        written = _rows_written(answer)
        return Result("", [], written) if written else _NOTHING
    rows = range(answer.ntuples) if answer.ntuples < 1000 else range(0)
    columns = range(answer.nfields)
    return Result(
        (answer.fname(0) or b"").decode("utf-8", "replace"),
        [tuple(_text(answer.get_value(row, column)) for column in columns) for row in rows],
        _rows_written(answer),
    )


def _fault_of(action: Callable[[], None]) -> BaseException | None:
    """What the action raised, for later: first all answers are to be read."""
    try:
        action()
    except BaseException as fault:
        return fault
    return None


def _rows_written(answer: "pq.abc.PGresult") -> int:
    """The count in the command's tag: of a SELECT only as CREATE TABLE AS, which returns no rows."""
    tag, returns_rows = answer.command_status or b"", answer.status == pq.ExecStatus.TUPLES_OK
    writes = tag.startswith((b"INSERT", b"UPDATE", b"DELETE", b"MERGE", b"COPY")) or (
        tag.startswith(b"SELECT") and not returns_rows
    )
    return (answer.command_tuples or 0) if writes else 0


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _sql_error(answer: "pq.abc.PGresult", results: Sequence[Result]) -> SqlError:
    def read(field: pq.DiagnosticField) -> str:
        return (answer.error_field(field) or b"").decode("utf-8", "replace")

    return SqlError(
        read(pq.DiagnosticField.MESSAGE_PRIMARY) or _first_line((answer.error_message or b"").decode()),
        sqlstate=read(pq.DiagnosticField.SQLSTATE),
        detail=read(pq.DiagnosticField.MESSAGE_DETAIL),
        hint=read(pq.DiagnosticField.MESSAGE_HINT),
        context=read(pq.DiagnosticField.CONTEXT),
        position=int(read(pq.DiagnosticField.STATEMENT_POSITION) or 0),
        results=results,
    )


def _first_line(message: str) -> str:
    lines = [line.strip() for line in message.removeprefix("consuming input failed: ").splitlines() if line.strip()]
    return lines[0] if lines else "the connection is gone"


def libpq_parameters(url: DatabaseURL, defaults: Mapping[str, str]) -> dict[str, str]:
    """What libpq knows as it is; all else is a setting of the session, as lib/pq has it."""
    known = {option.keyword.decode(): option for option in pq.Conninfo.get_defaults()}
    given = {key: value for key, value in url.parameters.items() if key not in _GO_ONLY}
    parameters = {key: value for key, value in given.items() if key in known}
    for key, value in (_DEFAULTS | dict(defaults)).items():
        variable = (known[key].envvar or b"").decode()
        if key not in parameters and not (variable and os.environ.get(variable)):
            parameters[key] = value
    settings = {key: value for key, value in given.items() if key not in known}
    if settings:
        inherited = parameters.get("options", os.environ.get("PGOPTIONS", ""))
        parameters["options"] = " ".join([inherited, *(option(*item) for item in settings.items())]).strip()
    parameters["client_encoding"] = "UTF8"
    return parameters


def _connection_failed(error: psycopg.Error, url: DatabaseURL) -> ConnectionFailed:
    text = _first_line(str(error)).removeprefix("connection failed: ").removeprefix("connection is bad: ")
    password = url.parameters.get("password")
    if password:
        text = text.replace(password, "***")
    return ConnectionFailed(text, where=url.redacted(), hint=hint_for(text), transient=is_transient(text))
