"""The history: a table beside the version table that is only ever appended to."""

import enum
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple
from zlib import crc32

from ..database import Database, SqlError, identifier, literal
from ..errors import DatabaseError

_SUFFIX = "_history"
# A statement that a session keeps.
_APPEND = "migratekit_append"
_MAX_NAME = 63
# What a table needs to be a history; columns that came later are added when they are missing.
_CORE = frozenset({"id", "run", "outcome", "version", "version_before", "version_after", "started_at"})
# In the order of the table; what is not written on purpose has a default that names who and when.
_COLUMNS = {
    "id": "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "run": "uuid NOT NULL",
    "outcome": "text NOT NULL",
    "version": "bigint",
    "name": "text",
    "direction": "text",
    "checksum": "text",
    "version_before": "bigint",
    "version_after": "bigint",
    "dirty": "boolean NOT NULL DEFAULT false",
    "started_at": "timestamptz NOT NULL DEFAULT statement_timestamp()",
    "ended_at": "timestamptz DEFAULT clock_timestamp()",
    "lock_wait": "double precision",
    "wal_bytes": "bigint",
    "sqlstate": "text",
    "message": "text",
    "database_user": "text NOT NULL DEFAULT session_user",
    "os_user": "text",
    "host": "text",
    "tool": "text",
    "pid": "integer DEFAULT pg_backend_pid()",
    "steps": "jsonb",
    "figures": "jsonb",
    "down_sql": "text",
    "schema_digest": "text",
}
# The SQL of a down file can be long; it is read when it is needed.
_READ = tuple(name for name in _COLUMNS if name != "down_sql")


class Outcome(enum.StrEnum):
    """What a row of the history tells."""

    STARTED = "started"
    APPLIED = "applied"
    FAILED = "failed"
    FINISHED = "finished"
    FORCED = "forced"
    BASELINED = "baselined"
    ADOPTED = "adopted"
    REPAIRED = "repaired"
    # Written where signals ended a file; else told by the end that a run lacks.
    INTERRUPTED = "interrupted"
    # Never written: a run that still goes on, and what another tool did to the version row.
    RUNNING = "running"
    MOVED = "moved"


class Event(NamedTuple):
    """One row of the history; times as ISO 8601, `lock_wait` in seconds, WAL as the server's LSNs differ."""

    id: int
    run: str
    outcome: str
    started_at: str
    version: int | None = None
    name: str | None = None
    direction: str | None = None
    checksum: str | None = None
    version_before: int | None = None
    version_after: int | None = None
    dirty: bool = False
    ended_at: str | None = None
    lock_wait: float | None = None
    wal_bytes: int | None = None
    sqlstate: str | None = None
    message: str | None = None
    database_user: str | None = None
    os_user: str | None = None
    host: str | None = None
    tool: str | None = None
    pid: int | None = None
    steps: list[list[Any]] | None = None
    figures: list[dict[str, Any]] | None = None
    # SHA-256 of the schema, of a run that ended.
    schema_digest: str | None = None


class Expression(str):
    """SQL that computes a value, as against a text to be quoted."""


class HistoryRefused(DatabaseError):
    """The role lacks a right that keeping the history needs."""


class History:
    """The history of one version table, found or not; makes the statements that append to it."""

    def __init__(self, schema: str, name: str, rights: Collection[str], columns: Collection[str] | None) -> None:
        self.name = name
        self.sql = identifier(schema, name)
        self.exists = columns is not None
        self._columns = frozenset(columns or _COLUMNS)
        self._schema = schema
        self._rights = frozenset(rights)

    @classmethod
    def locate(cls, database: Database, schema: str, table: str) -> "History":
        """Looks for the history of the version table `schema`.`table`, without making it."""
        name = history_name(table)
        rows = database.run(
            "SELECT has_schema_privilege(n.oid, 'CREATE'), (SELECT string_agg(r, ',') FROM"
            "  unnest(ARRAY['SELECT', 'INSERT']) r WHERE has_table_privilege(c.oid, r)), (SELECT"
            "  string_agg(a.attname, ',') FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)"
            " FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_class c"
            f" ON c.relnamespace = n.oid AND c.relname = {literal(name)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
            f" WHERE n.nspname = {literal(schema)}"
        )[-1].rows
        may_create, rights, columns = rows[0] if rows else ("f", None, None)
        granted = [*(rights or "").split(","), *(["CREATE"] if may_create == "t" else [])]
        return cls(schema, name, granted, columns.split(",") if columns is not None else None)

    @property
    def foreign(self) -> bool:
        """True if a table of another kind has its name."""
        return self.exists and not self._columns >= _CORE

    @property
    def readable(self) -> bool:
        """True if it is there and the role may read it."""
        return self.exists and not self.foreign and "SELECT" in self._rights

    @property
    def writable(self) -> bool:
        """True if it is there and the role may append to it."""
        return self.exists and not self.foreign and "INSERT" in self._rights

    def prepare(self, database: Database) -> None:
        """Makes the table where it is not there; HistoryRefused if it cannot be kept."""
        if self.foreign:
            raise HistoryRefused(
                "a table of another kind has the name of the history",
                where=self.sql,
                hint="rename it, or give the version table another name with --table",
            )
        if self.exists and not (self.readable and self.writable):
            raise HistoryRefused(
                "the role may not read and append to the history, so nothing was run",
                where=self.sql,
                hint=f"GRANT SELECT, INSERT ON {self.sql} TO it",
            )
        if not self.exists:
            self._create(database)
        lacking = [name for name in _COLUMNS if name not in self._columns]
        if lacking:
            self._grow(database, lacking)

    def _grow(self, database: Database, lacking: Collection[str]) -> None:
        """Adds the columns that an older history lacks."""
        try:
            database.run(f"ALTER TABLE {self.sql} " + ", ".join(f"ADD {name} {_COLUMNS[name]}" for name in lacking))
        except SqlError as error:
            raise HistoryRefused(
                f"the history is older than this migratekit and lacks {', '.join(lacking)}: {error.what}",
                where=self.sql,
                hint="run this once as the owner of the table",
            ) from None
        self._columns = frozenset(_COLUMNS)

    def _create(self, database: Database) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
        comment = (
            "What migratekit and its migrate did, and when: append-only. The version itself is in the other table."
        )
        try:
            if "CREATE" not in self._rights:
                raise SqlError(f"permission denied for schema {self._schema}")
            database.run(f"CREATE TABLE {self.sql} ({columns}); COMMENT ON TABLE {self.sql} IS {literal(comment)}")
        except SqlError as error:
            raise HistoryRefused(
                f"the history cannot be made, so nothing was run: {error.what}",
                where=self.sql,
                hint=f"GRANT CREATE ON SCHEMA {identifier(self._schema)} TO it, or run this once as one who has that",
            ) from None
        self.exists = True
        self._rights = frozenset({"SELECT", "INSERT"})

    def append(self, values: Mapping[str, object]) -> str:
        """The statement that appends one row; a value that is None is left to the column's default."""
        given = {name: value for name, value in values.items() if value is not None and name in self._columns}
        return f"INSERT INTO {self.sql} ({', '.join(given)}) VALUES ({', '.join(map(_sql, given.values()))})"

    def prepare_append(self, constants: Mapping[str, object], others: Mapping[str, str]) -> tuple[str, ...]:
        """What has the server keep the plan for rows of one kind, for `append_prepared`; nothing if it cannot be.

        `others` are the columns in which they differ, each with its expression of the parameters.
        """
        if not self._columns >= others.keys():
            return ()
        same = {name: value for name, value in constants.items() if value is not None and name in self._columns}
        values = ", ".join([*map(_sql, same.values()), *others.values()])
        return (f"PREPARE {_APPEND} AS INSERT INTO {self.sql} ({', '.join([*same, *others])}) VALUES ({values})",)

    def append_prepared(self, values: Iterable[object]) -> str:
        """The statement that appends one row of that kind."""
        return f"EXECUTE {_APPEND}({', '.join('NULL' if value is None else _sql(value) for value in values)})"

    def read(self, database: Database, *, run: str = "") -> list[Event]:
        """Every row, or those of a run, the oldest first; none where there is no history that the role may read."""
        if not self.readable:
            return []
        import json

        columns = ", ".join(name for name in _READ if name in self._columns)
        of_run = f" WHERE run = {literal(run)}" if run else ""
        rows = f"SELECT {columns} FROM {self.sql}{of_run} ORDER BY id"
        document = database.row(f"SELECT coalesce(json_agg(h), '[]') FROM ({rows}) AS h")[0]
        return [Event(**row) for row in json.loads(document or "[]")]

    def stored_down(self, database: Database, version: int) -> bytes | None:
        """The down SQL as it was when the version was applied last, if it was kept."""
        if not self.readable:
            return None
        rows = database.run(
            f"SELECT down_sql FROM {self.sql} WHERE version = {version}"
            " AND (down_sql IS NOT NULL OR (outcome = 'applied' AND direction = 'up')) ORDER BY id DESC LIMIT 1"
        )[-1].rows
        return rows[0][0].encode() if rows and rows[0][0] is not None else None


def history_name(table: str) -> str:
    """The version table's name with the suffix; one that is too long is cut, and told apart by its checksum."""
    if len(f"{table}{_SUFFIX}".encode()) <= _MAX_NAME:
        return f"{table}{_SUFFIX}"
    mark = f"_{crc32(table.encode()):08x}{_SUFFIX}"
    return table.encode()[: _MAX_NAME - len(mark)].decode(errors="ignore") + mark


def _sql(value: object) -> str:
    if isinstance(value, Expression):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return literal(value)
    import json

    return f"{literal(json.dumps(value, ensure_ascii=False))}::jsonb"
