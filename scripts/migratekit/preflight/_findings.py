"""What the checks of `validate` find, as results."""

from collections.abc import Iterable, Iterator

from ..checks._findings import Finding, Level
from ._view import Result, fail, warn


def results(findings: Iterable[Finding]) -> Iterator[Result]:
    """A failure for each error, a warning for each warning; they are judged already."""
    for finding in findings:
        result = fail if finding.level == Level.ERROR else warn
        yield result(f"{finding.problem} [{finding.rule}]", finding.remedy, subject=finding.place)
