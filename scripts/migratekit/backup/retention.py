"""Which backups have had their time."""

import shutil
from collections import defaultdict
from collections.abc import Sequence

from .folder import PARTIAL
from .integrity import is_complete
from .manifest import Backup


def superfluous(found: Sequence[Backup], keep: int, keep_for: float) -> list[Backup]:
    """Those behind the newest `keep` of their database, and those older than `keep_for` seconds; 0: no such limit.

    The newest complete one of each environment, database and scope is never among them.
    """
    groups: dict[tuple[str, str, str], list[Backup]] = defaultdict(list)
    for backup in found:
        groups[(backup.environment, backup.database, backup.scope)].append(backup)
    return [backup for group in groups.values() for backup in _of_one(group, keep, keep_for)]


def remove(backup: Backup) -> None:
    """Removes a backup; what is left of it if we are killed meanwhile has no name of a backup's."""
    # Not locked by anybody, so the next backup takes it for the leftover that it is.
    gone = backup.path.with_name(f"{PARTIAL}removed-{backup.name}")
    backup.path.rename(gone)
    shutil.rmtree(gone)


def _of_one(group: Sequence[Backup], keep: int, keep_for: float) -> list[Backup]:
    best = next((backup for backup in group if is_complete(backup)), None)
    return [
        backup
        for index, backup in enumerate(group)
        if backup is not best and ((keep and index >= keep) or (keep_for and backup.age > keep_for))
    ]
