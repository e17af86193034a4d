"""Which lock waits for which."""

from ..impact import LockMode

_ALL = frozenset(LockMode)
_EXCLUSIVE = frozenset({LockMode.EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE})
_WRITING = _EXCLUSIVE | {LockMode.SHARE, LockMode.SHARE_ROW_EXCLUSIVE}

# As in the table of the documentation ("Conflicting Lock Modes").
CONFLICTS = {
    LockMode.ACCESS_SHARE: frozenset({LockMode.ACCESS_EXCLUSIVE}),
    LockMode.ROW_SHARE: _EXCLUSIVE,
    LockMode.ROW_EXCLUSIVE: _WRITING,
    LockMode.SHARE_UPDATE_EXCLUSIVE: _WRITING | {LockMode.SHARE_UPDATE_EXCLUSIVE},
    LockMode.SHARE: (_WRITING | {LockMode.ROW_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE}) - {LockMode.SHARE},
    LockMode.SHARE_ROW_EXCLUSIVE: _WRITING | {LockMode.ROW_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE},
    LockMode.EXCLUSIVE: _ALL - {LockMode.ACCESS_SHARE},
    LockMode.ACCESS_EXCLUSIVE: _ALL,
}
