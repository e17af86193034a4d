"""What every command stands on: settings, console, files and the engine on the right database."""

import argparse
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from .before_after import BeforeAfter
from .console import Console
from .convention import default_table, read_chain, source_name
from .database import ConnectionFailed, Database, identifier
from .engine import Engine, Known
from .errors import ExitCode, Interrupted, MigratekitError
from .failures import FileFailed
from .guards import DirtyDatabase
from .header import read_header
from .journal import checksum
from .ledger import Facts, Ledger, read_ledger
from .manner import Manner
from .migration import MAX_VERSION, File, Migration
from .narration import explain, report
from .observer import Chorus, RunResult
from .outlets.dispatch import Outlets
from .outlets.jsonlog import narrator as narrator_of
from .page import publish
from .plan import Plan
from .programs import ProgramFailed, Programs
from .reading import read_file, read_program
from .reports import VARIABLE, Report, Stage, recorded
from .retries import Retries
from .runs import summary
from .server import Server
from .settings import Settings
from .url import DatabaseURL, parse, version_table
from .watch import Watcher

_CANCELLED = "57014"
# What these do is the record itself.
_APART = frozenset({"release", "report", "status"})


@dataclass(slots=True)
class Session:
    """One call of `migratekit`."""

    settings: Settings
    options: argparse.Namespace
    console: Console
    signals: int = field(default=0, init=False)
    stage: Stage = field(init=False)
    # Of the last move, also of one that failed.
    outcome: RunResult | None = field(default=None, init=False)
    outlets: Outlets = field(init=False)
    _asking: bool = field(default=False, init=False)
    _facts: dict[int, Facts] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.stage = Stage(self.options.verb)
        self.outlets = Outlets(self.settings, self.console)

    @contextmanager
    def recorded(self) -> Iterator[Stage]:
        """Around the verb: what it noted goes into the record of the release, or of the run where one is kept."""
        release = os.environ.get(VARIABLE, "")
        report = Report.named(self.reports, release) if release and self.stage.verb not in _APART else None
        try:
            with recorded(self.stage, self.console.cleaned) as document:
                yield self.stage
        finally:
            self.outlets.close()
            try:
                self._keep(report, document)
            except (MigratekitError, OSError) as error:
                # What was done is done, and its exit code stays.
                self.console.note(f"warning: the record could not be written: {error}")

    def _keep(self, report: Report | None, document: dict[str, Any]) -> None:
        """Puts the verb into the record of the release, or makes one of a run that had files."""
        if report is not None:
            report.add(document)
        elif self.settings.values["reports"].value and self.outcome and self.outcome.planned:
            facts = {"kind": "run", "began": document["began"]}
            report = Report.begin(self.reports, self.settings.environment, facts)
            report.add(document)
            self.console.note(f"report: {publish(report, self.settings.project)}")

    @property
    def reports(self) -> Path:
        """The folder of the records of releases and runs."""
        return self.settings.project / "reports"

    def chain(self) -> list[Migration]:
        """The migrations in their folder; SourceError if it cannot be read."""
        return read_chain(self.settings)

    def facts(self, migration: Migration) -> Facts:
        """What the up file says of itself; SourceError if it cannot be read."""
        if migration.version not in self._facts:
            sql = self.read(migration.up) if migration.up else b""
            header = read_header(sql)
            script = header.get("Script") if migration.up else ""
            program = read_program(migration.up, script) if migration.up and script else b""
            facts = Facts(checksum(sql + program), header.get("Author"), header.directives, header.dependencies)
            self._facts[migration.version] = facts
        return self._facts[migration.version]

    def read(self, file: File) -> bytes:
        """The text of a half; SourceError if it cannot be read."""
        return file.half(read_file(file)).sql

    def ledger(self, chain: Sequence[Migration], known: Known) -> Ledger:
        """How every migration stands, by files, version row and history."""
        holder = known.holder.pid if known.holder else None
        return read_ledger(chain, known.state, known.events, self.facts, holder=holder)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The engine, connected; a first signal stops it behind the running file, a second cancels that file."""
        url = self.database_url()
        self.stage.note("database", {"url": url.redacted(), "settings": self._session_settings()})
        schema, name = self._table(url)
        narrator, watching = narrator_of(self.console), self.settings.watching
        programs = Programs(self.settings.project, {"DATABASE_URL": url.text}, self.console.relay("program"))
        observer = Chorus(narrator, self.outlets)
        engine = Engine(
            lambda: self._open(url).on_notice(narrator.notice),
            lock_path=url.path if len(url.path) > 1 else "",
            table_name=name,
            table_schema=schema,
            manner=Manner(
                settings=self._session_settings(),
                any_schema=_chooses_schema(url, schema),
                run_program=programs.run,
                retries=Retries(watching.retries, watching.retry_pause, watching.retry_limit),
            ),
            observer=observer,
            read_file=read_file,
            lock_wait=self.settings.seconds("lock_wait"),
            stop=lambda: self.signals > 0,
            run=self.outlets.run,
            watch=Watcher(lambda: self._open(url), observer, watching, self.settings.seconds("lock_timeout")),
        )
        try:
            with self._stopping(engine, programs):
                yield engine
        except (FileFailed, ProgramFailed) as failed:
            cancelled = isinstance(failed, ProgramFailed) or failed.error.sqlstate == _CANCELLED
            if self.signals > 1 and cancelled:
                failed.exit_code = ExitCode.INTERRUPTED
            raise (explain(failed) if isinstance(failed, FileFailed) else failed) from None
        finally:
            narrator.close()
            engine.close()

    def database_url(self) -> DatabaseURL:
        """The database of the environment; starts the embedded server where that is it."""
        if self.settings.embedded:
            with self.console.busy("starting PostgreSQL"):
                server = self.server()
                server.start()
            return parse(server.url(self.settings.environment))
        text = self.settings.url
        if not text:
            raise self.settings.missing_url()
        url = parse(text)
        password = url.parameters.get("password", "")
        self.console.hide(password)
        if password and self.options.database:
            self.console.note("warning: others on this machine can see a password among the arguments; use a variable")
        return url

    def server(self) -> Server:
        """The embedded server of the project, running or not."""
        return Server(self.settings.project, wanted=str(self.settings.values["postgres"].value))

    def _table(self, url: DatabaseURL) -> tuple[str | None, str]:
        """Schema and name of the version table: the URL's, as `migrate` reads it, unless the settings name one."""
        schema, name = self.settings.table
        if self.settings.values["table"].source != "default":
            return schema, name
        return version_table(url) or (schema, default_table(source_name(self.settings)) or name)

    def ask(self, verb: str, what: str, *, always: bool = False) -> None:
        """Has the environment's name typed where its rules, or the verb, demand it; Refused if it is not."""
        if (always or self.settings.confirms(verb)) and not self.options.yes:
            self._asking = True
            self.console.confirm(what, self.settings.environment)
            self._asking = False

    def move(self, verb: str, make_plan: Callable[[Known], Plan], *, confirmed: bool = False) -> ExitCode:
        """Asks if the rules demand it, runs what is planned, and says where the database is then."""
        with self.outlets.of_run(verb), self.engine() as engine:
            if self.settings.confirms(verb) and not (confirmed or self.options.yes):
                self._ask_for(verb, engine.known(), make_plan)
            look = BeforeAfter(engine, self.settings, self.console, self.stage, verb)
            try:
                outcome = engine.move(look.around(make_plan))
            finally:
                self.outlets.result = self.outcome = engine.result
                if self.outcome:
                    # A release has shown the SQL that it is going to run in its plan.
                    planned = self.stage.verb == "up" and VARIABLE in os.environ
                    done = summary(self.outcome, engine, self.read, planned=planned)
                    self.stage.note("run" if verb == self.stage.verb else verb, done)
                    look.look_again()
            look.analyze(lambda: self.signals > 0)
        return report(self.console, self.settings.environment, outcome)

    def _ask_for(self, verb: str, known: Known, make_plan: Callable[[Known], Plan]) -> None:
        if known.state.dirty:
            raise DirtyDatabase(known.state)
        steps = make_plan(known).steps
        if steps:
            names = ", ".join(f"{step.direction} {step.migration.version}" for step in steps[:5])
            more = f" and {len(steps) - 5} more" if len(steps) > 5 else ""
            self.ask(verb, f"{verb} on {self.settings.environment} will run {names}{more}")

    def _open(self, url: DatabaseURL) -> Database:
        defaults = {"fallback_application_name": f"migratekit {self.options.verb} {self.outlets.run[:8]}"}
        try:
            return Database.connect(url, defaults)
        except ConnectionFailed as error:
            if not (self.settings.embedded and "does not exist" in error.what):
                raise
        return self._create_database(url, defaults)

    def _create_database(self, url: DatabaseURL, defaults: dict[str, str]) -> Database:
        """Makes the environment's database on the embedded server at its first use."""
        admin = Database.connect(parse(self.server().url("postgres")), defaults)
        # Another command may have been first; connecting tells.
        with suppress(MigratekitError):
            admin.run(f"CREATE DATABASE {identifier(self.settings.environment)}")
        admin.close()
        return Database.connect(url, defaults)

    def _session_settings(self) -> dict[str, str]:
        wanted = {name: self.settings.seconds(name) for name in ("lock_timeout", "statement_timeout")}
        return {name: f"{round(seconds * 1000)}ms" for name, seconds in wanted.items() if seconds}

    @contextmanager
    def _stopping(self, engine: Engine, programs: Programs) -> Iterator[None]:
        def on_signal(_number: int, _frame: FrameType | None) -> None:
            if self._asking:
                raise Interrupted("interrupted; nothing was done")
            self.signals += 1
            if self.signals == 1:
                # Nobody may be left to read it, and an error here would be one of the running file.
                with suppress(OSError):
                    self.console.note("stopping after the running migration; a second signal cancels it")
            elif self.signals == 2:
                programs.stop()
                engine.database.cancel()

        before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _chooses_schema(url: DatabaseURL, schema: str | None) -> bool:
    """True if the schema of the version table was picked on purpose, for one of several perhaps."""
    return schema is not None or "search_path" in url.parameters or "options" in url.parameters


def steps_argument(text: str) -> int:
    """A number of steps; for argparse."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of steps (a version is given with --to)")
    return int(text)


def version_argument(text: str) -> int:
    """A version, `001` or `1`; for argparse."""
    if not (text.isascii() and text.isdigit()) or int(text) > MAX_VERSION:
        raise argparse.ArgumentTypeError(f"{text!r} is no version (001 or 1)")
    return int(text)
