"""`migratekit create NAME`."""

import argparse
import datetime
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ExitCode, SourceError, UsageError
from ..migration import Direction, Migration
from ..render import header
from ..session import Session

_MAX_NAME = 100


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("name", metavar="NAME", help="what it does, as in create_projects_table")
    parser.add_argument("--timestamp", action="store_true", help="number it by the time (UTC) instead of in sequence")


def run(session: Session) -> ExitCode:
    """Makes an up and a down file that hold a header and no statement yet."""
    name, folder = _slug(session.options.name), session.settings.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone_in(folder):
            version = _next_version(session.chain(), timestamp=session.options.timestamp)
            texts = {way: header(session.settings.project, way, version, name) for way in Direction}
            for way, text in texts.items():
                path = folder / f"{version}_{name}.{way}.sql"
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
                session.console.out(os.path.relpath(path))
    except OSError as error:
        raise SourceError(
            f"cannot make the files: {error.strerror}", where=str(error.filename or folder), hint="may you write there?"
        ) from None
    return ExitCode.DONE


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keeps other `create`s out of the folder, so that no two take one number; leaves nothing behind."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _slug(text: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    if not slug or len(slug) > _MAX_NAME or text != text.strip() or re.search(r"[^A-Za-z0-9_ -]", text):
        raise UsageError(
            f"{text!r} is no name for a migration",
            hint=f"use letters a to z, digits, blanks, - and _, at most {_MAX_NAME}: create_projects_table",
        )
    return slug


def _next_version(chain: list[Migration], *, timestamp: bool) -> str:
    last = chain[-1] if chain else None
    if timestamp:
        moment = datetime.datetime.now(datetime.UTC)
        taken = {migration.version for migration in chain}
        while int(version := moment.strftime("%Y%m%d%H%M%S")) in taken:
            moment += datetime.timedelta(seconds=1)
        return version
    half = last and (last.up or last.down)
    width = len(half.path.rpartition("/")[2].partition("_")[0]) if half else 3
    return f"{(last.version if last else 0) + 1:0{width}d}"
