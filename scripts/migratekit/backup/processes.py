"""Client programs at work: watched, ended with us, and their complaints kept."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from ..errors import Interrupted, MigratekitError
from ..signals import ENDING, heard
from .connection import Connection

_GRACE_SECONDS = 10
_CHUNK = 1 << 20


class ProgramFailed(MigratekitError):
    """A client program could not be started, or ended with an error; `errors` are the lines that say why."""

    def __init__(self, what: str, *, where: str, errors: Sequence[str] = ()) -> None:
        super().__init__(what, where=where, hint="put right what it says; nothing was changed")
        self.errors = errors


@contextmanager
def interruptible(what: str) -> Iterator[None]:
    """A signal raises Interrupted at once; those that follow do not disturb the cleaning up."""

    def on_signal(_number: int, _frame: FrameType | None) -> NoReturn:
        for each in ENDING:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(f"interrupted; {what}")

    with _handling(on_signal):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Signals do nothing meanwhile."""
    with _handling(signal.SIG_IGN):
        yield


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in heard()}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def stream(argv: Sequence[str | Path], connection: Connection, keep: int, take: Callable[[bytes], None]) -> str:
    """Runs a program and hands over what it writes on stdout; what it writes on stderr. ProgramFailed if it fails.

    The open file `keep` is its own too: a lock on that lasts until both of us are gone.
    """
    with tempfile.TemporaryFile() as errors:
        with _running(argv, connection, keep, subprocess.PIPE, errors) as process:
            while chunk := os.read(process.stdout.fileno(), _CHUNK) if process.stdout else b"":
                take(chunk)
            code = process.wait()
        return _judged(argv, code, errors)


def watch(argv: Sequence[str | Path], connection: Connection, keep: int, tick: Callable[[], None]) -> str:
    """Runs a program and calls `tick` twice a second; what it writes on stderr. ProgramFailed if it fails."""
    with tempfile.TemporaryFile() as errors:
        with _running(argv, connection, keep, subprocess.DEVNULL, errors) as process:
            while True:
                try:
                    code = process.wait(timeout=0.5)
                    break
                except subprocess.TimeoutExpired:
                    tick()
        return _judged(argv, code, errors)


def pipe(source: tuple[Sequence[str | Path], Connection], target: tuple[Sequence[str | Path], Connection]) -> None:
    """Runs two programs, of which the second reads what the first writes; ProgramFailed if either fails."""
    with tempfile.TemporaryFile() as of_source, tempfile.TemporaryFile() as of_target:
        with (
            _running(*source, -1, subprocess.PIPE, of_source) as first,
            _running(*target, -1, subprocess.DEVNULL, of_target, first.stdout) as second,
        ):
            if first.stdout:
                # It is to notice when nobody reads any more.
                first.stdout.close()
            codes = second.wait(), first.wait()
        of_source.seek(0)
        # Who finds that nobody reads any more is not to blame.
        unread = codes[1] == -signal.SIGPIPE or b"Broken pipe" in of_source.read()
        if not (codes[0] and unread):
            _judged(source[0], codes[1], of_source)
        _judged(target[0], codes[0], of_target)
        _judged(source[0], codes[1], of_source)


@contextmanager
def _running(
    argv: Sequence[str | Path],
    connection: Connection,
    keep: int,
    stdout: int,
    errors: IO[bytes],
    stdin: IO[bytes] | int | None = subprocess.DEVNULL,
) -> Iterator["subprocess.Popen[bytes]"]:
    try:
        # Ctrl-C in a terminal reaches the whole group: the program is to be ended by us alone.
        process = subprocess.Popen(
            argv,
            env=dict(connection.environment),
            stdin=stdin,
            stdout=stdout,
            stderr=errors,
            pass_fds=[keep] if keep >= 0 else [],
            umask=0o077,
            start_new_session=True,
        )
    except OSError as error:
        raise ProgramFailed(f"cannot be started: {error.strerror}", where=str(argv[0])) from None
    try:
        yield process
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdout is not None:
        process.stdout.close()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            # Its workers are of its group.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _judged(argv: Sequence[str | Path], code: int, output: IO[bytes]) -> str:
    output.seek(0)
    said = output.read().decode("utf-8", "replace")
    if code:
        how = f"exit code {code}" if code > 0 else f"signal {-code}"
        errors = [line for line in said.splitlines() if "error:" in line]
        first = (errors or said.splitlines() or ["it says nothing"])[0].partition("error: ")
        name = Path(argv[0]).name
        raise ProgramFailed(f"{name} failed with {how}: {first[2] or first[0]}", where=str(argv[0]), errors=errors)
    return said
