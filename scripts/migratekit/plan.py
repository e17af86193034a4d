"""From the versions that exist and the one applied to the steps that lead elsewhere; pure."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .errors import MigratekitError, UsageError
from .migration import Direction, Migration


@dataclass(frozen=True, slots=True)
class Step:
    """One migration to run in one direction, and the version the database has afterwards."""

    migration: Migration
    direction: Direction
    leads_to: int | None


class Plan(NamedTuple):
    """Steps in their order; `missing` counts those that were asked for and are not there."""

    steps: tuple[Step, ...]
    missing: int = 0


class UnknownVersion(MigratekitError):
    """The database is at, or should go to, a version that has no file."""

    def __init__(self, version: int, *, current: bool) -> None:
        super().__init__(
            f"no migration has version {version}" + (", which the database is at" if current else ""),
            hint="is the folder of an older checkout? `migratekit force V` sets another version"
            if current
            else "`migratekit status` lists the versions there are",
        )
        self.version = version


class WrongWay(UsageError):
    """`up` or `down` was given a version that lies in the other direction."""


def plan_up(chain: Sequence[Migration], current: int | None, limit: int | None = None) -> Plan:
    """What `up` runs: everything above the current version, or the next `limit` of it."""
    ahead = chain[_position(chain, current) :]
    chosen = ahead if limit is None else ahead[:limit]
    steps = tuple(Step(migration, Direction.UP, migration.version) for migration in chosen)
    return Plan(steps, 0 if limit is None else limit - len(steps))


def plan_down(chain: Sequence[Migration], current: int | None, limit: int | None = None) -> Plan:
    """What `down` runs: everything from the current version backwards, or `limit` of it."""
    end = _position(chain, current)
    stop = 0 if limit is None else max(end - limit, 0)
    steps = tuple(
        Step(chain[i], Direction.DOWN, chain[i - 1].version if i else None) for i in range(end - 1, stop - 1, -1)
    )
    return Plan(steps, 0 if limit is None else limit - len(steps))


def plan_goto(chain: Sequence[Migration], current: int | None, version: int) -> Plan:
    """What `goto` runs: up or down to that version; UnknownVersion if it has no file."""
    start = _position(chain, current)
    end = _position(chain, version, is_current=False)
    if end >= start:
        return plan_up(chain, current, end - start)
    return plan_down(chain, current, start - end)


def plan_toward(chain: Sequence[Migration], current: int | None, version: int, direction: Direction) -> Plan:
    """What `up --to` and `down --to` run; WrongWay if the version lies the other way."""
    here = -1 if current is None else current
    if version != here and (version > here) is not (direction is Direction.UP):
        place = "no version" if current is None else f"version {current}"
        raise WrongWay(
            f"{direction} cannot lead to version {version}: the database is at {place}",
            hint=f"migratekit goto {version}",
        )
    return plan_goto(chain, current, version)


def plan_redo(chain: Sequence[Migration], current: int | None) -> Plan:
    """What `redo` runs: the last migration down and up again."""
    down = plan_down(chain, current, 1)
    back = tuple(Step(step.migration, Direction.UP, step.migration.version) for step in down.steps)
    return Plan(down.steps + back, down.missing)


def ahead_of(plan: Plan, late: Sequence[Step], limit: int | None = None) -> Plan:
    """The plan behind the late steps, cut to `limit` steps where there is one."""
    steps = (*late, *plan.steps)
    return Plan(steps) if limit is None else Plan(steps[:limit], max(0, limit - len(steps)))


def _position(chain: Sequence[Migration], version: int | None, *, is_current: bool = True) -> int:
    """How many migrations of the chain lie at or below the version, which must be one of them."""
    if version is None:
        return 0
    at = bisect_left(chain, version, key=lambda migration: migration.version)
    if at == len(chain) or chain[at].version != version:
        raise UnknownVersion(version, current=is_current)
    return at + 1
