"""From the files and the version to the steps; no database."""

from collections.abc import Sequence

import pytest

from migratekit.migration import Direction, File, Migration
from migratekit.plan import Plan, UnknownVersion, WrongWay, plan_down, plan_goto, plan_redo, plan_toward, plan_up


def chain_of(*versions: int) -> list[Migration]:
    return [Migration(v, File(f"{v}_m.up.sql", "m"), File(f"{v}_m.down.sql", "m")) for v in versions]


CHAIN = chain_of(1, 2, 5, 9)


def steps(plan: Plan) -> list[str]:
    return [f"{step.direction} {step.migration.version} -> {step.leads_to}" for step in plan.steps]


UP = {
    "from nothing": (None, None, ["up 1 -> 1", "up 2 -> 2", "up 5 -> 5", "up 9 -> 9"], 0),
    "the rest": (2, None, ["up 5 -> 5", "up 9 -> 9"], 0),
    "nothing left": (9, None, [], 0),
    "the next one": (1, 1, ["up 2 -> 2"], 0),
    "as many as there are": (5, 1, ["up 9 -> 9"], 0),
    "more than there are": (5, 3, ["up 9 -> 9"], 2),
    "one more than nothing": (9, 1, [], 1),
    "none": (1, 0, [], 0),
}


@pytest.mark.parametrize(("current", "limit", "expected", "missing"), UP.values(), ids=UP)
def test_up(current: int | None, limit: int | None, expected: list[str], missing: int) -> None:
    plan = plan_up(CHAIN, current, limit)
    assert (steps(plan), plan.missing) == (expected, missing)


DOWN = {
    "the last one": (9, 1, ["down 9 -> 5"], 0),
    "the first one leads to no version": (1, 1, ["down 1 -> None"], 0),
    "all": (5, None, ["down 5 -> 2", "down 2 -> 1", "down 1 -> None"], 0),
    "more than there are": (2, 3, ["down 2 -> 1", "down 1 -> None"], 1),
    "nothing is applied": (None, 1, [], 1),
    "nothing is applied, all": (None, None, [], 0),
    "none": (5, 0, [], 0),
}


@pytest.mark.parametrize(("current", "limit", "expected", "missing"), DOWN.values(), ids=DOWN)
def test_down(current: int | None, limit: int | None, expected: list[str], missing: int) -> None:
    plan = plan_down(CHAIN, current, limit)
    assert (steps(plan), plan.missing) == (expected, missing)


GOTO = {
    "up": (1, 5, ["up 2 -> 2", "up 5 -> 5"]),
    "up from nothing": (None, 2, ["up 1 -> 1", "up 2 -> 2"]),
    "down": (9, 2, ["down 9 -> 5", "down 5 -> 2"]),
    "here": (5, 5, []),
}


@pytest.mark.parametrize(("current", "version", "expected"), GOTO.values(), ids=GOTO)
def test_goto(current: int | None, version: int, expected: list[str]) -> None:
    plan = plan_goto(CHAIN, current, version)
    assert (steps(plan), plan.missing) == (expected, 0)


TOWARD = {
    "up": (1, 5, Direction.UP, ["up 2 -> 2", "up 5 -> 5"]),
    "up from nothing": (None, 1, Direction.UP, ["up 1 -> 1"]),
    "up to here": (5, 5, Direction.UP, []),
    "down": (9, 2, Direction.DOWN, ["down 9 -> 5", "down 5 -> 2"]),
    "down to here": (5, 5, Direction.DOWN, []),
}


@pytest.mark.parametrize(("current", "version", "direction", "expected"), TOWARD.values(), ids=TOWARD)
def test_toward(current: int | None, version: int, direction: Direction, expected: list[str]) -> None:
    assert steps(plan_toward(CHAIN, current, version, direction)) == expected


@pytest.mark.parametrize(
    ("current", "version", "direction"), [(5, 2, Direction.UP), (2, 5, Direction.DOWN), (None, 1, Direction.DOWN)]
)
def test_the_other_way_is_refused(current: int | None, version: int, direction: Direction) -> None:
    with pytest.raises(WrongWay, match=f"{direction} cannot lead to version {version}") as raised:
        plan_toward(CHAIN, current, version, direction)
    assert raised.value.hint == f"migratekit goto {version}"


def test_who_is_at_no_version_is_told_so() -> None:
    with pytest.raises(WrongWay, match="at no version"):
        plan_toward(CHAIN, None, 1, Direction.DOWN)


def test_redo_goes_down_and_up_again() -> None:
    assert steps(plan_redo(CHAIN, 5)) == ["down 5 -> 2", "up 5 -> 5"]
    assert steps(plan_redo(CHAIN, 1)) == ["down 1 -> None", "up 1 -> 1"]


def test_redo_of_nothing_is_nothing() -> None:
    assert (steps(plan_redo(CHAIN, None)), plan_redo(CHAIN, None).missing) == ([], 1)


@pytest.mark.parametrize("version", [0, 3, 10, 2**63 - 1])
def test_a_version_without_file_is_no_goal(version: int) -> None:
    with pytest.raises(UnknownVersion, match=f"no migration has version {version}$") as raised:
        plan_goto(CHAIN, 2, version)
    assert raised.value.version == version
    assert "status" in raised.value.hint


@pytest.mark.parametrize("chain", [CHAIN, []], ids=["some files", "no files"])
def test_nothing_is_planned_from_a_version_without_file(chain: Sequence[Migration]) -> None:
    for plan in (plan_up, plan_down):
        with pytest.raises(UnknownVersion, match="version 3, which the database is at"):
            plan(chain, 3, 1)
    with pytest.raises(UnknownVersion, match="version 3, which the database is at"):
        plan_goto(chain, 3, 5)


def test_without_files_and_version_there_is_nothing_to_do() -> None:
    assert plan_up([], None) == plan_down([], None) == Plan(())


def test_a_long_chain_is_walked_to_its_end() -> None:
    chain = chain_of(*range(1, 20_001))
    assert plan_up(chain, 19_999).steps[0].leads_to == 20_000
    assert len(plan_down(chain, 20_000).steps) == 20_000


def test_a_step_down_is_taken_with_the_migration_it_undoes() -> None:
    (step,) = plan_down(CHAIN, 5, 1).steps
    assert (step.migration, step.direction, step.leads_to) == (CHAIN[2], Direction.DOWN, 2)
