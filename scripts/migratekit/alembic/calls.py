"""Alembic itself, called as its user calls it: what it prints offline for each revision."""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import MigratekitError
from ..migration import Direction
from ..redaction import redact
from .offline import Output, read_output
from .revisions import Revision, read_history
from .source import does_nothing

# The last line of a traceback, and how Alembic and Python tell what they refuse.
_ERROR = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Exit)\b.*|FAILED: .*|.*No module named.*")
_SILENT = "it printed no revision (env.py must print to stdout)"
_UNREACHED = "Alembic cannot get there offline, for what fails on the way"


class Given(NamedTuple):
    """What was printed for a revision, and what went wrong then."""

    sql: bytes
    problem: str = ""


class Alembic:
    """The user's Alembic, in the folder of the project: only what is printed is read, nothing of it is imported."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._command = command
        self._folder = folder
        # In front of all revisions on the way up.
        self.before = b""

    def revisions(self) -> list[Revision]:
        """All revisions, the first ones first; MigratekitError where Alembic cannot tell them."""
        out, problem = self._call("history", "--verbose")
        found = read_history(out.decode("utf-8", "replace"))
        if problem:
            raise self._failure("alembic history", problem)
        if not found:
            raise MigratekitError(
                "Alembic knows no revisions", where=str(self._folder), hint="--path names the folder of alembic.ini"
            )
        return found

    def offline(self, revisions: Sequence[Revision], way: Direction) -> dict[str, Given]:
        """What each revision says that way, by its id; MigratekitError where Alembic does not even begin."""
        ids = {revision.id for revision in revisions}
        found: dict[str, Given] = {}
        for revision in revisions if way is Direction.UP else reversed(revisions):
            problem = ""
            for span in _spans(revision, way):
                if revision.id in found:
                    break
                out, problem = self._call(f"{way}grade", span, "--sql")
                output = read_output(out, way, ids)
                if not (output.sections or found):
                    raise self._failure(f"alembic {way}grade {span} --sql", problem or _SILENT)
                self._take(output, problem, found)
                if way is Direction.UP:
                    self.before = self.before or output.before
            if revision.id not in found:
                empty = does_nothing(Path(revision.path), f"{way}grade")
                found[revision.id] = Given(b"", "" if empty else f"{_UNREACHED}: {problem}")
        return found

    @staticmethod
    def _take(output: Output, problem: str, found: dict[str, Given]) -> None:
        """Keeps what is new; what went wrong did so in the last one."""
        for number, (name, sql) in enumerate(output.sections, 1):
            found.setdefault(name, Given(sql, problem if number == len(output.sections) else ""))

    def _call(self, *words: str) -> tuple[bytes, str]:
        """What is printed, and the error that ended it."""
        try:
            done = subprocess.run(
                [*self._command, *words],
                cwd=self._folder,
                env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise self._failure(self._command[0], error.strerror or "cannot be started") from None
        return done.stdout, _error(done.stderr) if done.returncode else ""

    def _failure(self, call: str, problem: str) -> MigratekitError:
        return MigratekitError(
            f"{call} failed: {problem}",
            where=str(self._folder),
            hint="it must work there by itself; --alembic names another: --alembic 'poetry run alembic'",
        )


def _spans(revision: Revision, way: Direction) -> list[str]:
    """From where to where to run: all that is left, and where that fails early, to this one alone."""
    parents = revision.parents or ("base",)
    if way is Direction.UP:
        # On the way to a merge, the branches of its other parents are run too.
        return [f"{parents[0]}:heads", *(f"{parent}:{revision.id}" for parent in parents)]
    return [f"{revision.id}:base", f"{revision.id}:{parents[0]}"]


def _error(stderr: bytes) -> str:
    """The error in the last words of a program, without passwords."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.fullmatch(line)]
    return redact((errors or lines or ["no error was told"])[-1])
