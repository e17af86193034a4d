"""Versions by the names of Alembic's revisions, as far as files that `convert` wrote say which they were."""

import argparse
import re
from collections.abc import Callable
from typing import overload

from ..errors import Refused, UsageError
from ..lineage import Lineage
from ..session import Session, steps_toward, version_argument

_ID = re.compile(r"[A-Za-z0-9_]+")


class Revision(str):
    """What no version is, and may be a revision."""

    __slots__ = ()


def version_or_revision(text: str) -> "int | Revision":
    """A version, or what may be a revision; for argparse."""
    return _or_revision(text, version_argument)


def steps_or_revision(sign: str, *ends: str) -> Callable[[str], "int | Revision"]:
    """A number of steps, the name of the end, or what may be a revision; for argparse."""
    return lambda text: _or_revision(text, steps_toward(sign, *ends))


def _or_revision(text: str, number: Callable[[str], int]) -> "int | Revision":
    try:
        return number(text)
    except argparse.ArgumentTypeError:
        # A revision, or a version, may be all digits: taken for steps it would undo everything.
        if not _ID.fullmatch(text):
            raise
        return Revision(text)


@overload
def version_of(session: Session, target: "int | Revision") -> int: ...
@overload
def version_of(session: Session, target: "int | Revision | None") -> int | None: ...
def version_of(session: Session, target: "int | Revision | None") -> int | None:
    """The version that is meant; UsageError for a revision that no file is, Refused for one that no version is."""
    if not isinstance(target, Revision):
        return target
    chain = session.chain() if session.settings.folder.is_dir() else []
    lineage = Lineage(chain, session.files.read)
    found = lineage.named(target)
    if len(found) != 1:
        number = "number of steps" if target.isdigit() else "number"
        what = f"{str(target)!r} is no {number}, and no file says that it was this revision"
        what = f"{target!s} begins {len(found)} revisions: {', '.join(found)}" if found else what
        hint = "with --to " if target.isdigit() else ""
        hint += "name the number of a file, which `migratekit status` lists; `convert --from alembic` writes into each"
        raise UsageError(what, hint=f"{hint} which revision it was (docs/from-alembic.md)")
    version, others = lineage.version(found[0])
    if version is None:
        what = f"no file is left of revision {found[0]}, nor of those that it stands on"
        raise UsageError(what, hint="name the number of a file, which `migratekit status` lists")
    if others:
        what = f"revision {found[0]} does not stand on {others[0].name}, which comes before it here"
        raise Refused(what, hint=f"the files stand in one row: name the number, {version}, if that is what you mean")
    return version
