"""Files of a folder renamed, written and taken away: all of it, or nothing."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from .errors import Refused, SourceError


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keeps others that number files out of the folder, so that no two take one number; leaves nothing behind."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class FileChanges:
    """What is to be done, in its order; nothing is done before `apply`."""

    _folders: list[Path] = field(default_factory=list, init=False)
    _moves: list[tuple[Path, Path]] = field(default_factory=list, init=False)
    _texts: dict[Path, tuple[bytes, int]] = field(default_factory=dict, init=False)
    _aside: list[Path] = field(default_factory=list, init=False)

    def make_folder(self, path: Path) -> None:
        """The folder is to be there."""
        self._folders.append(path)

    def rename(self, old: Path, new: Path) -> None:
        """The file, or folder, gets that name, which nothing may have by then."""
        self._moves.append((old, new))

    def write(self, path: Path, text: bytes, mode: int = 0o644) -> None:
        """The file is new; `mode` as far as the umask allows."""
        mask = os.umask(0)
        os.umask(mask)
        self._put(path, text, mode & ~mask)

    def rewrite(self, path: Path, text: bytes) -> None:
        """The file gets another text and keeps its mode; Refused if it is a link."""
        if path.is_symlink():
            raise Refused("is a link, and would become a file", where=str(path), hint="change what it leads to by hand")
        self.remove(path)
        self._put(path, text, path.stat().st_mode & 0o777)

    def remove(self, path: Path) -> None:
        """The file goes."""
        aside = _beside(path)
        self._aside.append(aside)
        self.rename(path, aside)

    def apply(self) -> None:
        """Does all of it; SourceError if something cannot be done, and nothing is then."""
        made: list[Path] = []
        done: list[tuple[Path, Path]] = []
        try:
            for folder in self._folders:
                if not folder.is_dir():
                    folder.mkdir(0o755)
                    made.append(folder)
            for path, (text, mode) in self._texts.items():
                _stage(path, text, mode)
            for old, new in self._moves:
                _move(old, new)
                done.append((old, new))
        except BaseException as error:
            self._undo(made, done)
            if not isinstance(error, OSError):
                raise
            where, hint = str(error.filename or ""), "may you write there, and is there room?"
            raise SourceError(f"cannot be changed: {error.strerror}; nothing was", where=where, hint=hint) from None
        for path in self._aside:
            with suppress(OSError):
                self._where(path).unlink()

    def _where(self, path: Path) -> Path:
        """Where the file is once the folders have their new names."""
        for old, new in self._moves:
            if old in path.parents:
                path = new / path.relative_to(old)
        return path

    def _undo(self, made: list[Path], done: list[tuple[Path, Path]]) -> None:
        for old, new in reversed(done):
            new.rename(old)
        for staged in self._texts:
            staged.unlink(missing_ok=True)
        for folder in reversed(made):
            folder.rmdir()

    def _put(self, path: Path, text: bytes, mode: int) -> None:
        staged = _beside(path)
        self._texts[staged] = text, mode
        self.rename(staged, path)


def _beside(path: Path) -> Path:
    """A name that nothing has, which no convention takes for a migration."""
    return path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}")


def _stage(path: Path, text: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)


def _move(old: Path, new: Path) -> None:
    if os.path.lexists(new):
        raise Refused("is there already; nothing was changed", where=str(new), hint="move it away, or name another one")
    old.rename(new)
