"""The files of a run: read, understood, and found fit to be sent before the first one is."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress

from .errors import SourceError
from .migration import Body, Direction, File, Half, Mode, check_text, read_half
from .plan import Step
from .sources._survey import read_file as read_path

# Far cheaper than to read the header of every file; and where that must have ended.
_SCRIPT = re.compile(rb"\bscript[ \t]*:", re.IGNORECASE)
_HEADER = 8192
# Beside a longer file no other one is held.
_LONG = 1 << 20


class Reader:
    """Reads files for a session that takes, or does not take, backslashes in plain quotes as escapes."""

    def __init__(self, read_file: Callable[[File], bytes], *, backslash_quotes: bool) -> None:
        self._read_file = read_file
        self._backslash_quotes = backslash_quotes

    def read(self, step: Step) -> Body:
        """The file as it is, its program too where that is there; a missing half is an empty one."""
        file = step.migration.file(step.direction)
        body = self._body(self._half(file) if file else Half(b""))
        try:
            return self._with_program(file, body) if file else body
        except SourceError:
            return body._replace(script="missing")

    def read_all(self, steps: Sequence[Step]) -> dict[int, Body]:
        """All files by their place; one SourceError names every file that could not be run."""
        bodies: dict[int, Body] = {}
        problems: list[SourceError] = []
        for index, step in enumerate(steps):
            try:
                bodies[index] = self._checked(step)
            except SourceError as problem:
                problems.append(problem)
        if len(problems) == 1:
            raise problems[0]
        if problems:
            listed = "\n".join(f"  {problem} ({problem.hint})" for problem in problems)
            what = f"{len(problems)} files cannot be run, so nothing was:\n{listed}"
            raise SourceError(what, hint="mend them and run the same command again")
        return bodies

    def way_back(self, step: Step) -> bytes | None:
        """The down file of a migration that is about to go up, if it has one that can be read."""
        file = step.migration.down
        if step.direction is Direction.DOWN or file is None:
            return None
        try:
            return file.kept(self._read_file(file))
        except (SourceError, OSError):
            return None

    def _with_program(self, file: File, body: Body) -> Body:
        if not _SCRIPT.search(body.sql, 0, _HEADER):
            return body
        from .header import read_header
        from .programs import script_path

        script = read_header(body.sql).get("Script")
        if not script:
            return body
        return body._replace(script=script, program=self._read_file(File(str(script_path(file.path, script)), "")))

    def _half(self, file: File) -> Half:
        return file.half(self._read_file(file) if file.stored is None else b"")

    def _body(self, half: Half) -> Body:
        return read_half(half, backslash_quotes=self._backslash_quotes)

    def _checked(self, step: Step) -> Body:
        file = step.migration.file(step.direction)
        if file is None:
            noun = step.migration.noun
            raise SourceError(
                f"version {step.migration.version} ({step.migration.title}) has no {step.direction} {noun}",
                hint=f"write it; an empty {noun} says that there is nothing to do on the way {step.direction}",
            )
        half = self._half(file)
        check_text(half.sql, file.path)
        body = self._with_program(file, self._body(half))
        if body.copies:
            raise SourceError(
                "uses COPY … FROM STDIN or TO STDOUT, which needs psql",
                where=file.path,
                hint="use INSERT, or COPY from a file on the server",
            )
        if step.migration.is_repeatable and (body.mode is Mode.ALONE or body.script):
            raise refused_repeatable(body, file.path)
        if body.left_open and not body.unterminated:
            raise SourceError("begins a transaction and never ends it", where=file.path, hint="add COMMIT;")
        return body


class InTurn:
    """The files of a run, each in its turn; SourceError, of any of them if `all_first`, that it cannot be run."""

    def __init__(self, reader: Reader, steps: Sequence[Step], *, all_first: bool, ways_back: bool) -> None:
        self._reader = reader
        self._steps = steps
        self._ways_back = ways_back
        self._bodies = reader.read_all(steps) if all_first else {}
        self._downs: dict[int, bytes | None] = {}
        self._is_long = False

    def take(self, index: int) -> tuple[Body, bytes | None]:
        """The file, and the way back from it; both are kept no longer."""
        step = self._steps[index]
        body = self._bodies.pop(index, None) or self._reader.read(step)
        self._is_long = len(body.sql) > _LONG
        if index in self._downs:
            return body, self._downs.pop(index)
        return body, self._reader.way_back(step) if self._ways_back else None

    def read_next(self, index: int) -> None:
        """For the time in which the server runs a file: has the next one ready."""
        index += 1
        if self._is_long or index >= len(self._steps):
            return
        # What is wrong with it is told in its turn.
        with suppress(SourceError):
            if index not in self._bodies:
                self._bodies[index] = self._reader.read(self._steps[index])
            if self._ways_back and index not in self._downs:
                self._downs[index] = self._reader.way_back(self._steps[index])


def refused_repeatable(body: Body, where: str) -> SourceError:
    """Why a file without a version cannot be run: it is applied in one transaction, with its record."""
    what = "calls a program" if body.script else "cannot run in one transaction"
    hint = "make that a migration with a version; a repeatable file is applied whole or not at all"
    return SourceError(f"is a repeatable file and {what}", where=where, hint=hint)


def read_file(file: File) -> bytes:
    """All of the file that a half is in; SourceError if it cannot be read."""
    try:
        return read_path(file.path)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=file.path, hint="check the file") from None


def read_program(file: File, script: str) -> bytes:
    """The text of the program that a file calls; SourceError if it cannot be read."""
    from .programs import script_path

    return read_file(File(str(script_path(file.path, script)), ""))
