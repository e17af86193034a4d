"""What tests need: fresh databases, project folders, and the two commands as a user calls them."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import psycopg
from psycopg import sql

import zygote
from migratekit.server import Server

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# Databases named in the developer's own shell must never be touched by a test.
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PG", "DB_", "MIGRATEKIT_", "MAKE"))
    and not name.endswith("DATABASE_URL")
    and name != "DEBUG"
} | {"TZ": "UTC", "LC_ALL": "C.UTF-8", "GIT_CONFIG_GLOBAL": os.devnull}

Row = tuple[object, ...]

_DIGEST = """
    WITH schemas AS (
        SELECT oid FROM pg_namespace
         WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', '_migratekit_kept')
    ), relations AS (
        SELECT * FROM pg_class
         WHERE relnamespace IN (SELECT oid FROM schemas) AND relname !~ '^(schema|migratekit)_migrations'
    )
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
        SELECT concat_ws(' ', relkind, r.oid::regclass, string_agg(
                   concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull), ', ' ORDER BY attnum))
          FROM relations r LEFT JOIN pg_attribute ON attrelid = r.oid AND attnum > 0 AND NOT attisdropped
         GROUP BY r.oid, relkind
        UNION ALL
        SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
          FROM pg_constraint WHERE conrelid IN (SELECT oid FROM relations)
        UNION ALL
        SELECT concat_ws(' ', 'index', indexrelid::regclass, indisvalid)
          FROM pg_index WHERE indexrelid IN (SELECT oid FROM relations)
        UNION ALL
        SELECT concat_ws(' ', 'function', oid::regprocedure) FROM pg_proc
         WHERE pronamespace IN (SELECT oid FROM schemas)
        UNION ALL
        SELECT concat_ws(' ', 'trigger', tgname, tgrelid::regclass) FROM pg_trigger
         WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM relations)
    ) AS lines (line)
"""


@dataclass(frozen=True)
class TestDatabase:
    """A fresh database on a real server."""

    __test__ = False

    name: str
    server: Server
    major: int

    @property
    def url(self) -> str:
        """A URL for both commands and for psycopg."""
        return self.server.url(self.name)

    def connect(self) -> psycopg.Connection[Row]:
        """A session of the test's own, in autocommit mode."""
        return psycopg.connect(self.url, autocommit=True, application_name="test")

    def rows(self, query: str) -> list[Row]:
        """The rows of a query, in a session of its own."""
        with self.connect() as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def value(self, query: str) -> object:
        """The first value of a query."""
        return self.rows(query)[0][0]

    def state(self) -> list[Row] | None:
        """The rows of schema_migrations; None if there is no such table."""
        if self.value("SELECT to_regclass('schema_migrations')") is None:
            return None
        return self.rows("SELECT version, dirty FROM schema_migrations")

    def tables(self) -> set[str]:
        """The tables of the schema public, without the version table and its history."""
        found = self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {str(name) for (name,) in found} - {"schema_migrations", "schema_migrations_history"}

    def digest(self) -> str:
        """Equal for equal schemas; the version table does not count."""
        return hashlib.sha256(str(self.value(_DIGEST)).encode()).hexdigest()

    def sessions(self) -> int:
        """How many sessions are open in this database beside our own, and beside those that watch others."""
        return int(
            str(
                self.value(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                    " AND application_name NOT LIKE 'migratekit watch%'"
                )
            )
        )


@dataclass
class Project:
    """A folder with migrations, and the two commands called in it."""

    folder: Path
    url: str = ""
    env: dict[str, str] = field(default_factory=dict)

    @property
    def migrations(self) -> Path:
        """Where the files are."""
        return self.folder / "migrations"

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Writes migration files by name."""
        self.migrations.mkdir(parents=True, exist_ok=True)
        for name, body in files.items():
            (self.migrations / name).write_bytes(body if isinstance(body, bytes) else body.encode())

    def chain(self, *statements: str) -> None:
        """Writes pairs 1, 2, … whose ups are the statements and whose downs do nothing."""
        for number, statement in enumerate(statements, 1):
            self.write({f"{number}_m{number}.up.sql": statement, f"{number}_m{number}.down.sql": "SELECT 1;"})

    def migrate(self, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
        """Runs `migrate` on the project's files and database."""
        return self._run([str(BIN / "migrate"), "-path", str(self.migrations), "-database", self.url, *words], options)

    def migratekit(self, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
        """Runs `migratekit`, with DATABASE_URL naming the project's database if it has one."""
        return self._run([str(BIN / "migratekit"), *words], options)

    def start(self, command: str, *words: str, installed: bool = False) -> "subprocess.Popen[str]":
        """Starts `migrate` or `migratekit` and does not wait for it; as it is installed, it leads a process group."""
        argv = [str((BIN if installed else zygote.launchers(CLEAN)) / command), *words]
        if command == "migrate":
            argv[1:1] = ["-path", str(self.migrations), "-database", self.url]
        return subprocess.Popen(
            argv,
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def environment(self) -> dict[str, str]:
        """The environment of the commands."""
        return CLEAN | ({"DATABASE_URL": self.url} if self.url else {}) | self.env

    def _run(self, argv: list[str], options: dict[str, object]) -> subprocess.CompletedProcess[str]:
        text = options.pop("input", None)
        env = self.environment() | cast(dict[str, str], options.pop("env", {}))
        assert not options, f"unknown options {sorted(options)}"
        given = text if isinstance(text, str) else ""
        if zygote.can_run(env, CLEAN):
            return zygote.run(argv, cwd=self.folder, env=env, text=given, usual=CLEAN, seconds=120)
        return subprocess.run(
            argv,
            cwd=self.folder,
            env=env,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def wait_for(condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    """Returns as soon as the condition is true; fails the test if it does not become so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.01)


def create_database(server: Server, name: str) -> None:
    """Makes an empty database on a server."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} STRATEGY FILE_COPY").format(sql.Identifier(name)))


def drop_database(server: Server, name: str) -> None:
    """Removes a database, whoever is connected to it."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
