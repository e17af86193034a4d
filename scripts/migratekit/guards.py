"""What stops a run before its first file, or between two of them."""

from collections.abc import Callable

from .database import Database, SqlError, identifier, literal
from .errors import DatabaseError, DirtyError, Refused
from .lock import Lock
from .plan import Step
from .tracking.version_table import BrokenTable, RowRefused, State, VersionTable


class DirtyDatabase(DirtyError):
    """The version table says that a migration stopped half-way, so nothing was run."""

    def __init__(self, state: State) -> None:
        super().__init__(
            f"version {state.number} is dirty: a migration stopped half-way",
            hint="`migratekit repair` finds out what of it is there, and mends it",
        )
        self.state = state


class LockLost(DatabaseError):
    """A file gave the lock away, so another runner may be at work."""

    def __init__(self, step: Step) -> None:
        file = step.migration.file(step.direction)
        super().__init__(
            "the file is applied and recorded, but it released the lock that keeps other runners out",
            where=file.path if file else "",
            hint="take DISCARD ALL or pg_advisory_unlock_all() out of it; run the same command again to go on",
        )
        self.step = step


def refuse_read_only(table: VersionTable) -> None:
    """DatabaseError if nothing can be written there."""
    if table.read_only:
        raise DatabaseError(
            "the database is read-only (a standby, or default_transaction_read_only)",
            hint="connect to the primary; target_session_attrs=read-write in the URL finds it",
        )


def refuse_shared_session(lock: Lock, database: Database, connect: Callable[[], Database]) -> None:
    """DatabaseError if a pooler lends the session that holds the lock to others as well."""
    if lock.is_behind_pooler(database):
        other = connect()
        try:
            shared = lock.is_free(other)
        finally:
            other.close()
        if shared:
            raise DatabaseError(
                "a pooler lends this session to other clients between transactions, so no lock holds",
                hint="connect to the server itself, or to a pool in session mode",
            )


def refuse_foreign_history(database: Database, table: VersionTable) -> None:
    """Refused if nothing was ever run here by us, but by another tool: the first file may be applied long since."""
    if table.exists:
        return
    from .adoption import at_work  # only `migratekit` looks, and only where it is new

    found = at_work(database, table.schema)
    if found:
        raise Refused(
            f"{found.tool} has applied migrations here, so beginning at the first file could run them again",
            where=found.sql,
            hint="`migratekit adopt` takes over what it applied; `migratekit force none` begins at the first file",
        )


def refuse_several_rows(table: VersionTable, state: State) -> None:
    """BrokenTable if the table holds more versions than one."""
    if state.rows > 1:
        raise BrokenTable(
            f"the table holds {state.rows} rows and should hold one",
            where=table.sql,
            hint="find out which version is true, then `migratekit force VERSION`",
        )


def hidden_table(database: Database, table: VersionTable) -> str:
    """Why the table counts as missing though it is there: the role may not read it; and then, what to grant."""
    if "SELECT" in table.rights:
        return ""
    there, role = database.row(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE n.nspname = {literal(table.schema)} AND c.relname = {literal(table.name)}), current_user"
    )
    if there != "t":
        return ""
    grantee = identifier(role or "")
    return f"GRANT USAGE ON SCHEMA {identifier(table.schema)} TO {grantee}; GRANT SELECT ON {table.sql} TO {grantee}"


def refuse_hidden_table(database: Database, table: VersionTable) -> None:
    """RowRefused if the role may not read the version table, which to it looks as if there were none."""
    grants = hidden_table(database, table)
    if grants:
        refused = RowRefused(SqlError("the role may not read the version table", sqlstate="42501"), "SELECT")
        refused.where, refused.hint = table.sql, grants
        raise refused


def refuse_second_table(database: Database, table: VersionTable) -> None:
    """BrokenTable if a search_path that moved since the first run would begin the whole chain anew."""
    found = [] if table.exists else table.namesakes(database)
    if found:
        raise BrokenTable(
            f"there is no {table.sql}, but there is {', '.join(found)}: has the search_path moved?",
            hint=f"name the one that counts: --table {found[0].replace(chr(34), '')}",
        )
