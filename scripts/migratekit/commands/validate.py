"""`migratekit validate`."""

import argparse

from ..checks.files import Finding, check_files
from ..errors import ExitCode
from ..session import Session


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Prints what is wrong with the files; exit code 1 if one of them could not be run."""
    chain = session.chain()
    findings = check_files(chain, str(session.settings.folder))
    errors = [finding for finding in findings if finding.level == "error"]
    if session.options.json:
        session.console.json([_record(finding) for finding in findings])
    else:
        for finding in findings:
            session.console.out(f"{finding.level}: {finding.file}: {finding.problem} [{finding.rule}]")
            session.console.out(f"  hint: {finding.remedy}")
        warnings = len(findings) - len(errors)
        session.console.out(f"{len(chain)} migrations: {len(errors)} errors, {warnings} warnings")
    return ExitCode.FAILED if errors else ExitCode.DONE


def _record(finding: Finding) -> dict[str, str]:
    return {
        "level": finding.level,
        "rule": finding.rule,
        "file": finding.file,
        "problem": finding.problem,
        "remedy": finding.remedy,
    }
