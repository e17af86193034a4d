"""How far something long has come: a bar on a terminal, a line now and then elsewhere."""

import time
from typing import Any, Protocol, TextIO

_LINE_SECONDS = 5.0


class Progress(Protocol):
    """Shows how much is done."""

    def update(self, done: int, total: int) -> None:
        """So many of so many."""

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
        rate = f"{task.speed:,.0f} {self._unit}/s" if task.speed else ""
        self._display.update(self._task, completed=done, total=total, rate=rate)

    def close(self) -> None:
        """Removes the bar."""
        self._display.stop()


class Lines:
    """A line every few seconds."""

    def __init__(self, stream: TextIO, what: str, unit: str) -> None:
        self._stream = stream
        self._what = what
        self._unit = unit
        self._began = self._told = time.monotonic()
        self._first: int | None = None

    def update(self, done: int, total: int) -> None:
        """Prints a line if the last one is old, or all is done."""
        now = time.monotonic()
        self._first = done if self._first is None else self._first
        if now - self._told < _LINE_SECONDS and done < total:
            return
        self._told = now
        rate = (done - self._first) / (now - self._began) if now > self._began else 0.0
        left = f", {rate:,.0f} {self._unit}/s, {(total - done) / rate:.0f} s left" if rate and done < total else ""
        share = f"{100 * done // total} %" if total else "100 %"
        print(f"     {self._what}: {share}, {done:,} of {total:,} {self._unit}{left}", file=self._stream, flush=True)

    def close(self) -> None:
        """There is nothing to take down."""
