"""What several verbs show or ask for alike."""

import datetime
from collections.abc import Sequence

from ..errors import Refused
from ..migration import Migration
from ..narration import duration
from ..tracking.history import Event


def require_file(chain: Sequence[Migration], version: int, *, or_else: str = "") -> Migration:
    """The migration of that version; Refused if there is none, with what to do `or_else`."""
    for migration in chain:
        if migration.version == version:
            return migration
    newest = f"; the last is {chain[-1].version}" if chain else ""
    raise Refused(
        f"no migration has version {version}{newest}",
        hint="`migratekit status` lists the versions there are" + or_else,
    )


def moment(text: str | None) -> str:
    """A time of the history in the local time zone, to the second."""
    return f"{datetime.datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M:%S}" if text else ""


def seconds(event: Event | None) -> float | None:
    """How long an attempt took."""
    if event is None or event.ended_at is None:
        return None
    began, ended = map(datetime.datetime.fromisoformat, (event.started_at, event.ended_at))
    return (ended - began).total_seconds()


def took(event: Event | None) -> str:
    """How long an attempt took, for people."""
    found = seconds(event)
    return "" if found is None else duration(found)


def who(event: Event | None) -> str:
    """Whose hands it went through: login and machine."""
    return f"{event.os_user}@{event.host}" if event and event.os_user else (event.tool or "" if event else "")
