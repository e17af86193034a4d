"""All that can be found wrong with files, history and database; not judged yet."""

from collections.abc import Sequence

from .checks._findings import Finding, found
from .checks.dependencies import check_dependencies
from .checks.files import check_files, check_repeatables
from .checks.history import check_history
from .checks.names import check_names, check_strays
from .checks.objects import check_objects
from .database import Database
from .engine import Engine
from .files import Files
from .migration import Migration
from .sources._survey import Survey
from .tracking.version_table import BrokenTable

_FORCE = "find out which version is true, then `migratekit force VERSION`"
_UNREADABLE = frozenset({"file", "encoding", "section"})


def file_findings(files: Files, survey: Survey, database: Database | None) -> list[Finding]:
    """What is wrong with the files; a database tells how it reads quotes."""
    findings = check_names(survey) + check_strays(files.stray_repeatables()) + check_files(survey.chain, database)
    unreadable = {finding.version for finding in findings if finding.rule in _UNREADABLE}
    readable = [migration for migration in survey.chain if migration.version not in unreadable]
    findings += check_repeatables(files.repeatables(), database)
    return findings + check_dependencies(readable, files.facts)


def database_findings(files: Files, engine: Engine, chain: Sequence[Migration]) -> list[Finding]:
    """What is wrong with the version row, the history and the objects."""
    try:
        known = engine.known()
        found_there = check_history(files.ledger(chain, known))
        if known.state.dirty and known.holder is None and all(finding.rule != "dirty" for finding in found_there):
            found_there.append(found("dirty", engine.table.sql, "is dirty, at a version without a file", _FORCE))
    except BrokenTable as broken:
        found_there = [found("dirty", broken.where or engine.table.sql, broken.what, broken.hint)]
    return found_there + check_objects(engine.database)
