"""`migratekit baseline V`."""

import argparse
from collections.abc import Mapping, Sequence

from ..errors import ExitCode, Refused
from ..session import Session, version_argument
from ..tracking.history import Outcome
from ..tracking.version_table import State
from ._shared import require_file


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("version", type=version_argument, metavar="V", help="the version that the database is like")


def run(session: Session) -> ExitCode:
    """Declares everything up to a version applied in a database that was made without migrations."""
    version, chain, environment = session.options.version, session.chain(), session.settings.environment
    require_file(chain, version)
    covered = [migration for migration in chain if migration.version <= version]

    def rows(state: State | None) -> Sequence[Mapping[str, object]]:
        if state is None or state.version is not None or state.dirty:
            at = f"at version {state.number}" if state else "at an unknown version"
            raise Refused(
                f"{environment} is {at} already; a baseline is for a database without a version",
                hint="`migratekit force V` sets another version",
            )
        return [
            {"version": migration.version, "name": migration.title, "checksum": session.files.facts(migration).checksum}
            for migration in covered
        ]

    what = f"baseline will call {len(covered)} migrations, up to version {version}, applied on {environment}"
    session.ask("baseline", f"{what} without running them")
    with session.engine() as engine:
        engine.vouch(Outcome.BASELINED, version, rows)
    session.console.out(f"{environment} is at version {version}; {len(covered)} migrations count as applied, none ran")
    return ExitCode.DONE
