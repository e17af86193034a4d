"""Generated columns whose values are worked out anew: the server changes neither their expression nor what is in it."""

from ..catalog import Inventory, Object

_ON_COLUMNS = ("constraint", "index", "statistics")


def made_anew(have: Inventory, wanted: Inventory) -> set[str]:
    """Columns that are dropped and added again: for another expression, or another type of a column in it."""
    both = {key: each for key, each in have.objects.items() if each.kind == "column" and key in wanted.objects}
    typed = {key for key, old in both.items() if old.more["type"] != wanted.objects[key].more["type"]}
    return {key for key, old in both.items() if _is_anew(old, wanted.objects[key], have, typed)}


def _is_anew(old: Object, new: Object, have: Inventory, typed: set[str]) -> bool:
    if not old.more["generated"] or not new.more["generated"]:
        return False
    return old.more["generated"] != new.more["generated"] or bool(have.needs.get(old.key, frozenset()) & typed)


def on_columns_anew(each: Object, have: Inventory, anew: set[str]) -> bool:
    """True for what goes with such a column."""
    return each.kind in _ON_COLUMNS and bool(have.needs.get(each.key, frozenset()) & anew)


def goes_with_columns(each: Object, have: Inventory, anew: set[str]) -> bool:
    """True for what the server drops with such a column: not a foreign key of another table that points to it."""
    return any(have.objects[key].parent == each.parent for key in have.needs.get(each.key, frozenset()) & anew)
