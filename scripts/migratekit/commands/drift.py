"""`migratekit drift`."""

import argparse
from collections.abc import Sequence
from itertools import groupby

from ..drift import Difference, Drift, Filter, Kind
from ..errors import ExitCode
from ..session import Session, version_argument
from ._drift import asked, document, find_drift, summary
from ._shadow import VARIABLE

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
    parser.add_argument("--shadow", metavar="URL", help=f"server on which to make a database for it ({VARIABLE})")
    parser.add_argument("--ignore", action="append", metavar="PATTERN", help="leave these objects out; may be repeated")
    parser.add_argument(
        "--grants", action=argparse.BooleanOptionalAction, default=None, help="compare who may do what (yes)"
    )
    parser.add_argument("--exit-code", action="store_true", help="exit with 4 if there are differences")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Shows how the database differs from what its files make; writes nothing there."""
    options, wanted = session.options, asked(session)
    wanted = wanted._replace(leaving_out=_leaving_out(session, wanted.leaving_out))
    with session.engine() as engine:
        drift = find_drift(session, engine, wanted, to=options.to)
    session.stage.note("drift", {"environment": session.settings.environment, **document(drift)})
    if options.json:
        whole = [each._asdict() for each in drift.differences]
        session.console.json(session.stage.noted["drift"] | {"differences": whole})
    else:
        _print(session, drift)
    return ExitCode.DIRTY if drift.differences and options.exit_code else ExitCode.DONE


def _leaving_out(session: Session, usual: Filter) -> Filter:
    """What the command line says, in place of what the environment does."""
    options = session.options
    patterns = usual.patterns if options.ignore is None else options.ignore
    return Filter(patterns, usual.grants if options.grants is None else options.grants)


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
    console.out(f"{environment}, {at}: {summary(drift)}")


def _lines(parts: Sequence[Difference]) -> list[str]:
    """What is to be seen of an object."""
    lines = [line for each in parts for line in each.lines]
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"… and {more} more lines (--json has all)"] if more > 0 else lines
