"""The history of one run, kept while it goes on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from .aftermath import LostDuring
from .database import SqlError
from .errors import MigratekitError
from .execution import Execution
from .failures import FileFailed, LeftOpen
from .journal import Attempt, Failure
from .observer import RunResult
from .plan import Step
from .tracking.version_table import RowRefused, State

_CANCELLED = "57014"


class Recording:
    """Writes down that a run began, what failed in it, and that it ended; what succeeds is written with its file."""

    def __init__(self, execution: Execution, stopped: Callable[[], bool]) -> None:
        self.execution = execution
        self._journal = execution.journal
        self._stopped = stopped

    @contextmanager
    def of_run(self, steps: Sequence[Step], result: RunResult) -> Iterator[None]:
        """Around the files of a run: one that is cut short is told by the end that is missing."""
        if self._journal.kept:
            self._begin(steps, result.state)
        try:
            yield
        except LostDuring:
            raise
        except MigratekitError:
            self._end(result)
            raise
        self._end(result)

    def failed(self, attempt: Attempt, error: MigratekitError, seconds: float, figures: Mapping[str, object]) -> None:
        """Writes down a failure, which ends the run; says nothing if that fails too."""
        if not self._journal.kept:
            return
        from .programs import ProgramFailed  # loaded by now if there is one

        message, sqlstate, state = error.what, "", attempt.old
        if isinstance(error, FileFailed):
            message, sqlstate, state = error.error.what, error.error.sqlstate, error.state
        elif isinstance(error, RowRefused):
            sqlstate = error.error.sqlstate
        elif isinstance(error, LeftOpen | ProgramFailed):
            state = State(attempt.step.leads_to, dirty=True)
        cancelled = (sqlstate == _CANCELLED or isinstance(error, ProgramFailed)) and self._stopped()
        each = self.execution.manner.cut_pieces is not None or bool(attempt.body.cuts)
        failure = Failure(message, sqlstate, self.execution.done, seconds, cancelled, each, figures)
        with suppress(MigratekitError):
            if not self.execution.manner.keep_session:
                self.execution.session.reset()
            self.execution.note(self._journal.failed(attempt, state, failure))
        self._journal.stop()

    def _begin(self, steps: Sequence[Step], state: State) -> None:
        try:
            self.execution.note(self._journal.started(steps, state))
        except SqlError:
            if self.execution.manner.makes_history:
                raise
            self.execution.database.rollback()
            self._journal.stop()
        self._journal.measure(self.execution.database)

    def _end(self, result: RunResult) -> None:
        if self._journal.kept:
            with suppress(MigratekitError):
                self.execution.note(self._journal.finished(result.state, self._digest(result)))

    def _digest(self, result: RunResult) -> str:
        """What the schema is like now, if anybody wants to know and it can be read; never a reason to fail."""
        execution = self.execution
        if execution.manner.digest is None or not result.applied:
            return ""
        with suppress(MigratekitError):
            execution.session.reset()
            return execution.manner.digest(execution.database, execution.table)
        return ""
