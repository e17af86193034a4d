"""How a file can fail."""

from .database import SqlError
from .errors import DirtyError, MigratekitError
from .lock import Holder
from .plan import Step
from .redaction import redact_error
from .tracking.version_table import State


class FileFailed(MigratekitError):
    """The server refused a file; `state` is what the version table says now."""

    def __init__(self, step: Step, sent: bytes, error: SqlError, state: State) -> None:
        # What stands where a password should may be one.
        error.what = redact_error(error.what, sent.decode("utf-8", "replace"), error.position)
        super().__init__(error.what, hint=error.hint)
        self.step = step
        self.sent = sent
        self.error = error
        self.state = state
        # Who stood in the way, as far as it was seen.
        self.blockers: tuple[Holder, ...] = ()
        # How often it was tried, where that was more than once; and whether we cancelled it, for an alarm.
        self.tries = 1
        self.cancelled = False
        if state.dirty:
            self.exit_code = DirtyError.exit_code


class LeftOpen(DirtyError):
    """A file ended inside of a transaction that it began."""

    def __init__(self, step: Step) -> None:
        super().__init__(
            "the file left a transaction open, which was rolled back",
            hint="end it with COMMIT; then `migratekit repair` finds out what of it is there, and goes on from that",
        )
        self.step = step


class PieceTooLong(MigratekitError):
    """A statement is longer than x-multi-statement-max-size."""
