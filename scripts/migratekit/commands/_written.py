"""A file that is made from the database: written, or held against what it should be."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from difflib import unified_diff
from pathlib import Path

from ..errors import ExitCode, MigratekitError
from ..file_changes import make_folders, unshared
from ..session import Session

_SHOWN = 40


def write_or_check(session: Session, text: str) -> ExitCode:
    """Writes the text where `--file` says, on stdout for `-`; with `--check` says instead whether it is there."""
    name = str(session.options.file)
    if name == "-":
        session.console.out(text.rstrip("\n"))
    elif session.options.check:
        with _readable(path := session.settings.project / name):
            return _check(session, name, path, text)
    else:
        session.console.out(f"{name}: {'written' if write(session, name, text) else 'as it was'}")
    return ExitCode.DONE


def write(session: Session, name: str, text: str) -> bool:
    """Writes the text into a file of the project; False where it is there already."""
    path = session.settings.project / name
    with _readable(path):
        if path.is_file() and path.read_bytes() == text.encode():
            return False
        _write(path, text)
        return True


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "may you read and write there?"
        raise MigratekitError(f"cannot be written: {error.strerror}", where=str(path), hint=hint) from None


def _check(session: Session, name: str, path: Path, text: str) -> ExitCode:
    there = path.read_bytes().decode("utf-8", "replace") if path.is_file() else None
    if there == text:
        session.console.out(f"{name}: is what the database gives")
        return ExitCode.DONE
    if there is None:
        session.console.out(f"{name}: is not there")
    else:
        diff = list(unified_diff(there.splitlines(), text.splitlines(), name, "the database", lineterm="", n=1))
        session.console.out("\n".join(diff[:_SHOWN]))
        if len(diff) > _SHOWN:
            session.console.out(f"… and {len(diff) - _SHOWN} more lines")
        session.console.out(f"{name}: is not what the database gives")
    session.console.out(f"hint: `migratekit {session.options.verb}` writes it, where all migrations are applied")
    return ExitCode.FAILED


def _write(path: Path, text: str) -> None:
    """Under its name only when it is whole; who might read it before may do so again."""
    make_folders(path.parent)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(partial, "x", encoding="utf-8", newline="", opener=unshared) as file:
            file.write(text)
        if path.exists():
            partial.chmod(path.stat().st_mode & 0o775)
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
