"""`migratekit validate`."""

import argparse
from collections.abc import Sequence
from itertools import groupby, zip_longest

from ..checks._findings import Finding, Level, exit_code, found, judge
from ..checks.dependencies import check_dependencies
from ..checks.files import check_files
from ..checks.history import check_history
from ..checks.names import check_names
from ..checks.objects import check_objects
from ..database import Database
from ..errors import ExitCode
from ..migration import Migration
from ..migrator import Migrator
from ..session import Session
from ..sources.golang import Survey, survey_folder
from ..tracking.version_table import BrokenTable

_FORCE = "find out which version is true, then `migratekit force VERSION`"
# So many findings of one rule are shown unless all are asked for.
_SHOWN = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--files-only", action="store_true", help="check the files alone, without a database")
    parser.add_argument("--all", action="store_true", help=f"show every finding, not {_SHOWN} of each rule")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Prints what is wrong with files and database; exit code 1 if a file could not be run, 4 for a broken history."""
    survey = _survey(session)
    findings = judge(_findings(session, survey), session.settings.policies)
    if session.options.json:
        session.console.json([_record(finding) for finding in findings])
    else:
        _print(session, findings, len(survey.chain))
    return exit_code(findings)


def _survey(session: Session) -> Survey:
    try:
        return survey_folder(str(session.settings.folder))
    except OSError:
        session.chain()  # says what is wrong with the folder
        raise


def _findings(session: Session, survey: Survey) -> list[Finding]:
    if not session.options.files_only:
        if session.settings.names_database:
            with session.migrator() as migrator:
                found_there = _database_findings(session, migrator, survey.chain)
                return _file_findings(session, survey, migrator.database) + found_there
        name = session.settings.environment
        session.console.note(f"the database was not looked at: environment {name} names none (see --files-only)")
    return _file_findings(session, survey, None)


def _file_findings(session: Session, survey: Survey, database: Database | None) -> list[Finding]:
    findings = check_names(survey) + check_files(survey.chain, database)
    unreadable = {finding.version for finding in findings if finding.rule == "file"}
    readable = [migration for migration in survey.chain if migration.version not in unreadable]
    return findings + check_dependencies(readable, session.facts)


def _database_findings(session: Session, migrator: Migrator, chain: Sequence[Migration]) -> list[Finding]:
    try:
        known = migrator.known()
        found_there = check_history(session.ledger(chain, known))
        if known.state.dirty and known.holder is None and all(finding.rule != "dirty" for finding in found_there):
            found_there.append(found("dirty", migrator.table.sql, "is dirty, at a version without a file", _FORCE))
    except BrokenTable as broken:
        found_there = [found("dirty", broken.where or migrator.table.sql, broken.what, broken.hint)]
    return found_there + check_objects(migrator.database)


def _print(session: Session, findings: Sequence[Finding], migrations: int) -> None:
    for rule, group in groupby(findings, key=lambda finding: finding.rule):
        _print_group(session, rule, list(group))
    errors = sum(finding.level == Level.ERROR for finding in findings)
    counts = (_count(errors, "error"), _count(len(findings) - errors, "warning"))
    session.console.out(f"{_count(migrations, 'migration')}: {', '.join(counts)}")


def _print_group(session: Session, rule: str, group: Sequence[Finding]) -> None:
    shown = group if session.options.all else group[:_SHOWN]
    for finding, following in zip_longest(shown, shown[1:]):
        session.console.out(f"{finding.level}: {finding.place}: {finding.problem} [{rule}]")
        if following is None and len(shown) < len(group):
            session.console.out(f"  … and {len(group) - len(shown)} more [{rule}] (--all shows them)")
        if following is None or following.remedy != finding.remedy:
            session.console.out(f"  hint: {finding.remedy}")
    session.console.out()


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _record(finding: Finding) -> dict[str, object]:
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
