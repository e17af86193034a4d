"""`migratekit adopt`."""

import argparse
from collections.abc import Sequence
from contextlib import suppress

from ..adoption import TOOLS, Adoption, Found, Match, check_complete, choose, find_tables, look, name_aside
from ..database import identifier
from ..engine import Engine
from ..errors import ExitCode, Refused
from ..migration import Migration
from ..reading import read_file
from ..session import Session
from ..takeover import adopt, check_place, is_in_the_way, refuse_version, undo, way_back
from ..tracking.version_table import RowRefused
from ._findings import SHOWN, count
from ._shared import moment


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    tools = ", ".join(TOOLS)
    parser.add_argument(
        "--from", dest="tool", default="", metavar="TOOL", help=f"whose table counts ({tools}), or the table's name"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be taken over; change nothing")
    parser.add_argument(
        "--allow-missing",
        action="store_true",
        help="adopt although applied files are gone, or files were left out that are older than applied ones",
    )
    parser.add_argument("--undo", action="store_true", help="give it back, as long as nothing else was done since")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Takes the history of another tool over: version row and history say what its tracking table says."""
    with session.engine() as engine:
        return _undo(session, engine) if session.options.undo else _adopt(session, engine, session.chain())


def _adopt(session: Session, engine: Engine, chain: Sequence[Migration]) -> ExitCode:
    options, database, schema = session.options, engine.database, engine.table.schema
    tables = find_tables(database, schema)
    if not tables:
        with suppress(RowRefused):
            refuse_version(engine)
    found = choose(tables, options.tool, schema)
    check_place(engine, found)

    def look_now() -> Adoption:
        return look(database, found, chain, read_file)

    shown = look_now()
    aside = name_aside(found.name) if is_in_the_way(engine, found) else ""
    if not options.json:
        _print(session, shown, aside)
    _refuse_gaps(session, shown)
    if not options.dry_run:
        environment, counted = session.settings.environment, count(len(shown.matches), "migration")
        session.ask("adopt", f"adopt will call {counted} applied on {environment}, as {found.sql} says")
        adopt(engine, shown, look_now, lambda match: _checksum(session, match))
    if options.json:
        session.console.json(_document(session, shown, aside))
    else:
        _conclude(session, shown)
    return ExitCode.DONE


def _undo(session: Session, engine: Engine) -> ExitCode:
    console, options, environment = session.console, session.options, session.settings.environment
    statements = way_back(engine)
    if not options.dry_run:
        session.ask("adopt", f"adopt --undo will forget the version and the history of {environment}")
        undo(engine)
    if options.json:
        console.json({"environment": environment, "done": not options.dry_run, "sql": statements})
        return ExitCode.DONE
    for statement in statements:
        console.out(f"{statement};")
    done = "nothing was changed" if options.dry_run else "it is as it was before it was adopted"
    console.out(f"{environment}: {done}")
    return ExitCode.DONE


def _checksum(session: Session, match: Match) -> str | None:
    return session.files.facts(match.migration).checksum if match.migration and match.migration.up else None


def _refuse_gaps(session: Session, shown: Adoption) -> None:
    """Refused where files and rows do not cover each other, unless that may be."""
    gaps = {what: names for what, names in check_complete(shown).items() if names}
    if gaps and not session.options.allow_missing:
        listed = "\n".join(f"  {what}: {_some(names)}" for what, names in gaps.items())
        raise Refused(
            f"files and {shown.found.sql} do not agree; nothing was changed:\n{listed}",
            hint="bring the folder to where the other tool left it; --allow-missing adopts all the same",
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _print(session: Session, shown: Adoption, aside: str) -> None:
    console, found = session.console, shown.found
    console.out(
        f"found {found.sql}, which is a table of {found.tool}: {count(len(shown.matches), 'migration')} applied"
    )
    if session.options.dry_run:
        rows = [
            (_number(match), _name(match), moment(match.foreign.applied_at), match.remark) for match in shown.matches
        ]
        rows += [(each.number, each.title, "", "was never applied") for each in shown.missed]
        if rows:
            console.table(("version", "name", "applied", "remark"), sorted(rows, key=lambda row: int(row[0])))
    for match in shown.matches:
        if match.remark:
            console.note(f"warning: {_label(match)} {match.remark}")
    for row in shown.strange:
        console.note(f"warning: {row.version} has no file and no number of its own, and is left out")
    if aside:
        console.out(f"{found.sql} has the name of the version table and is renamed to {identifier(aside)}")


def _conclude(session: Session, shown: Adoption) -> None:
    at = "no version" if shown.version is None else f"version {shown.version}"
    is_now, done = ("would be", "nothing was changed") if session.options.dry_run else ("is", "none ran")
    counted = f"{count(len(shown.matches), 'migration')} of {shown.found.tool}"
    session.console.out(f"{session.settings.environment} {is_now} at {at}; {counted} adopted, {done}")


def _number(match: Match) -> str:
    return match.migration.number if match.migration else str(match.version)


def _name(match: Match) -> str:
    return match.migration.title if match.migration else match.foreign.name


def _label(match: Match) -> str:
    return match.migration.name if match.migration else match.foreign.version


def _document(session: Session, shown: Adoption, aside: str) -> dict[str, object]:
    found: Found = shown.found
    return {
        "environment": session.settings.environment,
        "done": not session.options.dry_run,
        "tool": found.tool,
        "table": found.sql,
        "renamed_to": identifier(found.schema, aside) if aside else None,
        "version": shown.version,
        "migrations": [
            {
                "version": match.version,
                "name": match.foreign.version,
                "file": match.migration.name if match.migration else None,
                "applied_at": match.foreign.applied_at,
                "seconds": match.foreign.seconds,
                "checksum": match.foreign.checksum or None,
                "remark": match.remark,
            }
            for match in shown.matches
        ],
        "missed": [each.name for each in shown.missed],
        "left_out": [row.version for row in shown.strange],
    }
