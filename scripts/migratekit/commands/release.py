"""`migratekit release start|pending|confirm`."""

import argparse
import fcntl
import os
import sys
from collections.abc import Sequence

from ..errors import ExitCode, Refused, UsageError
from ..narration import label
from ..plan import Step
from ..reports import VARIABLE, Report
from ..session import Session, version_argument
from . import _rules


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    start = actions.add_parser("start", help="begin the record of a release, and print its name")
    start.add_argument("--lock-fd", type=int, metavar="N", help="lock the file open there: one release at a time")
    start.add_argument("--dry-run", action="store_true", help="nothing is going to be changed")
    start.add_argument("--skip-backup", metavar="REASON", help="the release makes no backup")
    # Wrong ones must not come to light behind the backup.
    start.add_argument("--on-failure", choices=("stop", "rollback"), help="what `up` is going to be given")
    pending = actions.add_parser("pending", help="end with 6 if there is something to run, with 0 if not")
    confirm = actions.add_parser("confirm", help="have the environment's name typed before anything is touched")
    for action in (start, pending, confirm):
        action.add_argument("--to", type=version_argument, metavar="V", help="up to this version")
    for action in (pending, confirm):
        _rules.arguments(action)


def run(session: Session) -> ExitCode:
    """Begins a release, tells whether there is something to run, or asks whether it may go on."""
    return {"start": _start, "pending": _pending, "confirm": _confirm}[session.options.action](session)


def _start(session: Session) -> ExitCode:
    options, environment = session.options, session.settings.environment
    if options.skip_backup is not None and not options.skip_backup.strip():
        raise UsageError("--skip-backup needs a reason", hint="say why this release makes no backup")
    if not (options.yes or options.dry_run or (sys.stdin.isatty() and sys.stderr.isatty())):
        raise UsageError(
            "there is no terminal to confirm at", hint="give --yes, or --dry-run to see what would be done"
        )
    _require_verbs(session)
    if options.lock_fd is not None:
        _lock(options.lock_fd, environment)
    kind = "rehearsal" if options.dry_run else "release"
    facts = {"kind": kind, "without_backup": options.skip_backup or ""}
    session.console.out(Report.begin(session.reports, environment, facts).run)
    return ExitCode.DONE


def _require_verbs(session: Session) -> None:
    """Refused if the environment forbids a stage: better now than between two of them."""
    options, settings = session.options, session.settings
    changing = [] if options.dry_run else ["up", "verify"] if options.skip_backup else ["backup", "up", "verify"]
    forbidden = [verb for verb in ("preflight", "plan", *changing, "report") if not settings.allows(verb)]
    if forbidden:
        raise Refused(
            f"environment {settings.environment} does not allow `{forbidden[0]}`, which a release needs",
            hint=f"its rules are in {settings.values['verbs'].source}",
        )


def _lock(descriptor: int, environment: str) -> None:
    """The lock belongs to whoever opened the file, and is free again when all of them are gone."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(
            f"another release of {environment} is at work",
            hint="wait for its end; its log and its record are the newest in logs/ and reports/",
        ) from None
    except OSError as error:
        raise UsageError(f"no lock can be had on file descriptor {descriptor}: {error.strerror}") from None


def _pending(session: Session) -> ExitCode:
    return ExitCode.PENDING if _steps(session) else ExitCode.DONE


def _confirm(session: Session) -> ExitCode:
    steps = _steps(session)
    names = ", ".join(label(step) for step in steps[:5]) or "nothing"
    more = f" and {len(steps) - 5} more" if len(steps) > 5 else ""
    name = os.environ.get(VARIABLE, "")
    session.ask("release", f"release {name} on {session.settings.environment} will run {names}{more}", always=True)
    return ExitCode.DONE


def _steps(session: Session) -> Sequence[Step]:
    """What `up` would run now, late files too."""
    rules = _rules.rules_of(session)
    with session.engine() as engine:
        known = engine.known()
    return rules.up(known, to=session.options.to).steps
