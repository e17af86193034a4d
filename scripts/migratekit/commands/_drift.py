"""The database of an environment held against what its files make; for `drift` and what else wants to know."""

from collections.abc import Sequence
from typing import NamedTuple

from ..backup.processes import interruptible
from ..catalog import routines, snapshot
from ..database import Database, literal
from ..drift import Difference, Filter, Schema, compare
from ..engine import Engine, Known
from ..errors import Interrupted, MigratekitError, UsageError
from ..guards import DirtyDatabase
from ..ledger import Standing
from ..migration import Migration
from ..own_tables import own_tables
from ..plan import UnknownVersion
from ..session import Session
from ..shadow import Model, model_of, shadow
from ..tracking.version_table import VersionTable
from ._findings import count
from ._shared import require_file

# What these files do is not in the database, nor should it be yet.
_AHEAD = (Standing.PENDING, Standing.MISSED)


class Drift(NamedTuple):
    """How the database, at a version, differs from what so many files make."""

    version: int | None
    files: int
    made: Schema
    found: Schema
    differences: Sequence[Difference]


class _Found(NamedTuple):
    """The database as it is, and what a shadow of it needs."""

    version: int | None
    chain: Sequence[Migration]
    schema: Schema
    model: Model


def find_drift(session: Session, leaving_out: Filter, *, to: int | None = None, given: str = "") -> Drift:
    """Holds the database against its files, those up to `to` or those that it has; writes nothing there.

    The files run on the server `given`, a URL, or else on one that is made for this.
    """
    chain = session.chain()
    with session.engine() as engine:
        there = _look(session, engine, chain, to)
    if session.signals:
        raise Interrupted("interrupted; nothing was compared")
    wanted = str(session.settings.values["postgres"].value)
    busy = session.console.busy(f"running {count(len(there.chain), 'file')} in a shadow database")
    place = shadow(there.model, there.chain, session.settings.project, wanted, given)
    with interruptible("the shadow is gone, and nothing else was touched"), busy, place as database:
        made = _schema(database, there.model.table)
        roles = database.row(f"SELECT quote_ident(session_user), quote_ident({literal(there.model.owner)})")
    if given:
        # What an owner has is no grant; there the tables have another one.
        leaving_out = leaving_out._replace(roles=[*leaving_out.roles, *filter(None, roles)])
    differences = compare(made, there.schema, leaving_out)
    return Drift(there.version, len(there.chain), made, there.schema, differences)


def _look(session: Session, engine: Engine, chain: Sequence[Migration], to: int | None) -> _Found:
    """The database and its version, as of moments between which no migration ran."""
    database, table = engine.database, engine.table
    if to is None:
        _refuse_unreadable(engine)
    known = engine.known() if to is None or "SELECT" in table.rights else None
    if known and known.holder:
        session.console.note(f"warning: migrations run there now, by process {known.holder.pid}")
    version = to if known is None or to is not None else known.version
    applied = _applied(session, chain, known) if known and to is None else _up_to(chain, to or 0)
    schema = _schema(database, table)
    if known and engine.known().state != known.state:
        raise MigratekitError("a migration ran meanwhile", where=table.sql, hint="run it again")
    return _Found(version, applied, schema, model_of(database, table, session.database_url()))


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


def _schema(database: Database, table: VersionTable) -> Schema:
    """What is there of the user's."""
    return Schema(snapshot(database, own_tables(database, table)), routines(database))
