"""What every command stands on: settings, console, files and the engine on the right database."""

import argparse
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from .assembly import Assembly, session_settings
from .console import Console
from .engine import Engine, Known
from .errors import ExitCode, Interrupted, MigratekitError, Refused
from .files import Files
from .guards import DirtyDatabase
from .kinds import duration
from .ledger import Ledger
from .migration import MAX_VERSION, UNFINISHED, Migration
from .narration import label, report
from .observer import Chorus, RunResult
from .outlets.dispatch import Outlets
from .outlets.jsonlog import narrator as narrator_of
from .plan import Plan, Step
from .reports import VARIABLE, Report, Stage, recorded
from .settings import Settings
from .signals import heard
from .target import Target
from .url import DatabaseURL

if TYPE_CHECKING:
    from .server import Server

# All steps that there are, as a number of them.
ALL = -1
# A longer number is a version by its time, or a revision.
_MOST_DIGITS = 9
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
    files: Files = field(init=False)
    _asking: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.stage = Stage(self.options.verb)
        self.files = Files(self.settings, self.console.note)
        self.outlets = Outlets(self.settings, self.console)

    @contextmanager
    def recorded(self) -> Iterator[Stage]:
        """Around the verb: what it noted goes into the record of the release, or of the run where one is kept."""
        release = os.environ.get(VARIABLE, "")
        report = Report.named(self.reports, release) if release and self.stage.verb not in _APART else None
        try:
            with recorded(self.stage, self.console.cleaned if self.keeps_record else dict) as document:
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
            from .page import publish

            self.console.note(f"report: {publish(report, self.settings.project)}")

    @property
    def keeps_record(self) -> bool:
        """True if a release, or the project, wants a record of what is done."""
        return bool(os.environ.get(VARIABLE) or self.settings.values["reports"].value)

    @property
    def reports(self) -> Path:
        """The folder of the records of releases and runs."""
        return self.settings.project / "reports"

    def chain(self) -> list[Migration]:
        """The migrations in their folder; SourceError if it cannot be read."""
        return self.files.chain()

    def ledger(self, chain: Sequence[Migration], known: Known) -> Ledger:
        """How every migration stands, by files, version row and history."""
        return self.files.ledger(chain, known)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The engine, connected; a first signal stops it behind the running file, a second cancels that file."""
        url = self.database_url()
        self.stage.note("database", {"url": url.redacted(), "settings": session_settings(self.settings)})
        narrator = narrator_of(self.console)
        assembly = Assembly(
            self.files,
            self.target,
            Chorus(narrator, self.outlets),
            on_notice=narrator.notice,
            on_output=self.console.relay("program"),
            stop=lambda: self.signals > 0,
            run=self.outlets.run,
        )
        try:
            with assembly.engine(url) as engine, self._stopping(assembly):
                yield engine
        finally:
            narrator.close()

    @property
    def target(self) -> Target:
        """The database of the environment."""
        return Target(self.settings, f"migratekit {self.options.verb} {self.outlets.run[:8]}", self.files.source)

    def database_url(self) -> DatabaseURL:
        """The database of the environment; starts the embedded server where that is it."""
        if self.settings.embedded:
            with self.console.busy("starting PostgreSQL"):
                return self.target.url()
        url = self.target.url()
        password = url.parameters.get("password", "")
        self.console.hide(password)
        if password and self.options.database:
            self.console.note("warning: others on this machine can see a password among the arguments; use a variable")
        return url

    def server(self) -> "Server":
        """The embedded server of the project, running or not."""
        return self.target.server()

    def ask(self, verb: str, what: str, *, always: bool = False) -> None:
        """Has the environment's name typed where its rules, or the verb, demand it; Refused if it is not."""
        if (always or self.settings.confirms(verb)) and not self.options.yes:
            self._asking = True
            self.console.confirm(what, self.settings.environment)
            self._asking = False

    def move(self, verb: str, make_plan: Callable[[Known], Plan], *, confirmed: bool = False) -> ExitCode:
        """Asks if the rules demand it, runs what is planned, and says where the database is then."""
        self._refuse_unfinished()
        with self.outlets.of_run(verb), self.engine() as engine:
            if self.settings.confirms(verb) and not (confirmed or self.options.yes):
                self._ask_for(verb, engine.known(), make_plan)
            from .before_after import BeforeAfter  # only those who write need all that it reads

            look = BeforeAfter(engine, self.settings, self.console, self.stage, verb)
            try:
                outcome = engine.move(look.around(make_plan))
            finally:
                self.outlets.result = self.outcome = engine.result
                if self.outcome and self.keeps_record:
                    # A release has shown the SQL that it is going to run in its plan.
                    planned = self.stage.verb == "up" and VARIABLE in os.environ
                    from .runs import summary

                    done = summary(self.outcome, engine, self.files.read, planned=planned)
                    self.stage.note("run" if verb == self.stage.verb else verb, done)
                if self.outcome:
                    look.look_again()
            look.analyze(lambda: self.signals > 0)
        return report(self.console, self.settings.environment, outcome)

    def _refuse_unfinished(self) -> None:
        """Refused where only half of the files may have their new numbers: what runs now would have none later."""
        if (note := self.settings.folder / UNFINISHED).is_file():
            what = "files are being renumbered or squashed here, or a call that did so was killed; nothing was run"
            hint = "wait for its end; what a killed call left the next `create`, `renumber` or `squash` puts right"
            raise Refused(what, where=str(note), hint=hint)

    def _ask_for(self, verb: str, known: Known, make_plan: Callable[[Known], Plan]) -> None:
        if known.state.dirty:
            raise DirtyDatabase(known.state)
        steps = make_plan(known).steps
        if steps:
            names = ", ".join(_short(step) for step in steps[:5])
            more = f" and {len(steps) - 5} more" if len(steps) > 5 else ""
            self.ask(verb, f"{verb} on {self.settings.environment} will run {names}{more}")

    @contextmanager
    def _stopping(self, assembly: Assembly) -> Iterator[None]:
        def on_signal(_number: int, _frame: FrameType | None) -> None:
            if self._asking:
                raise Interrupted("interrupted; nothing was done")
            self.signals += 1
            if self.signals == 1:
                # Nobody may be left to read it, and an error here would be one of the running file.
                with suppress(OSError):
                    self.console.note("stopping after the running migration; a second signal cancels it")
            elif self.signals >= 2:
                assembly.cancel()

        before = {number: signal.signal(number, on_signal) for number in heard()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _short(step: Step) -> str:
    return label(step) if step.migration.is_repeatable else f"{step.direction} {step.migration.version}"


def steps_argument(text: str) -> int:
    """A number of steps; for argparse."""
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of steps (a version is given with --to)")
    return int(text)


def steps_toward(sign: str, *ends: str) -> Callable[[str], int]:
    """A number of steps as Alembic's users write it, with its sign, or the name of the end: ALL; for argparse."""
    return lambda text: ALL if text in ends else steps_argument(text.removeprefix(sign))


def duration_argument(text: str) -> float:
    """Seconds, from `5s` or `2m`; for argparse, which would keep the reason to itself."""
    try:
        return duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} {error}") from None


def version_argument(text: str) -> int:
    """A version, `001` or `1`; for argparse."""
    if not (text.isascii() and text.isdigit()) or int(text) > MAX_VERSION:
        raise argparse.ArgumentTypeError(f"{text!r} is no version (001 or 1)")
    return int(text)
