"""What is found in a database by several verbs, and how findings are shown."""

from collections.abc import Sequence
from itertools import groupby, zip_longest

from ..checks._findings import Finding, Level, found
from ..checks.history import check_history
from ..checks.objects import check_objects
from ..console import Console
from ..engine import Engine
from ..migration import Migration
from ..session import Session
from ..tracking.version_table import BrokenTable

_FORCE = "find out which version is true, then `migratekit force VERSION`"
# So many findings of one rule are shown unless all are asked for.
SHOWN = 5


def database_findings(session: Session, engine: Engine, chain: Sequence[Migration]) -> list[Finding]:
    """What is wrong with the version row, the history and the objects; not judged yet."""
    try:
        known = engine.known()
        found_there = check_history(session.ledger(chain, known))
        if known.state.dirty and known.holder is None and all(finding.rule != "dirty" for finding in found_there):
            found_there.append(found("dirty", engine.table.sql, "is dirty, at a version without a file", _FORCE))
    except BrokenTable as broken:
        found_there = [found("dirty", broken.where or engine.table.sql, broken.what, broken.hint)]
    return found_there + check_objects(engine.database)


def print_findings(console: Console, findings: Sequence[Finding], *, every: bool) -> None:
    """The findings, rule by rule."""
    for rule, group in groupby(findings, key=lambda finding: finding.rule):
        _print_group(console, rule, list(group), every=every)


def errors_and_warnings(findings: Sequence[Finding]) -> str:
    """How many there are of each."""
    errors = sum(finding.level == Level.ERROR for finding in findings)
    return f"{count(errors, 'error')}, {count(len(findings) - errors, 'warning')}"


def count(number: int, what: str) -> str:
    """One error, two errors."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def record(finding: Finding) -> dict[str, object]:
    """A finding as a plain document."""
    return {
        "level": finding.level,
        "rule": finding.rule,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "version": finding.version,
        "problem": finding.problem,
        "remedy": finding.remedy,
    }


def _print_group(console: Console, rule: str, group: Sequence[Finding], *, every: bool) -> None:
    shown = group if every else group[:SHOWN]
    for finding, following in zip_longest(shown, shown[1:]):
        console.out(f"{finding.level}: {finding.place}: {finding.problem} [{rule}]")
        if following is None and len(shown) < len(group):
            console.out(f"  … and {len(group) - len(shown)} more [{rule}] (--all shows them)")
        if following is None or following.remedy != finding.remedy:
            console.out(f"  hint: {finding.remedy}")
    console.out()
