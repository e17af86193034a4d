"""What `backup` and `restore` have in common: where backups are, which one is meant, how they are told."""

from pathlib import Path

from ..backup import Backup, ClientTools, backups, client_tools
from ..backup.integrity import check_files
from ..backup.manifest import read
from ..backup.service import Service
from ..errors import UsageError
from ..session import Session

LATEST = "latest"


def folder(session: Session) -> Path:
    """Where the environment's backups are."""
    return session.settings.project / Path(session.settings.backups.folder).expanduser()


def chosen(session: Session, name: str, database: str = "") -> Backup:
    """The backup that is called so, or the latest of the environment (and database); UsageError if there is none."""
    place, environment = folder(session), session.settings.environment
    hint = "`migratekit backup list` shows the backups there are"
    if name == LATEST:
        fitting = (b for b in backups(place) if b.environment == environment and database in ("", b.database))
        found = next((backup for backup in fitting if database == "" or backup.scope == "database"), None)
        if found is None:
            of = f" of database {database}" if database else ""
            raise UsageError(f"there is no backup of environment {environment}{of}", where=str(place), hint=hint)
        return found
    path = Path(name) if "/" in name else place / name
    backup = read(path)
    if backup is None:
        raise UsageError(
            "this is no backup that can be used: it has no manifest that can be read", where=str(path), hint=hint
        )
    return backup


def check(session: Session, backup: Backup) -> None:
    """Damaged if the files of a backup are not those that were written."""
    progress = session.console.progress(f"checksum of {backup.name}", "bytes")
    read_so_far = 0

    def tick(size: int) -> None:
        nonlocal read_so_far
        read_so_far += size
        if read_so_far < backup.size:
            progress.update(read_so_far, backup.size)

    try:
        check_files(backup, tick)
    finally:
        progress.close()


def tools_for(session: Session, server_version: int, backup: Backup | None = None) -> ClientTools:
    """The client programs for a server, and for a backup that they must be able to read."""
    needed = max(server_version, backup.tool_major * 10000 if backup else 0)
    return client_tools(needed, str(session.settings.values["postgres"].value))


def service(session: Session) -> Service:
    """What makes backups in place of pg_dump."""
    found, url = session.settings.backups, session.database_url()
    variables = {"DATABASE_URL": url.text}
    return Service(found.command, found.check, session.settings.project, variables, session.console.clean)


def size(count: int) -> str:
    """Bytes, for people."""
    return f"{count / 1024:,.0f} kB" if count < 10 * 2**20 else f"{count / 2**20:,.0f} MB"


def told(backup: Backup) -> str:
    """A backup in a few words."""
    at = f"version {backup.version}" if backup.version is not None else "no version"
    what = f"{len(backup.tables)} tables" if backup.scope == "tables" else backup.database
    how_large = f", {size(backup.size)}" if backup.files else f", {backup.reference or 'no reference'}"
    return f"{backup.name}: {what} at {at}{', dirty' if backup.dirty else ''}{how_large}, {proved(backup)}"


def proved(backup: Backup) -> str:
    """How it was verified, in words."""
    ways = {"list": "its list was read", "restore": "restored and compared", "command": "checked by its service"}
    return ways.get(backup.verified, "not verified")
