"""What one look at the server process of a file shows."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..lock import Holder
from ..lock_modes import LockMode
from ..observer import Advance

# As in pg_locks, and as in LOCK TABLE and the documentation; the weakest first.
MODES = {mode.pg_locks: mode.words for mode in LockMode}


class Held(NamedTuple):
    """A lock on a table."""

    mode: str
    oid: int
    relation: str


class Look(NamedTuple):
    """One moment of a file's server process; times in seconds."""

    active: bool
    # When its message was sent, as the server writes it; and how long ago that was.
    query: str
    age: float
    # Which wait for a lock it stands in, if in any; for how long; for what, as far as that is a table; and for whom.
    wait: str = ""
    waited: float = 0.0
    lock: str = ""
    blockers: tuple[Holder, ...] = ()
    # Who waits for it; the one who has waited longest first.
    waiting: tuple[Holder, ...] = ()
    held: tuple[Held, ...] = ()
    advance: Advance | None = None

    @property
    def blocked(self) -> bool:
        """True if it waits for a lock."""
        return bool(self.wait)

    @property
    def blocking(self) -> float:
        """For how long it has kept somebody waiting; not for what they waited for before it came."""
        return min(max((session.seconds for session in self.waiting), default=0.0), self.age)


def look_of(seen: Mapping[str, Any]) -> Look:
    """What the server's document says."""
    wait = seen["wait"] or {}
    waited = wait.get("seconds") or 0.0
    sessions = [(row["role"], session_of(row, waited)) for row in seen["sessions"]]
    return Look(
        active=seen["active"] is True,
        query=seen["query"] or "",
        age=seen["age"] or 0.0,
        wait=wait.get("since") or "",
        waited=waited,
        lock=_lock(wait),
        blockers=tuple(session for role, session in sessions if role == "blocker"),
        waiting=tuple(session for role, session in sessions if role == "waiting"),
        held=tuple(
            Held(MODES[row["mode"]], int(row["oid"]), row["relation"]) for row in seen["held"] if row["mode"] in MODES
        ),
        advance=_advance(seen["progress"]) if seen["progress"] else None,
    )


def session_of(row: Mapping[str, Any], waited: float = 0.0) -> Holder:
    """Another session; of one that the role may not look at, only how long we `waited` for it is known."""
    if row["pid"] == 0:
        return Holder(0, "", "a prepared transaction", "", waited, "in the way")
    seen = bool(row["seen"])
    state = "waiting" if row["role"] == "waiting" else row["state"] if seen else "in the way"
    return Holder(
        row["pid"],
        row["user"],
        row["application"],
        row["client"] if seen else "an address that is not shown",
        waited if row["seconds"] is None else row["seconds"],
        state,
    )


def _lock(wait: Mapping[str, Any]) -> str:
    return f"{MODES.get(wait['mode'], wait['mode'])} on {wait['relation']}" if wait.get("relation") else ""


def _advance(progress: Mapping[str, Any]) -> Advance:
    """What the server's own views of progress say, in whichever version."""
    command, fields = progress["command"], progress["fields"]
    of = f" {progress['relation']}" if progress["relation"] else ""
    phase = fields.get("phase") or ""
    pairs = _COUNTERS.get(command, _of_copy)(phase)
    for unit, done, total in pairs:
        if fields.get(total):
            return Advance(f"{command}{of}", phase, fields[done] or 0, fields[total], unit)
    unit, done, _ = pairs[-1]
    return Advance(f"{command}{of}", phase, fields.get(done) or 0, 0, unit)


_Counters = tuple[tuple[str, str, str], ...]


def _of_index(phase: str) -> _Counters:
    if phase.startswith("waiting"):
        return (("transactions", "lockers_done", "lockers_total"),)
    if "scanning" in phase:
        return (("blocks", "blocks_done", "blocks_total"),)
    return (("rows", "tuples_done", "tuples_total"), ("blocks", "blocks_done", "blocks_total"))


def _of_cluster(phase: str) -> _Counters:
    if phase == "writing new heap":
        return (("rows", "heap_tuples_written", "heap_tuples_scanned"),)
    if phase == "rebuilding index":
        return (("indexes", "index_rebuild_count", ""),)
    if phase == "seq scanning heap":
        return (("blocks", "heap_blks_scanned", "heap_blks_total"),)
    return (("rows", "heap_tuples_scanned", ""),)


def _of_vacuum(phase: str) -> _Counters:
    if "indexes" in phase:
        return (("indexes", "indexes_processed", "indexes_total"),)
    done = "heap_blks_vacuumed" if phase == "vacuuming heap" else "heap_blks_scanned"
    return (("blocks", done, "heap_blks_total"),)


def _of_copy(_phase: str) -> _Counters:
    return (("bytes", "bytes_processed", "bytes_total"), ("rows", "tuples_processed", ""))


def _of_analyze(_phase: str) -> _Counters:
    return (("blocks", "sample_blks_scanned", "sample_blks_total"),)


_COUNTERS = {
    **dict.fromkeys(("CREATE INDEX", "CREATE INDEX CONCURRENTLY", "REINDEX", "REINDEX CONCURRENTLY"), _of_index),
    **dict.fromkeys(("CLUSTER", "VACUUM FULL"), _of_cluster),
    "VACUUM": _of_vacuum,
    "COPY": _of_copy,
    "ANALYZE": _of_analyze,
}
