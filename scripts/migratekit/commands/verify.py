"""`migratekit verify`."""

import argparse
from collections.abc import Sequence

from ..checks._findings import Finding, Level, exit_code, judge
from ..checks.integrity import Checked
from ..errors import ExitCode
from ..narration import duration
from ..session import Session
from ..validation import database_findings
from ._findings import count, print_findings, record
from ._integrity import ask_integrity, broken

# An INVALID index is no more than a warning while nobody claims that all is well.
_STRICTER = {"invalid-index": "error"}
_WORDS = {Level.OFF: "ok", Level.WARN: "warn", Level.ERROR: "error"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Prints what does not hold in the database; exit code 1 for an error, 4 for a broken history. Writes nothing."""
    with session.engine() as engine:
        findings = judge(
            database_findings(session.files, engine, session.chain()), _STRICTER | dict(session.settings.policies)
        )
        checked = ask_integrity(session, engine)
    session.stage.note("findings", [record(finding) for finding in findings])
    # What the rows hold is nobody's business but the caller's.
    session.stage.note("integrity", [_judged(one) for one in checked])
    if session.options.json:
        session.console.json(
            {"findings": session.stage.noted["findings"], "integrity": [_whole(one) for one in checked]}
        )
    else:
        _print(session, findings, checked)
    names = broken(checked)
    if names:
        session.outlets.tell("integrity-violation", f"verify: {', '.join(names)}", {"checks": names})
    return max(exit_code(findings), ExitCode.FAILED if names else ExitCode.DONE)


def _judged(one: Checked) -> dict[str, object]:
    return {"check": one.name, "rows": one.rows, "level": _WORDS[one.judgement], "seconds": round(one.seconds, 3)}


def _whole(one: Checked) -> dict[str, object]:
    more = {"description": one.description, "first": list(one.first), "where": one.where, "problem": one.problem}
    return _judged(one) | more


def _print(session: Session, findings: Sequence[Finding], checked: Sequence[Checked]) -> None:
    console = session.console
    print_findings(console, findings, every=True)
    if checked:
        rows = [
            (_WORDS[one.judgement], one.name, one.counted, duration(one.seconds), one.description) for one in checked
        ]
        console.table(("", "check", "rows", "time", "what"), rows)
        console.out()
    for one in checked:
        if one.problem:
            console.out(f"error: {one.where}: {one.problem}")
        elif one.rows:
            console.out(f"{_WORDS[one.judgement]}: {one.name}: {one.counted} row{'' if one.rows == 1 else 's'}, as in")
            for value in one.first:
                console.out(f"  {value}")
    levels = [finding.level for finding in findings] + [one.judgement for one in checked]
    errors, warnings = (sum(level == wanted for level in levels) for wanted in (Level.ERROR, Level.WARN))
    name = session.settings.environment
    console.out(f"{name}: {count(len(checked), 'check')}, {count(errors, 'error')}, {count(warnings, 'warning')}")
