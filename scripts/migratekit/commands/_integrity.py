"""The project's own queries, asked as its settings say; for `verify` and for rehearsals."""

from collections.abc import Iterable

from ..checks._findings import Level
from ..checks.integrity import Checked, check_integrity
from ..engine import Engine
from ..session import Session


def ask_integrity(session: Session, engine: Engine) -> list[Checked]:
    """What each query of the environment's folder gave; SourceError where a folder that is named is not there."""
    origin = session.settings.values["checks"]
    folder = session.settings.project / str(origin.value)
    if origin.source == "default" and not folder.exists():
        return []
    return list(check_integrity(engine.database, folder, session.settings.seconds("check_timeout")))


def broken(checked: Iterable[Checked]) -> list[str]:
    """The names of the queries for which `verify` ends with 1."""
    return [one.name for one in checked if one.judgement is Level.ERROR]
