"""What `branch` and `up --on-branch` have in common: whose branches there are, the room for one, a session on one."""

import argparse
import os
from dataclasses import replace

from ..backup.tools import client_tools
from ..branching import Clones, Made, Service, Way
from ..database import Database
from ..errors import Refused, UsageError
from ..preflight._figures import size
from ..preflight._queries import ask, oids
from ..preflight.disk import data_directory
from ..sections import Branching
from ..session import Session
from ..settings import Origin
from ..url import DatabaseURL

# What of an environment is for the database itself: who is told of it, and what must be typed.
_OF_THE_DATABASE: dict[str, object] = {"webhooks": (), "metrics": "", "confirm": (), "url_file": "", "url_command": ()}


def branches_of(session: Session) -> Clones | Service:
    """The branches of the environment's database, or of the one that `--from` names."""
    options, programs = vars(session.options), Branching(**session.settings.values["branch"].value)
    url, source = session.database_url(), options.get("source_database") or ""
    if programs.create:
        if source or options.get("by"):
            what = f"a service makes the branches ({session.settings.values['branch'].source})"
            raise UsageError(f"{what}: --from and --by are not for it", hint="leave them out")
        variables = {"DATABASE_URL": url.text}
        return Service(programs, session.settings.project, variables, url, session.console.hide)
    wanted = str(session.settings.values["postgres"].value)
    way = Way(
        lambda server_version: client_tools(server_version, wanted),
        options.get("by") or "",
        session.settings.seconds("lock_wait"),
    )
    source = source or _name_of(session, url)
    return Clones(url, source, way, lambda admin, needed: _require_room(session, admin, needed))


def create(session: Session, branches: Clones | Service, name: str) -> Made:
    """Makes a branch, and says how, and what it does not have."""
    with session.console.busy(f"making branch {name}"):
        made = branches.create(name)
    session.console.out(f"branch {name}: {made.told}")
    for lack in made.lacks:
        session.console.note(f"warning: the branch lacks {lack}")
    return made


def on_branch(session: Session, name: str, url: str) -> Session:
    """The same call on a branch, which is nobody's but ours: nothing is asked, nobody is told of its runs."""
    settings = session.settings
    values = {**settings.values, "database": Origin(url, f"branch {name}")}
    values |= {key: Origin(value, "a branch") for key, value in _OF_THE_DATABASE.items()}
    options = argparse.Namespace(**{**vars(session.options), "database": None, "yes": True})
    environment = f"{settings.environment}-branch-{name}"
    return Session(replace(settings, environment=environment, values=values), options, session.console)


def _name_of(session: Session, url: DatabaseURL) -> str:
    """The database's name; makes that of the embedded server at its first use."""
    database = session.target.open(url)
    try:
        return database.row("SELECT current_database()")[0] or ""
    finally:
        database.close()


def _require_room(session: Session, admin: Database, needed: int) -> None:
    """Refused if the server's disk would be too full behind it, as far as that can be seen from here."""
    server = ask(admin, "disk", oids(()))
    directory = data_directory(server)
    if directory is None:
        session.console.note(f"the server's disk cannot be seen from here: the branch needs {size(needed)} there")
        return
    left = session.settings.limits.free_disk
    found = os.statvfs(directory)
    free, wanted = found.f_bavail * found.f_frsize, needed + min(needed, server["wal"] or 0) + left
    if found.f_blocks and free < wanted:
        raise Refused(
            f"there is no room for a branch: {size(free)} are free, {size(wanted)} needed"
            f" ({size(needed)} for it, {size(left)} to be left, the rest for WAL)",
            where=str(directory),
            hint="nothing was changed; make room, or see `limits: free_disk`",
        )
