"""The thread that watches the files of a run; it may fail in every way without harm to them."""

import queue
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress

from ..database import Database, SqlError
from ..errors import DatabaseError, MigratekitError
from ..observer import Observer, Watched
from ..plan import Step
from ..sections import Watching
from .alarms import Alarms
from .look import Look
from .probe import Probe
from .sight import Sight

# How often it looks, in seconds; a file that is done sooner is never looked at, and costs nothing.
_INTERVAL = 0.25
_SHORTEST = 0.05
# A question that took too long, or waited for a lock on the catalogs, is asked again later; a lost connection opened.
_SKIPPED = frozenset({"55P03", "57014"})
_PAUSE = 1.0
_LONG_PAUSE = 30.0
_SPARING = 4
# How long the end of a file may wait for a last question.
_PATIENCE = 0.5
_LOCK_TIMEOUT = "55P03"


class Watcher:
    """Looks at the server process of each file while it runs, through a connection of its own; a `Watch`."""

    def __init__(
        self, connect: Callable[[], Database], observer: Observer, limits: Watching, lock_timeout: float = 0.0
    ) -> None:
        self._observer = observer
        self._limits = limits
        # Who waits for a lock must be seen before the server gives up.
        self._interval = min(_INTERVAL, max(lock_timeout / 3, _SHORTEST)) if lock_timeout else _INTERVAL
        self._probe = Probe(connect)
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        # Held while something is told or cancelled: never after the end of the file that it is about.
        self._guard = threading.Lock()
        self._sight: Sight | None = None
        self._alarms: Alarms | None = None
        self._turn = 0
        self._at_work = False
        self._not_before = 0.0
        self._told = False
        self._showing = False

    def begin(self, step: Step, pid: int) -> None:
        """The file is about to be sent by the server process, 0 if that is not known; starts to look at it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="watch", daemon=True)
            self._thread.start()
        with self._guard:
            if self._sight is None or self._sight.step is not step:
                self._sight, self._alarms = Sight(step), Alarms(step, self._limits)
            self._sight.begin(pid, time.monotonic())
            self._turn += 1
            self._at_work, self._showing = pid != 0, False

    def end(self, sqlstate: str = "") -> Watched:
        """The file is done, or has failed with the error; what was seen of all its tries."""
        now, sight = time.monotonic(), self._sight
        if sight is None:
            return Watched()
        with self._guard:
            self._at_work = False
            sight.end(now)
        if sqlstate == _LOCK_TIMEOUT and not sight.blockers and sight.pid:
            self._ask(lambda: self._suspect(sight))
        if sight.measured:
            self._ask(lambda: self._measure(sight, sight.measured))
        with self._guard:
            return sight.watched(sqlstate)

    def close(self) -> None:
        """Ends the thread and the connection; waits for a moment at most."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(_PATIENCE * 2)
            self._thread = None

    def _ask(self, question: Callable[[], None]) -> None:
        """Has the thread do something, and waits for it as long as may be."""
        done = threading.Event()

        def job() -> None:
            with suppress(MigratekitError):
                question()
            done.set()

        if time.monotonic() >= self._not_before:
            self._jobs.put(job)
            done.wait(_PATIENCE)

    def _suspect(self, sight: Sight) -> None:
        sight.suspects = self._probe.suspects(sight.pid, time.monotonic() - sight.began)

    def _measure(self, sight: Sight, oids: Collection[int]) -> None:
        sizes = self._probe.sizes(oids)
        with self._guard:
            sight.measure(sizes)

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=self._nap())
            except queue.Empty:
                job = self._look
            if job is None:
                return self._probe.close()
            try:
                job()
            except SqlError as error:
                self._fail(error, _PAUSE if error.sqlstate in _SKIPPED else _LONG_PAUSE)
            except MigratekitError as error:
                self._fail(error, _LONG_PAUSE)
            except Exception as error:
                self._fail(DatabaseError(f"{type(error).__name__}: {error}"), _LONG_PAUSE)

    def _nap(self) -> float:
        """Seconds until the next look is due; none is missed by a file that begins meanwhile."""
        sight, now = self._sight, time.monotonic()
        if sight is None or not self._at_work:
            return self._interval
        return max(sight.looked + self._pause - now, self._not_before - now, 0.001)

    def _look(self) -> None:
        with self._guard:
            sight, turn, now = self._sight, self._turn, time.monotonic()
            if sight is None or not self._is_due(sight, now):
                return
        look = self._probe.look(sight.pid)
        with self._guard:
            if turn != self._turn or not self._at_work:
                return
            if look is None:
                # Not ours to see: a pooler, or another server behind the same name.
                self._at_work = False
                return
            sight.take(look, time.monotonic())
            self._tell(sight, look)
            unmeasured = sight.unmeasured()
        if unmeasured:
            with suppress(SqlError):
                self._measure(sight, unmeasured)

    def _is_due(self, sight: Sight, now: float) -> bool:
        return self._at_work and now >= max(sight.looked + self._pause, self._not_before)

    @property
    def _pause(self) -> float:
        """Seconds from one look to the next: a server that is slow to answer is asked less often."""
        return max(self._interval, _SPARING * self._probe.took)

    def _tell(self, sight: Sight, look: Look) -> None:
        """What is to be told of it; cancels it where the environment says so."""
        alarms = self._alarms
        if alarms is None:
            return
        if look.advance is not None or self._showing:
            self._showing = look.advance is not None
            self._observer.progressed(sight.step, look.advance)
        for alarm in alarms.due(look, time.monotonic() - sight.began):
            self._observer.alarmed(alarm)
        deadly = alarms.deadly(look)
        if deadly is not None and self._probe.cancel(sight.pid, look.query) and sight.cancelled is None:
            sight.cancelled = deadly
            self._observer.alarmed(deadly)

    def _fail(self, error: MigratekitError, pause: float) -> None:
        """Looks no more for a while; says so once."""
        self._not_before = time.monotonic() + pause
        if pause < _LONG_PAUSE:
            return
        self._probe.close()
        with self._guard:
            if not self._told and self._at_work:
                self._told = True
                with suppress(Exception):
                    self._observer.unwatched(error)
