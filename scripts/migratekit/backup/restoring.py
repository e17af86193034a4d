"""A backup put in the place of its database: looked at, restored beside, compared, and then swapped."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..database import Database, SqlError, literal
from ..errors import Interrupted, MigratekitError, Refused
from ..url import DatabaseURL
from .beside import LONGEST, Manner, database_beside, differences, drop_leftovers, fill, is_ours, maintenance, named
from .contents import read_properties, system_identifier
from .integrity import Damaged
from .manifest import Backup
from .processes import interruptible
from .properties import endowment
from .swap import prepared, rename, strangers, swap

_BEFORE = "before"
_OTHER = "`--from-other` takes it all the same"


@dataclass(frozen=True, slots=True)
class Target:
    """The database that is to be as it was, and a session elsewhere on its server; it need not be there."""

    name: str
    url: DatabaseURL
    admin: Database
    # Empty where there is no such database.
    properties: Mapping[str, Any]

    @property
    def sessions(self) -> int:
        """How many sessions are in it."""
        found = self.admin.row(
            f"SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = {literal(self.name)}"
            " AND backend_type = 'client backend'"
        )
        return int(found[0] or 0)

    def elsewhere(self) -> Database:
        """One more session in another database of the server."""
        return maintenance(self.url, avoid=self.name)


class Wish(NamedTuple):
    """What was asked for on purpose."""

    # Restore into a new database of this name, and leave the present one alone.
    name: str = ""
    # Take a backup of another database or another server.
    from_other: bool = False


def look(url: DatabaseURL, name: str) -> Target:
    """The target as it is now; to be closed."""
    admin = maintenance(url, avoid=name)
    return Target(name, url, admin, read_properties(admin, name))


def refuse(backup: Backup, target: Target, manner: Manner, wish: Wish) -> None:
    """Refused, with every reason, if this backup cannot or should not take the target's place."""
    reasons = [*_unfit(backup, target, manner), *_foreign(backup, target, wish), *_without_rights(target, wish)]
    if len(wish.name.encode()) > LONGEST:
        reasons.append(f"the name {wish.name} is too long: PostgreSQL keeps {LONGEST} bytes of it")
    if is_ours(wish.name, target.name):
        reasons.append(f"the name {wish.name} is one that restores give: they would take that database for their own")
    if not wish.name:
        reasons += _in_the_way(target)
    if wish.name and read_properties(target.admin, wish.name):
        reasons.append(f"there is a database {wish.name} already")
    if backup.scope == "tables" and not wish.name:
        reasons.append("it holds the rows of some tables alone: `--as NAME` restores them into another database")
    if reasons:
        raise Refused(
            "\n  ".join(["it was not restored, and nothing was changed:", *reasons]),
            where=backup.name,
            hint="`migratekit backup list` shows the backups there are; `--help` what can be asked for on purpose",
        )


def _unfit(backup: Backup, target: Target, manner: Manner) -> list[str]:
    server, dumped = target.admin.server_version // 10000, backup.server_version // 10000
    reasons = []
    if dumped > server:
        reasons.append(f"it is of PostgreSQL {dumped}, the server is {server}: too old for it")
    if backup.tool_major > manner.tools.major:
        reasons.append(f"pg_dump {backup.tool_major} made it, and pg_restore here is {manner.tools.version}: too old")
    roles, extensions = _missing(target.admin, backup)
    if roles and not manner.no_owner:
        reasons.append(f"roles are missing on the server: {', '.join(roles)} (`--no-owner` does without)")
    if extensions:
        reasons.append(f"extensions are missing on the server: {', '.join(extensions)}")
    return reasons


def _missing(admin: Database, backup: Backup) -> tuple[Sequence[str], Sequence[str]]:
    def lacking(names: Sequence[str], column: str, catalog: str) -> list[str]:
        there = admin.row(f"SELECT string_agg({column}, E'\\x01') FROM pg_catalog.{catalog}")[0] or ""
        return [name for name in names if name not in there.split("\x01")]

    return (
        lacking(backup.roles, "rolname", "pg_roles"),
        lacking(backup.extensions, "name", "pg_available_extensions"),
    )


def _foreign(backup: Backup, target: Target, wish: Wish) -> list[str]:
    if wish.from_other or wish.name:
        return []
    reasons, system = [], system_identifier(target.admin)
    if backup.database != target.name:
        reasons.append(f"it is of database {backup.database}, not of {target.name} ({_OTHER})")
    if backup.system and system and backup.system != system:
        reasons.append(f"it is of another server ({backup.system}, not {system}; {_OTHER})")
    return reasons


def _in_the_way(target: Target) -> list[str]:
    reasons = [reason] if (reason := prepared(target.admin, target.name)) else []
    if target.properties and not target.properties["open"]:
        # The lock that keeps runners away is in it.
        reasons.append(f"{target.name} takes no connections: ALTER DATABASE … ALLOW_CONNECTIONS true lets us in")
    return reasons


def _without_rights(target: Target, wish: Wish) -> list[str]:
    admin = target.admin
    user, makes, superuser = admin.row(
        "SELECT rolname, rolcreatedb OR rolsuper, rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
    )
    reasons = [] if makes == "t" else [f"role {user} may not make databases: it needs CREATEDB"]
    if wish.name or not target.properties or superuser == "t":
        return reasons
    owner = target.properties["owner"]
    if admin.row(f"SELECT pg_has_role({literal(owner)}, 'USAGE')")[0] != "t":
        reasons.append(f"role {user} may not rename {target.name}: it belongs to {owner}")
    if others := strangers(admin, target.name):
        reasons.append(f"role {user} may not end the sessions of {', '.join(others)}: it needs pg_signal_backend")
    return reasons


def restore_new(backup: Backup, target: Target, manner: Manner, name: str) -> None:
    """Makes a database of this name from the backup; there is none of it if that fails."""
    _build(backup, target, manner, backup.properties, lambda made: rename(target.admin, made, name), name)


def restore_over(
    backup: Backup, target: Target, manner: Manner, hold: Callable[[], AbstractContextManager[None]]
) -> str:
    """Puts the backup in the target's place; under which name the former one is kept.

    `hold` keeps runners away from the target meanwhile.
    """
    former = _former_name(target)

    def take_place(made: str) -> None:
        with hold():
            swap(target.elsewhere, target.name, former, made)

    _build(backup, target, manner, target.properties, take_place, former)
    return former


def go_back(target: Target, former: str, hold: Callable[[], AbstractContextManager[None]]) -> str:
    """Puts a former database in the target's place again; under which name the present one is kept."""
    present = _former_name(target)
    with hold():
        swap(target.elsewhere, target.name, present, former)
    return present


def formers(target: Target) -> list[str]:
    """The databases that were in the target's place, the newest first."""
    beginning = named(target.name, _BEFORE).rpartition(f"_{_BEFORE}_")[0]
    pattern = f"^{re.escape(beginning)}_{_BEFORE}_[0-9]{{8}}T[0-9]{{6}}Z$"
    query = f"SELECT datname FROM pg_catalog.pg_database WHERE datname ~ {literal(pattern)} ORDER BY datname DESC"
    return [row[0] or "" for row in target.admin.run(query)[-1].rows]


def _former_name(target: Target) -> str:
    """A name for what is there now; two restores may be within one second."""
    while (name := named(target.name, _BEFORE)) in formers(target):
        time.sleep(0.1)
    return name


def _build(
    backup: Backup,
    target: Target,
    manner: Manner,
    properties: Mapping[str, Any],
    take_place: Callable[[str], None],
    proof: str,
) -> None:
    """Restores into a database beside, sees that all of it is there, and has it take its place.

    A database named `proof` is there as soon as that is done.
    """
    try:
        with interruptible("nothing was restored"):
            drop_leftovers(target.admin, target.name)
            name = named(target.name, "restoring")
            properties = _ours(target.admin, properties) if manner.no_owner else properties
            with database_beside(target.admin, target.url, name, properties, whole=True) as fresh:
                _complete(fresh, backup, target, manner, properties, name)
                take_place(name)
    except Interrupted:
        # It may be too late to say that nothing was, unless the session ended while the database was made.
        if target.admin.lost or not read_properties(target.admin, proof):
            raise


def _complete(
    fresh: Database, backup: Backup, target: Target, manner: Manner, properties: Mapping[str, Any], name: str
) -> None:
    """Fills the database beside, compares it, and gives it what belongs to a database."""
    # What is not allowed shall not fail after hours.
    _endow(target.admin, name, properties, "ROLLBACK")
    fill(fresh, target.url, backup, manner)
    if found := differences(fresh, backup):
        what = "\n  ".join([f"what was restored is not what was backed up; {len(found)} differences:", *found[:20]])
        raise Damaged(what, where=str(backup.path), hint="nothing was changed; take another backup")
    # Without statistics the first queries would be slow.
    fresh.run("ANALYZE")
    fresh.close()
    _endow(target.admin, name, properties, "COMMIT")


def _endow(admin: Database, name: str, properties: Mapping[str, Any], end: str) -> None:
    admin.run("BEGIN")
    for statement in endowment(name, properties):
        try:
            admin.run(statement)
        except SqlError as error:
            what, hint = f"{statement}: {error.what}", "nothing was changed; it needs somebody who may do that"
            raise MigratekitError(what, where="what belongs to the database", hint=hint) from None
    admin.run(end)


def _ours(admin: Database, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties without what names roles and places of another server."""
    owner = admin.row("SELECT current_user")[0]
    settings = [each for each in properties["settings"] if not each["role"]]
    return {**properties, "owner": owner, "grants": None, "settings": settings, "tablespace": "pg_default"}
