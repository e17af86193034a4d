"""A PostgreSQL server for one call, with nothing in it, that is gone at the end."""

import errno
import fcntl
import os
import secrets
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..errors import ServerError
from ..signals import ENDING
from .binaries import find_binaries
from .embedded import Server
from .home import STATE_FOLDER

_FOLDER = "shadow"
_LOCK = "owner.lock"
# What a crash would lose is thrown away in any case.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_connections": "20",
    # A file may make thousands of tables in one transaction, as it could on a larger server.
    "max_locks_per_transaction": "2048",
    "shared_buffers": "32MB",
    # They may be in memory.
    "max_wal_size": "128MB",
    # Tablespaces of the files need no folder of their own.
    "allow_in_place_tablespaces": "on",
}


@contextmanager
def throwaway_server(project: Path, major: int, wanted: str = "") -> Iterator[Server]:
    """A new running server of a major version; stopped and removed at the end. ServerError where there is none.

    `wanted` is the setting `postgres`; it counts where it leads to that version.
    """
    chosen = _fitting(major, wanted)
    with _local_shelf(project) as folder:
        server = Server(folder, wanted=chosen, settings=_SETTINGS, throwaway=True)
        with undisturbed():
            server.start()
        yield server


@contextmanager
def shelved(shelf: Path) -> Iterator[Path]:
    """A new folder for a throwaway server; both are removed at the end, or, of a killed process, by the next call.

    The shelf is made where it is missing; OSError when that is refused or it is another user's.
    """
    lock, folder = _claim(shelf)
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(lock)


@contextmanager
def _local_shelf(project: Path) -> Iterator[Path]:
    shelf = project / STATE_FOLDER / _FOLDER
    with ExitStack() as stack:
        try:
            _make_local(project)
            folder = stack.enter_context(shelved(shelf))
        except OSError as error:
            where = str(error.filename or shelf)
            raise ServerError(
                f"cannot make a server: {error.strerror}", where=where, hint="may you write there, and is there room?"
            ) from None
        yield folder


def _fitting(major: int, wanted: str) -> str:
    """What finds a server of that version: the setting, or else the number."""
    for choice in filter(None, (wanted, str(major))):
        with suppress(ServerError):
            if find_binaries(choice).major == major:
                return choice
    raise ServerError(f"no server of PostgreSQL {major} was found", hint=f"install postgresql-{major}")


def _make_local(project: Path) -> None:
    local = project / STATE_FOLDER
    with suppress(FileExistsError):
        local.mkdir(mode=0o700)
        (local / ".gitignore").write_text("*\n")
        if os.geteuid() == 0:
            owner = project.stat()
            os.chown(local, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _claim(shelf: Path) -> tuple[int, Path]:
    """A new folder, and the open file whose lock says, for as long as we live, that it is no leftover."""
    shelf.mkdir(mode=0o700, exist_ok=True)
    all_of_them = os.open(shelf, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if os.fstat(all_of_them).st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "this folder is another user's", str(shelf))
        fcntl.flock(all_of_them, fcntl.LOCK_EX)
        _sweep(shelf)
        folder = shelf / f"{os.getpid()}-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock, folder
    finally:
        os.close(all_of_them)


def _sweep(shelf: Path) -> None:
    """Ends and removes the servers of calls that were killed."""
    for folder in shelf.iterdir():
        with suppress(OSError):
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder)
            finally:
                os.close(lock)


def _remove(folder: Path) -> None:
    try:
        Server(folder, throwaway=True).remove()
    except ServerError:
        if (folder / STATE_FOLDER).exists():
            # An initdb that was left alone still writes there; by this folder the next call finds it again.
            return
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def undisturbed() -> Iterator[None]:
    """A signal counts when this is over: what is only half made could not be found, and removed, again."""
    held: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    noticed = [number for number in ENDING if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, lambda n, _: held.append(n)) for number in noticed}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if held:
        signal.raise_signal(signal.Signals(held[0]))
