"""Branches on the database's own server: made, found by their comments, and dropped."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ..backup.beside import drop_unfinished, maintenance
from ..backup.contents import read_properties
from ..backup.processes import interruptible
from ..backup.properties import endowment
from ..database import Database, SqlError, identifier, literal
from ..errors import MigratekitError, Refused, UsageError
from ..url import DatabaseURL, text_for
from .copying import Source, Way, create_empty, fill
from .leftovers import drop_leftovers, temporary
from .marks import Made, Mark, checked, database_of, now, read, refused_rights, unproved

# So long may sessions of ours that were closed be still there.
_CLOSING_SECONDS = 1.0


class Branch(NamedTuple):
    """A branch that is there; its database's size in bytes, None where the server does not tell, and its sessions."""

    mark: Mark
    size: int | None
    sessions: int


class Clones:
    """The branches of one database, beside it on its server; they are made by `way`, if there is `room`."""

    def __init__(self, url: DatabaseURL, source: str, way: Way, room: Callable[[Database, int], object]) -> None:
        self._url = url
        self._source = source
        self._way = way
        self._room = room
        # What this call has made, whatever files did to its comment since.
        self._made: dict[str, tuple[str, int]] = {}

    def create(self, name: str) -> Made:
        """Makes a branch; whatever goes wrong, there is none."""
        database = database_of(self._source, checked(name))
        began = time.monotonic()
        with interruptible("no branch was made"), self._session() as admin:
            source = self._look(admin)
            self._refuse(admin, source, name, database)
            drop_leftovers(admin)
            self._room(admin, source.size)
            unnamed = temporary(admin)
            try:
                how, why = self._empty(admin, source, unnamed)
                mark = self._mark(admin, name, unnamed, database, how)
                lacks = self._complete(admin, source, mark)
            except BaseException:
                _, oid = self._made.pop(name, ("", 0))
                drop_unfinished(admin, self._url, f"datname = {literal(unnamed)} OR oid = {oid}")
                raise
        ways = {"template": "copied by CREATE DATABASE … TEMPLATE", "dump": "copied by pg_dump and pg_restore"}
        took = time.monotonic() - began
        return Made(text_for(self._url, database), f"database {database}, {ways[how]}: {why} ({took:.1f} s)", lacks)

    def url(self, name: str) -> str:
        """The URL of a branch; Refused if there is none."""
        with self._session() as admin:
            return text_for(self._url, self._proved(admin, name).mark.database)

    def look(self, name: str) -> Branch:
        """The branch of this name; Refused if there is none."""
        with self._session() as admin:
            return self._proved(admin, name)

    def all(self) -> list[Branch]:
        """All branches of the database."""
        with self._session() as admin:
            found = [each for _, each in _found(admin) if each is not None]
            return [branch for branch in found if branch.mark.of == self._source]

    def drop(self, name: str) -> None:
        """Drops a branch and ends its sessions; Refused if it is none."""
        with self._session() as admin:
            drop_leftovers(admin)
            database = self._own(admin, name) or self._proved(admin, name).mark.database
            try:
                admin.run(f"DROP DATABASE {identifier(database)} WITH (FORCE)")
            except SqlError as error:
                what = f"{error.what} {error.detail}".strip()
                raise MigratekitError(
                    what, where=f"database {database}", hint=error.hint or "it is still there"
                ) from None

    @contextmanager
    def _session(self) -> Iterator[Database]:
        admin = maintenance(self._url, avoid=self._source)
        try:
            yield admin
        finally:
            admin.close()

    def _look(self, admin: Database) -> Source:
        query = Path(__file__).with_name("source.sql").read_text(encoding="utf-8")
        deadline = time.monotonic() + _CLOSING_SECONDS
        while True:
            facts = json.loads(admin.row(query.replace(":name", literal(self._source)))[0] or "null")
            if not facts or facts["sessions"] != facts["ours"] or not facts["ours"] or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        if facts is None:
            raise UsageError(f"there is no database {self._source}", where=self._url.redacted(), hint="see --from")
        return Source(self._source, self._url, read_properties(admin, self._source), facts)

    def _refuse(self, admin: Database, source: Source, name: str, database: str) -> None:
        if not source.facts["makes"]:
            raise refused_rights(source.facts["user"])
        for there, branch in _found(admin, database):
            if there == database and branch is not None and branch.mark.name == name:
                hint = f"`migratekit branch drop {name}` drops it; or take another name"
                raise Refused(f"there is a branch {name} already", where=f"database {database}", hint=hint)
            if there == database:
                raise Refused(
                    f"there is a database {database} already",
                    hint="nothing was changed; take another name for the branch",
                )

    def _empty(self, admin: Database, source: Source, database: str) -> tuple[str, str]:
        try:
            return create_empty(admin, source, self._way, database)
        except SqlError as error:
            raise _refused(error, database) from None

    def _complete(self, admin: Database, source: Source, mark: Mark) -> list[str]:
        """Closes it to others, fills it, and gives it the settings; what it could not have."""
        database = mark.database
        # The rights first: nobody else may look into what is just being copied.
        lacks = _endow(admin, _rights(source, database))
        opening = f"ALTER DATABASE {identifier(database)} ALLOW_CONNECTIONS true"
        if mark.by == "dump":
            admin.run(opening)
            if not fill(source, self._way, database):
                lacks.append(f"owners and rights inside: everything belongs to {source.facts['user']}")
        if source.options()["owner"] != source.properties["owner"]:
            lacks.append(f"its owner {source.properties['owner']}")
        settings = {**source.properties, "grants": None, "comment": None}
        lacks += _endow(admin, [*endowment(database, settings)])
        admin.run(opening)
        admin.run(mark._replace(ready=True).statement())
        return lacks

    def _mark(self, admin: Database, name: str, unnamed: str, database: str, how: str) -> Mark:
        """Gives it the comment and then its name: whenever we are killed, one of both tells what it is."""
        oid = admin.row(f"SELECT oid FROM pg_catalog.pg_database WHERE datname = {literal(unnamed)}")[0]
        mark = Mark(name, self._source, database, int(oid or 0), now(), how, ready=False)
        self._made[name] = database, mark.oid
        try:
            admin.run(mark.statement(unnamed))
            admin.run(f"ALTER DATABASE {identifier(unnamed)} RENAME TO {identifier(database)}")
        except SqlError as error:
            raise _refused(error, database) from None
        return mark

    def _own(self, admin: Database, name: str) -> str:
        """The database that this call made as the branch, if it is still there; empty if not."""
        database, oid = self._made.get(name, ("", 0))
        there = f"SELECT oid FROM pg_catalog.pg_database WHERE datname = {literal(database)} AND oid = {oid}"
        return database if oid and admin.run(there)[-1].rows else ""

    def _proved(self, admin: Database, name: str) -> Branch:
        database = database_of(self._source, checked(name))
        for there, branch in _found(admin, database):
            if there != database:
                continue
            if branch is None or (branch.mark.name, branch.mark.of) != (name, self._source):
                raise unproved(database, name)
            return branch
        raise UsageError(
            f"{self._source} has no branch {name}",
            where=f"database {database}",
            hint="`migratekit branch list` shows them",
        )


def _found(admin: Database, name: str = "") -> Iterator[tuple[str, Branch | None]]:
    """The databases that have a branch's comment, or the name, each with what the comment proves."""
    query = Path(__file__).with_name("branches.sql").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(admin.row(query.replace(":name", literal(name)))[0] or "[]")
    for each in found:
        mark = read(each["database"], each["oid"], each["comment"])
        yield each["database"], Branch(mark, each["size"], each["sessions"]) if mark else None


def _refused(error: SqlError, database: str) -> MigratekitError:
    what = f"{error.what} {error.detail}".strip()
    return MigratekitError(what, where=f"database {database}", hint=error.hint or "nothing was changed")


def _rights(source: Source, database: str) -> list[str]:
    """Who may connect and so on, as statements; whoever owns the copy can work in it."""
    own = source.options()
    statements = [*endowment(database, {**own, "settings": [], "comment": None})]
    if own["grants"] is not None and own["owner"] != source.properties["owner"]:
        statements.append(f"GRANT ALL ON DATABASE {identifier(database)} TO {identifier(own['owner'])}")
    return statements


def _endow(admin: Database, statements: list[str]) -> list[str]:
    """Runs the statements one by one; those that the role may not run, without the values in them."""
    refused = []
    for statement in statements:
        try:
            admin.run(statement)
        except SqlError as error:
            if statement.startswith("REVOKE"):
                raise
            refused.append(f"{statement.partition(' TO ')[0]}: {error.what}")
    return refused
