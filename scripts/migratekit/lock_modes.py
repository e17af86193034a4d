"""The lock modes of tables."""

from enum import IntEnum


class LockMode(IntEnum):
    """The eight modes in which a table is locked, the weakest first."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @property
    def words(self) -> str:
        """As in LOCK TABLE and the documentation: ACCESS SHARE."""
        return self.name.replace("_", " ")

    @property
    def pg_locks(self) -> str:
        """As in pg_locks: AccessShareLock."""
        return self.name.title().replace("_", "") + "Lock"

    @classmethod
    def of(cls, name: str) -> "LockMode":
        """The mode that pg_locks calls so; ValueError if it is none of a table."""
        for mode in cls:
            if mode.pg_locks == name:
                return mode
        raise ValueError(f"{name} is no lock mode of a table")

    @property
    def blocks_reads(self) -> bool:
        """True if a SELECT waits for it."""
        return self is LockMode.ACCESS_EXCLUSIVE

    @property
    def blocks_writes(self) -> bool:
        """True if INSERT, UPDATE and DELETE wait for it."""
        return self >= LockMode.SHARE
