"""The database of an environment held against what its files make; for `drift`, and what else tells of it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..backup.processes import interruptible
from ..catalog import digest, routines, snapshot
from ..database import Database, SqlError, literal
from ..drift import Drift, Filter, Schema, compare
from ..engine import Engine, Known
from ..errors import Interrupted, MigratekitError, UsageError
from ..guards import DirtyDatabase
from ..ledger import Standing
from ..migration import Migration
from ..own_tables import own_tables
from ..plan import UnknownVersion
from ..preflight._figures import some
from ..session import Session
from ..shadow import Model, model_of, shadow
from ..tracking.version_table import VersionTable
from ._findings import count
from ._shadow import given_shadow
from ._shared import require_file

# What these files do is not in the database, nor should it be yet.
_AHEAD = (Standing.PENDING, Standing.MISSED)
_CANCELLED = "57014"


class _Found(NamedTuple):
    """The database as it is, and what a shadow of it needs."""

    version: int | None
    chain: Sequence[Migration]
    schema: Schema
    model: Model


class Asked(NamedTuple):
    """How a database is to be held against its files."""

    leaving_out: Filter = Filter()
    # The URL of a server for the shadow; empty for one of its own.
    given: str = ""
    # So many seconds reading the database may take, and running the files.
    limit: float | None = None


class Look(NamedTuple):
    """What was found out: for programs, and in one line for people; `differs` is None where nothing could be."""

    record: dict[str, Any]
    line: str = ""
    differs: bool | None = None


def asked(session: Session, *, limit: float | None = None) -> Asked:
    """As the environment has it."""
    leaving_out = session.settings.drifting
    return Asked(Filter(leaving_out.ignore, leaving_out.grants), given_shadow(session), limit)


def find_drift(session: Session, engine: Engine, wanted: Asked, *, to: int | None = None) -> Drift:
    """Holds the database against its files, those up to `to` or those that it has; writes nothing there."""
    there = _look(session, engine, to, wanted.limit)
    if session.signals:
        raise Interrupted("interrupted; nothing was compared")
    settings, (leaving_out, given, limit) = session.settings, wanted
    postgres = str(settings.values["postgres"].value)
    busy = session.console.busy(f"running {count(len(there.chain), 'file')} in a shadow database")
    place = shadow(there.model, there.chain, settings.project, postgres, given, limit=limit)
    with interruptible("the shadow is gone, and nothing else was touched"), busy, place as (database, _):
        made = _schema(database, there.model.table, limit)
        roles = database.row(f"SELECT quote_ident(session_user), quote_ident({literal(there.model.owner)})")
    if given:
        # What an owner has is no grant; there the tables have another one.
        leaving_out = leaving_out._replace(roles=[*leaving_out.roles, *filter(None, roles)])
    differences = compare(made, there.schema, leaving_out)
    return Drift(there.version, len(there.chain), made, there.schema, differences)


def look(session: Session, engine: Engine, *, lines: bool = False) -> Look:
    """As the environment wants it, with the lines that differ if they are asked for; a warning where it fails."""
    try:
        drift = find_drift(session, engine, asked(session))
    except Interrupted:
        raise
    except MigratekitError as error:
        session.console.note(f"warning: drift cannot be found out: {error}")
        if error.hint:
            session.console.note(f"hint: {error.hint}")
        return Look({"error": {"what": error.what, "where": error.where, "hint": error.hint}})
    which = f": {some(drift.objects)}; `migratekit drift` shows how" if drift.differences else ""
    return Look(document(drift, lines=lines), f"drift: {summary(drift)}{which}", bool(drift.differences))


def document(drift: Drift, *, lines: bool = False) -> dict[str, Any]:
    """What differs and where, as JSON; without the lines, as the text of functions is nobody's business in a record."""
    return {
        "version": drift.version,
        "files": drift.files,
        "digest": {"files": digest(drift.made.lines), "database": digest(drift.found.lines)},
        "differences": [
            {"object": each.object, "part": each.part, "kind": each.kind} | ({"lines": each.lines} if lines else {})
            for each in drift.differences
        ],
    }


def summary(drift: Drift) -> str:
    """In one line, how much differs."""
    number = len(drift.objects)
    what = f"{count(number, 'object')} {'is' if number == 1 else 'are'} not" if number else "all is"
    return f"{what} as {count(drift.files, 'file')} have it"


def _look(session: Session, engine: Engine, to: int | None, limit: float | None) -> _Found:
    """The database and its version, as of moments between which no migration ran."""
    chain, database, table = session.chain(), engine.database, engine.table
    if to is None:
        _refuse_unreadable(engine)
    known = engine.known() if to is None or "SELECT" in table.rights else None
    if known and known.holder:
        session.console.note(f"warning: migrations run there now, by process {known.holder.pid}")
    version = to if known is None or to is not None else known.version
    applied = _applied(session, chain, known) if known and to is None else _up_to(chain, to or 0)
    schema = _schema(database, table, limit)
    if known and engine.known().state != known.state:
        raise MigratekitError("a migration ran meanwhile", where=table.sql, hint="run it again")
    return _Found(version, applied, schema, model_of(database, table, session.target.url()))


def _refuse_unreadable(engine: Engine) -> None:
    """A version table that the role may not see must not pass for a database without a version."""
    table = engine.table
    if "SELECT" in table.rights:
        return
    there = engine.database.row(
        "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace"
        f" WHERE s.nspname = {literal(table.schema)} AND c.relname = {literal(table.name)}"
    )
    if there[0] != "0":
        raise UsageError(
            "the role may not read the version",
            where=table.sql,
            hint=f"GRANT SELECT ON {table.sql} TO it, or say which version is meant: --to V",
        )


def _up_to(chain: Sequence[Migration], version: int) -> list[Migration]:
    require_file(chain, version)
    return [migration for migration in chain if migration.version <= version]


def _applied(session: Session, chain: Sequence[Migration], known: Known) -> list[Migration]:
    """The files of what is applied; DirtyDatabase if that cannot be said."""
    if known.state.dirty:
        raise DirtyDatabase(known.state)
    if known.version is not None and all(migration.version != known.version for migration in chain):
        raise UnknownVersion(known.version, current=True)
    ledger = session.ledger(chain, known)
    ahead = {entry.version for entry in ledger.of(*_AHEAD)}
    again = [each.migration for each in ledger.repeatables if each.migration and each.event]
    return [*(migration for migration in chain if migration.version not in ahead), *again]


def _schema(database: Database, table: VersionTable, limit: float | None) -> Schema:
    """What is there of the user's."""
    try:
        lines = snapshot(database, own_tables(database, table), timeout=limit)
        return Schema(lines, routines(database, timeout=limit))
    except SqlError as error:
        if limit and error.sqlstate == _CANCELLED:
            error.what = f"the schema cannot be read within {limit:g} s"
        raise
