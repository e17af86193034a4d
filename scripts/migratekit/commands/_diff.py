"""Files that bring the schema of the files to a wanted one; for `diff`, and for `create --autogenerate`."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from textwrap import shorten

from ..authoring.pairs import Draft
from ..backup.processes import interruptible
from ..errors import ExitCode, MigratekitError
from ..schema_changes import Author
from ..session import Session
from ._comparing import Asked, Result, compared
from ._drafts import next_versions, present, show, write
from ._findings import count
from ._wanted import read_wanted, shadows

__all__ = ["Asked", "write_difference"]

# Of a statement; the file has all of it.
_WIDTH = 200


def write_difference(session: Session, asked: Asked) -> ExitCode:
    """Writes the files, once they have done in a shadow what they are for."""
    before = [migration.version for migration in present(session)]
    wanted = read_wanted(session, asked.models, asked.schema, asked.python)
    busy = session.console.busy(f"running {count(len(before), 'file')} in a shadow database")
    with interruptible("the shadow is gone, and nothing was written"), ExitStack() as stack:
        stack.enter_context(busy)
        have, empty = stack.enter_context(shadows(session, asked.shadow))
        result = compared(session, asked, wanted, have, empty)
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


def _tell(session: Session, asked: Asked, result: Result) -> ExitCode:
    console = session.console
    left_out = [each for each in result.left_out if not each.by_hand]
    for each in left_out:
        console.note(f"left out, because {each.why}: {shorten(each.statement, _WIDTH, placeholder=' …')}")
    if left_out:
        console.note("hint: --allow-destructive writes that too")
    by_hand = [f"{each.key}: {each.why}" for each in result.left_out if each.by_hand]
    for line in (*by_hand, *result.rest):
        console.note(f"not brought over: {line}")
    for value in (pair.value for pair in result.pairs if pair.value and pair.value.stuck):
        console.note(f"no way down is written for the value {value.value} of {value.type.key}: {value.stuck}")
    for key in result.not_back:
        console.note(f"not as before behind the ways down: {key}")
    differs = bool(result.pairs or result.left_out or result.rest)
    rest = [*by_hand, *result.rest]
    session.stage.note("diff", {"wanted": result.wanted, "pairs": len(result.pairs), "rest": rest})
    console.out(_summary(result))
    if rest or result.not_back:
        console.note("hint: write that by hand into the files, or leave it alone with --ignore")
        return ExitCode.FAILED
    return ExitCode.DIRTY if differs and asked.exit_code else ExitCode.DONE


def _summary(result: Result) -> str:
    """Claims no more than what was seen in the shadow."""
    makes = f"the files make what {result.wanted} says"
    lacks = result.left_out or result.rest
    if not result.pairs:
        return f"but for what is left out or not brought over, {makes}" if lacks else makes
    stuck = [pair for pair in result.pairs if pair.value and pair.value.stuck]
    ways = "up and down" + (", but for what has no way down" if stuck else "")
    there = f"{count(len(result.pairs), 'pair')} ran in a shadow, {ways}"
    lacking = "but for what is named above, " if lacks else ""
    return f"{there}: {lacking}the files then make what {result.wanted} says"
