"""`migratekit history`."""

import argparse
from collections.abc import Mapping
from typing import Any

from ..errors import ExitCode
from ..ledger import Ledger
from ..repeatables import FOLDER
from ..session import Session
from ..tracking.history import Event, Outcome
from ._shared import moment, seconds, took, who

# What a watched file has beside the rows that it wrote.
_SEEN = ("tries", "lock_wait", "blocked_by", "kept_waiting", "locks", "growth")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--verbose", action="store_true", help="show errors, rows, WAL, waits, users and tools too")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Prints every attempt, the oldest first; writes nothing."""
    chain = session.chain()
    with session.engine() as engine:
        known = engine.known()
    ledger = session.ledger(chain, known)
    console = session.console
    if session.options.json:
        console.json([_record(event, ledger) for event in ledger.story])
    elif ledger.story:
        numbers = {migration.version: migration.number for migration in chain}
        rows = [(moment(e.started_at), _what(e, numbers), e.outcome, took(e), who(e)) for e in ledger.story]
        if session.options.verbose:
            for event, row in zip(ledger.story, rows, strict=True):
                console.out("  ".join(cell for cell in row if cell))
                for line in _details(event, ledger):
                    console.out(f"    {line}")
        else:
            console.table(("when", "what", "outcome", "took", "by"), rows)
    else:
        console.out(f"{session.settings.environment} has no history yet; the first `up` begins it")
    return ExitCode.DONE


def _what(event: Event, numbers: Mapping[int, str]) -> str:
    """The file, with its number as it is written, or how the version row moved."""
    if event.version is None and event.name:
        return f"{event.direction or '':<4} {FOLDER}/{event.name}"
    if event.version is None or event.outcome == Outcome.FORCED:
        return f"     version {_or_none(event.version_before)} -> {_or_none(event.version_after)}"
    return f"{event.direction or '':<4} {numbers.get(event.version, event.version)}_{event.name}"


def _or_none(version: int | None) -> str:
    return "none" if version is None else str(version)


def _details(event: Event, ledger: Ledger) -> list[str]:
    state = f"SQLSTATE {event.sqlstate}: " if event.sqlstate else ""
    figures = {
        "waited": f"{event.lock_wait:.1f} s" if event.lock_wait and event.lock_wait >= 0.1 else "",
        "rows": f"{ledger.rows[event.id]:,}" if event.id in ledger.rows else "",
        "WAL": f"about {event.wal_bytes:,} bytes" if event.wal_bytes is not None else "",
        "by": f"{event.database_user} with {event.tool}" if event.database_user else "",
        "run": event.run[:8],
        "sha256": (event.checksum or "")[:12],
    }
    told = _joined(figures)
    lines = (f"{state}{event.message}" if event.message else "", *_seen(ledger.figures.get(event.id, {})), told)
    return [line for line in lines if line]


def _joined(figures: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in figures.items() if value)


def _seen(figures: Mapping[str, Any]) -> list[str]:
    """What was seen of a file from outside, in a few lines."""
    kept, locks = figures.get("kept_waiting", {}), figures.get("locks", {})
    # The strongest mode is the first.
    strongest = next(iter(locks), "")
    times = list(locks.get(strongest, {}).items())[:3]
    held = ", ".join(f"{relation} for {held_for:.1f} s" for relation, held_for in times)
    growth = ", ".join(f"{relation} {bytes_:+,} bytes" for relation, bytes_ in figures.get("growth", {}).items())
    told = {
        "tries": str(figures.get("tries", "")),
        "waited for locks": f"{figures['lock_wait']:.1f} s" if figures.get("lock_wait") else "",
        "kept": f"{kept['sessions']} sessions waiting for {kept['seconds']:.1f} s" if kept else "",
        f"held {strongest} on": held,
        "growth": growth,
    }
    return [_joined(told), *(f"behind {holder}" for holder in figures.get("blocked_by", ()))]


def _record(event: Event, ledger: Ledger) -> dict[str, object]:
    left_out = ("steps", "figures", "pid", "schema_digest")
    record = {name: value for name, value in event._asdict().items() if name not in left_out}
    seen = {name: value for name, value in ledger.figures.get(event.id, {}).items() if name in _SEEN}
    return {**record, "seconds": seconds(event), "rows": ledger.rows.get(event.id), **({"seen": seen} if seen else {})}
