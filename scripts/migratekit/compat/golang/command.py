"""argv of golang-migrate -> engine -> its words and exit codes."""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

from ...database import Database, identifier
from ...engine import Engine
from ...errors import LockTimeout, MigratekitError
from ...manner import Manner
from ...migration import Direction, File, Migration
from ...observer import RunResult
from ...plan import plan_down, plan_goto, plan_up
from ...sources._survey import read_file
from ...tracking.history import Outcome
from ...tracking.version_table import DEFAULT_NAME
from ...url import DatabaseURL, version_table
from . import create as creation
from . import flags as go
from . import source, words
from .log import Exit, Log, Narrator

OPTIONS: dict[str, go.Value] = {
    "help": False, "version": False, "verbose": False, "prefetch": 10, "lock-timeout": 15,
    "path": "", "database": "", "source": "",
}  # fmt: skip


class Command:
    """One call of `migrate`."""

    def __init__(self, name: str, flags: go.Flags, log: Log) -> None:
        self.name = name
        self.flags = flags
        self.log = log
        self.began = time.monotonic()
        self.interrupted = False
        self.chain: list[Migration] = []
        self.engine: Engine | None = None
        self.problem: MigratekitError | None = None

    def run(self) -> None:
        """Does what the words after the options say."""
        verb, arguments = (self.flags.words[0], self.flags.words[1:]) if self.flags.words else ("", [])
        if verb == "create":
            return self.create(arguments)
        self.open()
        action = {
            "goto": self.goto, "up": self.up, "down": self.down, "drop": self.drop, "force": self.force,
            "version": self.version,
        }.get(verb)  # fmt: skip
        if action is None:
            self.log.line(words.usage(self.name))
            raise Exit(2)
        action(arguments)
        if verb not in ("version", "force", "drop"):
            self.log.detail(f"Finished after {words.duration(time.monotonic() - self.began)}")
        self.log.detail("Closing source and database")
        return None

    def create(self, arguments: Sequence[str]) -> None:
        """Makes an empty pair."""
        flags = self._sub_flags("create", arguments, creation.DEFAULTS, signed=frozenset({"digits"}))
        if not flags.words:
            self.log.fatal("error: please specify name")
        if not flags.text("ext"):
            self.log.fatal("error: -ext flag must be specified")
        tz = creation.zone(flags.text("tz"))
        if tz is None:
            self.log.fatal(f"unknown time zone {flags.text('tz')}")
        try:
            creation.create(flags, flags.words[0], tz, self.log.line)
        except OSError as error:
            self.log.fatal(f"error: {error.strerror}: {error.filename}")

    def open(self) -> None:
        """Opens source and database, and makes the version table; a failure waits until somebody asks."""
        try:
            url = self.flags.text("source") or ("file://" + path if (path := self.flags.text("path")) else "")
            source.check_scheme(url, "source")
            source.check_scheme(self.flags.text("database"), "database")
            self.chain = source.open_source(url)
            self.engine = self._connect()
            signal.signal(signal.SIGINT, self._on_interrupt)
            signal.signal(signal.SIGTERM, self._on_interrupt)
        except MigratekitError as error:
            self.problem = error

    def goto(self, arguments: Sequence[str]) -> None:
        """Up or down to a version."""
        flags = self._sub_flags("goto", arguments, {"help": False})
        engine = self._ready()
        if not flags.words:
            self.log.fatal("error: please specify version argument V")
        version = go.unsigned(flags.words[0])
        if version is None:
            self.log.fatal("error: can't read version argument V")
        self._report(engine.move(lambda state: plan_goto(self.chain, state.version, version)))

    def up(self, arguments: Sequence[str]) -> None:
        """All or N up."""
        flags = self._sub_flags("up", arguments, {"help": False})
        engine = self._ready()
        limit = self._limit(flags.words[0]) if flags.words else None
        if limit == 0:
            return self.log.line("no change")
        return self._report(engine.move(lambda state: plan_up(self.chain, state.version, limit)), Direction.UP)

    def down(self, arguments: Sequence[str]) -> None:
        """All or N down; asks before all, unless -all says so."""
        flags = self._sub_flags("down", arguments, {"all": False, "help": False})
        engine = self._ready()
        limit = self._down_limit(flags)
        if limit is None and not flags.on("all"):
            self._ask("apply all down migrations", "Applying all down migrations", "Not applying all down migrations")
        if limit == 0:
            return self.log.line("no change")
        return self._report(engine.move(lambda state: plan_down(self.chain, state.version, limit)))

    def drop(self, arguments: Sequence[str]) -> None:
        """Drops the tables of the current schema."""
        flags = self._sub_flags("drop", arguments, {"f": False, "help": False})
        if not flags.on("f"):
            what = "dropping the entire database schema"
            self._ask("drop the entire database schema", what.capitalize(), f"Aborted {what}")
        self._ready().drop(_drop_tables)

    def force(self, arguments: Sequence[str]) -> None:
        """Sets a version."""
        flags = self._sub_flags("force", arguments, {"help": False})
        engine = self._ready()
        if not flags.words:
            self.log.fatal("error: please specify version argument V")
        text = flags.words[0]
        number = go.unsigned(text.removeprefix("-") if text.startswith("-") else text.removeprefix("+"))
        if number is None or number >= 2**63:
            self.log.fatal("error: can't read version argument V")
        version = -number if text.startswith("-") else number
        if version < -1:
            self.log.fatal("error: argument V must be >= -1")
        engine.vouch(Outcome.FORCED, None if version == -1 else version)

    def version(self, _arguments: Sequence[str]) -> None:
        """Prints the current version."""
        engine = self._ready()
        state = engine.version()
        if state.version is None:
            self.log.fatal("error: no migration")
        self.log.line(f"{state.version}{' (dirty)' if state.dirty else ''}")

    def _connect(self) -> Engine:
        url = source.database_url(self.flags.text("database"))
        try:
            return self._engine(url)
        except LockTimeout:
            raise
        except MigratekitError as error:
            raise source.OpenError(f"failed to open database: {words.failure(error)}") from None

    def _engine(self, url: DatabaseURL) -> Engine:
        schema, table = version_table(url) or (None, DEFAULT_NAME)
        manner = Manner(
            keep_session=True,
            mark_failures=True,
            read_ahead=False,
            first_row_counts=True,
            any_schema=True,
            makes_history=False,
            cut_pieces=source.cut_pieces(url),
            file_timeout=source.file_timeout(url),
        )
        defaults = source.libpq_defaults(url)
        engine = Engine(
            lambda: Database.connect(url, defaults),
            lock_path=url.path,
            table_name=table,
            table_schema=schema,
            manner=manner,
            observer=Narrator(self.log),
            read_file=_read_half,
            lock_wait=self._lock_wait(None),
            stop=lambda: self.interrupted,
            tool="migrate",
        )
        if not engine.table.exists:
            with engine.locked():
                engine.ensure_table()
        return engine

    def _ready(self) -> Engine:
        if self.problem is not None or self.engine is None:
            raise self.problem or source.OpenError("failed to open database")
        return self.engine

    def _lock_wait(self, otherwise: float | None) -> float | None:
        """golang-migrate waits without limit while connecting; a limit that was asked for holds from the start."""
        return self.flags.number("lock-timeout") if "lock-timeout" in self.flags.given else otherwise

    def _limit(self, text: str) -> int:
        limit = go.unsigned(text)
        if limit is None:
            self.log.fatal("error: can't read limit argument N")
        return limit

    def _down_limit(self, flags: go.Flags) -> int | None:
        if flags.on("all") and flags.words:
            self.log.fatal("error: -all cannot be used with other arguments")
        if len(flags.words) > 1:
            self.log.fatal("error: too many arguments")
        return self._limit(flags.words[0]) if flags.words else None

    def _report(self, outcome: RunResult, direction: Direction | None = None) -> None:
        if outcome.interrupted:
            return None
        if outcome.missing and outcome.applied:
            self.log.fatal(f"error: limit {outcome.missing} short")
        if direction is Direction.UP and not self.chain:
            self.log.fatal("error: first .: file does not exist")
        if outcome.missing:
            self.log.fatal("error: file does not exist")
        return None if outcome.applied else self.log.line("no change")

    def _ask(self, question: str, yes: str, no: str) -> None:
        self.log.line(f"Are you sure you want to {question}? [y/N]")
        answer = sys.stdin.readline().split(maxsplit=1)
        if answer[:1] not in (["y"], ["Y"]):
            self.log.fatal(no)
        self.log.line(yes)
        if self.engine is not None:
            self.engine.lock_wait = self._lock_wait(15.0)

    def _sub_flags(
        self, verb: str, arguments: Sequence[str], defaults: dict[str, go.Value], signed: frozenset[str] = frozenset()
    ) -> go.Flags:
        flags = parse_flags(arguments, defaults, self.log, lambda: f"Usage of {verb}:\n{words.HELP[verb]}", signed)
        if flags.on("help"):
            self.log.line(words.HELP[verb])
            raise Exit(0)
        return flags

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self.interrupted:
            self.interrupted = True
            self.log.line("Stopping after this running migration ...")


def parse_flags(
    arguments: Sequence[str],
    defaults: dict[str, go.Value],
    log: Log,
    usage: Callable[[], str],
    signed: frozenset[str] = frozenset(),
) -> go.Flags:
    """The options, or the usage and Go's exit code."""
    try:
        return go.parse(arguments, defaults, signed=signed)
    except go.BadFlags as error:
        log.line(str(error))
        log.line(usage())
        raise Exit(2) from None
    except go.HelpAsked:
        log.line(usage())
        raise Exit(0) from None


def _read_half(file: File) -> bytes:
    """golang-migrate takes a file that vanished, or a broken link, as a missing half."""
    try:
        return read_file(file.path)
    except FileNotFoundError:
        return b""


def _drop_tables(database: Database) -> str:
    rows = database.run(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_schema = (SELECT current_schema()) AND table_type = 'BASE TABLE'"
    )[-1].rows
    names = ", ".join(identifier(schema or "", name or "") for schema, name in rows)
    return f"DROP TABLE IF EXISTS {names} CASCADE" if names else ""
