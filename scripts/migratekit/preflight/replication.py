"""Do the standbys keep up?"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..database import identifier
from ..narration import duration
from ._figures import age, count, size
from ._queries import ask
from ._view import Result, View, fail, ok, warn

_ENOUGH = re.compile(r"\s*(?:FIRST\s+|ANY\s+)?(\d+)\s*\(", re.IGNORECASE)
# So much may be on its way.
_SEGMENT = 16 << 20
_SYNCHRONOUS = ("sync", "quorum")


def check(view: View) -> Iterator[Result]:
    """A failure for a standby that is behind, and for commits that would wait for one that is not there."""
    found = ask(view.database, "replication")
    standbys = found["standbys"]
    if any(standby["state"] is None for standby in standbys):
        yield warn(
            f"{count(len(standbys), 'standby', 'standbys')}, but the role may not see how far they are",
            f"a superuser lets it: GRANT pg_read_all_stats TO {identifier(view.session.user)}",
            subject="rights",
        )
        standbys = [standby for standby in standbys if standby["state"]]
    elif not standbys:
        yield ok("no standby follows")
    for standby in standbys:
        yield _standby(standby, view.settings.limits.replication_lag)
    if found["wanted"] and found["waits"]:
        yield from _synchronous(found["wanted"], found["standbys"])


def _standby(standby: Mapping[str, Any], most: float) -> Result:
    at = f" at {standby['address']}" if standby["address"] else ""
    subject, limit = f"standby {standby['name'] or standby['pid']}{at}", duration(most)
    lag, behind = standby["lag"] or 0.0, standby["behind"]
    figure = f"{age(lag)} behind" + (f", {size(int(behind))}" if behind is not None else "")
    if lag > most:
        hint = "wait until it has caught up; is its replay paused (pg_wal_replay_resume()), or held up by a query?"
        return fail(figure, hint, subject=subject, limit=limit)
    if standby["state"] != "streaming":
        hint = "wait until pg_stat_replication shows it as streaming"
        return warn(f"{standby['state']}, {figure}", hint, subject=subject, limit=limit)
    if standby["lag"] is None and (behind or 0) > _SEGMENT:
        hint = "ask it: SELECT now() - pg_last_xact_replay_timestamp()"
        return warn(f"{size(int(behind))} behind, nobody knows for how long", hint, subject=subject, limit=limit)
    return ok(figure, subject=subject, limit=limit)


def _synchronous(wanted: str, standbys: list[dict[str, Any]]) -> Iterator[Result]:
    """Whether as many are connected as each commit waits for."""
    first = _ENOUGH.match(wanted)
    needed = int(first[1]) if first else 1
    there = sum(standby["sync"] in _SYNCHRONOUS for standby in standbys)
    hidden = sum(standby["state"] is None for standby in standbys)
    figure, limit = f"{there} of {needed} connected", f"synchronous_standby_names = {wanted}"
    if there + hidden < needed:
        yield fail(
            f"{figure}: every commit would hang",
            "bring the standby back, or: ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf()",
            subject="synchronous standbys",
            limit=limit,
        )
    elif not hidden:
        yield ok(figure, subject="synchronous standbys", limit=limit)
