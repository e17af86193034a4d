"""`migratekit convert`."""

import argparse
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from ..alembic import convert_alembic, is_alembic
from ..convention import SOURCES, read_chain, source_name
from ..conversion import Converted, convert
from ..errors import ExitCode, MigratekitError, Refused, UsageError
from ..file_changes import unshared
from ..reading import read_file
from ..session import Session
from ..settings import Origin
from ._findings import count

_ALEMBIC = "alembic"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    known = [*(name for name in SOURCES if name != "golang"), _ALEMBIC]
    parser.add_argument("--from", dest="convention", choices=known, help="how files are called")
    parser.add_argument("--to", required=True, type=Path, metavar="DIR", help="a new folder, or an empty one")
    parser.add_argument(
        "--alembic",
        metavar="COMMAND",
        default="",
        help="how Alembic is called where the project is (python -m alembic)",
    )


def run(session: Session) -> ExitCode:
    """Writes golang-migrate's pairs from files of another convention, all or none, and says what they lack."""
    target = session.options.to.absolute()
    _refuse_full(target)
    name, count_of, converted = _converted(session)
    _write(target, converted)
    console, shown = session.console, os.path.relpath(target)
    for note in converted.notes:
        console.out(note)
    console.out(f"{count_of} of {name} written to {shown}: {count(len(converted.files), 'file')}")
    if converted.unfinished:
        raise MigratekitError(
            f"{count(len(converted.unfinished), 'file')} of {shown} could not be converted, and will fail if they run:"
            f" {', '.join(converted.unfinished)}",
            hint="write in them, in SQL, what the Python did; each says of which function",
        )
    return ExitCode.DONE


def _converted(session: Session) -> tuple[str, str, Converted]:
    """The convention, how much there is of it, and the new files."""
    options, folder = session.options, session.settings.folder
    if options.convention == _ALEMBIC or (not options.convention and (options.alembic or is_alembic(folder))):
        converted = convert_alembic(folder.absolute(), options.alembic)
        return _ALEMBIC, count(sum(name.endswith(".up.sql") for name in converted.files), "pair"), converted
    name = options.convention or source_name(session.settings)
    if name == "golang":
        raise Refused(f"{folder} holds golang-migrate's pairs already", hint="--path names the folder to convert")
    values = {**session.settings.values, "source": Origin(name, "--from")}
    chain = read_chain(replace(session.settings, values=values))
    return name, count(len(chain), "migration"), convert(chain, name, read_file)


def _refuse_full(target: Path) -> None:
    """Refused unless it is a folder that is not there, or empty."""
    if target.is_dir() and not any(target.iterdir()):
        return
    if target.exists() or target.is_symlink():
        raise Refused("is there already; nothing was written", where=str(target), hint="name a new folder with --to")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}", hint="make it first")


def _write(target: Path, converted: Converted) -> None:
    """All files at once: into a folder beside, which then takes the name."""
    beside = ""
    try:
        beside = tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)
        for name, text in converted.files.items():
            with open(Path(beside) / name, "xb", opener=unshared) as file:
                file.write(text)
        _check(beside)
        mask = os.umask(0)
        os.umask(mask)
        Path(beside).chmod(0o755 & ~mask)
        Path(beside).rename(target)
    except OSError as error:
        raise MigratekitError(
            f"cannot be written: {error.strerror}; nothing was", where=str(target), hint="is there room, and the right?"
        ) from None
    finally:
        if beside:
            shutil.rmtree(beside, ignore_errors=True)


def _check(folder: str) -> None:
    """MigratekitError if a name would not make it a chain."""
    found = SOURCES["golang"].survey_folder(folder)
    strange = [str(problem) for problem in found.problems] + found.others
    if strange:
        raise MigratekitError(f"{strange[0]} would be no migration", hint="rename the file that it comes from")
