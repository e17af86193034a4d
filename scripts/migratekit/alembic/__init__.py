"""Alembic projects: found, read by Alembic itself, and written as pairs."""

import shlex
import sys
from pathlib import Path

from ..conversion import Converted
from ..errors import UsageError
from .calls import Alembic
from .pairs import convert_revisions

_INI, _TOML = "alembic.ini", "pyproject.toml"


def is_alembic(folder: Path) -> bool:
    """True for a folder of Alembic's scripts, or of its alembic.ini."""
    return (folder / _INI).is_file() or ((folder / "env.py").is_file() and (folder / "versions").is_dir())


def convert_alembic(folder: Path, command: str) -> Converted:
    """The pairs of the project that the folder is in; `command` calls Alembic, ours if it is empty."""
    home = next((each for each in (folder, *folder.parents) if _is_home(each)), None)
    if home is None and not command:
        raise UsageError(
            f"there is no alembic.ini in {folder} or above", hint="--path names its folder, or that of env.py"
        )
    try:
        words = shlex.split(command) or [sys.executable, "-m", "alembic"]
    except ValueError as error:
        raise UsageError(f"--alembic makes no sense: {error}", hint="mend the quotes") from None
    return convert_revisions(Alembic(words, home or Path.cwd()))


def _is_home(folder: Path) -> bool:
    if (folder / _INI).is_file():
        return True
    try:
        return "[tool.alembic" in (folder / _TOML).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
