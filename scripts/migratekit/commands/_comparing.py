"""What brings the files' schema to the wanted one, found and proved in a shadow; for `diff`."""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from ..catalog import Inventory, Object
from ..drift import Difference, Filter, compare
from ..errors import MigratekitError
from ..migration import Direction
from ..schema_changes import (
    Author,
    Casts,
    Held,
    Pair,
    Plan,
    apply_renames,
    as_models_can_tell,
    first_failure,
    needs_using,
    pairs_of,
    plan,
    run_scripts,
    told,
    tried_down,
    unlike,
    with_owners,
    with_ways_down,
)
from ..session import Session
from ._wanted import Shadow, fill, rename

# PostgreSQL puts new columns behind the others.
_NEVER = "column order"


class Asked(NamedTuple):
    """What the files are called, where the wanted schema is, and what may be done for it."""

    name: str
    models: str | None = None
    schema: str | None = None
    preview: bool = False
    timestamp: bool = False
    destructive: bool = False
    renames: Sequence[str] = ()
    ignored: Sequence[str] = ()
    exit_code: bool = False
    python: str = sys.executable
    # The URL of a server for the shadows; one is made for them without.
    shadow: str = ""


class Result(NamedTuple):
    """Pairs that ran in a shadow, what is still not as wanted then, and what is left out on purpose."""

    wanted: str
    pairs: Sequence[Pair]
    left_out: Sequence[Held]
    rest: Sequence[str]
    # What is not again as it was behind the ways down.
    not_back: Sequence[str]


Make = Callable[[Mapping[str, Held]], Plan]


def compared(session: Session, asked: Asked, text: Sequence[str], have: Shadow, empty: Shadow) -> Result:
    """What there is to do, done in the shadow and undone there."""
    first, original = have.schema(), have.inventory()
    fill(empty, original, text, asked.models, asked.schema)
    goal = empty.inventory()
    renames, there = rename(have, goal, asked.renames)
    goal = with_owners(goal, there)
    wanted = _without(as_models_can_tell(there, goal) if asked.models else goal, there, asked.ignored)
    there = _without(there, there, asked.ignored)
    casts = Casts(needs_using(have.database), needs_using(empty.database))

    def make(refused: Mapping[str, Held]) -> Plan:
        return plan(there, wanted, casts, destructive=asked.destructive, refused=refused)

    found = make({})
    apply_renames(have.database, renames, back=True)
    values = with_ways_down(found.values, original)
    author = Author(session.settings.project)
    pairs = pairs_of(found._replace(values=values, pieces=()), (), asked.name)
    _try(session, asked, have, _written(author, pairs, Direction.UP))
    values = tried_down(have.database, values)
    pairs, found = _that_run(have, make, lambda plan: pairs_of(plan._replace(values=values), renames, asked.name))
    _try(session, asked, have, _written(author, pairs[len(values) :], Direction.UP))
    rest = _rest(asked, have, empty, there, wanted, goal, found)
    stuck = {value.type.key for value in values if value.stuck}
    _try(session, asked, have, _written(author, pairs, Direction.DOWN)[::-1])
    not_back = _merged([], compare(first, have.schema()), stuck)
    return Result(asked.models or asked.schema or "", pairs, found.left_out, rest, not_back)


def _that_run(have: Shadow, make: Make, pair: Callable[[Plan], list[Pair]]) -> tuple[list[Pair], Plan]:
    """The plan without what does not run, up or down."""
    refused: dict[str, Held] = {}
    while True:
        found = make(refused)
        pairs = pair(found)
        failure = first_failure(have.database, [piece for one in pairs for piece in one.pieces])
        if failure is None or not failure.piece.key or failure.piece.key in refused:
            return pairs, found
        key = failure.piece.key
        statement = failure.piece.up or failure.piece.down
        refused[key] = Held(key, statement, f"it does not run: {failure.why}", by_hand=True)


def _written(author: Author, pairs: Sequence[Pair], way: Direction) -> list[tuple[str, str]]:
    drafts = author.write(pairs, [str(number) for number in range(1, len(pairs) + 1)], "", ())
    back = "the way down of " if way is Direction.DOWN else ""
    return [(f"{back}{each.title}", each.texts[way]) for each in drafts if way in each.texts]


def _rest(
    asked: Asked, have: Shadow, empty: Shadow, there: Inventory, wanted: Inventory, goal: Inventory, found: Plan
) -> list[str]:
    """What is still not as wanted, but for what is left out."""
    now = have.inventory()
    after = _without(now, there, asked.ignored)
    rest = unlike(told(after, there) if asked.models else after, wanted, found.left)
    if not asked.schema:
        return rest
    apart = {*found.left, *_named(goal, now, asked.ignored)}
    return _merged(rest, compare(have.schema(), empty.schema(), Filter(asked.ignored)), apart)


def _try(session: Session, asked: Asked, have: Shadow, scripts: Sequence[tuple[str, str]]) -> None:
    try:
        run_scripts(have.database, scripts)
    except MigratekitError:
        if asked.preview:
            for name, text in scripts:
                session.console.out(f"==> {name} <==\n{text}")
        raise


def _without(inventory: Inventory, have: Inventory, patterns: Collection[str]) -> Inventory:
    """What is to be compared; what a pattern names is as the files have it."""
    return inventory.only(inventory.objects.keys() - _named(inventory, have, patterns)) if patterns else inventory


def _named(some: Inventory, others: Inventory, patterns: Collection[str]) -> set[str]:
    there = {**others.objects, **some.objects}
    return {key for key in there if _is_named(key, there, patterns)}


def _is_named(key: str, objects: Mapping[str, Object], patterns: Collection[str]) -> bool:
    """True for an object of a pattern, and for what goes with one."""
    at: str | None = key
    while at is not None:
        whole = at.partition(": ")[0]
        if any(fnmatchcase(at, pattern) or fnmatchcase(whole, pattern) for pattern in patterns):
            return True
        at = objects[at].parent if at in objects else None
    return False


def _merged(keys: Sequence[str], differences: Sequence[Difference], left: Collection[str]) -> list[str]:
    found = set(keys)
    # A key is told as an index too.
    left = {*left, *(key.replace(": constraint ", ": index ") for key in left)}
    for each in differences:
        key = f"{each.object}: {each.part}" if each.part else each.object
        is_left = any(key == one or key.startswith((f"{one}:", f"{one} ")) for one in left)
        if each.part != _NEVER and not is_left:
            found.add(key)
    return sorted(found)
