"""What has another name and is otherwise as it was."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..catalog import Inventory, Object
from ..database import Database, SqlError
from ..errors import MigratekitError, UsageError
from ..quoting import Name, ident, split_name

_FORM = "write it as --rename old=new for a table, or --rename table.old=new for a column"


class Rename(NamedTuple):
    """The statement that renames, and the one that renames back."""

    up: str
    down: str


def given_rename(text: str, have: Inventory) -> Rename:
    """What `old=new` means: a table, or with a table in front a column; UsageError if that cannot be."""
    old, sign, new = text.partition("=")
    try:
        names, [target] = split_name(old), split_name(new)
    except ValueError:
        raise UsageError(f"--rename {text!r} makes no sense", hint=_FORM) from None
    if sign and len(names) < 3 and (table := _table(names, have)):
        name = split_name(table.more["name"])
        beside = Name(target, *name[:-1])
        if ident(beside) in _relations(have):
            raise _taken(text, f"{ident(beside)} is there already")
        return Rename(
            f"ALTER TABLE {table.more['name']} RENAME TO {ident(target)}",
            f"ALTER TABLE {ident(beside)} RENAME TO {ident(name[-1])}",
        )
    holder = _table(names[:-1], have) if len(names) > 1 else None
    if holder and f"{holder.key}: column {ident(names[-1])}" in have.objects:
        if f"{holder.key}: column {ident(target)}" in have.objects:
            raise _taken(text, f"{holder.more['name']} has a column {ident(target)} already")
        alter = f"ALTER TABLE {holder.more['name']} RENAME COLUMN"
        column = ident(names[-1])
        return Rename(f"{alter} {column} TO {ident(target)}", f"{alter} {ident(target)} TO {column}")
    raise UsageError(f"--rename {text!r}: the files make no table or column {old}", hint=_FORM)


def _taken(text: str, what: str) -> UsageError:
    hint = "leave this --rename away if both stay, or one goes; where they swap names, rename the other one before"
    return UsageError(f"--rename {text!r}: {what}", where="the schema that the files make", hint=hint)


def _relations(have: Inventory) -> set[str]:
    """The names of all that shares them with tables."""
    kinds = ("table", "view", "materialized view", "sequence", "composite")
    names = {each.more["name"] for each in have.objects.values() if each.kind in kinds}
    return names | {each.more["qualified"] for each in have.objects.values() if each.kind == "index"}


def _table(names: Sequence[str], have: Inventory) -> Object | None:
    tables = [each for each in have.objects.values() if each.kind == "table"]
    found = [each for each in tables if split_name(each.more["name"])[-len(names) :] == list(names)]
    return found[0] if len(found) == 1 else None


def found_renames(have: Inventory, wanted: Inventory) -> Iterator[Rename]:
    """Constraints, indexes and sequences of columns that are to be the same under another name."""
    gone = {_likeness(each): each for key, each in have.objects.items() if key not in wanted.objects}
    for key, new in sorted(wanted.objects.items()):
        old = gone.pop(_likeness(new), None) if key not in have.objects and _likeness(new) else None
        if old is not None:
            yield _renamed(old, new)


def _likeness(each: Object) -> tuple[str, ...]:
    """Equal for two that differ in nothing but their name; empty for what is not looked at."""
    if each.kind == "constraint":
        return each.kind, each.parent or "", each.text
    if each.kind == "index":
        return each.kind, each.parent or "", each.text.replace(f"INDEX {ident(each.more['name'])} ON ", "INDEX ON ", 1)
    if each.kind == "sequence" and each.more["owner"]:
        return each.kind, each.more["owner"]
    return ()


def _renamed(old: Object, new: Object) -> Rename:
    if old.kind == "constraint":
        alter = f"ALTER TABLE {old.more['table']} RENAME CONSTRAINT"
        was, now = ident(old.more["name"]), ident(new.more["name"])
        return Rename(f"{alter} {was} TO {now}", f"{alter} {now} TO {was}")
    if old.kind == "index":
        return _beside("INDEX", old.more["qualified"], new.more["name"])
    return _beside("SEQUENCE", old.more["name"], new.more["bare"])


def _beside(kind: str, was: str, now: str) -> Rename:
    *schema, name = split_name(was)
    back = f"ALTER {kind} {ident(Name(now, *schema))} RENAME TO {ident(name)}"
    return Rename(f"ALTER {kind} {was} RENAME TO {ident(now)}", back)


def apply_renames(database: Database, renames: Sequence[Rename], *, back: bool = False) -> None:
    """Renames in a shadow, or renames back; MigratekitError says what cannot be renamed."""
    for rename in reversed(renames) if back else renames:
        statement = rename.down if back else rename.up
        try:
            database.run(statement)
        except SqlError as error:
            what = f"{statement}: {error.what} (SQLSTATE {error.sqlstate})"
            hint = "write the rename by hand, and run it again behind that; nothing was written"
            raise MigratekitError(what, where="the schema that the files make", hint=hint) from None
