"""PostgreSQL schema migrations in plain SQL files."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api.asynchronous import AsyncMigrator
    from .api.migrator import Migrator
    from .api.results import Attempt, Migration, Progress, Ran, Run, Status, Step, Version
    from .checks._findings import Finding
    from .errors import (
        DatabaseError,
        DirtyError,
        ExitCode,
        Interrupted,
        LockTimeout,
        MigratekitError,
        Refused,
        SourceError,
        UsageError,
    )
    from .failures import FileFailed

__version__ = "0.1.0"
__all__ = [
    "AsyncMigrator",
    "Attempt",
    "DatabaseError",
    "DirtyError",
    "ExitCode",
    "FileFailed",
    "Finding",
    "Interrupted",
    "LockTimeout",
    "MigratekitError",
    "Migration",
    "Migrator",
    "Progress",
    "Ran",
    "Refused",
    "Run",
    "SourceError",
    "Status",
    "Step",
    "UsageError",
    "Version",
    "__version__",
]
# The commands import this package too, and must not pay for what programs use.
_HOMES = {
    "AsyncMigrator": "api.asynchronous",
    "Migrator": "api.migrator",
    "Finding": "checks._findings",
    "FileFailed": "failures",
    **dict.fromkeys(("Attempt", "Migration", "Progress", "Ran", "Run", "Status", "Step", "Version"), "api.results"),
}


def __getattr__(name: str) -> Any:
    """What is public, imported when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'errors')}", __name__), name)
