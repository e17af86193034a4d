"""`migratekit validate`."""

import argparse
from collections.abc import Sequence

from ..checks._findings import Finding, exit_code, judge
from ..convention import survey as survey_of
from ..errors import ExitCode
from ..session import Session
from ..sources._survey import Survey
from ..validation import database_findings, file_findings
from ._findings import SHOWN, count, errors_and_warnings, print_findings, record


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--files-only", action="store_true", help="check the files alone, without a database")
    parser.add_argument("--all", action="store_true", help=f"show every finding, not {SHOWN} of each rule")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Prints what is wrong with files and database; exit code 1 if a file could not be run, 4 for a broken history."""
    survey = survey_of(session.settings)
    findings = judge(_findings(session, survey), session.settings.policies)
    session.stage.note("findings", [record(finding) for finding in findings])
    if session.options.json:
        session.console.json(session.stage.noted["findings"])
    else:
        _print(session, findings, len(survey.chain))
    return exit_code(findings)


def _findings(session: Session, survey: Survey) -> list[Finding]:
    if not session.options.files_only:
        if session.settings.names_database:
            with session.engine() as engine:
                found_there = database_findings(session.files, engine, survey.chain)
                return file_findings(session.files, survey, engine.database) + found_there
        name = session.settings.environment
        session.console.note(f"the database was not looked at: environment {name} names none (see --files-only)")
    return file_findings(session.files, survey, None)


def _print(session: Session, findings: Sequence[Finding], migrations: int) -> None:
    print_findings(session.console, findings, every=session.options.all)
    session.console.out(f"{count(migrations, 'migration')}: {errors_and_warnings(findings)}")
