"""How findings are shown."""

from collections.abc import Sequence
from itertools import groupby, zip_longest

from ..checks._findings import Finding, Level
from ..console import Console

# So many findings of one rule are shown unless all are asked for.
SHOWN = 5


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
