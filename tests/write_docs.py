"""Writes docs/commands.md from what the commands say of themselves: `.venv/bin/python tests/write_docs.py`."""

import subprocess
from collections.abc import Iterator
from functools import cache

from migratekit.commands import ALIASES, VERBS
from support import BIN, CLEAN, ROOT

COMMANDS_PAGE = ROOT / "docs" / "commands.md"

_INTRODUCTION = """# Commands

Two commands work on the same files and the same version table: `migratekit`, the toolkit's own form, and
`migrate`, which takes golang-migrate's place. This page is made from what they print themselves, by
`tests/write_docs.py`.
"""
_MIGRATE = """## migrate

Options, output, streams and exit codes are golang-migrate's.
"""


def commands_page() -> str:
    """The text of docs/commands.md as it should be now."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield _INTRODUCTION
    yield _block("migratekit", "--help")
    for verb in VERBS:
        names = [verb, *(alias for alias, name in ALIASES.items() if name == verb)]
        yield f"## migratekit {', '.join(names)}\n"
        yield _block("migratekit", verb, "--help")
    yield _MIGRATE
    yield _block("migrate", "-help")


def _block(command: str, *words: str) -> str:
    return f"```text\n{help_text(command, *words).rstrip()}\n```\n"


@cache
def help_text(command: str, *words: str) -> str:
    """What the command prints, 100 columns wide and without colours."""
    environment = CLEAN | {"COLUMNS": "100", "NO_COLOR": "1", "PYTHON_COLORS": "0"}
    argv = [str(BIN / command), *words]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    return done.stdout or done.stderr


if __name__ == "__main__":
    COMMANDS_PAGE.write_text(commands_page(), encoding="utf-8")
