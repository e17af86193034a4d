"""Where a project's PostgreSQL server keeps its data, log, password and lock."""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from ..errors import ServerError
from .binaries import Account
from .memory import has_room, memory_state

STATE_FOLDER = ".migratekit"
# The server of a project that root uses runs as another user, who need not reach the project.
ROOT_STATE = Path("/var/lib/migratekit")


@dataclass(frozen=True)
class Home:
    """The paths of one project's server; nothing exists before `make`."""

    project: Path
    account: Account
    throwaway: bool = False

    @cached_property
    def folder(self) -> Path:
        """PROJECT/.migratekit; for root, or in memory, a folder of its own, named after the project's path."""
        name = re.sub(r"[^A-Za-z0-9._-]", "_", self.project.name)[:40]
        name += f"-{hashlib.sha256(os.fsencode(self.project)).hexdigest()[:12]}"
        if self.throwaway:
            fast = memory_state() / name
            if fast.is_dir() or (has_room() and not (self.project / STATE_FOLDER).exists()):
                return fast
        return ROOT_STATE / name if self.account.is_other else self.project / STATE_FOLDER

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "postgres"

    @property
    def log(self) -> Path:
        """The file with the server's messages."""
        return self.folder / "postgres.log"

    @property
    def password(self) -> Path:
        """The file with the superuser's password."""
        return self.folder / "postgres.password"

    @property
    def copies(self) -> Path:
        """Where programs are copied that the server's user cannot reach."""
        return ROOT_STATE / "binaries"

    @property
    def record(self) -> Path:
        """The file in the project that says where root's folder is."""
        return self.project / STATE_FOLDER / "server.json"

    def make(self) -> None:
        """Make the folders, private to the server's user; OSError or ServerError when that is refused."""
        if self.folder.parent == memory_state():
            # First: who looks between the two must not take the server for one on disk.
            _make_own_folder(self.folder.parent, 0o711)
            _make_own_folder(self.folder, 0o711)
        local = self.project / STATE_FOLDER
        with contextlib.suppress(FileExistsError):
            local.mkdir(mode=0o700)
            (local / ".gitignore").write_text("*\n")
            if self.account.is_other:
                owner = self.project.stat()
                os.chown(local, owner.st_uid, owner.st_gid, follow_symlinks=False)
        if self.account.is_other:
            _make_own_folder(ROOT_STATE, 0o755)
            _make_own_folder(self.copies, 0o755)
            self.follow_move()
            _make_own_folder(self.folder, 0o711)
            _write_private(self.record, json.dumps({"project": str(self.project), "home": str(self.folder)}))

    def remove(self) -> None:
        """Delete the folders again."""
        if self.data.is_dir():
            # Cut short, this must not leave what looks like data of a server, or is in the way of new ones.
            half = self.data.with_name("postgres.removed")
            shutil.rmtree(half, ignore_errors=True)
            self.data.rename(half)
        # The project's goes last: as long as it is there, something may be left.
        for folder in (self.folder, self.project / STATE_FOLDER):
            if folder.is_dir():
                shutil.rmtree(folder)

    def follow_move(self) -> None:
        """Take root's folder along when the project was moved; a copied project gets one of its own."""
        try:
            if not self.account.is_other or self.folder.exists() or self.record.lstat().st_uid != 0:
                return
            record = json.loads(self.record.read_text())
            project, former = Path(record["project"]), Path(record["home"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return
        if former.parent == ROOT_STATE and not project.exists():
            with contextlib.suppress(FileNotFoundError):
                former.rename(self.folder)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Let one command at a time start or stop this server."""
        lock = os.open(self.folder / "server.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def hand_over(self, path: Path) -> None:
        """Make the server's user the owner of something in the folder."""
        os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def keep_password(self, password: str) -> None:
        """Write the password where only the server's user and we can read it."""
        _write_private(self.password, password)
        self.hand_over(self.password)

    def open_log(self) -> BinaryIO:
        """The log, open for more at its end."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        return os.fdopen(os.open(self.log, flags, 0o600), "ab")

    def messages_since(self, offset: int) -> str:
        """What the log says after its first `offset` bytes."""
        with self.log.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    def data_version(self) -> str:
        """The major version that the data directory belongs to; empty when there is none yet."""
        try:
            return (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise ServerError(
                f"cannot read the version of the data: {error.strerror}",
                where=str(self.data),
                hint="see who owns this path; each user has a server of their own",
            ) from error


def _make_own_folder(path: Path, mode: int) -> None:
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=mode, parents=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise ServerError(
            "this is not a folder that only its user can write in",
            where=str(path),
            hint="see who put it there, and remove it",
        )
    # The umask may have taken away what the server's user needs to pass.
    path.chmod(mode)


def _write_private(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
    Path(name).replace(path)
