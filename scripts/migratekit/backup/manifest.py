"""What is known of a backup: the manifest that lies beside its files."""

import datetime
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

NAME = "manifest.json"
# Raised when an older reader would misunderstand.
_FORMAT = 1
_DAY = 86400
_KINDS: Mapping[type, Sequence[str]] = {
    str: ("environment", "database", "system", "tool", "started_at", "ended_at", "scope", "format"),
    int: ("server_version",),
    list: ("tables", "roles", "extensions"),
    dict: ("rows", "sequences", "properties"),
}
_PROPERTIES = {"owner", "encoding", "collate", "ctype", "provider", "locale", "rules", "limit"} | {
    *("tablespace", "comment", "settings", "grants")
}


class DumpFile(NamedTuple):
    """One file of a backup, by its name in the backup's folder."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """One good backup; it has a manifest, because that is written last."""

    path: Path
    environment: str
    database: str
    # The cluster's own number; empty where the server does not tell.
    system: str
    server_version: int
    # What made it, as in `pg_dump 16.4`.
    tool: str
    started_at: str
    ended_at: str
    # The version row, as of the same moment as the rows.
    version: int | None
    dirty: bool
    # database, or tables: then the rows of these tables alone are in it.
    scope: str
    tables: Sequence[str]
    # custom, directory or command.
    format: str
    files: Sequence[DumpFile]
    # Rows by table, counted if `exact`, else as the server estimates them.
    rows: Mapping[str, int]
    exact: bool
    # The lowest and the highest state of each sequence while the dump was made.
    sequences: Mapping[str, Sequence[Sequence[int]]]
    roles: Sequence[str]
    extensions: Sequence[str]
    # What belongs to the database itself: owner, encoding, settings, rights.
    properties: Mapping[str, Any]
    # list, restore or command; empty if it was not verified.
    verified: str = ""
    verified_at: str = ""
    # What the service that made it calls it.
    reference: str = ""
    manifest: int = field(default=_FORMAT)

    @property
    def name(self) -> str:
        """How it is called on the command line."""
        return self.path.name

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def began(self) -> datetime.datetime:
        """When it was begun."""
        return datetime.datetime.fromisoformat(self.started_at)

    @property
    def age(self) -> float:
        """Seconds since it was begun."""
        return (datetime.datetime.now(datetime.UTC) - self.began).total_seconds()

    @property
    def ahead(self) -> bool:
        """True if it claims to be of tomorrow: some clock was wrong, and nothing can be told of its age."""
        return self.age < -_DAY

    @property
    def tool_major(self) -> int:
        """The major version of the pg_dump that made it; 0 for a service's."""
        number = self.tool.rpartition(" ")[2].partition(".")[0]
        return int(number) if number.isdecimal() else 0

    def record(self) -> dict[str, Any]:
        """Its manifest, for JSON."""
        document = {key: value for key, value in asdict(self).items() if key != "path"}
        return document | {"files": [file._asdict() for file in self.files]}


def backups(folder: Path) -> list[Backup]:
    """The good ones in a folder, the newest first; what is not readable as one is left out.

    Behind them come those that claim to be of tomorrow.
    """
    found = [backup for backup in map(read, _candidates(folder)) if backup is not None]
    return sorted(found, key=lambda backup: (not backup.ahead, backup.began, backup.name), reverse=True)


def newest(folder: Path, environment: str, database: str, scope: str = "database") -> Backup | None:
    """The newest good one of a database in an environment; None if there is none."""
    fitting = (b for b in backups(folder) if (b.environment, b.database, b.scope) == (environment, database, scope))
    return next(fitting, None)


def read(path: Path) -> Backup | None:
    """The backup in this folder; None if there is none that we understand."""
    known = {each.name for each in fields(Backup)}
    try:
        document = json.loads((path / NAME).read_text(encoding="utf-8"))
        if document["manifest"] > _FORMAT:
            return None
        document["files"] = tuple(DumpFile(file["name"], file["size"], file["sha256"]) for file in document["files"])
        if not _is_sound(document):
            return None
        return Backup(path, **{key: value for key, value in document.items() if key in known})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _is_sound(document: Mapping[str, Any]) -> bool:
    """True if each value is of its kind; somebody may have edited them."""
    numbers = [file.size for file in document["files"]] + list(document["rows"].values())
    numbers += [number for low, high in document["sequences"].values() for number in (*low, *high)]
    numbers += [] if document["version"] is None else [document["version"]]
    return (
        all(isinstance(document[key], kind) for kind, keys in _KINDS.items() for key in keys)
        and all(isinstance(number, int) for number in numbers)
        and document["properties"].keys() >= _PROPERTIES
        and datetime.datetime.fromisoformat(document["started_at"]).tzinfo is not None
    )


def write(backup: Backup, folder: Path) -> None:
    """Writes the manifest into a folder, on the disk before it gets its name."""
    text = json.dumps(backup.record(), indent=2, ensure_ascii=False) + "\n"
    partial = folder / f".{NAME}"
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(folder / NAME)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Has the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _candidates(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if not path.name.startswith("."))
