"""What a dirty version row means: which file stopped, how far it came, and what would put that right."""

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .database import Database, identifier
from .evidence import Evidence, Kind, NotParsed, Statement, Thing, examine, half_detached, invalid_indexes, units
from .header import read_header
from .journal import prefix_checksum
from .migration import Body, Direction, Migration, Mode
from .plan import Step
from .replay import Halt
from .tracking.version_table import State


class Remedy(enum.StrEnum):
    """What puts it right."""

    UNDONE = "undone"  # nothing of the file is there: the version before it is the true one
    DONE = "done"  # all of it is there: the version that it leads to is the true one
    FINISH = "finish"  # the first statements are there: run the rest


class Leftover(NamedTuple):
    """What a statement left by half, and the statement that clears it away."""

    name: str
    statement: str


class Diagnosis(NamedTuple):
    """What was found for one file, run from version `before`; no remedy where the evidence does not decide."""

    step: Step
    before: int | None
    body: Body
    evidence: Evidence | None
    done: int
    remedy: Remedy | None
    reason: str = ""
    leftovers: Sequence[Leftover] = ()

    @property
    def total(self) -> int:
        """How many statements the file has."""
        return len(self.evidence.statements) if self.evidence else 0


def diagnose(
    database: Database, chain: Sequence[Migration], state: State, halt: Halt | None, read: Callable[[Step], Body]
) -> list[Diagnosis]:
    """The files that may have stopped so, the likeliest first; one only where the history tells which it was."""
    if halt is not None and halt.leads_to == state.version:
        migration = next((m for m in chain if m.version == halt.version), Migration(halt.version))
        step = Step(migration, halt.direction, halt.leads_to)
        return [_examine(database, step, halt.before, read(step), halt)]
    cases = [_examine(database, step, before, read(step), None) for step, before in _cases(chain, state.version)]
    return _likeliest(cases)


def _likeliest(cases: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Without a history it was an up, or the down of the next version; no remedy where both are possible."""
    if len(cases) < 2:
        return list(cases)
    up, down = sorted(cases, key=lambda case: case.step.direction is Direction.DOWN)
    partly = (Remedy.UNDONE, Remedy.FINISH)
    if up.remedy is Remedy.DONE and down.remedy in partly:
        return [down, up]
    if (up.remedy is Remedy.DONE and down.remedy is Remedy.DONE) or (up.remedy in partly and down.remedy not in partly):
        return [up, down]
    other = f"it may as well have been the down of version {down.step.migration.version}"
    return [up._replace(remedy=None, reason=f"{up.reason}; {other}" if up.remedy is None else other), down]


def _cases(chain: Sequence[Migration], version: int | None) -> list[tuple[Step, int | None]]:
    """golang-migrate writes the version that a file leads to: an up of that one, or a down of the next."""
    cases: list[tuple[Step, int | None]] = []
    for index, migration in enumerate(chain):
        before = chain[index - 1].version if index else None
        if migration.version == version and migration.up:
            cases.append((Step(migration, Direction.UP, version), before))
        if before == version and migration.down:
            cases.append((Step(migration, Direction.DOWN, version), migration.version))
    return cases


def _examine(database: Database, step: Step, before: int | None, body: Body, halt: Halt | None) -> Diagnosis:
    if step.migration.file(step.direction) is None:
        return Diagnosis(step, before, body, None, 0, None, "its file is gone; restore it first")
    if body.mode is Mode.EMPTY:
        return Diagnosis(step, before, body, None, 0, Remedy.DONE, "the file holds no statement")
    try:
        evidence = examine(database, body.sql)
    except NotParsed as error:
        return Diagnosis(step, before, body, None, 0, None, f"the file does not parse: {error.what}")
    statements = [seen.statement for seen in evidence.statements]
    count, told = len(statements), _told(halt)
    allowed = _allowed(statements, body)
    if (told.get("each") and not body.cuts) or not set(allowed) & set(evidence.boundaries):
        # Statement by statement: x-multi-statement, or by hand.
        allowed = units(statements, each=True)
    evidence = examine(database, body.sql, allowed=allowed)
    done, reason = _decide(evidence, body, told, allowed)
    if done is None:
        return Diagnosis(step, before, body, evidence, 0, None, reason)
    remedy = Remedy.UNDONE if done == 0 else Remedy.DONE if done == count else Remedy.FINISH
    return Diagnosis(step, before, body, evidence, done, remedy, reason, _leftovers(database, evidence))


def _allowed(statements: Sequence[Statement], body: Body) -> tuple[int, ...]:
    """The boundaries at which it can have stopped, sent as it is."""
    if body.mode is not Mode.ALONE:
        return (0, len(statements))
    if not body.cuts:
        return units(statements)
    cut = {sum(statement.start < start for statement in statements) for start in body.cuts}
    return tuple(each for each in units(statements, each=True) if each in {0, len(statements), *cut})


def _leftovers(database: Database, evidence: Evidence) -> list[Leftover]:
    """INVALID indexes that the file would make anew, partitions that are detached by half."""
    made = {effect.thing for seen in evidence.statements for effect in seen.statement.effects if effect.there}
    found = []
    for thing in evidence.half:
        if thing.kind is Kind.INDEX and thing in made:
            names = [(i.schema, i.name) for i in invalid_indexes(database) if _is(thing, i.schema, i.name)]
            indexes = [identifier(*name) for name in names]
            found += [Leftover(f"the INVALID index {i}", f"DROP INDEX CONCURRENTLY IF EXISTS {i}") for i in indexes]
        elif thing.kind is Kind.PARTITION:
            found += [
                Leftover(f"the half-done detach of {part}", f"ALTER TABLE {table} DETACH PARTITION {part} FINALIZE")
                for table, part in half_detached(database)
            ]
    return found


def _is(thing: Thing, schema: str, name: str) -> bool:
    return thing.name == name and thing.schema in (None, schema)


def _told(halt: Halt | None) -> dict[str, Any]:
    """What the run that failed wrote down of its way through the file; nothing if it was cut short."""
    if halt is None or not halt.event.sqlstate or not halt.event.figures:
        return {}
    return halt.event.figures[-1]


def _decide(evidence: Evidence, body: Body, told: Mapping[str, Any], allowed: Sequence[int]) -> tuple[int | None, str]:
    """How many statements are there for good, and who says so; None where nobody can."""
    may_repeat = "resumable" in read_header(body.sql).directives
    if evidence.half and all(thing.kind is Kind.PARTITION for thing in evidence.half):
        # Such a statement is alone in its file, and is carried to its end first.
        return len(evidence.statements), "the catalogs show it"
    if (body.script or _commits_as_it_goes(evidence, body)) and not evidence.everything:
        # What it has done shows nowhere, and what was through says nothing of what it kept.
        return (0, "it may be run again") if may_repeat else (None, "what it calls may have done a part of its work")
    if "done" in told:
        return _by_history(evidence, body, told, allowed)
    return _by_catalogs(evidence, repeatable=body.utility or may_repeat)


def _by_history(
    evidence: Evidence, body: Body, told: Mapping[str, Any], allowed: Sequence[int]
) -> tuple[int | None, str]:
    if prefix_checksum(body.sql, told["done"]) != told.get("text"):
        return None, "the file was changed in front of the place where it failed"
    recorded = max((boundary for boundary in allowed if boundary <= told["done"]), default=0)
    if recorded in evidence.boundaries:
        return recorded, "the history tells it"
    return None, "the history and the catalogs do not agree: was something made by hand, or there before?"


def _by_catalogs(evidence: Evidence, *, repeatable: bool) -> tuple[int | None, str]:
    boundaries = evidence.boundaries
    if not boundaries:
        return None, "what is there fits no point in the file"
    # What is there by half is cleared away first.
    if len(boundaries) == 1 or evidence.nothing or evidence.half:
        return boundaries[0], "the catalogs show it"
    if evidence.everything:
        return boundaries[-1], "the catalogs show it"
    if repeatable:
        return 0, "it may be run again without harm"
    return None, "the catalogs do not show whether it was run"


def _commits_as_it_goes(evidence: Evidence, body: Body) -> bool:
    """A lone DO or CALL may end transactions of its own."""
    return body.single and bool(evidence.statements) and evidence.statements[0].statement.label in ("DO", "CALL")
