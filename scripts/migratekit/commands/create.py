"""`migratekit create NAME`."""

import argparse
import datetime
import os
import re

from ..errors import ExitCode, UsageError
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
    name = _slug(session.options.name)
    folder = session.settings.folder
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        version = _next_version(session.chain(), timestamp=session.options.timestamp)
        paths = {way: folder / f"{version}_{name}.{way}.sql" for way in Direction}
        try:
            # Of two at once, the first one that gets the up file has the number.
            descriptors = {
                way: os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666) for way, path in paths.items()
            }
            break
        except FileExistsError:
            continue
    for way, descriptor in descriptors.items():
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(header(session.settings.project, way, version, name))
        session.console.out(os.path.relpath(paths[way]))
    return ExitCode.DONE


def _slug(text: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    if not slug or len(slug) > _MAX_NAME or text != text.strip() or re.search(r"[^\w \-]", text):
        raise UsageError(
            f"{text!r} is no name for a migration",
            hint=f"use letters, digits, blanks, - and _, at most {_MAX_NAME}: create_projects_table",
        )
    return slug


def _next_version(chain: list[Migration], *, timestamp: bool) -> str:
    if timestamp:
        return datetime.datetime.now(datetime.UTC).strftime("%Y%m%d%H%M%S")
    names = [(half.path.rpartition("/")[2]) for half in (m.up or m.down for m in chain[-1:]) if half]
    width = len(names[0].partition("_")[0]) if names else 3
    return f"{(chain[-1].version if chain else 0) + 1:0{width}d}"
