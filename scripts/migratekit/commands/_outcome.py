"""The last line of a run."""

from ..errors import ExitCode
from ..migrator import Outcome
from ..session import Session


def report(session: Session, outcome: Outcome, verb: str) -> ExitCode:
    """Says what was done and where the database is; the exit code that fits."""
    count, environment = len(outcome.applied), session.settings.environment
    at = "at no version" if outcome.state.version is None else f"at version {outcome.state.version}"
    if outcome.interrupted:
        session.console.note(f"interrupted after {_migrations(count)}; {environment} is {at}, clean")
        return ExitCode.INTERRUPTED
    if not count:
        session.console.out(f"nothing to do; {environment} is {at}")
        return ExitCode.DONE
    done = {"up": "applied", "down": "undone"}.get(verb, "run")
    session.console.out(f"{_migrations(count)} {done}; {environment} is {at}")
    if outcome.missing:
        session.console.note(f"{outcome.missing} more were asked for than there were")
    return ExitCode.DONE


def _migrations(count: int) -> str:
    return f"{count} migration{'' if count == 1 else 's'}"
