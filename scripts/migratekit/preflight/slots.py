"""Does a replication slot, or a failing archive, hold back the WAL?"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..database import literal
from ._figures import count, size
from ._queries import ask
from ._view import Result, View, fail, ok, warn


def check(view: View) -> Iterator[Result]:
    """A failure for each slot that keeps too much or is about to be lost, a warning for one that nobody uses."""
    found = ask(view.database, "slots")
    most = view.settings.limits.slot_wal
    results = [result for slot in found["slots"] for result in _judge(slot, most)]
    if found["archive"]:
        results.append(
            warn(
                f"archiving failed at {found['archive']['failed']}, with {found['archive']['file']}",
                "the WAL piles up until archive_command works again: see the server's log",
                subject="archive",
            )
        )
    yield from results
    if not results:
        kept = max((slot["kept"] or 0 for slot in found["slots"]), default=0)
        slots = count(len(found["slots"]), "slot")
        yield ok(f"{slots}, {size(int(kept))} at most" if found["slots"] else "none", limit=size(most))


def _judge(slot: Mapping[str, Any], most: int) -> Iterator[Result]:
    name, kept = f"slot {slot['name']}", int(slot["kept"] or 0)
    used = "in use" if slot["active"] else "not in use"
    figure = f"keeps {size(kept)} of WAL, {used}"
    drop = f"if nobody needs it: SELECT pg_drop_replication_slot({literal(slot['name'])})"
    if slot["status"] == "lost":
        yield warn("lost: who used it cannot go on", drop, subject=name, limit=size(most))
    elif slot["status"] == "unreserved":
        hint = f"the next checkpoint may remove what it needs (max_slot_wal_keep_size): have it catch up; {drop}"
        yield fail(f"{figure}, about to be lost", hint, subject=name, limit=size(most))
    elif kept > most:
        yield fail(figure, f"what reads from it must catch up; {drop}", subject=name, limit=size(most))
    elif not slot["active"]:
        yield warn(figure, f"whatever the release writes is kept for it; {drop}", subject=name, limit=size(most))
