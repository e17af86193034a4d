"""What has stored the results of a function, and does not notice that it gives others now."""

import re
from collections.abc import Iterator

from ..catalog import Inventory, Object
from ..quoting import split_name
from .altered import same
from .keys import added_constraint
from .pieces import ROUTINES, Group, Piece

_CHECKS = ("c", "x")
_BODY = re.compile(r"\n(?:AS |BEGIN ATOMIC|RETURN )")
# What it costs, who it works as and what the planner may do with it change nothing about what it gives.
_HOW = re.compile(
    r"\b(?:IMMUTABLE|STABLE|VOLATILE|PARALLEL \w+|LEAKPROOF|SECURITY DEFINER|COST [\d.]+|ROWS [\d.]+)(?!\w)"
)


def gives_the_same(old: Object, new: Object) -> bool:
    """True for two functions that differ at most in how they are run."""
    return _what(old) == _what(new)


def _what(routine: Object) -> tuple[list[str], str]:
    body = _BODY.search(routine.make)
    start = body.start() if body else len(routine.make)
    return _HOW.sub("", routine.make[:start]).split(), routine.make[start:]


def stored_by(have: Inventory, routine: str) -> list[Object]:
    """Indexes, constraints, generated columns and partition keys that call it, maybe through other functions."""
    routines = _callers(have, routine)
    users = [have.objects[key] for key, needs in have.needs.items() if key in have.objects and needs & routines]
    return sorted((each for each in users if _stores(each)), key=lambda each: each.key)


def kept_for_good(each: Object) -> str:
    """What to do about what no statement works out anew; empty for all else."""
    other = "make a function of another name"
    if each.kind == "column":
        return f"{other}, and the column anew with that"
    if each.kind == "table":
        return f"{other}, and a table that is partitioned by that"
    return f"{other}, and the constraint anew with that" if _excludes(each) else ""


def worked_out_anew(each: Object, before: int, after: int) -> Iterator[Piece]:
    """The pieces that work out anew what is stored, on both ways once the function is the other one."""
    if each.kind == "index":
        again = f"REINDEX INDEX CONCURRENTLY {each.more['qualified']}"
        # The way down runs the files backwards: this one comes behind the function's.
        yield Piece(Group.BACK, (1, after), "", again)
        yield Piece(Group.INDEX, (3, after), again, "")
    elif each.kind == "constraint":
        yield from added_constraint(each, each, after, before, late=False)
    else:
        yield Piece(Group.MAIN, (0, -before), each.gone, each.make)
        yield Piece(Group.MAIN, (3, after), each.make, each.gone, note="Reads all tables that have the domain.")


def is_settled(each: Object, wanted: Inventory) -> bool:
    """True if it is dropped, or made anew anyway."""
    new = wanted.objects.get(each.key)
    return new is None or not same(each, new)


def _excludes(each: Object) -> bool:
    return each.kind == "constraint" and each.more["type"] == "x"


def _stores(each: Object) -> bool:
    if each.kind == "column":
        return str(each.more["generated"] or "").startswith("s")
    if each.kind == "constraint":
        return each.more["type"] in _CHECKS
    # What a table needs itself it needs for the key of its partitions.
    return each.kind in ("index", "domain constraint", "table")


def _callers(have: Inventory, routine: str) -> set[str]:
    """It, and the functions that call it; what is in a body as text the server does not know, so that it is read."""
    texts = {key: each for key, each in have.objects.items() if each.kind in ROUTINES}
    found: set[str] = set()
    ahead = {routine}
    while ahead:
        found |= ahead
        calls = re.compile("|".join(rf'(?<!\w){re.escape(_bare(texts[key]))}"?\s*\(' for key in ahead), re.IGNORECASE)
        ahead = {
            key for key, each in texts.items() if have.needs.get(key, frozenset()) & ahead or calls.search(_body(each))
        } - found
    return found


def _bare(routine: Object) -> str:
    return split_name(routine.more["name"].partition("(")[0])[-1]


def _body(routine: Object) -> str:
    """Behind the line that names it."""
    return routine.make.partition("\n")[2]
