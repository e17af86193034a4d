"""golang-migrate's lines on standard error."""

import sys
import time
from typing import NoReturn

from ...lock import Holder
from ...observer import Applied, Observer
from ...plan import Step
from . import words

_QUIET_WAIT = 3.0


class Exit(Exception):
    """Ends the command with this code."""

    def __init__(self, code: int) -> None:
        self.code = code


class Log:
    """Lines on standard error, with a time in front when verbose."""

    def __init__(self) -> None:
        self.verbose = False

    def line(self, text: str, end: str = "\n") -> None:
        """Prints one line; without its end only when not verbose."""
        if self.verbose:
            text, end = f"{time.strftime('%Y/%m/%d %H:%M:%S')} {text}", "\n"
        sys.stderr.write(text + end)
        sys.stderr.flush()

    def detail(self, text: str) -> None:
        """Prints one line when verbose."""
        if self.verbose:
            self.line(text)

    def fatal(self, text: str) -> NoReturn:
        """Prints the line and ends the command with exit code 1."""
        self.line(text)
        raise Exit(1)


class Narrator(Observer):
    """Tells golang-migrate's story of a run."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._told_holder = False

    def waiting(self, holder: Holder | None, seconds: float) -> None:
        """Says once who holds the lock, when it takes long."""
        if seconds >= _QUIET_WAIT and not self._told_holder:
            self._told_holder = True
            self._log.line(words.waiting(holder))

    def starting(self, step: Step) -> None:
        """Says so when verbose."""
        if not self._log.verbose:
            return None
        if step.migration.file(step.direction) is None:
            return self._log.detail(f"Scheduled {words.label(step)}")
        self._log.detail(f"Start buffering {words.label(step)}")
        return self._log.detail(f"Read and execute {words.label(step)}")

    def finished(self, applied: Applied) -> None:
        """One line a migration."""
        label, read, run = words.label(applied.step), applied.read_seconds, applied.run_seconds
        if applied.replayed:
            self._log.detail(f"{label} was run outside of a transaction, for in one it was refused: {applied.replayed}")
        if self._log.verbose:
            self._log.line(f"Finished {label} (read {words.duration(read)}, ran {words.duration(run)})")
        else:
            self._log.line(f"{label} ({words.duration(read + run)})")
