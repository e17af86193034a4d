"""Will there be a backup; and without a new one, is there a good one that is not too old?"""

from collections.abc import Iterator
from pathlib import Path

from ..backup import Backup, is_complete, newest
from ._figures import age, size
from ._view import Result, View, fail, ok, warn

_MAKE = "make one: `migratekit backup`; or let the release make one, without --skip-backup"


def check(view: View) -> Iterator[Result]:
    """A failure where no backup is made and the last one is older than `limits.backup_age`."""
    settings, database = view.settings, view.database.row("SELECT current_database()")[0] or ""
    folder = settings.project / Path(settings.backups.folder).expanduser()
    last = newest(folder, settings.environment, database, settings.backups.scope)
    reason = view.release.without_backup
    if not reason:
        yield ok(f"will be made; the last: {_described(last) if last else 'none'}", subject=str(folder))
        return
    if not reason.strip():
        yield fail("no reason is given", "--skip-backup wants words: why is none needed?", subject="--skip-backup")
    yield from _without(view, last, str(folder))


def _without(view: View, last: Backup | None, folder: str) -> Iterator[Result]:
    limit = view.settings.limits.backup_age
    allowed = f"not older than {age(limit)}"
    if last is None:
        yield fail("none is made, and there is none", _MAKE, subject=folder, limit=allowed)
    elif not is_complete(last):
        yield fail(f"none is made; the last is damaged: {last.name}", _MAKE, subject=folder, limit=allowed)
    elif last.age > limit:
        yield fail(f"none is made; the last: {_described(last)}", _MAKE, subject=folder, limit=allowed)
    else:
        yield ok(f"none is made; the last: {_described(last)}", subject=folder, limit=allowed)
        yield from _doubts(view, last)


def _doubts(view: View, last: Backup) -> Iterator[Result]:
    """What may be wrong with a backup that is young enough."""
    if not last.verified:
        yield warn("was never verified", f"`migratekit backup verify {last.name}`", subject=last.name)
    if not view.broken and last.version != view.known.version:
        figure = f"holds version {_number(last.version)}, the database is at {_number(view.known.version)}"
        yield warn(figure, f"what ran since is not in it. {_MAKE}", subject=last.name)


def _described(backup: Backup) -> str:
    verified = f", verified ({backup.verified})" if backup.verified else ""
    return f"{backup.name}, {age(backup.age)} old, {size(backup.size)}{verified}"


def _number(version: int | None) -> str:
    return "none" if version is None else str(version)
