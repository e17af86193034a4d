"""`migratekit status`."""

import argparse

from ..errors import ExitCode
from ..migration import Migration
from ..session import Session
from ..tracking.version_table import State


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--exit-code", action="store_true", help="end with 6 if migrations are pending")


def run(session: Session) -> ExitCode:
    """Prints each file with its state; writes nothing and waits for nobody."""
    chain = session.chain()
    with session.migrator() as migrator:
        state = migrator.version()
    states = [_state(migration, state) for migration in chain]
    if session.options.json:
        _print_json(session, chain, states, state)
    else:
        _print_table(session, chain, states, state)
    if state.dirty:
        return ExitCode.DIRTY
    return ExitCode.PENDING if session.options.exit_code and "pending" in states else ExitCode.DONE


def _state(migration: Migration, state: State) -> str:
    if state.dirty and migration.version == state.version:
        return "dirty"
    return "pending" if migration.version > state.number else "applied"


def _print_json(session: Session, chain: list[Migration], states: list[str], state: State) -> None:
    migrations = [
        {"version": migration.version, "name": migration.title, "state": which}
        for migration, which in zip(chain, states, strict=True)
    ]
    session.console.json(
        {
            "environment": session.settings.environment,
            "version": state.version,
            "dirty": state.dirty,
            "pending": states.count("pending"),
            "migrations": migrations,
        }
    )


def _print_table(session: Session, chain: list[Migration], states: list[str], state: State) -> None:
    rows = [(_number(migration), migration.title, which) for migration, which in zip(chain, states, strict=True)]
    if rows:
        session.console.table(("version", "name", "state"), rows)
    at = "at no version" if state.version is None else f"at version {state.version}"
    pending = states.count("pending")
    session.console.out(f"{session.settings.environment} is {at}{', dirty' if state.dirty else ''}; {pending} pending")
    if state.version is not None and all(migration.version != state.version for migration in chain):
        session.console.note(f"warning: no file has version {state.version}; is this folder older than the database?")


def _number(migration: Migration) -> str:
    """The version as its file writes it, zeros included."""
    half = migration.up or migration.down
    return half.path.rpartition("/")[2].partition("_")[0] if half else str(migration.version)
