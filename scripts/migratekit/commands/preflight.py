"""`migratekit preflight`."""

import argparse
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import NamedTuple

from ..database import ConnectionFailed, SqlError
from ..drift import Drift
from ..engine import Engine, Known
from ..errors import ExitCode, MigratekitError, SourceError
from ..ledger import Standing
from ..migration import MAX_VERSION, Body, Direction, Migration, Mode
from ..plan import Step
from ..preflight import CHECKS
from ..preflight._view import Level, Release, Result, View, fail, warn
from ..reading import Reader
from ..session import Session, version_argument
from ..tracking.version_table import BrokenTable, RowRefused, State

# In the table; what is not ok is told in full behind it.
_WIDTH = 100
_POLICIES = {"warn": Level.WARN, "error": Level.ERROR}


class Checked(NamedTuple):
    """A result, and the check that gave it."""

    check: str
    result: Result
    # Whatever the environment has the check count: nothing at all could be looked at.
    beyond_rules: bool = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--to", type=version_argument, metavar="V", help="only what is pending up to this version")
    parser.add_argument("--commit", metavar="SHA", default="", help="the commit that the release should be")
    parser.add_argument("--skip-backup", metavar="REASON", default="", help="the release makes no backup")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Looks at everything that could go wrong and changes nothing; exit code 1 if something must be put right."""
    checked = list(_judge(session, _look(session)))
    session.stage.note("checks", [_record(each.check, each.result) for each in checked])
    if session.options.json:
        session.console.json(session.stage.noted["checks"])
    else:
        _print(session, checked)
    failed = any(each.result.level is Level.ERROR for each in checked)
    return ExitCode.FAILED if failed else ExitCode.DONE


def _look(session: Session) -> Iterator[Checked]:
    chain = session.chain()
    try:
        with session.engine() as engine:
            view = _view(session, engine, chain)
            for name in [name for name in CHECKS if session.settings.preflight.get(name) != "off"]:
                yield from (Checked(name, result) for result in _results(name, view))
    except ConnectionFailed as error:
        yield Checked("server", fail(f"cannot be reached: {error.what}", error.hint, subject=error.where), True)


def _view(session: Session, engine: Engine, chain: Sequence[Migration]) -> View:
    broken: MigratekitError | None = None
    try:
        known = engine.known()
    except (BrokenTable, RowRefused) as error:
        # The check `history` says so.
        known, broken = Known(State(None)), error
    ledger, options = session.ledger(chain, known), session.options
    to = MAX_VERSION if options.to is None else options.to
    waiting = [entry.migration for entry in ledger.of(Standing.PENDING, Standing.MISSED) if entry.version <= to]
    steps = [Step(migration, Direction.UP, migration.version) for migration in waiting if migration and not broken]
    if not any(entry.version > to for entry in ledger.of(Standing.PENDING)):
        at = steps[-1].leads_to if steps else known.version
        steps += [Step(migration, Direction.UP, at) for migration in ledger.due() if not broken]
    release = Release(options.commit, options.skip_backup)
    read = [(step, _body(engine.reader(), step)) for step in steps]

    def drift() -> Drift:
        from ._drift import asked, find_drift  # with all that a server needs

        return find_drift(session, engine, asked(session, limit=session.settings.limits.drift_time or None))

    return View(session.settings, engine.database, engine.table, known, ledger, read, release, drift, broken)


def _body(reader: Reader, step: Step) -> Body:
    """The file; nothing for one that cannot be run, of which the check `files` tells."""
    try:
        return reader.read_all([step])[0]
    except SourceError:
        return Body(b"", Mode.EMPTY)


def _results(name: str, view: View) -> Iterator[Result]:
    """What a check yields; that it could not look is a result too."""
    module = import_module(f"..preflight.{name}", __package__)
    try:
        yield from module.check(view)
    except SqlError as error:
        view.database.rollback()
        yield warn(f"could not be looked at: {error.what}", error.hint or "may the role read this?")


def _judge(session: Session, checked: Iterator[Checked]) -> Iterator[Checked]:
    """The results as the environment counts them."""
    policies = session.settings.preflight
    for each in checked:
        policy = policies.get(each.check)
        if policy is None or each.beyond_rules or each.result.level is Level.OK:
            yield each
        elif policy != "off":
            yield each._replace(result=each.result._replace(level=_POLICIES[policy]))


def _print(session: Session, checked: Sequence[Checked]) -> None:
    console = session.console
    rows = [(result.level, name, result.subject, _short(result.figure), result.limit) for name, result, _ in checked]
    console.table(("", "check", "of", "found", "limit"), rows)
    for name, result, _ in checked:
        if result.hint and result.level is not Level.OK:
            of = f" {result.subject}" if result.subject else ""
            console.out(f"{result.level}: {name}{of}: {result.figure}")
            console.out(f"  hint: {result.hint}")
    counts = {level: sum(each.result.level is level for each in checked) for level in Level}
    console.out(f"{counts[Level.OK]} ok, {counts[Level.WARN]} to know, {counts[Level.ERROR]} to put right first")


def _short(figure: str) -> str:
    return figure if len(figure) <= _WIDTH else f"{figure[: _WIDTH - 1]}…"


def _record(name: str, result: Result) -> dict[str, object]:
    return {"check": name, **result._asdict()}
