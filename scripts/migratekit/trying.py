"""One file, tried again where others stand in its way, and watched meanwhile."""

import time
from collections.abc import Callable

from .errors import ExitCode
from .execution import Execution
from .failures import FileFailed
from .journal import Attempt
from .observer import Alarm, Observer, Watch, Watched
from .retries import IN_THE_WAY, Retries

_NAP = 0.1


class Tries:
    """How often a file of this run is tried, and who watches it."""

    def __init__(self, retries: Retries, observer: Observer, stop: Callable[[], bool], watch: Watch | None) -> None:
        self._retries = retries
        self._observer = observer
        self._stop = stop
        self._watch = watch
        # What was seen of the last file.
        self.watched = Watched()

    def run(self, execution: Execution, attempt: Attempt) -> Watched:
        """Runs and records the file; what was seen of it, or the error of the last try."""
        number = 0
        while True:
            try:
                self._run_once(execution, attempt)
            except FileFailed as failed:
                self._explain(failed)
                number += 1
                if not self._goes_on(attempt, failed, number):
                    raise
                execution.session.reset()
            else:
                return self.watched

    def _run_once(self, execution: Execution, attempt: Attempt) -> None:
        if self._watch is None:
            return execution.apply(attempt)
        sqlstate = ""
        # A pooler gives its sessions numbers of its own.
        pooled = execution.lock.is_behind_pooler(execution.database)
        self._watch.begin(attempt.step, 0 if pooled else execution.database.pid)
        try:
            return execution.apply(attempt)
        except FileFailed as failed:
            sqlstate = failed.error.sqlstate
            raise
        finally:
            self.watched = self._watch.end(sqlstate)

    def _explain(self, failed: FileFailed) -> None:
        """Adds what was seen from outside: who was in the way, and for what it was cancelled."""
        failed.blockers, alarm = self.watched.blockers, self.watched.cancelled
        if alarm is None:
            return
        failed.cancelled = True
        failed.error.what = failed.what = _reason(alarm)
        if alarm.kind == "blocking" and not failed.state.dirty:
            failed.exit_code = ExitCode.LOCKED

    def _goes_on(self, attempt: Attempt, failed: FileFailed, number: int) -> bool:
        """Rests before the next try; False if there is none: the file itself failed, it left something, or we stop."""
        if not self._are_others_in_the_way(failed) or failed.state != attempt.old:
            return False
        if number > self._retries.most:
            failed.exit_code = ExitCode.LOCKED
            failed.tries = number
            return False
        if not self._stop():
            rest = self._retries.rest(number)
            self._observer.retrying(attempt.step, failed.error, number, rest, self.watched)
            until = time.monotonic() + rest
            while (left := until - time.monotonic()) > 0 and not self._stop():
                time.sleep(min(left, _NAP))
        if self._stop():
            # It would be tried again if nobody had stopped the run.
            failed.exit_code = ExitCode.INTERRUPTED
            failed.tries = number
            return False
        return True

    def _are_others_in_the_way(self, failed: FileFailed) -> bool:
        """True if it failed for what others held: also where it kept somebody waiting because it had to wait itself."""
        alarm = self.watched.cancelled
        queued = alarm is not None and alarm.kind == "blocking" and bool(failed.blockers)
        return queued or failed.error.sqlstate in IN_THE_WAY


def _reason(alarm: Alarm) -> str:
    seconds = f"{alarm.seconds:.{1 if alarm.seconds < 10 else 0}f} s"
    if alarm.kind == "blocking":
        sessions = f"{len(alarm.sessions)} session{'' if len(alarm.sessions) == 1 else 's'}"
        return f"cancelled: it kept {sessions} waiting for {seconds} (watch.cancel_blocking)"
    return f"cancelled: it ran for {seconds} (watch.cancel_running)"
