"""Is there room on the disks for what the files rewrite, and for the backup?"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..backup import estimate, newest
from ._figures import size, some
from ._growth import Growth, Needed, needed
from ._view import Result, View, fail, ok, warn

# So much larger than the last backup the next one may be.
_GROWN = 1.5


class _Demand(NamedTuple):
    """So many bytes are wanted at a path, for what."""

    path: Path
    size: int
    what: str


def check(view: View) -> Iterator[Result]:
    """A failure for each disk on which less than `limits.free_disk` would be left."""
    needs = needed(view)
    demands = list(_backup(view))
    if demands and view.settings.backups.verify == "restore":
        restored = Growth("", needs.server["database"] or 0, "the backup restored to verify it")
        needs = needs._replace(growth=(*needs.growth, restored))
    directory = data_directory(needs.server)
    if directory is None:
        yield _out_of_sight(needs)
    else:
        demands = [*_at_the_server(needs, directory), *demands]
    yield from _disks(demands, view.settings.limits.free_disk)


def data_directory(server: dict[str, Any] | Any) -> Path | None:
    """The data directory, if the server runs on this machine and lets us see it."""
    if not server["local"] or server["directory"] is None:
        return None
    processes = Path("/proc")
    try:
        # Behind a tunnel a server that listens on its own loopback looks like one of ours.
        if (processes / "self").exists():
            name = (processes / str(server["pid"]) / "comm").read_text(encoding="utf-8", errors="replace")
            if not name.startswith(("postgres", "edb-postgres")):
                return None
        path = Path(server["directory"])
        return path if path.is_dir() else None
    except OSError:
        return None


def _out_of_sight(needs: Needed) -> Result:
    subject, wanted = "data directory", sum(each.size for each in needs.growth)
    if not wanted:
        return ok("cannot be seen from here; nothing of size is rewritten", subject=subject)
    folder = needs.server["directory"] or "$(psql -Atc 'SHOW data_directory')"
    hint = f"on the database's machine: df -h {folder}"
    return warn(f"cannot be seen from here; {_parts(needs.growth)}", hint, subject=subject, limit=size(wanted))


def _at_the_server(needs: Needed, directory: Path) -> Iterator[_Demand]:
    yield _Demand(directory, 0, "")
    for each in needs.growth:
        place = directory / each.place
        yield _Demand(place if each.place and _is_there(place) else directory, each.size, each.what)
    wal = directory / "pg_wal"
    wanted = min(sum(each.size for each in needs.growth), needs.server["wal"] or 0)
    yield _Demand(wal if _is_there(wal) else directory, wanted, "WAL")


def _is_there(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _backup(view: View) -> Iterator[_Demand]:
    backups = view.settings.backups
    if view.release.without_backup or backups.command:
        return
    folder = view.settings.project / Path(backups.folder).expanduser()
    place = next(path for path in (folder, *folder.parents) if _is_there(path))
    some_tables = backups.scope == "tables"
    wanted = sum(table.size or 0 for table in view.touched) if some_tables else estimate(view.database)
    database = view.database.row("SELECT current_database()")[0] or ""
    last = newest(folder, view.settings.environment, database, backups.scope)
    # A dump is compressed, nobody knows how well before the first one.
    wanted = min(wanted, round(last.size * _GROWN)) if last and last.size else wanted
    yield _Demand(place, wanted, "backup" if last else "backup, before it is compressed")


def _disks(demands: list[_Demand], left: int) -> Iterator[Result]:
    """Each disk with all that is wanted of it."""
    disks: dict[int, list[_Demand]] = {}
    for demand in demands:
        disks.setdefault(demand.path.stat().st_dev, []).append(demand)
    for wanted in disks.values():
        found = os.statvfs(wanted[0].path)
        free, total = found.f_bavail * found.f_frsize, sum(demand.size for demand in wanted) + left
        paths = list(dict.fromkeys(str(demand.path) for demand in wanted))
        limit = f"{size(total)}: {_parts(wanted, size(left) + ' to be left')}"
        if not found.f_blocks:
            yield warn("does not say how much is free", f"look for yourself: df -h {paths[0]}", subject=paths[0])
        elif free < total:
            hint = f"make room for {size(total - free)} more; `limits: free_disk` says how much must be left"
            yield fail(f"{size(free)} free", hint, subject=some(paths), limit=limit)
        else:
            yield ok(f"{size(free)} free", subject=some(paths), limit=limit)


def _parts(wanted: Iterable[Growth] | Iterable[_Demand], *more: str) -> str:
    """What the bytes are for, the most first."""
    largest = sorted(((each.size, each.what) for each in wanted if each.size), reverse=True)
    return some([*more, *(f"{size(number)} {what}" for number, what in largest)], 4)
