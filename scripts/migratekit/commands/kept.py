"""`migratekit kept list|restore|purge [NAME]`."""

import argparse
from collections.abc import Sequence

from ..database import Database
from ..errors import ExitCode, UsageError
from ..session import Session
from ..tracking.kept import Kept, Restored, purge, read_kept, restore
from ._shared import moment

_ALL = "all"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("action", choices=("list", "restore", "purge"), help="show copies, put one back, or drop them")
    names = parser.add_argument(
        "names", nargs="+", metavar="NAME", help="which, as the list calls it; or all, to purge"
    )
    # With nargs="*" argparse would take no name for the answer in `kept purge --yes NAME`.
    names.required, names.default = False, []
    parser.add_argument("--into", metavar="TABLE", default="", help="restore: the table, if it has another name now")
    parser.add_argument("--json", action="store_true", help="list: print JSON")


def run(session: Session) -> ExitCode:
    """Lists the rows that migrations kept of what they dropped, puts some back, or drops them for good."""
    action, names = session.options.action, session.options.names
    if action == "list" and names:
        raise UsageError("`kept list` takes no name", hint="leave it out")
    if action != "list" and not names:
        raise UsageError(f"`kept {action}` needs a name", hint="`migratekit kept list` shows the names")
    with session.engine() as engine:
        found = read_kept(engine.database)
        if action == "list":
            return _list(session, found)
        if action == "restore":
            return _restore(session, engine.database, _chosen(found, names))
        return _purge(session, engine.database, found if names == [_ALL] else _chosen(found, names))


def _restore(session: Session, database: Database, chosen: Sequence[Kept]) -> ExitCode:
    tables = ", ".join(dict.fromkeys(kept.source for kept in chosen))
    session.ask("kept", f"kept restore on {session.settings.environment} will write into {tables}")
    for kept in chosen:
        session.console.out(_told(kept, restore(database, kept, session.options.into)))
    return ExitCode.DONE


def _purge(session: Session, database: Database, chosen: Sequence[Kept]) -> ExitCode:
    if chosen:
        names = ", ".join(kept.name for kept in chosen)
        where = session.settings.environment
        session.ask("kept", f"kept purge on {where} will drop {names} for good", always=True)
        purge(database, chosen)
    session.console.out(f"{len(chosen)} {'copy is' if len(chosen) == 1 else 'copies are'} gone")
    return ExitCode.DONE


def _chosen(found: Sequence[Kept], names: Sequence[str]) -> list[Kept]:
    known = {kept.name: kept for kept in found}
    unknown = [name for name in names if name not in known]
    if unknown:
        there = f"there is {', '.join(known)}" if known else "nothing is kept there"
        raise UsageError(f"nothing that is kept is called {unknown[0]!r}", hint=there)
    return [known[name] for name in dict.fromkeys(names)]


def _told(kept: Kept, done: Restored) -> str:
    what = f"{', '.join(kept.columns)} of {done.written:,}" if kept.columns else f"{done.written:,}"
    lines = [f"{what} of {done.total:,} rows of {kept.name} are back; the copy stays until it is purged"]
    if done.written < done.total:
        lines.append(
            f"  {done.total - done.written:,} have no row to go to any more"
            if kept.columns
            else f"  {done.total - done.written:,} are left as they are in the table: their keys are there"
        )
    if done.lacking:
        lines.append(f"  the table has no {', '.join(done.lacking)} any more: that is in the copy alone")
    return "\n".join(lines)


def _list(session: Session, found: Sequence[Kept]) -> ExitCode:
    if session.options.json:
        session.console.json([_record(kept) for kept in found])
    elif found:
        session.console.table(("name", "of", "columns", "rows", "size", "when"), [_row(kept) for kept in found])
    else:
        session.console.out(f"nothing is kept on {session.settings.environment}")
    return ExitCode.DONE


def _row(kept: Kept) -> tuple[str, ...]:
    rows = "unfinished" if kept.rows is None else f"{kept.rows:,}"
    size = f"{kept.size / 1024:,.0f} kB" if kept.size < 10 * 2**20 else f"{kept.size / 2**20:,.0f} MB"
    return (kept.name, f"{kept.schema}.{kept.table}", ", ".join(kept.columns or ("all",)), rows, size, moment(kept.at))


def _record(kept: Kept) -> dict[str, object]:
    return {
        "name": kept.name,
        "schema": kept.schema,
        "table": kept.table,
        "columns": list(kept.columns) if kept.columns else None,
        "keys": list(kept.keys),
        "version": kept.version,
        "at": kept.at,
        "rows": kept.rows,
        "bytes": kept.size,
    }
