"""`migratekit branch create|list|url|drop`."""

import argparse
from typing import Any

from ..backup.connection import SECRETS
from ..branching import Branch, Clones
from ..errors import ExitCode, MigratekitError, UsageError
from ..preflight._figures import age, size
from ..session import Session
from ..url import parse, text_for
from ._branches import branches_of, create, on_branch

_ACTIONS = ("create", "list", "url", "drop")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("action", choices=_ACTIONS, help="make one, show all, print the URL of one, or drop it")
    names = parser.add_argument("names", nargs="+", metavar="NAME", help="how the branch is called")
    # With nargs="?" argparse would take no name for the answer in `branch create --env staging NAME`.
    names.required, names.default = False, []
    parser.add_argument("--from", dest="source_database", metavar="DATABASE", help="of another database of the server")
    parser.add_argument(
        "--by", choices=("template", "dump"), help="create: copied by the server, or by pg_dump (what fits)"
    )
    parser.add_argument("--password", action="store_true", help="url: print it with its password")
    parser.add_argument("--json", action="store_true", help="list: print JSON")


def run(session: Session) -> ExitCode:
    """Makes, lists, names or drops copies of the database to try things out in."""
    action, names = session.options.action, session.options.names
    if action == "list" and names:
        raise UsageError("`branch list` takes no name", hint="leave it out")
    if action != "list" and len(names) != 1:
        raise UsageError(f"`branch {action}` needs one name", hint=f"as in `migratekit branch {action} try`")
    if action == "list":
        return _list(session)
    return {"create": _create, "url": _url, "drop": _drop}[action](session, names[0])


def _create(session: Session, name: str) -> ExitCode:
    branches = branches_of(session)
    session.ask("branch", f"branch create will copy the database of {session.settings.environment} to branch {name}")
    made = create(session, branches, name)
    session.console.out(parse(made.url).redacted())
    return ExitCode.DONE


def _list(session: Session) -> ExitCode:
    branches = branches_of(session)
    if not isinstance(branches, Clones):
        session.console.out(branches.all().rstrip("\n"))
        return ExitCode.DONE
    rows = [_record(session, branch) for branch in branches.all()]
    if session.options.json:
        session.console.json(rows)
    elif rows:
        headings = ("branch", "database", "size", "age", "version", "sessions")
        session.console.table(headings, [_row(each) for each in rows])
    else:
        session.console.out("there are no branches")
    return ExitCode.DONE


def _record(session: Session, branch: Branch) -> dict[str, Any]:
    mark = branch.mark
    found: dict[str, Any] = {"version": None, "dirty": None}
    problem = "" if mark.ready else "unfinished"
    if mark.ready:
        there = on_branch(session, mark.name, text_for(session.database_url(), mark.database))
        try:
            with there.engine() as engine, engine.reading():
                state = engine.version()
            found = {"version": state.version, "dirty": state.dirty}
        except MigratekitError as error:
            problem = error.what
    return {
        "name": mark.name,
        "database": mark.database,
        "of": mark.of,
        "made": mark.made,
        "by": mark.by,
        "bytes": branch.size,
        "age": round(mark.age),
        "sessions": branch.sessions,
        "problem": problem,
        **found,
    }


def _row(record: dict[str, Any]) -> tuple[str, ...]:
    version = "none" if record["version"] is None else str(record["version"])
    state = record["problem"] or (f"{version} (dirty)" if record["dirty"] else version)
    large = "" if record["bytes"] is None else size(record["bytes"])
    return (record["name"], record["database"], large, age(record["age"]), state, str(record["sessions"]))


def _url(session: Session, name: str) -> ExitCode:
    branches = branches_of(session)
    text = branches.url(name) if isinstance(branches, Clones) else branches.url_of(name)
    if session.options.password:
        session.console.secret(text)
    else:
        url = parse(text)
        session.console.out(text if SECRETS.isdisjoint(url.parameters) else url.redacted())
    return ExitCode.DONE


def _drop(session: Session, name: str) -> ExitCode:
    branches = branches_of(session)
    if isinstance(branches, Clones):
        found = branches.look(name)
        sessions = f"{found.sessions} session{'' if found.sessions == 1 else 's'}"
        what = f"database {found.mark.database}, and end its {sessions}"
    else:
        branches.prove(name)
        what = f"branch {name}"
    session.ask("branch", f"branch drop will drop {what}")
    branches.drop(name)
    session.console.out(f"branch {name} is dropped")
    return ExitCode.DONE
