"""What a project needs beside its migrations, put into a folder in which nothing is touched that is there."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .errors import MigratekitError, Refused

_HERE = Path(__file__).resolve().parent
# In the wheel these lie inside of the package, in a checkout where they are used.
_COPIED = (
    "migratekit.mk",
    "environments/development.yaml",
    "environments/test.yaml",
    "environments/staging.yaml",
    "environments/production.yaml",
    "scripts/production-migrate.sh",
    "templates/README.md",
)
# What a newer version may bring better ones of.
_RELEASED = ("migratekit.mk", "scripts/production-migrate.sh")
INCLUDE = "include migratekit.mk"
_MADE = {
    "Makefile": f".DEFAULT_GOAL := migrate-help\n{INCLUDE}\n",
    "migrations/.gitkeep": "",
    "checks/.gitkeep": "",
    ".gitignore": "",
}
_IGNORED = (".env", ".venv/", ".migratekit/", "backups/", "logs/", "reports/")
# In the order in which make looks for them.
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_TARGET = re.compile(r"^((?:migrate|db)-[a-z-]+)\s*:", re.MULTILINE)
_INCLUDES = re.compile(r"^\s*-?s?include\s.*\bmigratekit\.mk\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a new project, and whether there is already something of that name."""

    name: str
    content: bytes
    mode: int
    kept: bool


def survey(root: Path) -> list[Item]:
    """What a project in this folder needs; Refused where a name leads out of the folder."""
    return [_item(root, name) for name in (*_COPIED, *_MADE)]


def write(root: Path, item: Item) -> None:
    """Makes the file, which must not be there; whole, or not at all."""
    path = root / item.name
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, item.mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(item.content)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise MigratekitError(
            f"cannot be made: {error.strerror}", where=item.name, hint="mend that and call it again: it goes on there"
        ) from None


def advice(root: Path) -> Iterator[tuple[str, Sequence[str]]]:
    """What is to be done by hand in files that were kept: what to do, and the lines."""
    makefile = _makefile(root)
    if makefile:
        text = _text(root / makefile)
        if not _INCLUDES.search(text):
            yield f"to be added at the top of {makefile}, for the targets:", [INCLUDE]
        known = set(_TARGET.findall(_ours("migratekit.mk").decode()))
        own = sorted(known & set(_TARGET.findall(text)))
        if own:
            yield f"{makefile} has targets of these names, which win as long as they are there:", own
    if os.path.lexists(root / ".gitignore"):
        missing = _not_ignored(_text(root / ".gitignore"))
        if missing:
            yield "to be added to .gitignore, for what must not be committed:", missing
    others = [name for name in _RELEASED if os.path.lexists(root / name) and _differs(root / name, _ours(name))]
    if others:
        yield "not as in this version of migratekit; remove them and call init again to have them anew:", others


def _item(root: Path, name: str) -> Item:
    kept = os.path.lexists(root / name) or (name == "Makefile" and bool(_makefile(root)))
    folder = (root / name).parent
    if not kept and not folder.resolve().is_relative_to(root.resolve()):
        raise Refused(
            f"{folder.relative_to(root)} leads out of the project; nothing was written",
            where=str(root),
            hint="make it a folder, or call init in the folder that it leads to",
        )
    if not kept and os.path.lexists(folder) and not folder.is_dir():
        raise Refused(
            f"{folder.relative_to(root)} is there and is no folder; nothing was written",
            where=str(root),
            hint="give it another name",
        )
    if name == ".gitignore":
        content = "".join(f"{line}\n" for line in _IGNORED).encode()
    else:
        content = _MADE[name].encode() if name in _MADE else _ours(name)
    return Item(name, content, 0o755 if name.endswith(".sh") else 0o644, kept)


def _ours(name: str) -> bytes:
    root = next(folder for folder in (_HERE / "project", _HERE.parents[1]) if (folder / "migratekit.mk").is_file())
    return (root / name).read_bytes()


def _makefile(root: Path) -> str:
    """The Makefile that make would take; empty if there is none."""
    there = {path.name for path in root.iterdir()}
    return next((name for name in _MAKEFILES if name in there), "")


def _not_ignored(text: str) -> list[str]:
    patterns = [line.strip().strip("/") for line in text.splitlines()]
    return [line for line in _IGNORED if not any(fnmatchcase(line.strip("/"), each) for each in patterns)]


def _differs(path: Path, content: bytes) -> bool:
    with suppress(OSError):
        return path.read_bytes() != content
    return True


def _text(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""
