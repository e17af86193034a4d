"""golang-migrate's table: one row with the version and whether a migration stopped half-way."""

from collections.abc import Sequence
from typing import NamedTuple

from ..database import Database, Result, SqlError, identifier, literal
from ..errors import DatabaseError, DirtyError
from ..remedies import remedy

DEFAULT_NAME = "schema_migrations"
# The column by which the end of a file is recognised among the results of its message.
MARKER = "migratekit: end of file"
# Statements that a session keeps.
_CLEAR, _INSERT = "migratekit_clear", "migratekit_insert"
_NO_RIGHT = "42501"
_NO_SCHEMA = "3F000"
_NO_SUCH_COLUMN = ("42703", "42804")
_MOVED = "migratekit: the version row is not as it was"


class State(NamedTuple):
    """What the table says: the version, None before the first, and how many rows it has."""

    version: int | None
    dirty: bool = False
    rows: int = 0

    @property
    def number(self) -> int:
        """The version as the table writes it: -1 before the first."""
        return -1 if self.version is None else self.version


class VersionMoved(DatabaseError):
    """Somebody, or the file itself, changed the version row while the file ran."""


class BrokenTable(DirtyError):
    """The table is there, but is not one that says which version the database has."""


class RowRefused(DatabaseError):
    """The server refused a statement of ours on the version table; `statement` is the one."""

    def __init__(self, error: SqlError, statement: str) -> None:
        rights = "the role needs SELECT, INSERT and DELETE (or TRUNCATE) on it"
        foreign = "is it another tool's table? `migratekit adopt` takes it over; --table names one of your own"
        hints = {_NO_RIGHT: rights, _NO_SCHEMA: "make the schema first", **dict.fromkeys(_NO_SUCH_COLUMN, foreign)}
        hint = remedy(_NO_RIGHT, error.what) if "for schema" in error.what else hints.get(error.sqlstate, "")
        super().__init__(error.what, where="version table", hint=hint)
        if error.sqlstate in _NO_SUCH_COLUMN:
            self.exit_code = DirtyError.exit_code
        self.error = error
        self.statement = statement


class VersionTable:
    """The version table of one database, found or not; makes the statements that keep it."""

    def __init__(self, schema: str, name: str, *, exists: bool, rights: frozenset[str], read_only: bool) -> None:
        self.schema = schema
        self.name = name
        self.exists = exists
        self.rights = rights
        self.read_only = read_only
        self.sql = identifier(schema, name)

    @classmethod
    def locate(cls, database: Database, name: str = DEFAULT_NAME, schema: str | None = None) -> "VersionTable":
        """Looks for the table in the schema, by default the session's current one, without making it."""
        where = "current_schema()" if schema is None else literal(schema)
        row = database.row(
            "SELECT s, c.oid IS NOT NULL, current_setting('transaction_read_only'),"
            " (SELECT string_agg(r, ',') FROM unnest(ARRAY['SELECT','INSERT','DELETE','TRUNCATE']) r"
            "  WHERE has_table_privilege(c.oid, r))"
            f" FROM (SELECT {where} AS s) AS here LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s"
            f" LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = {literal(name)}"
            " AND c.relkind IN ('r','p','v','m','f') AND has_table_privilege(c.oid, 'SELECT,INSERT,UPDATE,DELETE')"
        )
        if row[0] is None:
            there = "does the search_path (or schema, in the URL) name one that exists and you may use?"
            raise DatabaseError("no schema", hint=there)
        rights = frozenset((row[3] or "").split(","))
        return cls(row[0], name, exists=row[1] == "t", rights=rights, read_only=row[2] == "on")

    def namesakes(self, database: Database) -> list[str]:
        """Tables of this name and form in other schemas, quoted."""
        rows = database.run(
            "SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            f" WHERE c.relkind IN ('r', 'p') AND c.relname = {literal(self.name)}"
            f" AND n.nspname <> {literal(self.schema)}"
            " AND (SELECT count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid"
            "      AND (a.attname, a.atttypid) IN (('version', 'int8'::regtype), ('dirty', 'bool'::regtype))) = 2"
        )[-1].rows
        return [identifier(schema or "", self.name) for (schema,) in rows]

    def create(self, database: Database) -> None:
        """Makes the table as golang-migrate does; RowRefused if it may not be."""
        columns = "(version bigint not null primary key, dirty boolean not null)"
        self._ask(database, f"CREATE TABLE IF NOT EXISTS {self.sql} {columns}")
        self.exists = True
        self.rights = frozenset({"SELECT", "INSERT", "DELETE", "TRUNCATE"})

    def read(self, database: Database) -> State:
        """The version and whether it is dirty; nothing applied if there is no table. RowRefused if it is another's."""
        if not self.exists:
            return State(None)
        rows = self._ask(database, f"SELECT version, dirty FROM {self.sql}")[-1].rows
        if not rows:
            return State(None)
        try:
            version, dirty = int(rows[0][0] or ""), {"t": True, "f": False}[rows[0][1] or ""]
        except (ValueError, KeyError):
            row = f"({rows[0][0]}, {rows[0][1]})"
            raise BrokenTable(
                f"the row {row} is no version", where=self.sql, hint="is it another tool's table?"
            ) from None
        return State(None if version == -1 else version, dirty, len(rows))

    def _ask(self, database: Database, statement: str) -> list[Result]:
        try:
            return database.run(statement)
        except SqlError as error:
            raise RowRefused(error, statement) from None

    def record(self, old: State | None, new: State) -> tuple[str, ...]:
        """The statements that put the new row in the place of the old one, and fail if it changed; None: of any."""
        return (self._clear(old), *self._insert(new))

    def prepare(self) -> tuple[str, ...]:
        """What has the server keep the plans of `record`, for `execute`."""
        head = "PREPARE {}(bigint, boolean) AS {}".format
        return head(_CLEAR, self._replaced(1, "$1", "$2")), head(_INSERT, self._inserted("$1", "$2"))

    def execute(self, old: State, new: State) -> tuple[str, ...]:
        """What does the same as `record` in a session that has prepared it; nothing where it cannot."""
        if old.rows != 1 or "DELETE" not in self.rights or not self._insert(new):
            return ()
        clear, insert = (f"({state.number}, {_bool(state.dirty)})" for state in (old, new))
        return f"EXECUTE {_CLEAR}{clear}", f"EXECUTE {_INSERT}{insert}"

    def _clear(self, old: State | None) -> str:
        if "DELETE" not in self.rights and "TRUNCATE" in self.rights:
            return f"TRUNCATE {self.sql}"
        if old is None:
            return f"DELETE FROM {self.sql}"
        return self._replaced(old.rows, str(old.number), _bool(old.dirty))

    def _replaced(self, rows: int, version: str, dirty: str) -> str:
        expected = f"count(*) = {rows}"
        if rows == 1:
            expected += f" AND bool_and(version = {version} AND dirty = {dirty})"
        # What the cast refuses must not be a constant, or it would be refused in any case.
        guard = f"CASE WHEN {expected} THEN 0 ELSE ({literal(_MOVED)} || count(*))::int END"
        return f"WITH gone AS (DELETE FROM {self.sql} RETURNING version, dirty) SELECT {guard} FROM gone"

    def _insert(self, state: State) -> tuple[str, ...]:
        if state.version is None and not state.dirty:
            return ()
        return (self._inserted(str(state.number), _bool(state.dirty)),)

    def _inserted(self, version: str, dirty: str) -> str:
        return f"INSERT INTO {self.sql} (version, dirty) VALUES ({version}, {dirty})"

    def recorded(self, new: State) -> State:
        """The state to expect once the statements of `record` are committed."""
        return State(new.version, new.dirty, 0 if new.version is None and not new.dirty else 1)


def is_moved(error: SqlError) -> bool:
    """True if the statements of `record` found another row than they expected."""
    return error.sqlstate == "22P02" and _MOVED in error.what


def past_file(results: Sequence[Result]) -> int:
    """How many of our statements ran behind the file, the marker included; 0 if the file itself failed."""
    for index, result in enumerate(results):
        if result.column == MARKER:
            return len(results) - index
    return 0


def before_marker(results: Sequence[Result]) -> Sequence[Result]:
    """The results of the file itself."""
    return results[: len(results) - past_file(results)]


def _bool(value: bool) -> str:
    return "true" if value else "false"
