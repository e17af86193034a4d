"""`migratekit headers`."""

import argparse
import datetime
import os
import tempfile
from pathlib import Path

from ..convention import SOURCES, source_name
from ..errors import ExitCode, Refused, SourceError
from ..header import read_header
from ..ledger import Standing
from ..migration import Direction, File, Migration
from ..render import Templates, author
from ..session import Session

_OPEN = (Standing.PENDING, Standing.MISSED)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--dry-run", action="store_true", help="list the files that lack one, and write nothing")


def run(session: Session) -> ExitCode:
    """Puts a header in front of each file that has none and is not applied yet; the rest of it stays as it is."""
    name = source_name(session.settings)
    if SOURCES[name].NAMING.one_file:
        what = f"files of the convention {name} hold both halves, and no header is put into the middle of a file"
        raise Refused(what, hint="write it by hand, below the line that begins the up part")
    with session.engine() as engine:
        ledger = session.ledger(session.chain(), engine.known())
    count = 0
    for entry in ledger.of(*_OPEN):
        for way in Direction:
            file = entry.migration.file(way) if entry.migration else None
            if entry.migration and file and _lacks_header(session, file):
                count += 1
                if not session.options.dry_run:
                    _prepend(Path(file.path), _header(session, entry.migration, way))
                session.console.out(os.path.relpath(file.path))
    verb = "lack" if session.options.dry_run else "got"
    session.console.out(f"{count} files {verb} a header; files that are applied are left as they are")
    return ExitCode.DONE


def _lacks_header(session: Session, file: File) -> bool:
    header = read_header(session.files.read(file))
    return not (header.get("Version") or header.get("Description"))


def _header(session: Session, migration: Migration, way: Direction) -> bytes:
    project = session.settings.project
    values = {
        "version": migration.number,
        "name": migration.title,
        "description": migration.title.replace("_", " ").capitalize(),
        "author": author(project),
        "date": datetime.datetime.now().astimezone().date().isoformat(),
        "dependencies": "None",
        "phase": "",
    }
    return Templates(project).render(f"_shared/header.{way}.sql.j2", values).encode()


def _prepend(path: Path, header: bytes) -> None:
    """Writes the file anew beside itself and puts it in its place, so that no half of it is ever there."""
    try:
        path = path.resolve(strict=True)
        old = path.read_bytes()
        descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(header.rstrip(b"\n") + b"\n\n" + old)
                os.fchmod(file.fileno(), path.stat().st_mode & 0o777)
            Path(new).replace(path)
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SourceError(
            f"cannot be written: {error.strerror}", where=str(path), hint="may you write there?"
        ) from None
