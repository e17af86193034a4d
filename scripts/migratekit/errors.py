"""What can go wrong, each with the exit code that the shell sees."""

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """The exit codes of `migratekit`; `migrate` keeps golang-migrate's."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    DIRTY = 4
    LOCKED = 5
    PENDING = 6
    INTERRUPTED = 130


class MigratekitError(Exception):
    """A failure told to the user: what happened, where, and what to do next."""

    exit_code = ExitCode.FAILED

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint
        # How the database gets back to where it was; of a run that failed.
        self.way_back = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what

    def __reduce__(self) -> tuple[Any, ...]:
        # Sent from one process to another, it is not made anew from what its class was given.
        return _again, (type(self), self.args), self.__dict__


def _again(kind: type[MigratekitError], args: tuple[object, ...]) -> MigratekitError:
    error = kind.__new__(kind, *args)
    error.args = args
    return error


class UsageError(MigratekitError):
    """The command line or the settings are wrong; nothing was tried."""

    exit_code = ExitCode.USAGE


class Refused(MigratekitError):
    """A rule of the environment, or an unanswered question, forbids it."""

    exit_code = ExitCode.REFUSED


class DirtyError(MigratekitError):
    """The version table says that a migration stopped half-way."""

    exit_code = ExitCode.DIRTY


class LockTimeout(MigratekitError):
    """Another runner held the lock for longer than we may wait."""

    exit_code = ExitCode.LOCKED


class Interrupted(MigratekitError):
    """A signal stopped the run between two migrations."""

    exit_code = ExitCode.INTERRUPTED


class SourceError(MigratekitError):
    """The migration files cannot be read, or do not make a chain."""


class DatabaseError(MigratekitError):
    """The server refused something, or could not be reached."""


class ServerError(MigratekitError):
    """The embedded PostgreSQL could not be found, started or stopped."""
