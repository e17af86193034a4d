"""What the server answers: results, notices, and refusals."""

from collections.abc import Sequence
from typing import NamedTuple

from .errors import DatabaseError

Row = tuple[str | None, ...]


class Result(NamedTuple):
    """What one statement gave: the first column's name, its rows as text, and how many rows it wrote."""

    column: str
    rows: Sequence[Row]
    written: int = 0


class Notice(NamedTuple):
    """A NOTICE, WARNING or the like that the server sent while a statement ran."""

    severity: str
    message: str
    detail: str
    hint: str

    @property
    def is_ours(self) -> bool:
        """True if it is what the server says to our own check, when a file has released the lock."""
        return self.message.startswith("you don't own a lock")


class SqlError(DatabaseError):
    """The server refused a statement; `results` are those of the statements before it."""

    def __init__(
        self,
        message: str,
        *,
        sqlstate: str = "",
        detail: str = "",
        hint: str = "",
        context: str = "",
        position: int = 0,
        results: Sequence[Result] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.sqlstate = sqlstate
        self.detail = detail
        self.context = context
        # Counted in characters from 1; 0 where the server gave none.
        self.position = position
        self.results = results


class ConnectionLost(DatabaseError):
    """The connection ended while the server worked, or before it could begin."""


class ConnectionFailed(DatabaseError):
    """No connection could be made; `transient` if trying again may help."""

    def __init__(self, message: str, *, where: str, hint: str = "", transient: bool = False) -> None:
        super().__init__(message, where=where, hint=hint)
        self.transient = transient
