"""A backup's folder while it is being written: under a temporary name, and locked."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import MigratekitError
from .manifest import sync_folder

PARTIAL = ".partial-"


@contextmanager
def partial_folder(parent: Path, name: str) -> Iterator[tuple[Path, int]]:
    """A new empty folder and the open file that locks it; gone at the end unless `publish` gave it its name.

    What killed runs left is removed first.
    """
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(parent):
            remove_leftovers(parent)
            folder = parent / f"{PARTIAL}{name}-{os.getpid()}"
            folder.mkdir(mode=0o700)
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise MigratekitError(
            f"no backup can be put there: {error.strerror}",
            where=str(parent),
            hint="the key `backup: folder` names the place",
        ) from None
    try:
        yield folder, lock
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def publish(folder: Path, name: str) -> Path:
    """Gives the folder its final name, at once and for good; the path it has then."""
    for file in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        sync_folder(file)
    final = folder.parent / name
    number = 1
    with _locked(folder.parent):
        while final.exists():
            number += 1
            final = folder.parent / f"{name}-{number}"
        folder.rename(final)
    sync_folder(folder.parent)
    return final


def remove_leftovers(parent: Path) -> None:
    """Removes unfinished backups whose processes are gone."""
    for leftover in parent.glob(f"{PARTIAL}*"):
        try:
            lock = os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(leftover, ignore_errors=True)
        except OSError:
            # Its process is at work.
            continue
        finally:
            os.close(lock)


def file_name(environment: str, database: str, stamp: str, version: int | None) -> str:
    """A name that sorts by environment, database and time."""
    at = f"v{version:06}" if version is not None else "v-none"
    return "-".join(re.sub(r"[^A-Za-z0-9_.]", "_", part) for part in (environment, database, stamp)) + f"-{at}"


@contextmanager
def _locked(parent: Path) -> Iterator[None]:
    """Keeps others from taking what was just made for a leftover."""
    lock = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
