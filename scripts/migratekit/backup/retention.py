"""Which backups have had their time."""

import shutil
from collections import defaultdict
from collections.abc import Sequence

from ..errors import MigratekitError
from .folder import PARTIAL
from .integrity import is_complete
from .manifest import Backup


def superfluous(found: Sequence[Backup], keep: int, keep_for: float) -> list[Backup]:
    """Those behind the newest `keep` of their database, and those older than `keep_for` seconds; 0: no such limit.

    The newest complete one of each environment, database and scope is never among them, nor what claims to be of
    tomorrow.
    """
    groups: dict[tuple[str, str, str], list[Backup]] = defaultdict(list)
    for backup in found:
        if not backup.ahead:
            groups[(backup.environment, backup.database, backup.scope)].append(backup)
    return [backup for group in groups.values() for backup in _of_one(group, keep, keep_for)]


def remove(backup: Backup) -> None:
    """Removes a backup; what is left of it if we are killed meanwhile has no name of a backup's."""
    # Not locked by anybody, so the next backup takes it for the leftover that it is.
    gone = backup.path.with_name(f"{PARTIAL}removed-{backup.name}")
    try:
        backup.path.rename(gone)
        shutil.rmtree(gone)
    except FileNotFoundError:
        # Somebody else removes it too.
        return
    except OSError as error:
        hint = "see that you may write there"
        raise MigratekitError(f"it cannot be removed: {error.strerror}", where=str(backup.path), hint=hint) from None


def _of_one(group: Sequence[Backup], keep: int, keep_for: float) -> list[Backup]:
    best = next((backup for backup in group if is_complete(backup)), None)
    return [
        backup
        for index, backup in enumerate(group)
        if backup is not best and ((keep and index >= keep) or (keep_for and backup.age > keep_for))
    ]
