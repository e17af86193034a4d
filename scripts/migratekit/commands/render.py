"""`migratekit render FILE.j2 … --to DIR`."""

import argparse
import os
from pathlib import Path

from ..errors import ExitCode, Refused, SourceError, UsageError
from ..file_changes import make_folders, unshared
from ..render import Templates
from ..session import Session

_SUFFIX = ".j2"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE.j2", help="templates, as in 004_add_partitions.up.sql.j2")
    parser.add_argument("--to", required=True, metavar="DIR", help="folder of the plain files")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], help="a variable, beside those of the environment"
    )
    parser.add_argument("--force", action="store_true", help="write over files that are there and differ")


def run(session: Session) -> ExitCode:
    """Writes plain files from templates with the environment's variables; all of them, or none."""
    texts = {_target(session, name): _text(session, Path(name)) for name in session.options.files}
    differing = [path for path, text in texts.items() if path.exists() and _read(path) != text]
    if differing and not session.options.force:
        raise Refused(
            f"{os.path.relpath(differing[0])} is there and differs; nothing was written",
            hint="is it applied already? --force writes over it",
        )
    for path, text in texts.items():
        try:
            make_folders(path.parent)
            with open(path, "w", encoding="utf-8", newline="\n", opener=unshared) as file:
                file.write(text)
        except OSError as error:
            raise SourceError(
                f"cannot be written: {error.strerror}", where=str(path), hint="may you write there?"
            ) from None
        session.console.out(os.path.relpath(path))
    return ExitCode.DONE


def _target(session: Session, name: str) -> Path:
    if not name.endswith(f".sql{_SUFFIX}"):
        raise UsageError(f"{name} is no template", hint="its name ends in .sql.j2")
    return Path(session.options.to) / Path(name).name.removesuffix(_SUFFIX)


def _text(session: Session, path: Path) -> str:
    values = {**session.settings.variables, **_given(session), "environment": session.settings.environment}
    return Templates(session.settings.project).text(_read(path), values, where=str(path))


def _given(session: Session) -> dict[str, object]:
    given: dict[str, object] = {}
    for text in session.options.set:
        name, sign, value = text.partition("=")
        if not sign or not name.isidentifier():
            raise UsageError(f"--set {text!r} is not NAME=VALUE", hint="write it as in --set region=eu")
        given[name] = value
    return given


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SourceError("is not UTF-8", where=str(path), hint="save it as UTF-8") from None
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=str(path), hint="check the file") from None
