"""Files without a version, which run again behind the others whenever they have changed: views, functions, grants."""

import enum
import os
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .errors import SourceError
from .migration import File, Migration
from .sources._survey import file_names
from .tracking.history import Event

FOLDER = "repeatable"
_END = ".sql"


class Currency(enum.StrEnum):
    """How a repeatable file stands."""

    CURRENT = "applied"
    CHANGED = "changed"
    NEW = "never applied"
    GONE = "file gone"


class Repeatable(NamedTuple):
    """A repeatable file, or one that is gone, and when it was applied last."""

    name: str
    currency: Currency
    migration: Migration | None = None
    event: Event | None = None

    @property
    def is_due(self) -> bool:
        """True if `up` runs it."""
        return self.currency in (Currency.NEW, Currency.CHANGED)


def read_repeatables(folder: str) -> list[Migration]:
    """The repeatable files of a project, by name; SourceError if they cannot be listed."""
    inside = f"{folder}/{FOLDER}"
    try:
        names = file_names(inside)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        what = f"the repeatable files cannot be read: {error.strerror}"
        raise SourceError(what, where=os.path.relpath(inside), hint="may you read there?") from None
    titles = [name.removesuffix(_END) for name in names if name.endswith(_END) and not name.startswith(".")]
    return [Migration(-1, File(f"{inside}/{title}{_END}", title, stem=FOLDER)) for title in sorted(titles)]


def stray_repeatables(folder: str) -> list[str]:
    """What looks like a repeatable file of a project and is not taken for one, by paths below that folder."""
    inside, found = f"{folder}/{FOLDER}", []
    for path, folders, names in os.walk(inside):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        almost = [name for name in sorted(names) if name.lower().endswith(_END) and not name.startswith(".")]
        strays = almost if path != inside else [name for name in almost if not name.endswith(_END)]
        found += [os.path.relpath(f"{path}/{name}", folder) for name in strays]
    return found


def judge_repeatables(
    files: Sequence[Migration], applied: Mapping[str, Event], checksum_of: Callable[[Migration], str]
) -> list[Repeatable]:
    """How each stands, by what was applied last under its name."""
    titles = {migration.title for migration in files}
    found = [_judged(migration, applied.get(migration.title), checksum_of) for migration in files]
    gone = [Repeatable(name, Currency.GONE, None, event) for name, event in applied.items() if name not in titles]
    return sorted([*found, *gone], key=lambda each: each.name)


def _judged(migration: Migration, event: Event | None, checksum_of: Callable[[Migration], str]) -> Repeatable:
    if event is None:
        return Repeatable(migration.title, Currency.NEW, migration)
    same = checksum_of(migration) == event.checksum
    return Repeatable(migration.title, Currency.CURRENT if same else Currency.CHANGED, migration, event)
