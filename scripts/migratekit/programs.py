"""Programs that migrations call for what SQL cannot say: `-- Script: rescore.py --fast` in a file's header."""

import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from .errors import DirtyError, SourceError

# How long to wait for what is still in the pipe.
_LAST_WORDS = 1.0


class ProgramFailed(DirtyError):
    """A migration's program ended with an error, and may have done a part of its work."""


class Programs:
    """Runs them, one at a time, with the database's URL in their environment; what they print goes to `tell`."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], tell: Callable[[str], object] | None = None
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._tell = tell
        self._running: subprocess.Popen[bytes] | None = None

    def run(self, file: str, script: str) -> None:
        """Runs what the header of `file` names and waits for it; ProgramFailed if its exit code is not 0."""
        command = _command(file, script)
        # Ctrl-C in a terminal reaches the whole group: the program is to be stopped by us alone.
        try:
            self._running = subprocess.Popen(
                command,
                cwd=self._folder,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._tell else sys.stderr,
                stderr=subprocess.STDOUT if self._tell else None,
                start_new_session=True,
            )
        except OSError as error:
            raise ProgramFailed(
                f"its program cannot be started: {error.strerror}",
                where=file,
                hint="is it executable, and is its interpreter there? Then `migratekit repair` goes on from there",
            ) from None
        code = self._wait(self._running)
        self._running = None
        if code:
            how = f"exit code {code}" if code > 0 else f"signal {-code}"
            raise ProgramFailed(
                f"its program {shlex.split(script)[0]} failed with {how}",
                where=file,
                hint="mend it; then `migratekit repair` goes on from there",
            )

    def _wait(self, running: "subprocess.Popen[bytes]") -> int:
        relay = threading.Thread(target=self._relay, args=(running,), daemon=True)
        relay.start()
        code = running.wait()
        # What it left in the background may keep the pipe open for ever.
        relay.join(_LAST_WORDS)
        return code

    def _relay(self, running: "subprocess.Popen[bytes]") -> None:
        for line in running.stdout or ():
            if self._tell:
                self._tell(line.decode("utf-8", "replace").rstrip())

    def stop(self) -> None:
        """Tells the one that runs to end."""
        if self._running is not None:
            self._running.terminate()


def script_path(file: str, script: str) -> Path:
    """The program's file, which lies in the folder of the migration that calls it, or below; SourceError if not."""
    words = _words(file, script)
    folder = Path(file).parent.resolve()
    path = (folder / words[0]).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise SourceError(
            f"its program {words[0]} is not there", where=file, hint="put it beside the migration, or in a folder there"
        )
    return path


def _command(file: str, script: str) -> list[str]:
    path, arguments = script_path(file, script), _words(file, script)[1:]
    interpreter = [sys.executable] if path.suffix == ".py" else []
    return [*interpreter, str(path), *arguments]


def _words(file: str, script: str) -> list[str]:
    try:
        words = shlex.split(script)
    except ValueError as error:
        raise SourceError(f"its line Script makes no sense: {error}", where=file, hint="mend the quotes") from None
    if not words:
        raise SourceError("its line Script names no program", where=file, hint="name one, or take the line out")
    return words
