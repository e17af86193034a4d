"""Two shadows beside each other: what the files make, and what is wanted."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..catalog import Inventory, inventory, routines, snapshot
from ..convention import default_table, source_name
from ..database import Database, SqlError
from ..drift import Schema
from ..errors import MigratekitError, SourceError
from ..own_tables import own_tables
from ..schema_changes import Rename, apply_renames, build_models, found_renames, given_rename, line_of, read_models
from ..server.binaries import find_binaries
from ..server.embedded import SUPERUSER
from ..session import Session
from ..shadow import Model, model_of, shadow
from ..shadow.place import APPLICATION, database_on
from ..tracking.version_table import VersionTable
from ..url import parse

# Lines of a dump for psql alone, what older servers do not know, and what is there in every new database.
_OF_DUMPS = (
    (re.compile(r"^\\(?:un)?restrict .*$", re.MULTILINE), ""),
    (re.compile(r"^SET transaction_timeout = 0;$", re.MULTILINE), ""),
    (re.compile(r"^CREATE SCHEMA public;$", re.MULTILINE), "CREATE SCHEMA IF NOT EXISTS public;"),
)


@dataclass(frozen=True, slots=True)
class Shadow:
    """A database that can be looked at, without the tables that are ours."""

    database: Database
    table: VersionTable

    def inventory(self) -> Inventory:
        """What is there, with the statements that make it."""
        return inventory(self.database, own_tables(self.database, self.table))

    def schema(self) -> Schema:
        """All that is there, as lines."""
        return Schema(snapshot(self.database, own_tables(self.database, self.table)), routines(self.database))


@contextmanager
def shadows(session: Session, given: str) -> Iterator[tuple[Shadow, Shadow]]:
    """The files' schema, and an empty database on the same server."""
    settings = session.settings
    chain = session.chain() if settings.folder.exists() else []
    model = _model(session, given)
    wanted = str(settings.values["postgres"].value)
    place = shadow(model, chain, settings.project, wanted, given)
    with place as (have, url), database_on(url, model) as second:
        empty = Database.connect(second, APPLICATION)
        try:
            yield Shadow(have, model.table), Shadow(empty, model.table)
        finally:
            empty.close()


def _model(session: Session, given: str) -> Model:
    """Like the environment's database where that can be asked, or else like a new one."""
    settings = session.settings
    reachable = session.server().running() if settings.embedded else settings.names_database
    if reachable:
        try:
            with session.engine() as engine:
                return model_of(engine.database, engine.table, session.database_url())
        except MigratekitError as error:
            session.console.note(f"warning: the database is not asked what it is like: {error}")
    schema, name = settings.table
    if settings.values["table"].source == "default":
        name = default_table(source_name(settings)) or name
    table = VersionTable(schema or "public", name, exists=False, rights=frozenset(), read_only=False)
    return Model(_major(session, given), table, "", "", SUPERUSER, [], [], [], {}, {})


def _major(session: Session, given: str) -> int:
    if not given:
        return find_binaries(str(session.settings.values["postgres"].value)).major
    server = Database.connect(parse(given), APPLICATION)
    try:
        return server.server_version // 10000
    finally:
        server.close()


def read_wanted(session: Session, models: str | None, schema: str | None, python: str) -> list[str]:
    """The statements that make what models say, or the text of a file."""
    if models:
        return read_models(models, python, session.settings.project)
    path = Path(schema or "")
    try:
        return [_for_servers(path.read_text(encoding="utf-8"))]
    except (OSError, UnicodeDecodeError) as error:
        where, hint = str(path), "name a file that makes the schema"
        raise SourceError(f"cannot be read: {error}", where=where, hint=hint) from None


def _for_servers(text: str) -> str:
    for pattern, instead in _OF_DUMPS:
        text = pattern.sub(instead, text)
    return text


def fill(empty: Shadow, have: Inventory, wanted: Sequence[str], models: str | None, schema: str | None) -> None:
    """Makes the wanted schema in an empty database."""
    if models:
        build_models(empty.database, wanted, models, have)
    else:
        _run(empty.database, wanted[0], os.path.relpath(schema or ""))


def _run(database: Database, text: str, name: str) -> None:
    try:
        database.run(text)
    except SqlError as error:
        where = f"{name}:{line_of(text, error)}"
        hint = "it has to make the schema in an empty database, beside which the files have made theirs"
        if error.what.startswith("role "):
            hint = (
                "leave owners out, as `pg_dump --no-owner` does; for rights name a server with the role: --shadow URL"
            )
        raise MigratekitError(f"{error.what} (SQLSTATE {error.sqlstate})", where=where, hint=hint) from None


def rename(have: Shadow, wanted: Inventory, given: Sequence[str]) -> tuple[list[Rename], Inventory]:
    """Gives what has only another name that name; the statements, and what is there then."""
    renames: list[Rename] = []
    there = have.inventory()
    for text in given:
        renames.append(given_rename(text, there))
        apply_renames(have.database, renames[-1:])
        there = have.inventory()
    found = list(found_renames(there, wanted))
    apply_renames(have.database, found)
    return [*renames, *found], have.inventory() if found else there
