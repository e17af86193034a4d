"""`up` rehearsed on a branch that is made for it and dropped behind it: what it does, and that it ends well."""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ..backup.processes import uninterrupted
from ..branching import Clones, Service, beyond, checked
from ..checks._findings import Finding, exit_code, judge
from ..checks.integrity import Checked
from ..database import Database
from ..engine import Known
from ..errors import ExitCode, Interrupted, MigratekitError, Refused
from ..evidence import NotParsed, session_of
from ..impact import Impact, Touched, read_impacts, touched
from ..migration import Body
from ..narration import duration, label
from ..plan import Plan, Step
from ..preflight._figures import size, some
from ..session import Session
from ..url import parse
from ..validation import database_findings
from . import _rules
from ._branches import branches_of, create, on_branch
from ._findings import print_findings, record
from ._integrity import ask_integrity, broken

_STRICTER = {"invalid-index": "error"}
_MakePlan = Callable[[Known], Plan]


class _Before(NamedTuple):
    """The branch as it was: what the files will touch, and in which file each table is."""

    touched: Sequence[Touched]
    files: Mapping[str, Sequence[Any]]


def rehearse(session: Session, steps: int | None, to: int | None) -> ExitCode:
    """Runs what is pending on a branch and tells what it did there; the exit code of `up`, and `verify` behind it."""
    # No name is made of digits: in `up --on-branch 2` it would be the number of migrations.
    name = checked(session.options.on_branch or f"rehearsal-{secrets.token_hex(4)}")
    branches, rules = branches_of(session), _rules.rules_of(session)

    def make_plan(known: Known) -> Plan:
        return rules.up(known, steps, to)

    with session.engine() as engine:
        planned = engine.preview(make_plan)
    if session.signals:
        raise Interrupted("interrupted; no branch was made")
    if not planned:
        session.console.out(f"nothing to do on {session.settings.environment}, and no branch was made")
        return ExitCode.DONE
    _refuse_reaching_beyond(session, planned, apart=isinstance(branches, Service))
    session.ask("branch", f"up --on-branch will copy the database of {session.settings.environment}")
    with _branch(session, branches, name) as branch, branch.recorded() as stage:
        try:
            before = _look(branch, make_plan)
            stage.exit_code = branch.move("up", make_plan, confirmed=True)
        except MigratekitError as error:
            # What the error says of the database it says of the branch.
            error.way_back = f"none is needed: this was branch {name}, the database itself was not touched"
            raise
        finally:
            session.stage.note("rehearsal", {"branch": name, **branch.stage.noted})
        if stage.exit_code == ExitCode.DONE:
            stage.exit_code = _tell(branch, before)
    return stage.exit_code


def _refuse_reaching_beyond(session: Session, planned: Sequence[tuple[Step, Body]], *, apart: bool) -> None:
    """Refused if files would change what the branch has in common with others; on a server `apart` that is less."""
    if session.options.allow_shared:
        return
    found = [
        f"{label(step)}, line {one.line}: {one.words}"
        for step, body in planned
        for one in beyond(body.sql)
        if one.remote or not apart
    ]
    if found:
        raise Refused(
            "\n  ".join(["a branch does not keep these apart, so no branch was made:", *found]),
            hint="all databases of the server, or another server, share what they change;"
            " `--allow-shared` runs them all the same",
        )


@contextmanager
def _branch(session: Session, branches: Clones | Service, name: str) -> Iterator[Session]:
    """A call on a new branch, which is gone afterwards unless it is to be kept."""
    made = create(session, branches, name)
    environment = session.settings.environment
    try:
        with _instead(str(session.settings.values["url_variable"].value), parse(made.url).text):
            yield on_branch(session, name, made.url)
    finally:
        if session.options.keep:
            env = f"--env {environment} "
            session.console.note(f"branch {name} is kept: `migratekit {env}branch drop {name}` drops it")
        else:
            with uninterrupted():
                _drop(session, branches, name)


@contextmanager
def _instead(variable: str, url: str) -> Iterator[None]:
    """The branch's URL in the environment's variable: programs of files that read it are to find the branch."""
    former = os.environ.get(variable)
    os.environ[variable] = url
    try:
        yield
    finally:
        if former is None:
            del os.environ[variable]
        else:
            os.environ[variable] = former


def _drop(session: Session, branches: Clones | Service, name: str) -> None:
    environment = session.settings.environment
    try:
        branches.drop(name)
    except MigratekitError as error:
        # How the rehearsal went is told by its own exit code.
        session.console.note(f"warning: branch {name} is still there: {error}")
        session.console.note(f"`migratekit --env {environment} branch drop {name}` drops it")
    else:
        session.console.note(f"branch {name} is dropped; the database of {environment} was not touched")


def _look(branch: Session, make_plan: _MakePlan) -> _Before:
    with branch.engine() as engine:
        previewed = engine.preview(make_plan)
        impacts = list(_impacts(engine.database, previewed))
        return _Before(touched(engine.database, impacts), _files(engine.database))


def _impacts(database: Database, previewed: Sequence[tuple[Step, Body]]) -> Iterator[Impact]:
    names = session_of(database)
    for number, (_, body) in enumerate(previewed):
        try:
            yield from read_impacts(body.sql, names, number)
        except NotParsed:
            # What it locks is not known; that it runs is seen.
            continue


def _files(database: Database) -> dict[str, Sequence[Any]]:
    found: dict[str, Sequence[Any]] = json.loads(
        database.row(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))[0] or "{}"
    )
    return found


def _tell(branch: Session, before: _Before) -> ExitCode:
    """How long each file took, what it locked and rewrote, and what `verify` finds behind it, with its exit code."""
    outcome, console = branch.outcome, branch.console
    if outcome is None or not outcome.applied:
        return ExitCode.DONE
    rows = []
    for number, applied in enumerate(outcome.applied):
        locks = some(_locks(before.touched, number)) or "-"
        rows.append((label(applied.step), duration(applied.run_seconds), locks))
    console.out()
    console.table(("migration", "took", "keeps writers out of"), rows)
    with branch.engine() as engine:
        after = _files(engine.database)
        found = database_findings(branch.files, engine, branch.chain())
        checked = ask_integrity(branch, engine)
    rewritten = [
        f"{name} ({size(large)})"
        for oid, (file, name, large) in before.files.items()
        if after.get(oid, [file])[0] != file
    ]
    console.out(f"rewritten or emptied: {some(sorted(rewritten), 10) or 'no table'}")
    return _verify(branch, found, checked)


def _verify(branch: Session, found: Sequence[Finding], checked: Sequence[Checked]) -> ExitCode:
    """Tells what does not hold; the exit code that `verify` has for it."""
    console = branch.console
    findings = judge(found, _STRICTER | dict(branch.settings.policies))
    branch.stage.note("findings", [record(finding) for finding in findings])
    print_findings(console, findings, every=True)
    for one in checked:
        if one.problem or one.rows:
            console.out(f"check {one.name}: {one.problem or f'{one.counted} rows that should not be'}")
    if checked:
        hold = sum(not (one.problem or one.rows) for one in checked)
        console.out(f"checks: {hold} of {len(checked)} hold")
    code = max(exit_code(findings), ExitCode.FAILED if broken(checked) else ExitCode.DONE)
    if code:
        console.note(f"error: the files run, but `verify` would end with {int(code)} behind them")
    return code


def _locks(tables: Sequence[Touched], number: int) -> list[str]:
    """The tables that were there, and that the file locks so that nobody else can write."""
    found = []
    for table in tables:
        modes = [one.lock for one in table.statements if one.file == number and one.lock.blocks_writes]
        if modes:
            large = f", {size(table.size)}" if table.size is not None else ""
            found.append(f"{table.schema}.{table.name} ({max(modes).words}{large})")
    return found
