"""The story of a run as people read it: one line a migration, and what the server says meanwhile."""

import re
import threading
from contextlib import AbstractContextManager
from typing import Any

from .console import Console
from .database import Notice, SqlError
from .errors import ExitCode, MigratekitError
from .failures import FileFailed
from .lock import Holder
from .migration import Direction
from .observer import Advance, Alarm, Applied, Observer, RunResult, Watched
from .plan import Plan, Step
from .progress import Progress
from .redaction import is_behind_password
from .remedies import made_without_us, remedy

_QUIET_WAIT = 0.5
_MAX_WIDTH = 50
# Where the server guesses which name was meant, it knows more than we do.
_GUESS = "Perhaps you meant"
# What a file says with RAISE NOTICE to have a bar drawn: `backfill users: 1200 of 5000 rows`.
_PROGRESS = re.compile(r"(?P<what>(?:backfill|clean-up) [^\n]+): (?P<done>\d+) of (?P<total>\d+) rows")
_ALARMS = {
    "long-running": "has been running for {}",
    "blocked": "has been waiting for {} for {}",
    "blocking": "has kept others waiting for {}",
}
# What is to be made is there already: relation, function, object of another kind, schema.
_THERE = frozenset({"42P07", "42723", "42710", "42P06"})
# Of so many sessions an alarm tells.
_MOST_SESSIONS = 5


class Narrator(Observer):
    """Prints what the engine reports."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._busy: AbstractContextManager[Any] | None = None
        self._progress: Progress | None = None
        # It shows the phases of a statement, now this one; or what the file counts by itself.
        self._phased = False
        self._shown = ""
        # Another thread tells of what is seen from outside.
        self._turn = threading.RLock()
        # The file itself tells how far it is.
        self._counts = False
        self._told: object = None
        self._width = 0

    def waiting(self, holder: Holder | None, seconds: float) -> None:
        """Says who holds the lock, once for each holder."""
        who = holder.pid if holder else None
        if seconds >= _QUIET_WAIT and who != self._told:
            self._told = who
            self._console.note(f"waiting for the lock, held by {holder}" if holder else "waiting for the lock")

    def planned(self, plan: Plan) -> None:
        """Makes room for the longest name."""
        self._width = min(max(len(label(step)) for step in plan.steps), _MAX_WIDTH)

    def starting(self, step: Step) -> None:
        """Shows on a terminal which file runs."""
        with self._turn:
            self.close()
            self._counts = False
            self._busy = self._console.busy(f"{step.direction:<4} {label(step)}")
            self._busy.__enter__()

    def finished(self, applied: Applied) -> None:
        """One line a migration."""
        self.close()
        step = applied.step
        self._console.out(f"{step.direction:<4} {label(step):<{self._width}}  {duration(applied.run_seconds):>8}")
        if applied.replayed:
            self._console.note(f"     ran outside of a transaction; in one the server said: {applied.replayed}")

    def retrying(self, step: Step, error: SqlError, number: int, rest: float, watched: Watched) -> None:
        """Who is in the way, and when the file is tried again."""
        self.close()
        self._console.note(f"     {label(step)}: {error.what}; try {number + 1} in {duration(rest)}")
        for blocker in watched.blockers:
            self._console.note(f"     in the way: {blocker}")
        self.starting(step)

    def alarmed(self, alarm: Alarm) -> None:
        """What lasts for too long, and for whom."""
        what = _ALARMS[alarm.kind].format(duration(alarm.seconds), alarm.lock or "what others hold")
        more = len(alarm.sessions) - _MOST_SESSIONS
        self._say(
            f"     warning: {label(alarm.step)} {what}{'; cancelling it' if alarm.cancelled else ''}",
            *(f"       {session}" for session in alarm.sessions[:_MOST_SESSIONS]),
            *([f"       and {more} more"] if more > 0 else []),
        )

    def unwatched(self, error: MigratekitError) -> None:
        """Why nobody looks at what runs."""
        self._say(f"     warning: the run is not watched: {error.what}")

    def progressed(self, step: Step, advance: Advance | None) -> None:
        """A bar for a long statement, unless the file draws its own."""
        with self._turn:
            if advance is None and not self._counts:
                self.starting(step)
            elif advance is not None and not self._counts:
                what = advance.phase.removeprefix("building index: ") or advance.what
                self._show_progress(f"{label(step)}: {what}", advance.unit, advance.done, advance.total, phased=True)

    def notice(self, notice: Notice) -> None:
        """What the server says while a file runs; what counts rows becomes a bar."""
        counted = _PROGRESS.fullmatch(notice.message)
        if counted:
            self._counts = True
            self._show_progress(counted["what"], "rows", int(counted["done"]), int(counted["total"]))
        elif not notice.is_ours:
            self._say(f"     {notice.severity}: {notice.message}")

    def _show_progress(self, what: str, unit: str, done: int, total: int, *, phased: bool = False) -> None:
        with self._turn:
            if self._progress is None or self._phased != phased:
                self.close()
                self._progress, self._phased, self._shown = self._console.progress(what, unit), phased, ""
            if phased and self._shown != what:
                self._progress.describe(what, unit)
                self._shown = what
            self._progress.update(done, total)

    def _say(self, *lines: str) -> None:
        """Prints between what moves on a terminal."""
        with self._turn:
            if self._progress is not None:
                self._progress.pause()
            if self._busy is not None:
                self._busy.__exit__(None, None, None)
            for line in lines:
                self._console.note(line)
            if self._busy is not None:
                self._busy.__enter__()
            if self._progress is not None:
                self._progress.resume()

    def close(self) -> None:
        """Takes down what shows that something is at work."""
        with self._turn:
            if self._progress is not None:
                self._progress.close()
                self._progress = None
            if self._busy is not None:
                self._busy.__exit__(None, None, None)
                self._busy = None


def label(step: Step) -> str:
    """A migration as its file names it: 001_create_projects_table."""
    file = step.migration.file(step.direction)
    if file is None:
        return str(step.migration.version)
    if step.migration.is_repeatable:
        return f"{file.stem}/{file.title}"
    return file.stem or file.name.rpartition(f".{step.direction}.")[0]


def duration(seconds: float) -> str:
    """A time for people."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {seconds % 60:.0f} s"


def explain(failed: FileFailed) -> FileFailed:
    """The failure with the place in the file, the line itself, and what state the database is in."""
    error, step = failed.error, failed.step
    file = step.migration.file(step.direction)
    text = failed.sent.decode("utf-8", "replace")
    lines = [f"{error.what} (SQLSTATE {error.sqlstate})" if error.sqlstate else error.what]
    where = file.path if file else str(step.migration.version)
    if 0 < error.position <= len(text) + 1:
        before = text[: error.position - 1]
        number, column = before.count("\n") + 1, error.position - before.rfind("\n") - 1
        where = f"{where}:{number}:{column}"
        shown = f"{text[: error.position - 1]}***" if is_behind_password(text, error.position) else text
        lines += _excerpt(shown, number, column)
    lines += [f"  detail: {error.detail}"] if error.detail else []
    lines += [f"  context: {line}" for line in error.context.splitlines()[:3]]
    lines += [f"  in the way: {blocker}" for blocker in failed.blockers]
    lines += [f"  it was tried {failed.tries} times"] if failed.tries > 1 else []
    lines.append(f"  {_state(failed)}")
    failed.what, failed.where = "\n".join(lines), where
    failed.hint = _advice(failed)
    return failed


def report(console: Console, environment: str, outcome: RunResult) -> ExitCode:
    """Says what was done and where the database is; the exit code that fits."""
    again = sum(applied.step.migration.is_repeatable for applied in outcome.applied)
    count, state = len(outcome.applied) - again, outcome.state
    at = f"{environment} is at {'no version' if state.version is None else f'version {state.version}'}"
    migrations = f"{count} migration{'' if count == 1 else 's'}"
    if again:
        files = f"{again} repeatable file{'' if again == 1 else 's'}"
        migrations = f"{migrations} and {files}" if count else files
    if outcome.interrupted:
        console.note(f"interrupted after {migrations}; {at}, clean")
        return ExitCode.INTERRUPTED
    if not outcome.applied:
        console.out(f"nothing to do; {at}")
        return ExitCode.DONE
    ways = {applied.step.direction for applied in outcome.applied}
    done = "run" if len(ways) > 1 else "applied" if Direction.UP in ways else "undone"
    console.out(f"{migrations} {done}; {at}")
    if outcome.missing:
        console.note(f"{outcome.missing} more were asked for than there were")
    return ExitCode.DONE


def _excerpt(text: str, number: int, column: int) -> list[str]:
    line = text.split("\n")[number - 1].rstrip("\r").replace("\t", " ")
    start = max(0, column - 80)
    shown = line[start : start + 120]
    return [f"  {number:>4} | {shown}", f"       | {' ' * (column - 1 - start)}^"]


def _state(failed: FileFailed) -> str:
    version = "no version" if failed.state.version is None else f"version {failed.state.version}"
    if failed.state.dirty:
        return f"the file may be applied in part: the database is dirty at {version}"
    return f"nothing of the file was kept; the database is at {version}, clean"


def _advice(failed: FileFailed) -> str:
    """The server's own hint, and ours as far as it says more."""
    said = failed.error.hint
    ours = "" if said.startswith(_GUESS) else _remedy(failed)
    if failed.state.dirty:
        then = "then `migratekit repair` finds out what of it is there, and goes on from that"
        ours = f"{ours or 'mend the file'}; {then}"
    elif not said:
        return ours or "mend the file and run the same command again"
    return f"{said.rstrip('.')}; {ours}" if said and ours else said or ours


def _remedy(failed: FileFailed) -> str:
    """What is known to help against such an error; empty if nothing is."""
    sqlstate, message, step = failed.error.sqlstate, failed.error.what, failed.step
    if sqlstate == "25001":
        return "a statement that refuses transactions must be alone in its file" + _mark_of(step)
    if 'at or near "\\"' in message:
        return "psql's backslash commands are no SQL; take them out"
    if step.migration.is_repeatable and sqlstate in _THERE:
        return "a repeatable file runs again when it changes: write CREATE OR REPLACE, or DROP … IF EXISTS in front"
    if step.direction is Direction.UP and not failed.state.dirty:
        first, version = failed.state.version is None, step.migration.version
        if made := made_without_us(sqlstate, version, first=first):
            return made
    return remedy(sqlstate, message, down=step.direction is Direction.DOWN)


def _mark_of(step: Step) -> str:
    file = step.migration.file(step.direction)
    return (
        ", or in a part marked as one without a transaction, where the convention has such" if file and file.cut else ""
    )
