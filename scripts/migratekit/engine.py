"""The engine behind both command lines: lock, read, plan, apply and record, report."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import NamedTuple

from .aftermath import look_again
from .database import ConnectionLost, Database, SqlError
from .errors import MigratekitError
from .execution import Execution
from .guards import (
    DirtyDatabase,
    LockLost,
    refuse_foreign_history,
    refuse_hidden_table,
    refuse_read_only,
    refuse_second_table,
    refuse_several_rows,
    refuse_shared_session,
)
from .journal import Attempt, Journal
from .lock import Holder, Lock
from .manner import Manner
from .migration import Body, File
from .observer import Applied, Observer, RunResult, Watch, Watched
from .plan import Plan, Step
from .reading import InTurn, Reader
from .recording import Recording
from .tracking.history import Event, History, Outcome
from .tracking.version_table import State, VersionTable
from .trying import Tries

# So long a look waits for a table that somebody holds locked.
_PATIENCE = "10s"
# With fewer files, to prepare what is behind each would cost more than it saves.
_MANY = 4


class Known(NamedTuple):
    """What the database says about its migrations: the version row, the history, and who is at work."""

    state: State
    events: Sequence[Event] = ()
    has_history: bool = False
    holder: Holder | None = None
    # The down SQL of a version as it was when that was applied.
    stored_down: Callable[[int], bytes | None] = lambda _version: None

    @property
    def version(self) -> int | None:
        """The version that the database is at."""
        return self.state.version


class Engine:
    """Moves one database along one chain of migrations."""

    def __init__(
        self,
        connect: Callable[[], Database],
        *,
        lock_path: str = "",
        table_name: str,
        table_schema: str | None = None,
        manner: Manner,
        observer: Observer,
        read_file: Callable[[File], bytes],
        lock_wait: float | None = None,
        stop: Callable[[], bool] = lambda: False,
        tool: str = "migratekit",
        run: str = "",
        watch: Watch | None = None,
    ) -> None:
        self._connect = connect
        self._manner = manner
        self._observer = observer
        self._read_file = read_file
        self._stop = stop
        self.lock_wait = lock_wait
        self._watch = watch
        self.journal = Journal(tool, run)
        self._waited = 0.0
        # Of the last move, for whom a failure keeps from getting it.
        self.result: RunResult | None = None
        self.database = connect()
        self.table = VersionTable.locate(self.database, table_name, table_schema)
        path = lock_path or self.database.row("SELECT current_database()")[0] or ""
        self.lock = Lock(path, self.table.schema, self.table.name)

    def close(self) -> None:
        """Closes the connection, and with it whatever lock is left."""
        if self._watch is not None:
            self._watch.close()
        self.database.close()

    def version(self) -> State:
        """What the version table says now; takes no lock and writes nothing. BrokenTable if that makes no sense."""
        state = self.table.read(self.database)
        self._refuse_second_table()
        if not self._manner.first_row_counts:
            refuse_hidden_table(self.database, self.table)
            refuse_several_rows(self.table, state)
        return state

    def known(self) -> Known:
        """All that the database says about its migrations, as of one moment; writes nothing."""
        history = self._history()
        with self.reading():
            return self._know(self.version(), history, self.lock.holder(self.database))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One moment, to be looked at; whoever locks what is read is not waited for for ever."""
        self.database.run(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '{_PATIENCE}'")
        try:
            yield
        finally:
            with suppress(ConnectionLost):
                self.database.rollback()

    def move(self, make_plan: Callable[[Known], Plan]) -> RunResult:
        """Runs, under the lock, the steps planned from what is known there; DirtyDatabase if it is dirty."""
        with self.locked():
            state = self.version()
            if state.dirty:
                raise DirtyDatabase(state)
            history = self._history() if self._manner.makes_history else None
            plan = make_plan(self._know(state, history) if history else Known(state))
            self.result = result = RunResult(state, missing=plan.missing, planned=plan.steps)
            if plan.steps:
                refuse_read_only(self.table)
                if history:
                    refuse_foreign_history(self.database, self.table)
                self.ensure_table()
                self.open_journal(history)
                self._run_observed(plan, result)
        return result

    def preview(self, make_plan: Callable[[Known], Plan]) -> list[tuple[Step, Body]]:
        """The steps planned from what is known now, each with its file, read and checked; writes nothing."""
        known = self.known()
        if known.state.dirty:
            raise DirtyDatabase(known.state)
        steps = make_plan(known).steps
        return list(zip(steps, self.reader().read_all(steps).values(), strict=True))

    def vouch(
        self,
        outcome: Outcome,
        version: int | None,
        rows: Callable[[State | None], Sequence[Mapping[str, object]]] = lambda _state: ({},),
    ) -> None:
        """Writes a version, clean, without running anything, and the rows of the history that `rows` makes.

        `rows` is given the state as it was, None where that makes no sense, and may refuse it.
        """
        with self.locked():
            self._refuse_second_table()
            self.ensure_table()
            state = None
            with suppress(MigratekitError):
                state = self.version()
            found = rows(state)
            self.open_journal()
            before = state.version if state else None
            more = self.journal.vouched(outcome, version, [{"version_before": before, **row} for row in found])
            self.execution().write(None, State(version), more, durable=True)

    def drop(self, statements: Callable[[Database], str]) -> None:
        """Runs, under the lock, the statements made from what is in the database."""
        with self.locked():
            script = statements(self.database)
            try:
                self.database.run(script)
            except SqlError as error:
                error.hint = error.hint or "nothing was dropped; see what stands in the way"
                raise
        self.table.exists = False

    def ensure_table(self) -> None:
        """Makes the version table if it is not there; the caller holds the lock."""
        if not self.table.exists:
            self.table.create(self.database)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the lock; LockTimeout or Interrupted if it cannot be had."""
        began = time.monotonic()
        self.lock.acquire(self.database, wait=self.lock_wait, stop=self._stop, on_wait=self._observer.waiting)
        self._waited = time.monotonic() - began
        try:
            refuse_shared_session(self.lock, self.database, self._connect)
            if not self.table.exists:
                # Whoever held the lock until now may have made it.
                self.table = VersionTable.locate(self.database, self.table.name, self.table.schema)
            yield
        finally:
            # A session that is gone has given its locks back; what was committed stays so.
            with suppress(ConnectionLost):
                self.database.rollback()
                self.lock.release(self.database)

    def _run_observed(self, plan: Plan, result: RunResult) -> None:
        try:
            self._run(plan, result)
        except MigratekitError as error:
            self._observer.ended(result, error)
            raise
        self._observer.ended(result, None)

    def _run(self, plan: Plan, result: RunResult) -> None:
        execution = self.execution()
        files = InTurn(self.reader(), plan.steps, all_first=self._manner.read_ahead, ways_back=self.journal.kept)
        execution.session.begin()
        self._observer.planned(plan)
        recording = Recording(execution, self._stop)
        tries = Tries(self._manner.retries, self._observer, self._stop, self._watch)
        with recording.of_run(plan.steps, result):
            if len(plan.steps) >= _MANY:
                execution.prepare()
            for index, step in enumerate(plan.steps):
                if self._stop():
                    result.interrupted = True
                    return
                began = time.monotonic()
                body, down = files.take(index)
                self._observer.starting(step)
                read = time.monotonic()
                attempt = Attempt(step, body, result.state, self.table.recorded(State(step.leads_to)), down)
                execution.meanwhile = partial(files.read_next, index)
                watched = self._apply(recording, tries, attempt)
                result.state = attempt.new
                applied = Applied(step, read - began, time.monotonic() - read, execution.replayed, watched)
                result.applied.append(applied)
                tell = partial(self._observer.finished, applied)
                if index + 1 < len(plan.steps):
                    self._between(execution, step, result.state, tell)
                else:
                    tell()

    def _apply(self, recording: Recording, tries: Tries, attempt: Attempt) -> Watched:
        """Runs a file; what was seen of it meanwhile."""
        step, began = attempt.step, time.monotonic()
        try:
            watched = tries.run(recording.execution, attempt)
        except ConnectionLost as lost:
            self.database, told = look_again(self._connect, self.database, self.table, self.lock, step, lost)
            raise told from None
        except MigratekitError as error:
            file = step.migration.file(step.direction)
            error.where = error.where or (file.path if file else "")
            recording.failed(attempt, error, time.monotonic() - began, tries.watched.figures)
            raise
        self.journal.watched(watched.figures)
        return watched._replace(figures=self.journal.figures)

    def _know(self, state: State, history: History, holder: Holder | None = None) -> Known:
        def stored_down(version: int) -> bytes | None:
            return history.stored_down(self.database, version)

        return Known(state, history.read(self.database), history.readable, holder, stored_down)

    def _history(self) -> History:
        return History.locate(self.database, self.table.schema, self.table.name)

    def open_journal(self, history: History | None = None) -> None:
        """From here on what happens is written down; HistoryRefused if it should be and cannot."""
        history = history or self._history()
        if self._manner.makes_history:
            history.prepare(self.database)
        if history.writable:
            self.journal.open(self.database, history, self._waited)

    def _between(self, execution: Execution, step: Step, expected: State, tell: Callable[[], None]) -> None:
        """Makes the session fit for the next file, and sure that it is still the only one at work; tells meanwhile."""
        if not execution.lock_held:
            tell()
            if not self._manner.keep_session:
                raise LockLost(step)
            self.lock.acquire(self.database, wait=self.lock_wait, stop=self._stop, on_wait=self._observer.waiting)
            if self.table.read(self.database) != expected:
                raise LockLost(step)
        elif self._manner.keep_session:
            tell()
        else:
            execution.session.reset(meanwhile=tell)

    def _refuse_second_table(self) -> None:
        if not self._manner.any_schema:
            refuse_second_table(self.database, self.table)

    def reader(self) -> Reader:
        """What reads files for this session."""
        return Reader(self._read_file, backslash_quotes=self.database.backslash_quotes)

    def execution(self) -> Execution:
        """What runs files on the connection; the caller holds the lock."""
        return Execution(self.database, self.table, self.lock, self._manner, self.journal)
