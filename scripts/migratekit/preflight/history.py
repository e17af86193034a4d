"""Is the version table clean, and do the applied files agree with it?"""

from collections.abc import Iterator

from ..checks._findings import Level, judge
from ..checks.history import check_history
from ..errors import MigratekitError
from ..narration import duration, label
from ._figures import files_of, some
from ._findings import results
from ._view import Result, View, fail, ok, warn

_FORCE = "find out which version is true, then `migratekit force VERSION`"


def check(view: View) -> Iterator[Result]:
    """A failure for a broken or dirty version table, and what the environment's `rules` make of each applied file."""
    if view.broken:
        yield _broken(view, view.broken)
        return
    findings = judge(check_history(view.ledger), view.settings.policies)
    yield from results(findings)
    holder = view.known.holder
    if holder:
        yield _at_work(view, str(holder))
    elif view.known.state.dirty and all(finding.rule != "dirty" for finding in findings):
        yield fail("dirty, at a version that has no file", _FORCE, subject=view.table.sql)
    if not view.known.state.dirty and all(finding.level != Level.ERROR for finding in findings):
        yield ok(_standing(view), subject=view.table.sql)


def _broken(view: View, error: MigratekitError) -> Result:
    hint = error.hint or "`migratekit status` reads it too"
    return fail(error.what, hint, subject=view.table.sql, limit="one row that can be read")


def _at_work(view: View, holder: str) -> Result:
    wait = view.settings.seconds("lock_wait")
    hint = "wait until it is done, then look again: what is pending now may be applied by then"
    return warn(f"another run is at work, {holder}", hint, subject="lock", limit=f"lock_wait {duration(wait)}")


def _standing(view: View) -> str:
    version = view.known.version
    at = "at no version" if version is None else f"at version {version}"
    if not view.steps:
        return f"{at}, nothing is pending"
    return f"{at}, {files_of(view.steps)} pending: {some([label(step) for step, _ in view.steps], 5)}"
