"""`migratekit report [RUN]`."""

import argparse
import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..database import ConnectionFailed
from ..errors import ExitCode, MigratekitError, UsageError
from ..ledger import Standing
from ..page import publish, render, verdict
from ..reports import Report, reports, write_private
from ..runs import past
from ..session import Session
from ._shared import moment

# So much of a run's id in the history must be given.
_RUN_ID = re.compile(r"[0-9a-f][0-9a-f-]{5,35}")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument(
        "run_name", nargs="?", metavar="RUN", help="a record in reports/, or a run of the history (the newest record)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="list the records there are")
    what.add_argument("--end", type=int, metavar="CODE", help="the release has ended, with this exit code")
    what.add_argument(
        "--drift", action="store_true", help="put in how the database differs now from what its files make"
    )


def run(session: Session) -> ExitCode:
    """Writes the page of a release or run, and prints what it says in short."""
    options = session.options
    if options.list:
        return _list(session)
    if options.end is not None:
        return _end(session, options.end)
    name, report = options.run_name, _record(session)
    document = _remembered(session, name) if report is None else report.read()
    if options.drift:
        document["drift"] = _drift(session, document)
    page = report.path.with_suffix(".html") if report else session.reports / f"{document['run']}.html"
    write_private(page, render(document, session.settings.project))
    _show(session, document, page)
    return ExitCode.FAILED if "error" in document.get("drift", {}) else ExitCode.DONE


def _record(session: Session) -> Report | None:
    """The record that is meant; None where the history is to tell."""
    name = session.options.run_name
    if name is None:
        return next(iter(reports(session.reports)), None)
    if _RUN_ID.fullmatch(name.lower()) and not (session.reports / f"{name}.json").is_file():
        return None
    return Report.named(session.reports, name)


def _remembered(session: Session, name: str | None) -> dict[str, Any]:
    """The document of a run, from the history alone."""
    chain = session.chain()
    with session.engine() as engine:
        known = engine.known()
    ids = list(dict.fromkeys(event.run for event in known.events))
    wanted = (name or "").lower().replace("-", "")
    found = [each for each in ids if each.replace("-", "").startswith(wanted)]
    if name is None:
        found = found[-1:]
    if len(found) != 1:
        what = f"{len(found)} runs of the history begin with {name}" if found else "there is no such record or run"
        hint = "`migratekit report --list` shows the records, `migratekit history --verbose` the runs"
        raise UsageError(what if name else "nothing was recorded yet", where=str(session.reports), hint=hint)
    events = [event for event in known.events if event.run == found[0]]
    running = known.holder is not None and events[-1].run == ids[-1] and events[0].pid == known.holder.pid
    document = past(events, chain, session.files.read, session.settings.environment, running=running)
    document["stages"][0]["database"] = session.stage.noted.get("database")
    cleaned: dict[str, Any] = session.console.cleaned(document)
    return cleaned


def _end(session: Session, code: int) -> ExitCode:
    """The last words of a release; whatever goes wrong here must not hide how that ended."""
    try:
        report = _record(session)
        if report is None:
            raise UsageError("there is no such record", where=str(session.reports))
        document = {**report.read(), "exit_code": code}
        try:
            document["state"] = _state(session)
        except MigratekitError as error:
            document["state"] = {"error": session.console.clean(error.what)}
        report.write(document)
        page = publish(report, session.settings.project)
    except (MigratekitError, OSError) as error:
        session.console.note(f"warning: the report could not be written: {error}")
        return ExitCode.DONE
    _show(session, document, page)
    return ExitCode.DONE


def _drift(session: Session, document: dict[str, Any]) -> dict[str, Any]:
    """How the database differs now; why that cannot be told is a warning."""
    from ._drift import look  # with all that a server needs: most calls do without

    if document["environment"] != session.settings.environment:
        what, hint = f"the record is of {document['environment']}", f"--env {document['environment']}"
        raise UsageError(what, where=document["run"], hint=hint)
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    try:
        with session.engine() as engine:
            found = look(session, engine, lines=True).record
    except ConnectionFailed as error:
        session.console.note(f"warning: drift cannot be found out: {error}")
        found = {"error": {"what": error.what, "where": error.where, "hint": error.hint}}
    cleaned: dict[str, Any] = session.console.cleaned({"at": at, **found})
    return cleaned


def _state(session: Session) -> dict[str, Any]:
    """Where the database is now."""
    chain = session.chain()
    with session.engine() as engine:
        known = engine.known()
    ledger = session.ledger(chain, known)
    return {
        "version": known.state.version,
        "dirty": known.state.dirty,
        "pending": len(ledger.of(Standing.PENDING, Standing.MISSED)),
        # Where it is now is not where it will be.
        **({"busy": str(known.holder)} if known.holder else {}),
    }


def _list(session: Session) -> ExitCode:
    documents = list(_readable(session))
    if session.options.json:
        session.console.json([{key: value for key, value in each.items() if key != "stages"} for each in documents])
        return ExitCode.DONE
    rows = []
    for each in documents:
        told = verdict(each)
        rows.append((each["run"], moment(each["began"]), each["kind"], told.word.lower(), told.headline))
    session.console.table(("record", "began", "kind", "ended", ""), rows)
    return ExitCode.DONE


def _readable(session: Session) -> Iterator[dict[str, Any]]:
    """The records, the newest first; tells of one that is none any more, and goes on."""
    for report in reports(session.reports):
        try:
            yield report.read()
        except UsageError as error:
            session.console.note(f"warning: {error}")


def _show(session: Session, document: dict[str, Any], page: Path) -> None:
    console = session.console
    if session.options.json:
        return console.json(document)
    stages, told = document["stages"], verdict(document)
    if len(stages) > 1:
        rows = [(each["verb"], moment(each["began"]), f"{each['seconds']:.1f} s", _ended(each)) for each in stages]
        console.table(("stage", "began", "took", "ended"), rows)
    console.out(f"{told.word.lower()}: {told.headline}{f'. {told.more}' if told.more else ''}")
    return console.out(f"report: {page}")


def _ended(stage: dict[str, Any]) -> str:
    code = stage["exit_code"]
    return {0: "done", 130: "interrupted"}.get(code, f"failed, exit code {code}")
