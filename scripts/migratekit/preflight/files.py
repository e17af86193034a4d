"""Could each pending file be run, and is there a way back from it?"""

from collections.abc import Iterator

from ..checks._findings import Finding, Level, judge
from ..checks.dependencies import check_dependencies
from ..checks.files import check_files, check_repeatables
from ..checks.names import check_names, check_strays
from ..convention import survey
from ..header import read_header
from ..ledger import Facts
from ..migration import Migration
from ..narration import label
from ..plan import Step
from ..repeatables import stray_repeatables
from ._figures import count, files_of, some
from ._findings import results
from ._view import Result, View, fail, ok, warn


def check(view: View) -> Iterator[Result]:
    """A failure for each error that `validate` finds in a pending file, one warning for all its warnings."""
    findings = judge(_findings(view), view.settings.policies)
    errors = [finding for finding in findings if finding.level == Level.ERROR]
    yield from results(errors)
    halves = [*_halves(view, told=any(finding.rule == "pair" for finding in findings))]
    yield from halves
    warnings = [each for each in findings if each.level == Level.WARN and each.rule != "pair"]
    if warnings:
        files = list(dict.fromkeys(finding.file for finding in warnings))
        figure = f"{count(len(warnings), 'warning')} about {some(files)}"
        yield warn(figure, "`migratekit validate` shows them")
    if not (errors or halves or warnings):
        yield ok(f"{files_of(view.steps)} pending, nothing wrong" if view.steps else "none is pending")


def _halves(view: View, *, told: bool) -> Iterator[Result]:
    for step in _versioned(view):
        if step.migration.up is None:
            hint = "write it; an empty file says that there is nothing to do on the way up"
            yield fail("has no up file, so nothing would run", hint, subject=str(step.migration.version))
        elif step.migration.down is None and told:
            noun = step.migration.noun
            hint = f"write its down {noun}; with none, only a restored backup undoes it"
            yield warn(f"has no down {noun}: no way back", hint, subject=label(step))


def _versioned(view: View) -> list[Step]:
    """Without the repeatable files: those have no way back, and depend on nothing."""
    return [step for step, _ in view.steps if not step.migration.is_repeatable]


def _findings(view: View) -> list[Finding]:
    """About the pending files; and about names in the folder that are taken for no migration at all."""
    chain = [step.migration for step in _versioned(view)]
    again = [step.migration for step, _ in view.steps if step.migration.is_repeatable]
    findings = check_files(chain, view.database) + check_repeatables(again, view.database) + _dependencies(view)
    names = check_names(survey(view.settings)) + check_strays(stray_repeatables(str(view.settings.folder)))
    versions = {migration.version for migration in chain}
    return findings + [finding for finding in names if finding.version is None or finding.version in versions]


def _dependencies(view: View) -> list[Finding]:
    needed = {step.migration.version: read_header(body.sql).dependencies for step, body in view.steps}

    def facts(migration: Migration) -> Facts:
        return Facts("", dependencies=needed.get(migration.version, ()), squashed=view.ledger.squashed)

    return check_dependencies(view.chain, facts)
