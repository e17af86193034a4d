"""`DatabaseManager(config).run_migrations()`: a pool set up in JSON, and the migrations of its database."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..api.migrator import Migrator
from ..api.results import Run
from ..errors import UsageError
from ..kinds import count
from ..url import parse

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

_KEYS = ("url", "pool_min_size", "pool_max_size", "timeout")
_DEFAULTS: Mapping[str, Any] = {"pool_min_size": 1, "pool_max_size": 10, "timeout": 30}


class DatabaseManager:
    """The pool that `config` describes, opened at its first use, and the migrations of the folder `path`.

    `config` is a file with JSON, or what is in one: `{"database": {"url": …, "pool_min_size": …, "pool_max_size": …,
    "timeout": SECONDS}}`. Without it the file is config/NAME.json, where NAME is MIGRATEKIT_ENV, or development.
    """

    def __init__(
        self,
        config: Mapping[str, Any] | str | Path | None = None,
        path: str | Path = "migrations",
        **options: Any,
    ) -> None:
        found, where = (config, "config") if isinstance(config, Mapping) else _read(Path(config or _default_file()))
        self._settings = _database(found, where)
        self._pool: ConnectionPool | None = None
        self.migrator = Migrator(self._settings["url"], path, **options)

    @property
    def pool(self) -> "ConnectionPool":
        """The pool; opened, without waiting for its connections, when it is first asked for."""
        if self._pool is None:
            try:
                from psycopg_pool import ConnectionPool
            except ImportError:
                raise UsageError("psycopg_pool is not installed", hint='pip install "migratekit[pool]"') from None
            from ..database import libpq_parameters

            self._pool = ConnectionPool(
                # The same that the migrations understand: in other tools' words, with a password as it is.
                kwargs=libpq_parameters(parse(self._settings["url"]), {}),
                min_size=self._settings["pool_min_size"],
                max_size=self._settings["pool_max_size"],
                timeout=self._settings["timeout"],
                open=True,
            )
        return self._pool

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """A connection of the pool, committed at the end of the block, rolled back if it raises."""
        with self.pool.connection() as lent:
            yield lent

    def run_migrations(self) -> Run:
        """Applies what is pending, on a connection outside of the pool; a MigratekitError says why not."""
        return self.migrator.up()

    def close(self) -> None:
        """Closes the pool, if it was opened."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def __enter__(self) -> "DatabaseManager":
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()


def _default_file() -> Path:
    return Path("config") / f"{os.environ.get('MIGRATEKIT_ENV') or 'development'}.json"


def _read(path: Path) -> tuple[Any, str]:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig")), str(path)
    except OSError as error:
        there = ", ".join(sorted(file.name for file in path.parent.glob("*.json"))) or "none"
        raise UsageError(
            f"it cannot be read: {error.strerror}",
            where=str(path),
            hint=f"give DatabaseManager another file, or set MIGRATEKIT_ENV; files there: {there}",
        ) from None
    except ValueError as error:
        raise UsageError(f"this is not JSON: {error}", where=str(path), hint="mend the file") from None


def _database(config: Any, where: str) -> dict[str, Any]:
    section = config.get("database") if isinstance(config, Mapping) else None
    if not isinstance(section, Mapping) or not isinstance(section.get("url"), str) or not section["url"]:
        raise UsageError("names no database", where=where, hint='write {"database": {"url": "postgresql://…"}}')
    parse(section["url"])
    settings = {**_DEFAULTS, **{key: section[key] for key in _KEYS if key in section}}
    for key in ("pool_min_size", "pool_max_size"):
        try:
            count(settings[key])
        except ValueError as error:
            raise UsageError(f"database.{key} {error}", where=where, hint="write a number") from None
    if settings["pool_max_size"] < max(settings["pool_min_size"], 1):
        raise UsageError(
            "database.pool_max_size is too small", where=where, hint="write 1 or more, and no less than pool_min_size"
        )
    if not isinstance(settings["timeout"], int | float) or settings["timeout"] <= 0:
        raise UsageError("database.timeout is no number of seconds", where=where, hint="write a number, as in 30")
    return settings
