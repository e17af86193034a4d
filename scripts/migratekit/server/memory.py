"""The folder in memory for servers whose data nobody needs once they are gone."""

import os
import stat
from contextlib import suppress
from pathlib import Path

# Many file systems need longer to make a database's 300 files than PostgreSQL to fill them.
FOLDER = Path("/dev/shm")  # noqa: S108
# With that much, no server or its tests will be short of it, and the machine neither.
_ROOM = 2 << 30
_LEFT_TO_OTHERS = 2 << 30


def memory_state() -> Path:
    """Where servers of this user are in memory; nobody else can write there once it is made."""
    return FOLDER / f"migratekit-{os.geteuid()}"


def has_room() -> bool:
    """True where a server can have its data in memory."""
    try:
        if os.path.lexists(memory_state()) and not _is_ours(memory_state().lstat()):
            return False
        found = os.statvfs(FOLDER)
    except OSError:
        return False
    free = min(found.f_bavail * found.f_frsize, _available() - _LEFT_TO_OTHERS)
    return os.access(FOLDER, os.W_OK | os.X_OK) and free >= _ROOM


def _is_ours(found: os.stat_result) -> bool:
    """True for a folder in which nobody else can write; another one is passed over, whoever put it there."""
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _available() -> int:
    """Bytes of memory, as the kernel and the container's limits have it."""
    left = 0
    with suppress(OSError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                left = int(line.split()[1]) * 1024
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        with suppress(OSError, ValueError):
            group = Path("/sys/fs/cgroup")
            left = min(left, int((group / limit).read_text()) - int((group / used).read_text()))
    return left
