"""Files that bring the schema of the files to a wanted one; for `diff`, and for `revision --autogenerate`."""

import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from fnmatch import fnmatchcase
from functools import partial
from typing import NamedTuple

from ..authoring.pairs import Draft
from ..backup.processes import interruptible
from ..catalog import Inventory, Object
from ..drift import Difference, Filter, compare
from ..errors import ExitCode, MigratekitError
from ..migration import Direction
from ..schema_changes import (
    Author,
    Casts,
    Pair,
    apply_renames,
    as_models_can_tell,
    needs_using,
    pairs_of,
    plan,
    run_scripts,
    told,
    unlike,
)
from ..session import Session
from ._drafts import next_versions, present, show, write
from ._findings import count
from ._wanted import Shadow, fill, read_wanted, rename, shadows

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
    left_out: Sequence[Object]
    rest: Sequence[str]
    # What is not again as it was behind the ways down.
    not_back: Sequence[str]
    # Ways down that do not run while something uses the type, and why.
    stuck: Sequence[str] = ()


def write_difference(session: Session, asked: Asked) -> ExitCode:
    """Writes the files, once they have done in a shadow what they are for."""
    before = [migration.version for migration in present(session)]
    wanted = read_wanted(session, asked.models, asked.schema, asked.python)
    busy = session.console.busy(f"running {count(len(before), 'file')} in a shadow database")
    with interruptible("the shadow is gone, and nothing was written"), ExitStack() as stack:
        stack.enter_context(busy)
        have, empty = stack.enter_context(shadows(session, asked.shadow))
        result = _compared(session, asked, wanted, have, empty)
    make = partial(_drafts, session, asked, result, before)
    if result.pairs and asked.preview:
        show(session, make())
    elif result.pairs:
        write(session, make)
    return _tell(session, asked, result)


def _drafts(session: Session, asked: Asked, result: Result, before: Sequence[int]) -> list[Draft]:
    chain = present(session)
    if [migration.version for migration in chain] != before:
        raise MigratekitError("other files came meanwhile; nothing was written", hint="run it again")
    numbers = next_versions(session, len(result.pairs), timestamp=asked.timestamp)
    last = chain[-1].number if chain else ""
    return Author(session.settings.project).write(result.pairs, numbers, last, result.left_out)


def _compared(session: Session, asked: Asked, text: Sequence[str], have: Shadow, empty: Shadow) -> Result:
    """What there is to do, done in the shadow and undone there."""
    first = have.schema()
    fill(empty, have.inventory(), text, asked.models, asked.schema)
    goal = empty.inventory()
    renames, there = rename(have, goal, asked.renames)
    wanted = _without(as_models_can_tell(there, goal) if asked.models else goal, there, asked.ignored)
    there = _without(there, there, asked.ignored)
    casts = Casts(needs_using(have.database), needs_using(empty.database))
    found = plan(there, wanted, casts, destructive=asked.destructive)
    pairs = pairs_of(found, renames, asked.name)
    apply_renames(have.database, renames, back=True)
    numbers = [str(number) for number in range(1, len(pairs) + 1)]
    drafts = Author(session.settings.project).write(pairs, numbers, "", found.left_out)
    _try(session, asked, have, [(each.title, each.texts[Direction.UP]) for each in drafts])
    after = _without(have.inventory(), there, asked.ignored)
    rest = unlike(told(after, there) if asked.models else after, wanted, found.left)
    if asked.schema:
        apart = {*found.left, *_named(goal, have.inventory(), asked.ignored)}
        rest = _merged(rest, compare(have.schema(), empty.schema(), Filter(asked.ignored)), apart)
    stuck = _undo(session, asked, have, list(zip(pairs, drafts, strict=True)))
    not_back = _merged([], compare(first, have.schema()), ())
    return Result(asked.models or asked.schema or "", pairs, found.left_out, rest, not_back, stuck)


def _undo(session: Session, asked: Asked, have: Shadow, made: Sequence[tuple[Pair, Draft]]) -> list[str]:
    """Runs the ways down; which of those that rebuild an enum do not run, and why."""
    stuck = []
    for pair, draft in reversed(made):
        script = (f"the way down of {draft.title}", draft.texts[Direction.DOWN])
        if pair.value is None:
            _try(session, asked, have, [script])
            continue
        try:
            run_scripts(have.database, [script])
        except MigratekitError as error:
            # A view or a partial index is enough; the value is wanted all the same.
            stuck.append(f"{draft.title}: {error.what.partition(': ')[2]}")
    return stuck


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
    for each in differences:
        key = f"{each.object}: {each.part}" if each.part else each.object
        is_left = any(key == one or key.startswith((f"{one}:", f"{one} ")) for one in left)
        if each.part != _NEVER and not is_left:
            found.add(key)
    return sorted(found)


def _tell(session: Session, asked: Asked, result: Result) -> ExitCode:
    console = session.console
    for each in result.left_out:
        console.note(f"left out, because rows would be lost: {each.gone}")
    if result.left_out:
        console.note("hint: --allow-destructive writes that too, in a file of its own")
    for key in result.rest:
        console.note(f"not brought over: {key}")
    for one in result.stuck:
        console.note(f"its way down does not run: {one}")
    for key in result.not_back:
        console.note(f"not as before behind the ways down: {key}")
    differs = bool(result.pairs or result.left_out or result.rest)
    session.stage.note("diff", {"wanted": result.wanted, "pairs": len(result.pairs), "rest": list(result.rest)})
    console.out(_summary(result))
    if result.rest or result.not_back or result.stuck:
        console.note("hint: write that by hand into the files, or leave it alone with --ignore")
        return ExitCode.FAILED
    return ExitCode.DIRTY if differs and asked.exit_code else ExitCode.DONE


def _summary(result: Result) -> str:
    """Claims no more than what was seen in the shadow."""
    if not result.pairs:
        missing = "what is left out or not brought over" if result.left_out or result.rest else ""
        return (
            f"but for {missing}, the files make what {result.wanted} says"
            if missing
            else (f"the files make what {result.wanted} says")
        )
    pairs = count(len(result.pairs), "pair")
    there = f"{pairs} ran in a shadow, up and down"
    if result.stuck:
        there = f"{pairs} ran up in a shadow, and down but for what is named above"
    if result.rest or result.left_out:
        return f"{there}: but for what is named above, the files then make what {result.wanted} says"
    return f"{there}: the files then make what {result.wanted} says"
