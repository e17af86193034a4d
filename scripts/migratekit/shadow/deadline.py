"""A time after which the files of a shadow are cancelled."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

# A cancellation that comes between two statements ends neither.
_AGAIN = 0.5


class Deadline:
    """So many seconds; none if there is no end to it."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.passed = False

    @contextmanager
    def around(self, cancel: Callable[[], object]) -> Iterator[None]:
        """What is done inside is cancelled, until it ends, once the time is over."""
        if self.seconds is None:
            yield
            return
        done = threading.Event()
        thread = threading.Thread(target=self._watch, args=(done, cancel), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _watch(self, done: threading.Event, cancel: Callable[[], object]) -> None:
        over = done.wait(self.seconds)
        while not over:
            self.passed = True
            # The connection may be gone by now.
            with suppress(Exception):
                cancel()
            over = done.wait(_AGAIN)
