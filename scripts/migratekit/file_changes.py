"""Files of a folder renamed, written and taken away: all of it, or nothing, also where the call is killed meanwhile."""

import fcntl
import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import Refused, SourceError
from .migration import UNFINISHED

# What a call is about to do, for the next one, which puts it right after a kill.
NOTE = UNFINISHED
_WHAT = "migratekit was changing files here; its next `create`, `renumber` or `squash` puts them right"
# New texts are written beside the files; all get their names; what was put aside goes.
_WRITING, _MOVING, _CLEARING = "writing", "moving", "clearing"
# As `_beside` names files: no others are deleted, whatever a note says.
_BESIDE = re.compile(r"\..+\.[0-9a-f]{8}", re.DOTALL)


@contextmanager
def alone_in(folder: Path, tell: Callable[[str], object] = lambda _line: None) -> Iterator[None]:
    """Keeps others that number files out of the folder, so that no two take one number; leaves nothing behind.

    What a killed call left there is put right first, and told.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for line in _put_right(folder):
            tell(line)
        yield
    finally:
        os.close(descriptor)


def make_folders(path: Path) -> None:
    """The folder and those above it, which nobody else may write in, whatever the umask."""
    for each in reversed((path, *path.parents)):
        if not each.is_dir():
            each.mkdir(0o755, exist_ok=True)


def unshared(path: str, flags: int) -> int:
    """Opens a file, for `open`; nobody else may write into a new one, whatever the umask."""
    return os.open(path, flags | os.O_CLOEXEC, 0o644)


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

    def apply(self, folder: Path) -> None:
        """Does all of it, alone in the folder; SourceError if something cannot be done, and nothing is then."""
        made = [path for path in self._folders if not path.is_dir()]
        done: list[tuple[Path, Path]] = []
        try:
            self._note(folder, _WRITING, made)
            for path in made:
                path.mkdir(0o755)
            for path, (text, mode) in self._texts.items():
                _stage(path, text, mode)
            self._note(folder, _MOVING, made)
            for old, new in self._moves:
                _refuse_taken(new)
                # First: a signal may come between both.
                done.append((old, new))
                old.rename(new)
            self._note(folder, _CLEARING, made)
        except BaseException as error:
            if done:
                # Whoever kills us now is not to have cleared what only half of it is back.
                with suppress(OSError):
                    self._note(folder, _MOVING, made)
            self._undo(made, done)
            (folder / NOTE).unlink(missing_ok=True)
            if not isinstance(error, OSError):
                raise
            where, hint = str(error.filename or ""), "may you write there, and is there room?"
            raise SourceError(f"cannot be changed: {error.strerror}; nothing was", where=where, hint=hint) from None
        for path in self._aside:
            with suppress(OSError):
                self._where(path).unlink()
        with suppress(OSError):
            (folder / NOTE).unlink()

    def _note(self, folder: Path, phase: str, made: list[Path]) -> None:
        """Writes down how far it is."""
        texts = {_from(folder, path): _digest(text) for path, (text, _) in self._texts.items()}
        moves = [[_from(folder, old), _from(folder, new)] for old, new in self._moves]
        aside = [_from(folder, self._where(path)) for path in self._aside]
        lists = {"made": [_from(folder, path) for path in made], "texts": texts, "moves": moves, "aside": aside}
        _write_note(folder, {"what": _WHAT, "phase": phase, **lists})

    def _where(self, path: Path) -> Path:
        """Where the file is once the folders have their new names."""
        for old, new in self._moves:
            if old in path.parents:
                path = new / path.relative_to(old)
        return path

    def _undo(self, made: list[Path], done: list[tuple[Path, Path]]) -> None:
        for old, new in reversed(done):
            if os.path.lexists(new) and not os.path.lexists(old):
                new.rename(old)
        for staged in self._texts:
            staged.unlink(missing_ok=True)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()

    def _put(self, path: Path, text: bytes, mode: int) -> None:
        staged = _beside(path)
        self._texts[staged] = text, mode
        self.rename(staged, path)


def _put_right(folder: Path) -> list[str]:
    """Undoes what a killed call began, or ends what it had done; what that was, for people."""
    new = folder / f"{NOTE}.new"
    if not ((folder / NOTE).is_file() or new.is_file()):
        return []
    new.unlink(missing_ok=True)
    if not (folder / NOTE).is_file():
        return []
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        _refuse_others(folder, note)
        if note["phase"] == _CLEARING:
            told = ["a killed call had changed the files here; what it had put aside is gone now"]
            for name in note["aside"]:
                (folder / name).unlink(missing_ok=True)
        else:
            told = ["a killed call had begun to change the files here; they are as they were before it"]
            told += _undo(folder, note)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        what, hint = (
            f"what a killed call left cannot be put right: {error}",
            "put the files back by hand, and delete it",
        )
        raise SourceError(what, where=str(folder / NOTE), hint=hint) from None
    (folder / NOTE).unlink()
    return told


def _refuse_others(folder: Path, note: Mapping[str, Any]) -> None:
    """ValueError for a note that names what no call of ours changes: what is outside, or deletes other files."""
    top = folder.resolve()
    moves = [name for pair in note["moves"] for name in pair]
    for name in (*moves, *note["texts"], *note["aside"], *note["made"]):
        path = top / name
        if path == top or ".." in path.parts or not path.parent.resolve().is_relative_to(top):
            raise ValueError(f"{name} is not in the folder")
    for name in (*note["texts"], *note["aside"]):
        if not _BESIDE.fullmatch(Path(name).name):
            raise ValueError(f"{name} is no file that was written or put aside")


def _undo(folder: Path, note: dict[str, Any]) -> list[str]:
    """Everything back to where it was; what somebody has changed since stays, and is told."""
    told: list[str] = []
    for old, new in reversed(note["moves"]) if note["phase"] == _MOVING else ():
        if os.path.lexists(folder / old) or not os.path.lexists(folder / new):
            continue
        if old in note["texts"] and _digest((folder / new).read_bytes()) != note["texts"][old]:
            told.append(f"{new} was changed since, and stays")
        else:
            (folder / new).rename(folder / old)
    # From here on the names of texts are those beside the files again, whoever kills us.
    _write_note(folder, {**note, "phase": _WRITING})
    for name in note["texts"]:
        (folder / name).unlink(missing_ok=True)
    for name in reversed(note["made"]):
        with suppress(OSError):
            (folder / name).rmdir()
    return told


def _write_note(folder: Path, note: Mapping[str, object]) -> None:
    """Whole, or the former one stays."""
    new = folder / f"{NOTE}.new"
    if new.is_symlink():
        # It would be written where that leads to.
        new.unlink()
    with open(new, "w", encoding="utf-8", opener=unshared) as file:
        json.dump(note, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / NOTE)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _from(folder: Path, path: Path) -> str:
    # The path of a program has no links in it, that of the folder may.
    return os.path.relpath(path.parent.resolve() / path.name, folder.resolve())


def _beside(path: Path) -> Path:
    """A name that nothing has, which no convention takes for a migration."""
    return path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}")


def _stage(path: Path, text: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
        # What it replaces is deleted: after a power failure it must be there.
        file.flush()
        os.fsync(file.fileno())


def _refuse_taken(new: Path) -> None:
    if os.path.lexists(new):
        raise Refused("is there already; nothing was changed", where=str(new), hint="move it away, or name another one")
