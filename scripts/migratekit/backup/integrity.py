"""Is a backup as it was written: the checks that need no server."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from ..errors import MigratekitError
from .connection import Connection
from .manifest import Backup, DumpFile
from .processes import ProgramFailed, stream
from .tools import ClientTools

_CHUNK = 1 << 20
DUMP = "dump"


class Damaged(MigratekitError):
    """The backup is not as it was written, or no tool can read it."""


def measure(file: Path, name: str, tick: Callable[[int], None] = lambda _bytes: None) -> DumpFile:
    """Size and checksum of a file; `tick` hears how many bytes were read."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            tick(len(chunk))
    return DumpFile(name, size, digest.hexdigest())


def is_complete(backup: Backup) -> bool:
    """True if each file is there and as long as it was; a quick look."""
    return not _is_empty(backup) and not any(_fault_at_sight(backup, file) for file in backup.files)


def check_files(backup: Backup, tick: Callable[[int], None] = lambda _bytes: None) -> None:
    """Damaged if a file is missing, or not the one that was written."""
    if _is_empty(backup):
        raise Damaged("its manifest names no file of it", where=str(backup.path), hint=_OTHER)
    for file in backup.files:
        fault = _fault_at_sight(backup, file)
        if not fault and measure(backup.path / file.name, file.name, tick) != file:
            fault = "its checksum is not the one that was written down"
        if fault:
            raise Damaged(fault, where=str(backup.path / file.name), hint=_OTHER)


def check_list(path: Path, tools: ClientTools, connection: Connection) -> None:
    """Damaged if pg_restore cannot read what is in the dump."""
    try:
        stream([tools.restore, "--list", path], connection, -1, lambda _chunk: None)
    except ProgramFailed as error:
        raise Damaged(f"pg_restore cannot read it: {error.what}", where=str(path), hint=_OTHER) from None


_OTHER = "take another: `migratekit backup list` shows them"


def _is_empty(backup: Backup) -> bool:
    names = [file.name for file in backup.files]
    return backup.format != "command" and not any(name.split("/")[0] == DUMP for name in names)


def _fault_at_sight(backup: Backup, file: DumpFile) -> str:
    try:
        size = (backup.path / file.name).stat().st_size
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return "" if size == file.size else f"it has {size:,} bytes and should have {file.size:,}"
