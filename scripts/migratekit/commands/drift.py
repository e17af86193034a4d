"""`migratekit drift`."""

import argparse
import os
from collections.abc import Sequence
from itertools import groupby

from ..catalog import digest
from ..drift import Difference, Filter, Kind
from ..errors import ExitCode, UsageError
from ..session import Session, version_argument
from ..url import parse
from ._drift import Drift, find_drift
from ._findings import count

_VARIABLE = "MIGRATEKIT_SHADOW_URL"
# So many lines of one difference are shown.
_SHOWN = 40
_HEADINGS = {
    Kind.DATABASE: "only in the database",
    Kind.FILES: "only in the files",
    Kind.BOTH: "different (- the files, + the database)",
}
_HINTS = {
    Kind.DATABASE: "drop it; or, if it is to stay, write a migration that makes it where it is not (IF NOT EXISTS)",
    Kind.FILES: "put it back with the statements of its file, or write a migration that drops it (IF EXISTS)",
    Kind.BOTH: "put it back as the files have it, or write a migration that makes it what the database has",
}
_UNBORN = "this database has no version: `migratekit baseline V` declares what it has already"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--to", type=version_argument, metavar="V", help="compare with the files up to this version")
    parser.add_argument("--shadow", metavar="URL", help=f"server on which to make a database for it ({_VARIABLE})")
    parser.add_argument("--ignore", action="append", metavar="PATTERN", help="leave these objects out; may be repeated")
    parser.add_argument("--no-grants", action="store_true", help="do not compare who may do what")
    parser.add_argument("--exit-code", action="store_true", help="exit with 4 if there are differences")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Shows how the database differs from what its files make; writes nothing there."""
    options = session.options
    given = options.shadow or os.environ.get(_VARIABLE, "")
    _keep_secret(session, given)
    drift = find_drift(session, Filter(options.ignore or (), not options.no_grants), to=options.to, given=given)
    document = _document(session, drift)
    # A record of a release tells what differs; the text of functions is nobody's business there.
    brief = [{"object": each.object, "part": each.part, "kind": each.kind} for each in drift.differences]
    session.stage.note("drift", document | {"differences": brief})
    if options.json:
        session.console.json(document)
    else:
        _print(session, drift)
    return ExitCode.DIRTY if drift.differences and options.exit_code else ExitCode.DONE


def _keep_secret(session: Session, given: str) -> None:
    try:
        password = parse(given).parameters.get("password", "") if given else ""
    except UsageError as error:
        error.where = error.where or ("--shadow" if session.options.shadow else _VARIABLE)
        raise
    session.console.hide(password)
    if password and session.options.shadow:
        session.console.note(f"warning: others on this machine can see a password among the arguments; use {_VARIABLE}")


def _document(session: Session, drift: Drift) -> dict[str, object]:
    return {
        "environment": session.settings.environment,
        "version": drift.version,
        "files": drift.files,
        "digest": {"files": digest(drift.made.lines), "database": digest(drift.found.lines)},
        "differences": [each._asdict() for each in drift.differences],
    }


def _print(session: Session, drift: Drift) -> None:
    console, environment, found = session.console, session.settings.environment, drift.differences
    for kind, heading in _HEADINGS.items():
        group = [each for each in found if each.kind is kind]
        if group:
            console.out(heading)
            for label, parts in groupby(group, key=lambda each: each.object):
                console.out("\n    ".join([f"  {label}", *_lines(list(parts))]))
            unborn = kind is Kind.DATABASE and drift.version is None
            console.out(f"  hint: {_UNBORN if unborn else _HINTS[kind]}")
            console.out()
    at = "without a version" if drift.version is None else f"at version {drift.version}"
    objects = len({each.object for each in found})
    what = f"{count(objects, 'object')} {'is' if objects == 1 else 'are'} not" if found else ""
    console.out(f"{environment}, {at}: {what or 'all is'} as {count(drift.files, 'file')} have it")


def _lines(parts: Sequence[Difference]) -> list[str]:
    """What is to be seen of an object: what both have of a long text is left out but for what is near."""
    lines: list[str] = []
    for each in parts:
        lines += _changes(each) if each.kind is Kind.BOTH else [*each.files, *each.database]
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"… and {more} more lines (--json has all)"] if more > 0 else lines


def _changes(each: Difference) -> list[str]:
    from difflib import unified_diff

    diff = list(unified_diff(each.files, each.database, n=1, lineterm=""))[3:]
    return ["…" if line.startswith("@@") else f"{line[0]} {line[1:]}".rstrip() for line in diff]
