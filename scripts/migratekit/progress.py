"""How far something long has come: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from typing import Any, Protocol, TextIO

_LINE_SECONDS = 5.0


class Progress(Protocol):
    """Shows how much is done."""

    def update(self, done: int, total: int) -> None:
        """So many of so many."""

    def describe(self, what: str, unit: str) -> None:
        """From now on it shows a phase of something, of which others may follow."""

    def pause(self) -> None:
        """Makes room for what is printed meanwhile."""

    def resume(self) -> None:
        """Shows it again."""

    def close(self) -> None:
        """Takes it down."""


class Bar:
    """A bar with rate and time left, redrawn in place."""

    def __init__(self, stream: TextIO, what: str, unit: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Display

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
        )
        self._display = Display(*columns, TimeRemainingColumn(), console=Console(file=stream), transient=True)
        self._task = self._display.add_task(what, total=None, rate="")
        self._unit = unit
        self._display.start()

    def update(self, done: int, total: int) -> None:
        """Moves the bar."""
        task: Any = self._display.tasks[0]
        rate = f"{task.speed:,.0f} {self._unit}/s" if task.speed and self._unit else ""
        self._display.update(self._task, completed=done, total=total or None, rate=rate)

    def describe(self, what: str, unit: str) -> None:  # noqa: ARG002
        """Begins anew with another text; there is no room for the rate beside it."""
        self._unit = ""
        self._display.reset(self._task, description=what, completed=0, rate="")
        # To `reset` and `update` no total means the one before.
        self._display.tasks[0].total = None

    def pause(self) -> None:
        """Removes the bar for a moment."""
        self._display.stop()

    def resume(self) -> None:
        """Draws it again."""
        self._display.start()

    def close(self) -> None:
        """Removes the bar."""
        self._display.stop()


class Lines:
    """A line every few seconds."""

    def __init__(self, tell: Callable[[str], object], what: str, unit: str) -> None:
        self._tell = tell
        self._what = what
        self._unit = unit
        self._began = self._told = time.monotonic()
        self._first: int | None = None
        self._ends = True

    def update(self, done: int, total: int) -> None:
        """Prints a line if the last one is old, or all is done."""
        now = time.monotonic()
        self._first = done if self._first is None else self._first
        if now - self._told < _LINE_SECONDS and not (self._ends and done >= total):
            return
        self._told = now
        rate = (done - self._first) / (now - self._began) if now > self._began else 0.0
        left = f", {rate:,.0f} {self._unit}/s, {(total - done) / rate:.0f} s left" if rate and done < total else ""
        share = f"{min(100 * done // total, 100) if total else 100} %, {done:,} of {total:,}"
        self._tell(f"     {self._what}: {share if total or self._ends else f'{done:,}'} {self._unit}{left}")

    def describe(self, what: str, unit: str) -> None:
        """From the next line on it is about a phase, at whose end there may be more to do."""
        self._what, self._unit, self._ends = what, unit, False
        self._began, self._first = time.monotonic(), None

    def pause(self) -> None:
        """Lines are in nobody's way."""

    def resume(self) -> None:
        """Lines need no room."""

    def close(self) -> None:
        """There is nothing to take down."""
