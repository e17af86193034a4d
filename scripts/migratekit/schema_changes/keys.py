"""Constraints and indexes of tables that are there, made while reads and writes go on."""

from collections.abc import Iterator

from ..catalog import Object
from ..quoting import ident, object_name
from .pieces import Group, Piece

_WAYS = {"p": "PRIMARY KEY", "u": "UNIQUE"}


def is_built_apart(each: Object) -> bool:
    """True for a key whose index can be built first, while writes go on."""
    if each.kind != "constraint" or each.more["partitioned"]:
        return False
    return each.more["type"] in _WAYS and " USING btree " in (each.more["index"] or "")


def comes_late(each: Object) -> bool:
    """True for a key of a table that may have rows, and for an index; what points to it has to come behind it."""
    return each.kind == "index" or (each.kind == "constraint" and each.more["type"] in _WAYS)


def added_constraint(new: Object, old: Object | None, place: int, before: int = 0, *, late: bool) -> Iterator[Piece]:
    """A constraint of a table that may have rows, maybe in the place of an old one; `late` waits for a new key."""
    if is_built_apart(new):
        yield from _key(new, old, place)
        return
    # What a primary key demands of its columns is validated before.
    late = late or new.more["type"] in _WAYS
    main, validate = (Group.ATTACH, Group.FINISH) if late else (Group.MAIN, Group.VALIDATE)
    if old:
        yield Piece(Group.MAIN, (0, -before), old.gone, old.make, gone=(old,))
    if new.more["type"] not in ("f", "c") or new.more["partitioned"] or new.text.endswith(" NOT VALID"):
        note = "" if new.text.endswith(" NOT VALID") else "Reads the whole table with writers locked out."
        yield Piece(main, (3, place), new.make, new.gone, (new,), note=note)
        return
    yield Piece(main, (3, place), f"{new.make} NOT VALID", new.gone, (new,))
    validation = f"ALTER TABLE {new.more['table']} VALIDATE CONSTRAINT {ident(new.more['name'])}"
    yield Piece(validate, (1, place), validation, "")


def _key(new: Object, old: Object | None, place: int) -> Iterator[Piece]:
    name = new.more["name"]
    index = object_name(name, "new") if old else name
    schema = new.more["on"].removesuffix(ident(name))
    build = new.more["index"].replace(f"INDEX {ident(name)} ON ", f"INDEX {ident(index)} ON ", 1)
    yield Piece(Group.INDEX, (1, place), concurrently(build), _drop(schema + ident(index)))
    way = f"{_WAYS[new.more['type']]} USING INDEX {ident(index)}{new.more['behind']}"
    attach = f"ALTER TABLE {new.more['table']} ADD CONSTRAINT {ident(name)} {way}"
    if old:
        yield Piece(Group.ATTACH, (1, place), f"{old.gone};\n{attach}", f"{new.gone};\n{old.make}", (new,), (old,))
    else:
        yield Piece(Group.ATTACH, (1, place), attach, new.gone, (new,))


def added_index(index: Object, place: int) -> Piece:
    """An index of a table that may have rows."""
    if index.more["partitioned"]:
        note = "CONCURRENTLY does not go with a partitioned table: writers are locked out while it is built."
        return Piece(Group.MAIN, (3, place), index.make, index.gone, (index,), note=note)
    return Piece(Group.INDEX, (1, place), concurrently(index.make), _drop(index.more["qualified"]), (index,))


def dropped_index(index: Object, place: int, *, first: bool) -> Piece:
    """An index that goes, while reads and writes go on; behind new ones, but `first` where one takes its name."""
    if index.more["partitioned"]:
        return Piece(Group.MAIN, (0, -place), index.gone, index.make, gone=(index,))
    drop, make = _drop(index.more["qualified"]), concurrently(index.make)
    return Piece(Group.INDEX, (0 if first else 2, -place), drop, make, gone=(index,))


def changed_index(old: Object, new: Object, before: int, place: int) -> Iterator[Piece]:
    """Another index of the same name; there is always one of the two."""
    if new.more["partitioned"]:
        yield dropped_index(old, before, first=True)
        yield added_index(new, place)
        return
    name, spare = new.more["name"], object_name(new.more["name"], "new")
    schema = new.more["qualified"].removesuffix(ident(name))
    build = new.make.replace(f"INDEX {ident(name)} ON ", f"INDEX {ident(spare)} ON ", 1)
    yield Piece(Group.INDEX, (1, place), concurrently(build), _drop(schema + ident(spare)))
    yield dropped_index(old, before, first=False)
    up = f"ALTER INDEX {schema}{ident(spare)} RENAME TO {ident(name)}"
    down = f"ALTER INDEX {schema}{ident(name)} RENAME TO {ident(spare)}"
    yield Piece(Group.ATTACH, (1, place), up, down, (new,))


def concurrently(statement: str) -> str:
    """The CREATE INDEX of the server, which lets writes go on."""
    return statement.replace("INDEX ", "INDEX CONCURRENTLY ", 1)


def _drop(name: str) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
