"""The convention that the files of a project follow: the one that is set, or the one that the folder shows."""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from .errors import SourceError, UsageError
from .migration import Direction, Migration
from .settings import Settings
from .sources import golang
from .sources._survey import Naming, Survey, chain_of, read_file

# Their own files make, or write to, a table of the default name.
_OTHER_TABLE = {"commented": "migratekit_migrations", "rollback": "migratekit_migrations"}
_NAMES = ("golang", "dbmate", "goose", "updown", "commented", "rollback", "prisma")
# A name with a direction in it can only be meant for golang-migrate, be it right or not.
_NUMBERED = re.compile(r"[0-9]+(?!.*\.(?:up|down)\.).*\.sql", re.IGNORECASE)
_SHOWN = 3


class Source(Protocol):
    """What a convention has to offer."""

    NAMING: Naming

    def survey_folder(self, folder: str) -> Survey:
        """A folder as it is, be it a chain or not; OSError if it cannot be listed."""

    def layout(self, version: str, title: str, texts: Mapping[Direction, str]) -> dict[str, str]:
        """The files of a new migration: texts by names."""


class _Sources(Mapping[str, Source]):
    """The conventions by their names, each loaded when it is asked for: hardly a project has two."""

    def __getitem__(self, name: str) -> Source:
        if name not in _NAMES:
            raise KeyError(name)
        return cast(Source, import_module(f".sources.{name}", __package__))

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


SOURCES = _Sources()


def source_name(settings: Settings) -> str:
    """The name of the convention; UsageError where the folder shows several, or none for certain."""
    return str(settings.values["source"].value) or _detected(str(settings.folder))


def survey(settings: Settings, name: str = "") -> Survey:
    """The folder of the migrations as it is; SourceError if it cannot be listed. `name` is the convention, if known."""
    try:
        return SOURCES[name or source_name(settings)].survey_folder(str(settings.folder))
    except OSError as error:
        raise SourceError(
            f"the migrations cannot be read: {error.strerror}",
            where=str(settings.folder),
            hint="make the folder, or name another with --path or the key `migrations`",
        ) from None


def read_chain(settings: Settings, warn: Callable[[str], object] | None = None, name: str = "") -> list[Migration]:
    """The migrations by rising version; SourceError for a folder that cannot be read, or holds no chain.

    `warn` is told of files that look like migrations and are none; `name` is the convention, if known.
    """
    found = survey(settings, name)
    chain = chain_of(found)
    told = strays(found) if warn and settings.policies.get("stray") != "off" else ""
    if warn and told:
        warn(told)
    return chain


def strays(found: Survey) -> str:
    """A warning of files that look like migrations and are not taken for them; empty if there are none."""
    names = found.strays
    if not names:
        return ""
    which = f"{len(names)} files look like migrations and are" if names[1:] else "a file looks like a migration and is"
    first = f"{names[0]} is not called {found.naming.shape}"
    return f"warning: {which} passed over: {first}; `migratekit validate` lists them"


def default_table(name: str) -> str | None:
    """The version table of a convention, where it is not that of all others."""
    return _OTHER_TABLE.get(name)


def _detected(folder: str) -> str:
    try:
        signs = _signs(folder)
    except OSError:
        return "golang"
    plain = signs.pop("", [])
    if len(signs) > 1:
        listed = "; ".join(f"{name}: {_some(signs[name])}" for name in sorted(signs))
        raise _unclear(folder, f"holds migrations of several conventions: {listed}")
    if signs or not plain:
        return next(iter(signs), "golang")
    raise _unclear(folder, f"holds {_some(plain)}, which may be of several conventions")


def _signs(folder: str) -> dict[str, list[str]]:
    """What speaks for each convention; what is numbered and speaks for none under an empty name."""
    signs: dict[str, list[str]] = defaultdict(list)
    chain = golang.survey_folder(folder)
    if chain.chain:
        signs["golang"] = [migration.name for migration in chain.chain]
    if chain.others or _has_folders(folder):
        _read_others(folder, chain.others, signs)
    return signs


def _has_folders(folder: str) -> bool:
    with os.scandir(folder) as entries:
        return any(entry.is_dir() for entry in entries)


def _read_others(folder: str, others: Sequence[str], signs: dict[str, list[str]]) -> None:
    from .sources import goose, prisma, rollback

    for name in others:
        if _NUMBERED.fullmatch(name):
            for source in _shown_by(f"{folder}/{name}") or [""]:
                signs[source].append(name)
        elif goose.PROGRAM.fullmatch(name):
            signs["goose"].append(name)
    backs = [name for name in signs.get("", []) if name.endswith(rollback.BACK)]
    if any(name.removesuffix(rollback.BACK) + ".sql" in signs[""] for name in backs):
        signs["rollback"] = backs
    folders = [file.name for each in prisma.survey_folder(folder).chain if (file := each.up)]
    if folders:
        signs["prisma"] = folders


def _shown_by(path: str) -> list[str]:
    from .sources import commented, dbmate, goose, updown

    marks = {"dbmate": dbmate.MARKS, "goose": goose.MARKS, "updown": updown.MARKS}
    patterns = {**{name: each.pattern for name, each in marks.items()}, "commented": commented.MARK}
    try:
        text = read_file(path)
    except (OSError, SourceError):
        return []
    return [name for name, pattern in patterns.items() if pattern.search(text)]


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(sorted(names)[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _unclear(folder: str, what: str) -> UsageError:
    known = ", ".join(SOURCES)
    return UsageError(
        what,
        where=os.path.relpath(folder),
        hint=f"say which one it is: --source NAME, or the key `source` ({known})",
    )
