"""Whether a database has come as far as somebody waits for; a look is read-only, and leaves no connection behind."""

import re
from contextlib import suppress

from .database import ConnectionFailed, ConnectionLost, Database, SqlError
from .engine import Known
from .errors import ExitCode, MigratekitError, UsageError
from .files import Files
from .guards import DirtyDatabase, hidden_table, refuse_several_rows
from .ledger import Standing
from .lock import Holder, Lock
from .target import Target
from .tracking.history import History
from .tracking.version_table import RowRefused, State, VersionTable
from .url import DatabaseURL

# One message, and nothing of it outlives the transaction: a pooler may lend the session to others afterwards.
_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '10s'"
)
# What a deployment that is on its way brings with it, or what passes by itself.
_COMING = re.compile(
    r'database ".*" does not exist|no such database|login has been failing'
    r"|session is (?:not )?read-only|hot standby mode"  # while another server takes over
)
_BUSY = frozenset({"55P03", "57014", "40001"})  # locked, slow, or a standby that has to replay
_GONE = frozenset({"42P01", "3F000"})  # dropped since it was found
_NO_RIGHT = "42501"


class NotThere(MigratekitError):
    """The server answers, but the database is not where it should be, yet."""

    exit_code = ExitCode.PENDING


class Arrival:
    """What is waited for: a version, or, where none is given, that no file of the folder is pending."""

    def __init__(self, files: Files, target: Target, url: DatabaseURL, version: int | None) -> None:
        self._files = files
        self._url = url
        self._schema, self._name = target.table(url)
        # Those who know only the version need no files.
        self._chain = files.chain() if version is None else []
        self._of_chain = version is None
        if version is None and not self._chain:
            raise UsageError(
                "there are no migrations, so there is nothing to wait for",
                where=str(files.settings.folder),
                hint="name the folder with --path, or give the version to wait for",
            )
        self.version = self._chain[-1].version if version is None else version

    def look(self, application: str) -> State:
        """The state, once it is reached.

        NotThere and DirtyDatabase say why it is not, ConnectionFailed and ConnectionLost that nobody could tell.
        """
        database = Database.connect(self._url, {"connect_timeout": "5", "fallback_application_name": application})
        try:
            database.run(_BEGIN)
            return self._reached(database)
        except (SqlError, RowRefused) as error:
            raise self._read_later(error) from None
        finally:
            # A pooler throws away a session that is left in a transaction.
            with suppress(ConnectionLost):
                database.rollback()
            database.close()

    def _reached(self, database: Database) -> State:
        table = self._table(database)
        state = table.read(database)
        refuse_several_rows(table, state)
        if state.dirty:
            raise self._halted(database, table, state)
        if state.number < self.version:
            where = "no version" if state.version is None else f"version {state.version}"
            raise NotThere(f"the database is at {where}")
        if self._of_chain:
            self._refuse_rest(database, table, state)
        return state

    def _table(self, database: Database) -> VersionTable:
        """The version table, if the role may read it; NotThere if not."""
        schema, role = database.row("SELECT current_schema(), current_user")
        if self._schema is None and schema is None:
            raise NotThere(
                f"role {role} has no schema that it may use",
                hint="is it made, and has the role USAGE on it? see search_path",
            )
        table = VersionTable.locate(database, self._name, self._schema)
        if table.exists and "SELECT" in table.rights:
            return table
        grants = hidden_table(database, table)
        if grants:
            raise NotThere(f"role {role} may not read the version table {table.sql}", hint=grants)
        others = table.namesakes(database)
        hint = f"there is {', '.join(others)}: if that is the one, name it with --table" if others else ""
        raise NotThere(f"there is no version table {table.sql}", hint=hint)

    def _halted(self, database: Database, table: VersionTable, state: State) -> MigratekitError:
        """What a dirty mark means: somebody is at work, or nobody is any more."""
        holder = self._holder(database, table)
        if holder is not None:
            return NotThere(f"version {state.number} is marked dirty while a run is at work: {holder}")
        if "t" in database.row("SELECT pg_is_in_recovery()"):
            return NotThere(
                f"version {state.number} is marked dirty; a standby cannot tell whether a run is at work",
                hint="`migratekit status` on the primary tells",
            )
        return DirtyDatabase(state)

    def _holder(self, database: Database, table: VersionTable) -> Holder | None:
        """Who migrates this database, whichever of its names they came by."""
        name = database.row("SELECT current_database()")[0] or ""
        for path in dict.fromkeys((self._url.path, f"/{name}")):
            holder = Lock(path, table.schema, table.name).holder(database) if len(path) > 1 else None
            if holder is not None:
                return holder
        return None

    def _refuse_rest(self, database: Database, table: VersionTable, state: State) -> None:
        """NotThere for what `up` would still run at this version, as far as the role may read the history."""
        history = History.locate(database, table.schema, table.name)
        events = history.read(database)
        if not events:
            return
        ledger = self._files.ledger(self._chain, Known(state, events, history.readable))
        skipped = self._files.settings.policies.get("missed") == "off"
        late = [entry.migration for entry in ledger.of(Standing.MISSED) if entry.excused or not skipped]
        if late and late[0]:
            raise NotThere(
                f"the database is at version {state.version}, but {late[0].name} came late and is not applied",
                hint="`migratekit up --allow-missing` applies late files too",
            )
        due = ledger.due()
        if due:
            raise NotThere(f"the database is at version {state.version}, but repeatable/{due[0].title} is to run")

    def _read_later(self, error: SqlError | RowRefused) -> MigratekitError:
        """What the server refused, as NotThere if it may grant it later."""
        sqlstate = error.sqlstate if isinstance(error, SqlError) else error.error.sqlstate
        if sqlstate == _NO_RIGHT:
            return NotThere(error.what, hint="GRANT USAGE on the schema and SELECT on the version table to the role")
        return NotThere(error.what) if sqlstate in _BUSY | _GONE else error


def may_come(error: ConnectionFailed) -> bool:
    """True if the server, or the database on it, may be there in a moment."""
    return error.transient or bool(_COMING.search(error.what))
