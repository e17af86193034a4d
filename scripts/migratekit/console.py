"""The one place that prints: results on stdout, all else on stderr, and secrets on neither."""

import json
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, TextIO

from .errors import MigratekitError, Refused
from .log import Entries, Log
from .progress import Bar, Lines, Progress
from .redaction import redact


class Console:
    """Where a command writes to and asks; `debug` keeps tracebacks."""

    def __init__(self, out: TextIO, err: TextIO, *, debug: bool = False) -> None:
        self._out = out
        self._err = err
        # Keeps every line too, where one is wanted.
        self.log: Log | None = None
        # Writes JSON on stderr and into the log, where that is wanted.
        self.entries: Entries | None = None
        self._secrets: set[str] = set()
        self.debug = debug
        # A file name may hold bytes that are no text.
        for stream in (out, err):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="surrogateescape")

    def hide(self, secret: str) -> None:
        """Keeps this text out of everything printed from now on."""
        if len(secret) > 2:
            self._secrets.add(secret)

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return redact(text)

    def out(self, text: str = "") -> None:
        """One line of result."""
        self._keep(text)
        print(self.clean(text), file=self._out, flush=True)

    def secret(self, text: str) -> None:
        """One line of result with a secret in it that was asked for; no log keeps it."""
        print(text, file=self._out, flush=True)

    def note(self, text: str) -> None:
        """One line about what goes on."""
        self.tell("note", text)

    def tell(self, event: str, message: str, *, level: str = "", fields: Mapping[str, object] | None = None) -> None:
        """One line about what goes on; with its fields, where JSON is written."""
        if self.entries is None:
            self._keep(message)
            print(self.clean(message), file=self._err, flush=True)
        else:
            self._enter(self._err, event, message, level, fields or {})

    def relay(self, event: str) -> Callable[[str], object] | None:
        """What takes the lines of others, where JSON is written; None where they may print by themselves."""
        return partial(self.tell, event) if self.entries is not None else None

    def _enter(self, stream: TextIO | None, event: str, message: str, level: str, fields: Mapping[str, object]) -> None:
        """One JSON object, for the stream and for the log."""
        if self.entries is None:
            return
        text = self.clean(message).strip()
        level = level or next((word for word in ("error", "warning") if text.startswith(f"{word}: ")), "info")
        line = self.entries.line(event, level, text, self.cleaned(dict(fields)))
        if stream is not None:
            # In one piece: a second thread tells of what lasts too long.
            stream.write(line)
            stream.flush()
        if self.log is not None:
            self.log.add(line)

    def json(self, document: Any) -> None:
        """The result as JSON."""
        print(json.dumps(self.cleaned(document), indent=2, ensure_ascii=False), file=self._out, flush=True)

    def _keep(self, text: str) -> None:
        if self.entries is not None:
            self._enter(None, "output", text, "", {})
        elif self.log is not None:
            self.log.write(self.clean(text))

    def cleaned(self, document: Any) -> Any:
        """The document with every text in it cleaned, before quoting could disguise a secret."""
        if isinstance(document, str):
            return self.clean(document)
        if isinstance(document, dict):
            return {self.clean(str(key)): self.cleaned(value) for key, value in document.items()}
        return [self.cleaned(item) for item in document] if isinstance(document, (list, tuple)) else document

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """The result as columns, in colours on a terminal."""
        # One long cell must not push the next column out of sight.
        widths = [min(max(map(len, column)), _WIDEST) for column in zip(headings, *rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (headings, *rows)]
        if not self._out.isatty():
            return self.out("\n".join(lines))
        self._keep("\n".join(lines))
        return self._rich_table(headings, rows)

    def busy(self, text: str) -> AbstractContextManager[Any]:
        """Shows, on a terminal, that something is at work."""
        if self.entries is not None or not self._err.isatty():
            return nullcontext()
        from rich.console import Console as RichConsole

        return RichConsole(file=self._err).status(self.clean(text))

    def progress(self, what: str, unit: str) -> Progress:
        """Shows how far something long has come, until it is closed."""
        if self._err.isatty() and self.entries is None:
            return Bar(self._err, self.clean(what), unit)
        return Lines(partial(self.tell, "progress"), what, unit)

    def confirm(self, what: str, name: str) -> None:
        """Has the user type a name before something is done; Refused without a terminal or for another answer."""
        if not (sys.stdin.isatty() and self._err.isatty()):
            raise Refused(f"{what}; nobody is there to confirm it", hint="give --yes to confirm it beforehand")
        self._keep(f"{what}. Type {name} to go on")
        print(f"{self.clean(what)}. Type {name} to go on: ", end="", file=self._err, flush=True)
        if sys.stdin.readline().strip() != name:
            raise Refused("not confirmed; nothing was done")

    def failure(self, error: MigratekitError) -> None:
        """What went wrong, where, and what to do next."""
        self._trace()
        if self.entries is not None:
            return self._enter(self._err, "error", error.what, "error", error_fields(error))
        where = f"{error.where}: " if error.where else ""
        self.note(f"error: {where}{error.what}")
        if error.hint:
            self.note(f"hint: {error.hint}")
        if error.way_back:
            self.note(f"way back: {error.way_back}")
        return None

    def fault(self, error: Exception) -> None:
        """An error that nobody foresaw."""
        self._trace()
        self.note(f"error: {type(error).__name__}: {error}")
        self.note("hint: this is a fault of migratekit; DEBUG=true shows where")

    def _trace(self) -> None:
        if self.debug:
            self.note(traceback.format_exc())

    def _rich_table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        from rich.console import Console as RichConsole
        from rich.table import Table
        from rich.text import Text

        table = Table(*headings, box=None, header_style="bold", pad_edge=False)
        for row in rows:
            table.add_row(*(Text(self.clean(cell), style=_style(cell)) for cell in row))
        RichConsole(file=self._out).print(table)


def error_fields(error: MigratekitError) -> dict[str, object]:
    """An error as plain fields; those that it lacks are left out."""
    sqlstate = getattr(getattr(error, "error", error), "sqlstate", "")
    found = {"sqlstate": sqlstate, "where": error.where, "hint": error.hint, "way_back": error.way_back}
    return {name: value for name, value in found.items() if value} | {"exit_code": int(error.exit_code)}


_WIDEST = 60
_STYLES = {
    "applied": "green",
    "applied by another tool": "green",
    "pending": "yellow",
    "running now": "cyan",
    "done": "green",
    "not done": "yellow",
    "half done": "bold red",
    **dict.fromkeys(("dirty", "error", "failed", "interrupted"), "bold red"),
    **dict.fromkeys(("missed", "changed", "renamed", "file missing"), "red"),
}


def _style(cell: str) -> str:
    return _STYLES.get(cell, "")
