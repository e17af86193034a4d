"""What stays as it is, because to change it is dangerous or does not run; with it stays what needs the change."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from ..catalog import Inventory, Object
from ..quoting import ident
from .altered import made, same
from .casts import changes_limit_only, keeps_values
from .enums import losing
from .pieces import ROUTINES
from .stored import gives_the_same, kept_for_good, stored_by


class Held(NamedTuple):
    """A change that is not made: of what, the statement that would make it, and why it is not made."""

    key: str
    statement: str
    why: str
    # No option does it.
    by_hand: bool = False


def dangers(have: Inventory, wanted: Inventory, *, destructive: bool) -> Iterator[Held]:
    """What is only done where that is asked for, or not at all."""
    if not destructive:
        for key in losing(have, wanted):
            statement = f"{wanted.objects[key].make}, in the place of the old one"
            yield Held(key, statement, "rows that have a value that goes make it fail")
    for key in sorted(have.objects.keys() & wanted.objects.keys()):
        old, new = have.objects[key], wanted.objects[key]
        if old.kind == "column" and not destructive and _may_lose(old, new):
            yield Held(key, _retyped(old, new), f"values of {old.more['type']} may be cut or rounded, or not fit")
        elif old.kind in ROUTINES and not gives_the_same(old, new):
            yield from _replaced(old, new, have, destructive=destructive)


def because(refused: Held, held: Mapping[str, Held], wanted: Inventory) -> Held:
    """What does not run, maybe only for want of something that an option does."""
    needs = sorted(wanted.needs.get(refused.key, frozenset()) & {key for key, each in held.items() if not each.by_hand})
    return refused._replace(why=f"it needs {needs[0]} as wanted", by_hand=False) if needs else refused


def _retyped(old: Object, new: Object) -> str:
    """With what else changes about the column: all of it waits."""
    was, now = old.more, new.more
    changes = [f"TYPE {now['type']}"] if was["type"] != now["type"] else []
    if was["default"] != now["default"]:
        changes.append(f"SET DEFAULT {now['default']}" if now["default"] else "DROP DEFAULT")
    if was["required"] != now["required"]:
        changes.append("SET NOT NULL" if now["required"] else "DROP NOT NULL")
    column = f"ALTER COLUMN {ident(now['name'])}"
    return f"ALTER TABLE {now['table']} {', '.join(f'{column} {change}' for change in changes)}"


def _may_lose(old: Object, new: Object) -> bool:
    return not keeps_values(old.more["type"], new.more["type"])


def _replaced(old: Object, new: Object, have: Inventory, *, destructive: bool) -> Iterator[Held]:
    stored = stored_by(have, old.key)
    forever = [f"{each.key} has stored what it gave: {kept_for_good(each)}" for each in stored if kept_for_good(each)]
    statement = f"CREATE OR REPLACE {old.kind.upper()} {new.more['name']}"
    if forever:
        yield Held(old.key, statement, "; ".join(forever), by_hand=True)
    elif stored and not destructive:
        yield Held(old.key, statement, f"what it gave is stored, and may become wrong: {_keys(stored)}")


def _keys(objects: Iterable[Object]) -> str:
    return ", ".join(each.key for each in objects)


def keep_back(have: Inventory, wanted: Inventory, keys: Collection[str]) -> tuple[Inventory, frozenset[str]]:
    """The wanted schema in which these are as they were, and the keys of all that cannot be as it should be."""
    found: set[str] = set()
    ahead = set(keys)
    while ahead:
        found |= ahead
        moving = {key for key in found if not _is_limit(key, have, wanted)}
        users = {key for key in wanted.objects.keys() - found if _hangs_on(key, found, moving, have, wanted)}
        ahead = (users | _missing(found, have, wanted)) - found
    objects: Mapping[str, Object] = {key: each for key, each in wanted.objects.items() if key not in found}
    objects = {**objects, **{key: have.objects[key] for key in found if key in have.objects}}
    needs = {**wanted.needs, **{key: have.needs.get(key, frozenset()) for key in found}}
    # What is made of a column has another type with it, though it is written alike.
    columns = [key for key in found if key in have.objects and _is_column(key, have)]
    return Inventory(objects, needs), frozenset(found | (wanted.users(columns) & objects.keys()))


def followers(held: Collection[Held], have: Inventory, wanted: Inventory, done: Inventory) -> Iterator[Held]:
    """What waits with these, by the schema that is wanted and the one that is made of it."""
    by_hand = all(each.by_hand for each in held)
    causes = {each.key for each in held}
    moved = {key for key, each in wanted.objects.items() if done.objects.get(key) is not each}
    for key in sorted(moved - causes):
        old, new = have.objects.get(key), wanted.objects[key]
        if new.parent not in moved and (old is None or not same(old, new)):
            statement = _retyped(old, new) if old and old.kind == "column" else made(new)
            yield Held(key, statement, "it waits for what is left out", by_hand)


def _is_limit(key: str, have: Inventory, wanted: Inventory) -> bool:
    """True where what needs the new form goes with the old one: an enum has the new values all the same."""
    old, new = have.objects.get(key), wanted.objects.get(key)
    if old is None or new is None or old.kind != "column":
        return old is not None and old.kind == "enum"
    return old.more["type"] != new.more["type"] and changes_limit_only(old.more["type"], new.more["type"])


def _hangs_on(key: str, found: set[str], moving: set[str], have: Inventory, wanted: Inventory) -> bool:
    """True for a part of what does not come, for a table without its columns, and for what is made for the change."""
    old, new = have.objects.get(key), wanted.objects[key]
    if new.parent in found and new.parent not in have.objects:
        return True
    if old is None and new.kind == "table":
        return any(
            wanted.objects[one].parent == key for one in found if one in wanted.objects and _is_column(one, wanted)
        )
    needs = wanted.needs.get(key, frozenset()) & moving
    if old is None:
        # What is new may well do with the old one: that is tried.
        return bool(needs - have.objects.keys())
    return bool(needs) and not same(old, new)


def _is_column(key: str, inventory: Inventory) -> bool:
    return inventory.objects[key].kind == "column"


def _missing(found: set[str], have: Inventory, wanted: Inventory) -> set[str]:
    """What goes in the wanted schema, and what stays needs, or has as a part."""
    gone = have.objects.keys() - wanted.objects.keys()
    needed = {need for key in found if key in have.objects for need in have.needs.get(key, ())}
    needed |= {have.objects[key].parent or "" for key in found if key in have.objects}
    parts = {key for key in gone if have.objects[key].parent in found - wanted.objects.keys()}
    return (needed & gone) | parts
