"""A running PostgreSQL server as its postmaster.pid and its socket show it."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import ServerError
from .binaries import Account

# Not TMPDIR, which can be long: the path of a socket has 107 bytes.
SOCKET_FOLDERS = Path("/tmp")  # noqa: S108
SOCKET_PREFIX = "migratekit-"
POLL_SECONDS = 0.02
ANSWER_SECONDS = 5.0
STOP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The server that last wrote the pid file of a data directory, alive or not."""

    data: Path
    pid: int
    started_in: Path
    port: int
    sockets: Path
    listens: bool
    ready: bool

    @classmethod
    def read(cls, data: Path) -> "Postmaster | None":
        """None without a pid file, or with one that a crash cut short."""
        try:
            lines = pid_file(data).read_text().splitlines()
            lines += [""] * (8 - len(lines))
            pid, directory, _, port, sockets, address, _, status = lines[:8]
            ready = status.strip() == "ready"
            return cls(data, int(pid), Path(directory), int(port), Path(sockets), address != "", ready)
        except (OSError, ValueError):
            return None

    def is_alive(self) -> bool:
        """True when the process is this data directory's server, not another that got its number since."""
        process = Path("/proc") / str(self.pid)
        try:
            if Path("/proc/self").exists():
                name = (process / "comm").read_text().strip()
                return name == "postgres" and (process / "cwd").samefile(self.data)
            argv = ["ps", "-ww", "-o", "command=", "-p", str(self.pid)]
            command = subprocess.run(argv, capture_output=True, timeout=ANSWER_SECONDS, check=False).stdout
            return b"postgres -D " + os.fsencode(self.data) in command
        except (OSError, subprocess.SubprocessError):
            return False

    def has_number_taken(self) -> bool:
        """True when a process, whichever, has this server's pid."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True

    def is_of_a_copy(self) -> bool:
        """True when the file came here with a copy of another project, whose server it tells of."""
        try:
            return not self.started_in.samefile(self.data)
        except FileNotFoundError:
            return False
        except OSError:
            return True

    def answers(self, account: Account) -> bool:
        """True when somebody accepts connections on the socket, in a folder that only `account` can enter."""
        try:
            folder = self.sockets.lstat()
            if not stat.S_ISDIR(folder.st_mode) or folder.st_uid != account.uid or folder.st_mode & 0o077:
                return False
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(ANSWER_SECONDS)
                client.connect(str(self.sockets / f".s.PGSQL.{self.port}"))
            return True
        except OSError:
            return False

    def shut_down(self) -> None:
        """Cut off the sessions and wait for the end; ServerError when it takes longer than a minute."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)
        if not wait_until(lambda: not self.is_alive(), STOP_SECONDS):
            raise ServerError(
                f"PostgreSQL (process {self.pid}) did not stop within {STOP_SECONDS:g} seconds",
                where=str(self.data),
                hint="its disk may be slow; try again",
            )


def pid_file(data: Path) -> Path:
    """Where the server of a data directory writes its pid."""
    return data / "postmaster.pid"


def wait_until(happened: Callable[[], bool], seconds: float) -> bool:
    """True as soon as it has happened, False after `seconds`."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def make_socket_folder(account: Account) -> Path:
    """A new folder that only `account` can enter, with a path short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=SOCKET_FOLDERS))
    os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    return folder


def remove_socket_folder(folder: Path, account: Account) -> None:
    """Remove what make_socket_folder made; leave alone whatever else is there now."""
    if folder.parent != SOCKET_FOLDERS or not folder.name.startswith(SOCKET_PREFIX):
        return
    with contextlib.suppress(OSError):
        # Through a descriptor, so that nobody can put a link in its place meanwhile.
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if os.fstat(opened).st_uid == account.uid:
                for name in os.listdir(opened):  # noqa: PTH208
                    os.unlink(name, dir_fd=opened)
                folder.rmdir()
        finally:
            os.close(opened)
