"""The engine behind both command lines: lock, read, plan, apply and record, report."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from .aftermath import look_again
from .database import ConnectionLost, Database, SqlError
from .errors import DatabaseError, DirtyError, MigratekitError
from .execution import Execution, Manner
from .lock import Holder, Lock
from .migration import Body
from .plan import Plan, Step
from .reading import Reader
from .tracking.version_table import BrokenTable, State, VersionTable


@dataclass(frozen=True, slots=True)
class Applied:
    """One migration that is done and committed; times in seconds."""

    step: Step
    read_seconds: float
    run_seconds: float
    replayed: str = ""


@dataclass(slots=True)
class Outcome:
    """What a run did: its migrations, how many of those asked for were not there, and where it ended."""

    state: State
    applied: list[Applied] = field(default_factory=list)
    missing: int = 0
    interrupted: bool = False


class Observer(Protocol):
    """Is told what goes on while it goes on."""

    def waiting(self, holder: Holder | None, seconds: float) -> None:
        """Somebody else holds the lock, since `seconds` for us."""

    def planned(self, plan: Plan) -> None:
        """These steps are about to be run."""

    def starting(self, step: Step) -> None:
        """The file is about to be sent."""

    def finished(self, applied: Applied) -> None:
        """The file and its version row are committed."""


class DirtyDatabase(DirtyError):
    """The version table says that a migration stopped half-way, so nothing was run."""

    def __init__(self, state: State) -> None:
        super().__init__(
            f"version {state.number} is dirty: a migration stopped half-way",
            hint="see what of that file is in the database, then set the true version: migratekit force VERSION",
        )
        self.state = state


class LockLost(DatabaseError):
    """A file gave the lock away, so another runner may be at work."""

    def __init__(self, step: Step) -> None:
        file = step.migration.file(step.direction)
        super().__init__(
            "the file is applied and recorded, but it released the lock that keeps other runners out",
            where=file.path if file else "",
            hint="take DISCARD ALL or pg_advisory_unlock_all() out of it; run the same command again to go on",
        )
        self.step = step


class Migrator:
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
        read_file: Callable[[str], bytes],
        lock_wait: float | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._connect = connect
        self._manner = manner
        self._observer = observer
        self._read_file = read_file
        self._stop = stop
        self.lock_wait = lock_wait
        self.database = connect()
        self.table = VersionTable.locate(self.database, table_name, table_schema)
        path = lock_path or self.database.row("SELECT current_database()")[0] or ""
        self.lock = Lock(path, self.table.schema, self.table.name)

    def close(self) -> None:
        """Closes the connection, and with it whatever lock is left."""
        self.database.close()

    def version(self) -> State:
        """What the version table says now; takes no lock and writes nothing. BrokenTable if that makes no sense."""
        state = self.table.read(self.database)
        self._refuse_second_table()
        if state.rows > 1 and not self._manner.first_row_counts:
            raise BrokenTable(
                f"the table holds {state.rows} rows and should hold one",
                where=self.table.sql,
                hint="find out which version is true, then `migratekit force VERSION`",
            )
        return state

    def move(self, make_plan: Callable[[State], Plan]) -> Outcome:
        """Runs, under the lock, the steps planned from the state found there; DirtyDatabase if it is dirty."""
        with self.locked():
            state = self.version()
            if state.dirty:
                raise DirtyDatabase(state)
            plan = make_plan(state)
            outcome = Outcome(state, missing=plan.missing)
            if plan.steps:
                self._refuse_read_only()
                self.ensure_table()
                self._run(plan, outcome)
        return outcome

    def preview(self, make_plan: Callable[[State], Plan]) -> list[tuple[Step, Body]]:
        """The steps planned from the state of now, each with its file, read and checked; writes nothing."""
        state = self.version()
        if state.dirty:
            raise DirtyDatabase(state)
        steps = make_plan(state).steps
        bodies = self._reader().read_all(steps)
        return [(step, bodies[index]) for index, step in enumerate(steps)]

    def force(self, version: int | None) -> None:
        """Writes a version, clean, without looking at what is there and without running anything."""
        with self.locked():
            self._refuse_second_table()
            self.ensure_table()
            self._execution().write(None, State(version), durable=True)

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
        self.lock.acquire(self.database, wait=self.lock_wait, stop=self._stop, on_wait=self._observer.waiting)
        try:
            self._refuse_shared_session()
            if not self.table.exists:
                # Whoever held the lock until now may have made it.
                self.table = VersionTable.locate(self.database, self.table.name, self.table.schema)
            yield
        finally:
            # A session that is gone has given its locks back; what was committed stays so.
            with suppress(ConnectionLost):
                self.database.rollback()
                self.lock.release(self.database)

    def _run(self, plan: Plan, outcome: Outcome) -> None:
        reader = self._reader()
        bodies = reader.read_all(plan.steps) if self._manner.read_ahead else {}
        execution = self._execution()
        execution.begin()
        self._observer.planned(plan)
        for index, step in enumerate(plan.steps):
            if self._stop():
                outcome.interrupted = True
                return
            began = time.monotonic()
            body = bodies.pop(index, None) or reader.read(step)
            self._observer.starting(step)
            read = time.monotonic()
            outcome.state = self._apply(execution, step, body, outcome.state)
            ended = time.monotonic()
            applied = Applied(step, read - began, ended - read, execution.replayed)
            outcome.applied.append(applied)
            self._observer.finished(applied)
            if index + 1 < len(plan.steps):
                self._between(execution, step, outcome.state)

    def _apply(self, execution: Execution, step: Step, body: Body, state: State) -> State:
        try:
            return execution.apply(step, body, state)
        except ConnectionLost as lost:
            self.database, told = look_again(self._connect, self.database, self.table, self.lock, step, lost)
            raise told from None
        except MigratekitError as error:
            file = step.migration.file(step.direction)
            error.where = error.where or (file.path if file else "")
            raise

    def _between(self, execution: Execution, step: Step, expected: State) -> None:
        """Makes the session fit for the next file, and sure that it is still the only one at work."""
        if not execution.lock_held:
            if not self._manner.keep_session:
                raise LockLost(step)
            self.lock.acquire(self.database, wait=self.lock_wait, stop=self._stop, on_wait=self._observer.waiting)
            if self.table.read(self.database) != expected:
                raise LockLost(step)
        if not self._manner.keep_session:
            execution.prepare_session()

    def _refuse_read_only(self) -> None:
        if self.table.read_only:
            raise DatabaseError(
                "the database is read-only (a standby, or default_transaction_read_only)",
                hint="connect to the primary; target_session_attrs=read-write in the URL finds it",
            )

    def _refuse_shared_session(self) -> None:
        if self.lock.is_behind_pooler(self.database):
            other = self._connect()
            try:
                shared = self.lock.is_free(other)
            finally:
                other.close()
            if shared:
                raise DatabaseError(
                    "a pooler lends this session to other clients between transactions, so no lock holds",
                    hint="connect to the server itself, or to a pool in session mode",
                )

    def _refuse_second_table(self) -> None:
        """A search_path that moved since the first run would begin the whole chain anew."""
        if self.table.exists or self._manner.any_schema:
            return
        found = self.table.namesakes(self.database)
        if found:
            raise BrokenTable(
                f"there is no {self.table.sql}, but there is {', '.join(found)}: has the search_path moved?",
                hint=f"name the one that counts: --table {found[0].replace(chr(34), '')}",
            )

    def _reader(self) -> Reader:
        return Reader(self._read_file, backslash_quotes=self.database.backslash_quotes)

    def _execution(self) -> Execution:
        return Execution(self.database, self.table, self.lock, self._manner)
