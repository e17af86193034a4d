"""Who is at work in the database, and on which of the touched tables."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..database import literal
from ..impact import LockMode
from ..redaction import redact
from ._figures import age, count
from ._queries import ask, oids
from ._view import Level, Result, View

_SHOWN = 60
# So many transactions are told one by one.
_MOST = 10
# Values may be anybody's data.
_TEXTS = re.compile(r"\bE'(?:[^'\\]|\\.|'')*(?:'|\Z)|'(?:[^']|'')*(?:'|\Z)|\$(\w*)\$.*?(?:\$\1\$|\Z)", re.I | re.S)


class Held(NamedTuple):
    """A lock on a touched table, had or waited for."""

    table: int
    mode: LockMode
    granted: bool


@dataclass(frozen=True, slots=True)
class Worker:
    """A session or a prepared transaction; what the role may not see is None or empty."""

    pid: int | None
    # The name of a prepared transaction.
    gid: str
    user: str
    application: str
    kind: str
    state: str
    # For how many seconds its transaction has been open, and how long ago its state changed.
    open: float | None
    unchanged: float | None
    # CREATE INDEX CONCURRENTLY and its like wait for it.
    snapshot: bool
    query: str
    transaction: str
    locks: tuple[Held, ...]

    @property
    def name(self) -> str:
        """What to call it: pid 4711."""
        return f"prepared transaction {self.gid}" if self.gid else f"pid {self.pid}"

    @property
    def is_hidden(self) -> bool:
        """True if the role may not see what it does."""
        return bool(self.user) and not self.state

    @property
    def is_autovacuum(self) -> bool:
        """True for a worker of autovacuum, which has no user."""
        return not self.user

    @property
    def is_idle(self) -> bool:
        """True in a transaction that does nothing."""
        return self.state.startswith("idle in transaction")

    @property
    def identity(self) -> tuple[int | None, str]:
        """One transaction; the next one of the same session is another."""
        return self.pid, self.transaction

    @property
    def description(self) -> str:
        """Who it is and what it does."""
        since = f", open for {age(self.open)}" if self.open is not None else ""
        who = ", ".join(filter(None, [f"user {self.user}" if self.user else "", self.application, self.state]))
        return who + since + (f": {shown(self.query)}" if self.query else "")

    @property
    def remedy(self) -> str:
        """How to end it."""
        if self.gid:
            return f"whoever prepared it should end it: COMMIT PREPARED {literal(self.gid)}, or ROLLBACK PREPARED"
        if self.state == "active":
            return f"wait for it, or stop it: SELECT pg_cancel_backend({self.pid})"
        return f"have it commit, or end it: SELECT pg_terminate_backend({self.pid})"


def workers(view: View) -> list[Worker]:
    """Everybody else who is at work in this database, the longest transaction first."""
    rows = ask(view.database, "activity", oids([table.oid for table in view.touched]))
    return [_worker(row) for row in rows]


def capped(results: Sequence[Result]) -> Iterator[Result]:
    """The worst results, and how many more there are."""
    ranked = sorted(results, key=lambda result: result.level is not Level.ERROR)
    yield from ranked[:_MOST]
    rest = ranked[_MOST:]
    if rest:
        figure = f"{count(len(rest), 'transaction')} more"
        yield Result(rest[0].level, "others", figure, rest[0].limit, "see pg_stat_activity")


def shown(query: str) -> str:
    """The beginning of a query, on one line, without the texts in it."""
    line = " ".join(_TEXTS.sub("'…'", redact(query)).split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _worker(row: Mapping[str, Any]) -> Worker:
    locks = tuple(Held(oid, LockMode.of(mode), granted) for oid, mode, granted in row["locks"] or ())
    texts = {name: row[name] or "" for name in ("gid", "user", "application", "kind", "state", "query", "transaction")}
    if not texts["state"]:
        # The server puts its own remark in the place of a query that it hides.
        texts["query"] = ""
    return Worker(
        pid=row["pid"],
        open=row["open"],
        unchanged=row["unchanged"],
        snapshot=row["snapshot"],
        locks=locks,
        **texts,
    )
