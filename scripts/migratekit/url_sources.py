"""Where a database's URL is kept outside of variables: a file, or a program that opens a vault."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from .errors import UsageError


def from_file(path: Path) -> str:
    """What is in the file; UsageError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise UsageError(f"the database URL cannot be read: {reason}", where=str(path), hint="see url_file") from None


def from_command(command: Sequence[str], project: Path) -> str:
    """What the program prints, called in the project without a shell; UsageError if it fails."""
    try:
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
        code = getattr(error, "returncode", None)
        reason = f"exit code {code}" if code is not None else type(error).__name__
        raise UsageError(f"url_command failed: {reason}", where=str(command[0]), hint="run it by hand") from None
    return done.stdout.strip()
