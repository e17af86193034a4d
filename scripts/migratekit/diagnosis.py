"""What a dirty version row means: which file stopped, how far it came, and what would put that right."""

import enum
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .database import Database, identifier
from .evidence import Evidence, Kind, NotParsed, Thing, examine, invalid_indexes, units
from .header import read_header
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
    return sorted(cases, key=lambda case: not _fits(case, cases))


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


def _fits(case: Diagnosis, cases: Sequence[Diagnosis]) -> bool:
    """A down fits if something that it removes is still there, and all that the version it leads to has made."""
    others = [other for other in cases if other is not case]
    if case.step.direction is Direction.DOWN:
        return case.remedy in (Remedy.UNDONE, Remedy.FINISH) and all(o.remedy is Remedy.DONE for o in others)
    return not any(_fits(other, cases) for other in others)


def _examine(database: Database, step: Step, before: int | None, body: Body, halt: Halt | None) -> Diagnosis:
    if body.mode is Mode.EMPTY:
        return Diagnosis(step, before, body, None, 0, Remedy.DONE, "the file holds no statement")
    try:
        evidence = examine(database, body.sql)
    except NotParsed as error:
        return Diagnosis(step, before, body, None, 0, None, f"the file does not parse: {error.what}")
    statements = [seen.statement for seen in evidence.statements]
    count = len(statements)
    allowed = units(statements) if body.mode is Mode.ALONE else (0, count)
    if not set(allowed) & set(evidence.boundaries):
        # Statement by statement: x-multi-statement, or by hand.
        allowed = units(statements, each=True)
    evidence = examine(database, body.sql, allowed=allowed)
    done, reason = _decide(evidence, body, _recorded(halt, allowed))
    if done is None:
        return Diagnosis(step, before, body, evidence, 0, None, reason)
    remedy = Remedy.UNDONE if done == 0 else Remedy.DONE if done == count else Remedy.FINISH
    return Diagnosis(step, before, body, evidence, done, remedy, reason, _leftovers(database, evidence))


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
            table = identifier(*filter(None, [thing.schema, thing.of]))
            statement = f"ALTER TABLE {table} DETACH PARTITION {identifier(thing.name)} FINALIZE"
            found.append(Leftover(f"the partition {thing.name}, detached by half", statement))
    return found


def _is(thing: Thing, schema: str, name: str) -> bool:
    return thing.name == name and thing.schema in (None, schema)


def _recorded(halt: Halt | None, allowed: Sequence[int]) -> int | None:
    """How many statements are kept by the word of the run that failed; None if it could not leave one."""
    if halt is None or not halt.event.sqlstate:
        return None
    figures = halt.event.figures or [{}]
    through = int(figures[-1].get("done", 0))
    return max((boundary for boundary in allowed if boundary <= through), default=0)


def _decide(evidence: Evidence, body: Body, recorded: int | None) -> tuple[int | None, str]:
    boundaries = evidence.boundaries
    if evidence.half and all(thing.kind is Kind.PARTITION for thing in evidence.half):
        # Such a statement is alone in its file, and is carried to its end first.
        return len(evidence.statements), "the catalogs show it"
    if len(boundaries) == 1 or evidence.nothing:
        return boundaries[0], "the catalogs show it"
    if evidence.everything:
        return boundaries[-1], "the catalogs show it"
    if evidence.half and boundaries:
        # What is there by half is cleared away first.
        return boundaries[0], "the catalogs show it"
    if recorded is not None and (recorded in boundaries or not boundaries):
        return recorded, "the history tells it"
    if not boundaries:
        return None, "what is there fits no point in the file"
    if body.utility or "resumable" in read_header(body.sql).directives:
        return 0, "it may be run again without harm"
    return None, "the catalogs do not show whether it was run"
