"""The one place that prints: results on stdout, all else on stderr, and secrets on neither."""

import json
import sys
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TextIO

from .errors import MigratekitError, Refused
from .progress import Bar, Lines, Progress
from .redaction import redact


class Console:
    """Where a command writes to and asks; `debug` keeps tracebacks."""

    def __init__(self, out: TextIO, err: TextIO, *, debug: bool = False) -> None:
        self._out = out
        self._err = err
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
        print(self.clean(text), file=self._out, flush=True)

    def note(self, text: str) -> None:
        """One line about what goes on."""
        print(self.clean(text), file=self._err, flush=True)

    def json(self, document: Any) -> None:
        """The result as JSON."""
        print(json.dumps(self._clean_all(document), indent=2, ensure_ascii=False), file=self._out, flush=True)

    def _clean_all(self, document: Any) -> Any:
        """The document with every text in it cleaned, before quoting could disguise a secret."""
        if isinstance(document, str):
            return self.clean(document)
        if isinstance(document, dict):
            return {self.clean(str(key)): self._clean_all(value) for key, value in document.items()}
        return [self._clean_all(item) for item in document] if isinstance(document, (list, tuple)) else document

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """The result as columns, in colours on a terminal."""
        if self._out.isatty():
            return self._rich_table(headings, rows)
        widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
        for row in (headings, *rows):
            self.out("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        return None

    def busy(self, text: str) -> AbstractContextManager[Any]:
        """Shows, on a terminal, that something is at work."""
        if not self._err.isatty():
            return nullcontext()
        from rich.console import Console as RichConsole

        return RichConsole(file=self._err).status(self.clean(text))

    def progress(self, what: str, unit: str) -> Progress:
        """Shows how far something long has come, until it is closed."""
        return (Bar if self._err.isatty() else Lines)(self._err, self.clean(what), unit)

    def confirm(self, what: str, name: str) -> None:
        """Has the user type a name before something is done; Refused without a terminal or for another answer."""
        if not (sys.stdin.isatty() and self._err.isatty()):
            raise Refused(f"{what}; nobody is there to confirm it", hint="give --yes to confirm it beforehand")
        print(f"{self.clean(what)}. Type {name} to go on: ", end="", file=self._err, flush=True)
        if sys.stdin.readline().strip() != name:
            raise Refused("not confirmed; nothing was done")

    def failure(self, error: MigratekitError) -> None:
        """What went wrong, where, and what to do next."""
        self._trace()
        where = f"{error.where}: " if error.where else ""
        self.note(f"error: {where}{error.what}")
        if error.hint:
            self.note(f"hint: {error.hint}")

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
