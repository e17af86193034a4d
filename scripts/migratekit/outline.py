"""What the statements of a script do to transactions, seen one by one: a long file may have millions of them."""

from itertools import pairwise

from .lexer import Statement, Stream

_OF_CLUSTER = frozenset((verb, kind) for verb in ("CREATE", "DROP") for kind in ("DATABASE", "TABLESPACE"))
# How much of a long file is sent at a time, in bytes.
_PART = 8 << 20


class Outline:
    """What a script shows of itself."""

    def __init__(self, stream: Stream) -> None:
        self.count = 0
        self.copies = False
        # Gives up all that the session has prepared.
        self.deallocates = False
        self.first: Statement | None = None
        self.last: Statement | None = None
        # What changes the transaction, in order.
        self._controls: list[str] = []
        # Where parts of some length may begin.
        self.parts: list[int] = []
        for statement in stream:
            self._see(statement)
        self.unterminated = stream.unterminated is not None

    @property
    def utility(self) -> bool:
        """True if there is nothing but a statement that cannot run in a transaction."""
        return self.count == 1 and self.first is not None and _never_in_transaction(self.first)

    @property
    def needs_block(self) -> bool:
        """True if there is nothing but a statement that makes sense only in a transaction block.

        It fails for golang-migrate, yet would work in front of our bookkeeping.
        """
        return self.count == 1 and self.first is not None and self.first.words[:1] in (("LOCK",), ("DECLARE",))

    @property
    def changes_transaction(self) -> bool:
        """True if something begins or ends a transaction, or a part of one."""
        return bool(self._controls)

    @property
    def is_one_transaction(self) -> bool:
        """True if the first statement begins, and the last one commits, the only transaction."""
        marks = [control for control in self._controls if control != "SAVEPOINT"]
        return marks == [_control(end) for end in (self.first, self.last) if end] == ["BEGIN", "COMMIT"]

    @property
    def rolls_back(self) -> bool:
        """True if something rolls a transaction back."""
        return "ROLLBACK" in self._controls

    @property
    def ends_open(self) -> bool:
        """True if a transaction that is begun is never ended."""
        is_open = False
        for control in self._controls:
            if control in ("BEGIN", "CHAIN"):
                is_open = True
            elif control in ("COMMIT", "ROLLBACK", "PREPARE"):
                is_open = False
        return is_open

    def _see(self, statement: Statement) -> None:
        self.first = self.first or statement
        self.last = statement
        self.count += 1
        self.copies = self.copies or _talks_copy(statement)
        self.deallocates = self.deallocates or _deallocates(statement)
        if control := _control(statement):
            self._controls.append(control)
        if statement.start - (self.parts[-1] if self.parts else 0) >= _PART:
            self.parts.append(statement.start)


def _control(statement: Statement) -> str:
    """What it does to the transaction: BEGIN, COMMIT, ROLLBACK, CHAIN, SAVEPOINT, PREPARE, or nothing."""
    words = statement.words
    first, rest = (words[0] if words else ""), words[1:]
    if first == "BEGIN" or (first == "START" and rest[:1] == ("TRANSACTION",)):
        return "BEGIN"
    if first == "PREPARE" and rest[:1] == ("TRANSACTION",):
        return "PREPARE"
    if first in ("SAVEPOINT", "RELEASE"):
        return "SAVEPOINT"
    if first not in ("COMMIT", "END", "ROLLBACK", "ABORT"):
        return ""
    if "PREPARED" in rest[:1]:
        return "PREPARE"
    if "TO" in rest[:2]:
        return "SAVEPOINT"
    if "CHAIN" in rest and "NO" not in rest:
        return "CHAIN"
    return "COMMIT" if first in ("COMMIT", "END") else "ROLLBACK"


def _talks_copy(statement: Statement) -> bool:
    words = statement.words
    pairs = pairwise(words)
    return words[:1] == ("COPY",) and any(p in (("FROM", "STDIN"), ("TO", "STDOUT")) for p in pairs)


def _deallocates(statement: Statement) -> bool:
    words = statement.words
    return words in (("DEALLOCATE", "ALL"), ("DEALLOCATE", "PREPARE", "ALL"), ("DISCARD", "ALL"))


def _never_in_transaction(statement: Statement) -> bool:
    words = statement.words
    if words[:1] == ("VACUUM",) or words[:2] in (("ALTER", "SYSTEM"), ("DISCARD", "ALL")):
        return True
    if words[:2] in _OF_CLUSTER:
        return True
    if "CONCURRENTLY" not in words:
        return words[:1] == ("REINDEX",) and words[1:2] in (("DATABASE",), ("SYSTEM",), ("SCHEMA",))
    return words[0] in ("CREATE", "DROP", "REINDEX") or "DETACH" in words
