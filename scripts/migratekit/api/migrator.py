"""Migrations from a program: what the verbs do, quietly and with typed results."""

import math
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..assembly import Assembly
from ..checks._findings import RULES, Finding, judge
from ..convention import survey
from ..engine import Engine, Known
from ..errors import Refused, UsageError
from ..files import Files
from ..observer import Chorus, Observer
from ..outlets.dispatch import Outlets
from ..plan import Plan
from ..preflight import CHECKS
from ..rules import Rules
from ..settings import Settings, load, of_program
from ..target import Target
from ..validation import database_findings, file_findings
from . import converting
from .given import Database, url_of
from .results import Attempt, Migration, Progress, Run, Status, Step, Version
from .telling import Quiet, Teller, logger

Seconds = float


@dataclass(eq=False, slots=True)
class _Run:
    """A call from its first moment on, so that it can be stopped before it is connected."""

    asked: threading.Event = field(default_factory=threading.Event)
    assembly: Assembly | None = None


class Migrator:
    """Moves a database along its migrations, and says where it is; made in no time, connected for each call.

    `database` is a URL, a connection of psycopg or a pool of psycopg_pool. Without one it is that of the `environment`,
    chosen as the command does where none is named; an environment brings its rules.
    Every method raises a MigratekitError when it fails, with `exit_code`, `what`, `where` and `hint`.
    """

    def __init__(
        self,
        database: Database | None = None,
        path: str | Path | None = None,
        *,
        environment: str | None = None,
        project: str | Path | None = None,
        source: str | None = None,
        table: str | None = None,
        lock_wait: Seconds | None = None,
        lock_timeout: Seconds | None = None,
        statement_timeout: Seconds | None = None,
        allow_changed: bool = False,
        allow_missing: bool = False,
        confirmed: bool = False,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> None:
        self._database = database
        self._environment = environment
        self._project = Path(project or ".").absolute()
        self._flags = {
            "path": os.fspath(path) if path is not None else None,
            "source": source,
            "table": table,
            "lock_wait": _duration(lock_wait),
            "lock_timeout": _duration(lock_timeout),
            "statement_timeout": _duration(statement_timeout),
        }
        self._allowed = [name for name, on in (("changed", allow_changed), ("missing", allow_missing)) if on]
        self._confirmed = confirmed
        self._on_progress = on_progress
        self._runs: set[_Run] = set()

    def up(self, steps: int | None = None, *, to: int | None = None) -> Run:
        """Applies what is pending: all of it, so many `steps`, or up to a version."""
        return self._move("up", lambda rules, known: rules.up(known, _counted(steps, to), to))

    def down(self, steps: int | None = 1, *, to: int | None = None, latest: int | None = None) -> Run:
        """Undoes the last migration, so many `steps`, all of them if None, or all above a version.

        Where `latest` is given, that is what must have been applied last, or nothing is undone: Refused.
        """

        def make_plan(rules: Rules, known: Known) -> Plan:
            if latest is not None and known.version != latest:
                raise Refused(
                    f"version {latest} is not the last one; that is {known.version or 'none'}; nothing was undone",
                    hint="undo what came later first",
                )
            return rules.down(known, _counted(steps), to)

        return self._move("down", make_plan)

    def goto(self, version: int) -> Run:
        """Goes up or down to a version."""
        return self._move("goto", lambda rules, known: rules.goto(known, version))

    def version(self) -> Version:
        """The version that the database is at; writes nothing, as none of what follows does."""
        with self._reading() as (engine, _), engine.reading():
            state = engine.version()
        return Version(state.version, state.dirty)

    def status(self) -> Status:
        """How every migration stands, as of one moment."""
        with self._reading() as (engine, files):
            known = engine.known()
            return converting.status(known, files.ledger(files.chain(), known))

    def pending(self) -> tuple[Migration, ...]:
        """The migrations that `up` would apply, by rising version."""
        return self.status().pending

    def plan(self, steps: int | None = None, *, to: int | None = None) -> tuple[Step, ...]:
        """What `up` would run, or `goto` where a version is given, with its SQL; refused where those would be."""
        with self._reading() as (engine, files):
            rules = Rules(files, allowed=self._allowed)

            def make_plan(known: Known) -> Plan:
                asked = _counted(steps, to)
                return rules.up(known, asked) if to is None else rules.goto(known, to)

            return tuple(converting.step(step, body) for step, body in engine.preview(make_plan))

    def validate(self) -> tuple[Finding, ...]:
        """What is wrong with files, history and database, errors first; empty if nothing is."""
        with self._reading() as (engine, files):
            surveyed = survey(files.settings)
            found = file_findings(files, surveyed, engine.database) + database_findings(files, engine, surveyed.chain)
            return tuple(judge(found, files.settings.policies))

    def history(self) -> tuple[Attempt, ...]:
        """Every attempt, the oldest first."""
        with self._reading() as (engine, files):
            story = files.ledger(files.chain(), engine.known()).story
        return tuple(map(converting.attempt, story))

    def stop(self) -> None:
        """Has runs at work in other threads end behind their running file; they return, `interrupted`."""
        for run in list(self._runs):
            run.asked.set()

    def cancel(self) -> None:
        """Ends the running files too; their runs raise, and what was not committed is rolled back."""
        self.stop()
        for run in list(self._runs):
            if run.assembly is not None:
                run.assembly.cancel()

    def _is_over(self) -> bool:
        """True if it was stopped even before a run began."""
        return False

    @contextmanager
    def _registered(self) -> Iterator[_Run]:
        run = _Run()
        self._runs.add(run)
        try:
            yield run
        finally:
            self._runs.discard(run)

    def _move(self, verb: str, make_plan: Callable[[Rules, Known], Plan]) -> Run:
        with self._registered() as run:
            return self._moved(run, verb, make_plan)

    def _moved(self, run: _Run, verb: str, make_plan: Callable[[Rules, Known], Plan]) -> Run:
        settings = self._settings(url_of(self._database, idle=True) if self._database is not None else None)
        if not settings.allows(verb):
            raise Refused(
                f"environment {settings.environment} does not allow `{verb}`",
                hint=f"its rules are in {settings.values['verbs'].source}",
            )
        if settings.environment and settings.confirms(verb) and not self._confirmed:
            raise Refused(
                f"environment {settings.environment} wants {verb} to be confirmed",
                hint="Migrator(…, confirmed=True) says that it is",
            )
        files, console = Files(settings, logger.warning), Quiet()
        rules = Rules(files, allowed=self._allowed, tell=lambda f: logger.warning("%s: %s", f.file, f.problem))
        outlets = Outlets(settings, console)
        try:
            with outlets.of_run(verb), self._engine(files, verb, run, outlets, tag=outlets.run) as engine:
                try:
                    result = engine.move(lambda known: make_plan(rules, known))
                finally:
                    outlets.result = engine.result
        finally:
            outlets.close()
        return converting.run(result)

    @contextmanager
    def _reading(self) -> Iterator[tuple[Engine, Files]]:
        with self._registered() as run:
            settings = self._settings(url_of(self._database, idle=False) if self._database is not None else None)
            files = Files(settings)
            with self._engine(files, "read", run) as engine:
                yield engine, files

    @contextmanager
    def _engine(self, files: Files, verb: str, run: _Run, *observers: Observer, tag: str = "") -> Iterator[Engine]:
        target = Target(files.settings, f"migratekit {verb}", files.source)
        teller = Teller(self._on_progress)
        run.assembly = Assembly(
            files,
            target,
            Chorus(teller, *observers),
            on_notice=teller.notice,
            on_output=teller.output,
            stop=lambda: run.asked.is_set() or self._is_over(),
            run=tag,
        )
        with run.assembly.engine(target.url()) as engine:
            yield engine

    def _settings(self, url: str | None) -> Settings:
        flags: dict[str, Any] = {**self._flags, "database": url or ""}
        if self._environment is None and url is not None:
            return of_program(flags, self._project)
        return load({**flags, "env": self._environment}, os.environ, self._project, (), RULES, CHECKS)


def _duration(seconds: Seconds | None) -> str | None:
    if seconds is None:
        return None
    if not (isinstance(seconds, int | float) and math.isfinite(seconds) and seconds >= 0):
        raise UsageError(f"{seconds!r} is no number of seconds", hint="write one, as in 30 or 0.5; 0 is no limit")
    return f"{seconds:f}s"


def _counted(steps: int | None, to: int | None = None) -> int | None:
    if steps is not None and to is not None:
        raise UsageError("a number of steps and a version do not go together", hint="give one of them")
    if steps is not None and steps < 0:
        raise UsageError(f"{steps} is no number of steps", hint="`down` goes the other way")
    return steps
