"""The engine put together for an environment, as every caller but golang-migrate's form uses it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .database import Database, Notice
from .engine import Engine
from .errors import ExitCode
from .failures import FileFailed
from .files import Files
from .manner import Manner
from .narration import explain
from .observer import Observer
from .programs import ProgramFailed, Programs
from .retries import Retries
from .settings import Settings
from .target import Target
from .tracking.version_table import VersionTable
from .url import DatabaseURL
from .watch import Watcher

_CANCELLED = "57014"
# So long the schema of a database may take to be read; of a large one nobody gets to know it.
_CATALOG_SECONDS = 5.0


class Assembly:
    """An engine on a database, with what runs the programs of its files; in use as long as its context lasts."""

    def __init__(
        self,
        files: Files,
        target: Target,
        observer: Observer,
        *,
        on_notice: Callable[[Notice], None],
        on_output: Callable[[str], object] | None,
        stop: Callable[[], bool],
        run: str,
    ) -> None:
        self._files = files
        self._settings = files.settings
        self._target = target
        self._observer = observer
        self._on_notice = on_notice
        self._on_output = on_output
        self._stop = stop
        self._run = run
        self._cancelled = False
        self._engine: Engine | None = None
        self._programs: Programs | None = None

    @contextmanager
    def engine(self, url: DatabaseURL) -> Iterator[Engine]:
        """The engine, connected; a file that fails in it is told with its place."""
        self._programs = Programs(self._settings.project, {"DATABASE_URL": url.text}, self._on_output)
        self._engine = self._connected(url, self._programs)
        try:
            yield self._engine
        except KeyboardInterrupt:
            self.cancel()
            raise
        except (FileFailed, ProgramFailed) as failed:
            by_us = isinstance(failed, ProgramFailed) or failed.error.sqlstate == _CANCELLED
            if self._cancelled and by_us:
                failed.exit_code = ExitCode.INTERRUPTED
            raise (explain(failed) if isinstance(failed, FileFailed) else failed) from None
        finally:
            self._engine.close()

    def cancel(self) -> None:
        """Ends the file at work, and its program; what it did is rolled back as far as it can be."""
        self._cancelled = True
        if self._programs is not None:
            self._programs.stop()
        if self._engine is not None:
            self._engine.database.cancel()

    def _connected(self, url: DatabaseURL, programs: Programs) -> Engine:
        settings, watching = self._settings, self._settings.watching
        schema, name = self._target.table(url)
        return Engine(
            lambda: self._target.open(url).on_notice(self._on_notice),
            lock_path=url.path if len(url.path) > 1 else "",
            table_name=name,
            table_schema=schema,
            manner=Manner(
                settings=session_settings(settings),
                any_schema=_chooses_schema(url, schema),
                run_program=programs.run,
                digest=_digest,
                retries=Retries(watching.retries, watching.retry_pause, watching.retry_limit),
            ),
            observer=self._observer,
            read_file=self._files.take,
            lock_wait=settings.seconds("lock_wait"),
            stop=self._stop,
            run=self._run,
            watch=Watcher(lambda: self._target.open(url), self._observer, watching, settings.seconds("lock_timeout")),
        )


def _digest(database: Database, table: VersionTable) -> str:
    """The SHA-256 of the schema; SqlError where it cannot be read in time."""
    from .catalog import digest, snapshot  # with queries of its own: for the end of a run
    from .own_tables import own_tables

    return digest(snapshot(database, own_tables(database, table), timeout=_CATALOG_SECONDS))


def session_settings(settings: Settings) -> dict[str, str]:
    """The time-outs of the environment as the server takes them."""
    wanted = {name: settings.seconds(name) for name in ("lock_timeout", "statement_timeout")}
    return {name: f"{round(seconds * 1000)}ms" for name, seconds in wanted.items() if seconds}


def _chooses_schema(url: DatabaseURL, schema: str | None) -> bool:
    """True if the schema of the version table was picked on purpose, for one of several perhaps."""
    return schema is not None or "search_path" in url.parameters or "options" in url.parameters
