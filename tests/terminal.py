"""A command on a terminal: what it asks, and what a person types."""

import fcntl
import os
import pty
import select
import subprocess
import termios
from dataclasses import dataclass

from support import BIN, Project


@dataclass(frozen=True)
class Talk:
    """What was on the terminal and on stdout, and how it ended."""

    code: int
    shown: str
    stdout: str


def talk(project: Project, command: str, *words: str, answer: str, prompt: str) -> Talk:
    """Runs a command with stdin and stderr on a terminal; types the answer once the prompt is there."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [str(BIN / command), *words],
            cwd=project.folder,
            env=project.environment() | {"TERM": "dumb"},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
            start_new_session=True,
            # Control-C then reaches the command as it does a person's.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        shown = _read(ours, until=prompt)
        if prompt in shown:
            os.write(ours, answer.encode())
        shown += _read(ours, until=None)
        out, _ = process.communicate(timeout=60)
    finally:
        # Hangs up on a command that is still there.
        os.close(ours)
    return Talk(process.returncode, shown.replace("\r\n", "\n"), out)


def _read(terminal: int, *, until: str | None) -> str:
    """What appears, up to a text or to the end of the command."""
    shown = b""
    while until is None or until not in shown.decode(errors="replace"):
        ready, _, _ = select.select([terminal], [], [], 30)
        assert ready, f"nothing more came behind {shown!r}"
        try:
            more = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            return shown.decode(errors="replace")
        if not more:
            return shown.decode(errors="replace")
        shown += more
    return shown.decode(errors="replace")
