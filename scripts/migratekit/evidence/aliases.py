"""Things that a file calls by two names: with a schema, and through a search_path of several."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from .things import Statement, Thing


def without_aliases(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements without their effects on names that may be two names of one thing: those would mislead."""
    places: dict[str, set[tuple[str | None, tuple[str, ...]]]] = defaultdict(set)
    for statement in statements:
        for effect in statement.effects:
            places[_name(effect.thing)].add((effect.thing.schema, effect.thing.path))
    doubtful = {name for name, found in places.items() if len(found) > 1 and any(path for _, path in found)}
    if not doubtful:
        return tuple(statements)
    return tuple(
        replace(statement, effects=tuple(e for e in statement.effects if _name(e.thing) not in doubtful))
        for statement in statements
    )


def _name(thing: Thing) -> str:
    return thing.of or thing.name
