"""`migratekit health`."""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from ..database import ConnectionLost, Database, SqlError
from ..errors import DatabaseError, ExitCode, MigratekitError
from ..ledger import Standing
from ..session import Session
from ..url import DatabaseURL

# What Go's pool calls its settings in a URL.
_POOL = ("pool_min_conns", "pool_max_conns")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Prints how server and migrations are, writing nothing; FAILED when not well."""
    document: dict[str, Any] = {"status": "unhealthy", "environment": session.settings.environment}
    try:
        _look(session, document)
    except (DatabaseError, SqlError, ConnectionLost) as error:
        document["error"] = str(error)
        if not session.options.json:
            raise
    problems = document.get("problems", [])
    if not problems and "error" not in document:
        document["status"] = "healthy"
    if session.options.json:
        session.console.json(document)
    else:
        _print(session, document)
    return ExitCode.DONE if document["status"] == "healthy" else ExitCode.FAILED


def _look(session: Session, document: dict[str, Any]) -> None:
    query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with session.engine() as engine:
        document |= {"latency_ms": _latency(engine.database)}
        document |= json.loads(engine.database.row(query)[0] or "{}")
        document["pool"] = _pool(session.database_url())
        try:
            known = engine.known()
            ledger = session.ledger(session.chain(), known)
        except MigratekitError as error:
            document["problems"] = [str(error)]
            return
        running = bool(ledger.of(Standing.RUNNING))
        document["migrations"] = {
            "version": known.state.version,
            "dirty": known.state.dirty and not running,
            "running": running,
            "applied": sum(entry.standing.startswith("applied") for entry in ledger.entries),
            "pending": len(ledger.of(Standing.PENDING)),
        }
    document["problems"] = _problems(document)


def _latency(database: Database) -> float:
    """The shortest of three round trips, in milliseconds."""
    times = []
    for _ in range(3):
        began = time.monotonic()
        database.run("SELECT 1")
        times.append(time.monotonic() - began)
    return round(min(times) * 1000, 3)


def _pool(url: DatabaseURL) -> dict[str, str]:
    return {name: url.parameters[name] for name in _POOL if name in url.parameters}


def _problems(document: dict[str, Any]) -> list[str]:
    found, connections = [], document["connections"]
    if document["migrations"]["dirty"]:
        found.append(f"version {document['migrations']['version']} is dirty; `migratekit repair` says what to do")
    if document["read_only"]:
        found.append("the database takes no writes")
    if connections["used"] >= connections["max"]:
        found.append(f"all {connections['max']} connections are used")
    return found


def _print(session: Session, document: dict[str, Any]) -> None:
    out, connections, counts = session.console.out, document["connections"], document["counts"]
    out(f"{document['environment']} is {document['status']}")
    rows = [
        ("server", f"PostgreSQL {document['server_version']}"),
        ("database", f"{document['database']} as {document['user']}"),
        ("latency", f"{document['latency_ms']} ms"),
        (
            "connections",
            f"{connections['used']} of {connections['max']}, {connections['of_this_database']} to this database",
        ),
        *((name, value) for name, value in document["pool"].items()),
        ("objects", ", ".join(f"{number} {name}" for name, number in counts.items())),
        ("size", f"{(document['bytes'] or 0) / 2**20:,.1f} MB"),
    ]
    if "migrations" in document:
        state = document["migrations"]
        version = "none" if state["version"] is None else str(state["version"])
        marks = ", dirty" * state["dirty"] + ", a run is at work" * state["running"]
        rows.append(("version", f"{version}{marks}; {state['applied']} applied, {state['pending']} pending"))
    for name, value in rows:
        out(f"  {name:<12} {value}")
    for problem in document["problems"]:
        session.console.note(f"error: {problem}")
