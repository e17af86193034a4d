"""From two schemas to the statements between them; pure."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..catalog import Inventory, Object
from . import columns, keys
from .columns import Casts
from .drops import DESTRUCTIVE, LAST, Drops, read_drops
from .pieces import Group, Piece, order

_REMADE = ("view", "materialized view", "trigger", "policy", "rule", "event trigger")
_HOLDING = ("trigger", "policy", "rule", "constraint", "index")
_ROUTINES = ("function", "procedure")
# Dropped and made anew where they differ.
_REPLACED = ("trigger", "policy", "rule", "event trigger", "statistics", "domain constraint", "materialized view")


class Value(NamedTuple):
    """A value that an enum gets, and the one in front of which it comes; behind all others without."""

    type: Object
    value: str
    before: str | None


class Plan(NamedTuple):
    """Pieces in the order of the way up, values of enums, and what is not done because rows would go."""

    pieces: Sequence[Piece]
    values: Sequence[Value]
    left_out: Sequence[Object]
    # The keys of all that stays with what is left out.
    left: Collection[str]

    def __bool__(self) -> bool:
        return bool(self.pieces or self.values)


def plan(have: Inventory, wanted: Inventory, casts: Casts, *, destructive: bool) -> Plan:
    """What makes the wanted schema of the other one, as far as statements are known for it."""
    drops = read_drops(have, wanted, destructive=destructive)
    planner = _Planner(have, wanted, casts, drops)
    pieces = sorted(planner.pieces(), key=lambda piece: (piece.group, piece.place))
    left = [have.objects[key] for key in sorted(drops.left)]
    left_out = [each for each in left if each.kind in DESTRUCTIVE and each.parent not in drops.left]
    return Plan(pieces, list(planner.values()), left_out, drops.left)


@dataclass(slots=True)
class _Planner:
    have: Inventory
    wanted: Inventory
    casts: Casts
    drops: Drops
    before: dict[str, int] = field(init=False)
    after: dict[str, int] = field(init=False)
    # Made anew though they are there: what they are made of cannot change under them.
    remade: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.before, self.after = order(self.have), order(self.wanted)
        start = {key for key in self._both() if self._must_be_remade(key)}
        start |= {key for key in self.drops.by_itself if self.have.objects[key].kind in _REMADE}
        typed = {key for key in self._both() if self._changes_type(key)}
        users = {key for key in self.have.users(start | typed) if key in self.have.objects}
        self.remade = start | {key for key in users - self.drops.all if self.have.objects[key].kind in _REMADE}
        self.remade &= self.wanted.objects.keys()

    def pieces(self) -> Iterator[Piece]:
        """All of them, in no order."""
        have, wanted = self.have.objects, self.wanted.objects
        for key in self.drops.all:
            if not self._is_strange(have[key]):
                yield from self._drop(have[key])
        for key in self._both():
            if not self._is_strange(wanted[key]):
                yield from self._keep(have[key], wanted[key])
        for key in wanted.keys() - have.keys():
            if not self._is_strange(wanted[key]):
                yield from self._add(wanted[key])

    def _keep(self, old: Object, new: Object) -> Iterator[Piece]:
        """What is in both, maybe of another kind, or maybe in the way of something else."""
        if self._has_new_ancestor(old):
            yield from self._part_again(old, new)
        elif old.key in self.remade:
            yield Piece(Group.MAIN, (0, -self.before[old.key]), old.gone, old.make, gone=(old,))
            yield Piece(Group.MAIN, (1, self.after[new.key]), new.make, new.gone, (new,))
        elif not same(old, new):
            yield from self._change(old, new)

    def values(self) -> Iterator[Value]:
        """The values that enums get, where none goes and none moves."""
        for key in sorted(self._both()):
            old, new = (side.objects[key].more.get("labels") or () for side in (self.have, self.wanted))
            rest = iter(new)
            if old != new and all(value in rest for value in old):
                for number, value in reversed(list(enumerate(new))):
                    if value not in old:
                        yield Value(self.wanted.objects[key], value, new[number + 1] if number + 1 < len(new) else None)

    def _both(self) -> set[str]:
        return self.have.objects.keys() & self.wanted.objects.keys()

    def _must_be_remade(self, key: str) -> bool:
        old, new = self.have.objects[key], self.wanted.objects[key]
        if same(old, new):
            return False
        if old.kind == "view":
            return bool(old.more["columns"] != new.more["columns"])
        if old.kind in _ROUTINES:
            return bool(old.more["signature"] != new.more["signature"])
        return old.kind == "materialized view"

    def _changes_type(self, key: str) -> bool:
        old, new = self.have.objects[key], self.wanted.objects[key]
        return old.kind == "column" and old.more["type"] != new.more["type"]

    def _is_strange(self, each: Object) -> bool:
        """True for a part of a table that becomes of another kind, as one that is no partition any more."""
        old, new = (side.objects.get(each.parent or "") for side in (self.have, self.wanted))
        return old is not None and new is not None and new.kind == "table" and old.text != new.text

    def _has_new_ancestor(self, each: Object) -> bool:
        """True for a part of what is made, or made anew."""
        parent = each.parent
        while parent is not None:
            if parent in self.remade or (parent in self.wanted.objects and parent not in self.have.objects):
                return True
            parent = self.wanted.objects[parent].parent if parent in self.wanted.objects else None
        return False

    def _part_again(self, old: Object, new: Object) -> Iterator[Piece]:
        """A part of what is dropped and made anew is dropped with it on both ways."""
        up = granted(None, new) if new.kind == "grants" else new.make
        down = granted(None, old) if old.kind == "grants" else old.make
        yield Piece(Group.MAIN, (0, -self.before[old.key]), "", down)
        yield Piece(Group.MAIN, (1, self.after[new.key]), up, "")

    def _drop(self, old: Object) -> Iterator[Piece]:
        key, place = old.key, (0, -self.before[old.key])
        make = granted(None, old) if old.kind == "grants" else old.make
        if key in self.drops.along:
            if old.kind != "column" or old.parent not in self.drops.all:
                group = Group.DROP if self._goes_last(old) else Group.MAIN
                yield Piece(group, place, old.gone if _is_held(old, self.have, self.wanted) else "", make)
            return
        if old.kind == "grants":
            usual = _usual(old)
            yield Piece(Group.MAIN, (1, self.before[key]), granted(old, usual), granted(usual, old))
            return
        if old.kind == "index" and self._is_table(old.parent):
            yield keys.dropped_index(old, self.before[key])
            return
        if old.kind == "column" and self._can_be_loosened(old):
            yield columns.loosened(old, self.before[key])
            make = old.more["loose"]
        used = [user for user in self.drops.along if key in self.have.needs.get(user, ())]
        is_last = old.kind in LAST or any(self._goes_last(self.have.objects[user]) for user in used)
        yield Piece(Group.DROP if is_last else Group.MAIN, place, old.gone, make, gone=(old,))

    def _goes_last(self, old: Object) -> bool:
        """True for a part of what is dropped last, or of its columns."""
        parent: str | None = old.key
        while parent in self.drops.along and parent in self.have.objects:
            needs = self.have.needs.get(parent, frozenset()) & self.drops.by_itself
            if any(self.have.objects[need].kind == "column" for need in needs):
                return True
            parent = self.have.objects[parent].parent
        return parent in self.have.objects and self.have.objects[parent or ""].kind in LAST

    def _can_be_loosened(self, old: Object) -> bool:
        users = [self.have.objects[key] for key in self.have.users([old.key]) if key in self.have.objects]
        primary = any(each.kind == "constraint" and each.more["type"] == "p" for each in users)
        filled = old.more["default"] or old.more["identity"] or old.more["generated"]
        return bool(old.more["required"] and not filled and not primary)

    def _is_table(self, key: str | None) -> bool:
        return key in self.have.objects and self.have.objects[key or ""].kind in ("table", "materialized view")

    def _add(self, new: Object) -> Iterator[Piece]:
        place = self.after[new.key]
        if new.kind == "grants":
            yield from self._rights(None, new)
        elif self._has_new_ancestor(new) and new.kind != "sequence":
            yield from self._part_of_new(new, place)
        elif new.kind == "column":
            yield from columns.added(new, place, has_default=bool(new.more["default"]))
        elif new.kind == "constraint":
            yield from keys.added_constraint(new, None, place, late=self._is_late(new))
        elif new.kind == "index":
            yield keys.added_index(new, place)
        else:
            loses = f"every row of {new.more['name']}" if new.kind == "table" else ""
            yield Piece(Group.MAIN, (1, place), new.make, new.gone, (new,), loses=loses)

    def _part_of_new(self, new: Object, place: int) -> Iterator[Piece]:
        """What goes again with the thing that it is a part of; a column is made with its table."""
        if new.kind == "column" and new.parent not in self.have.objects:
            return
        apart = new.kind == "owner" or _is_held(new, self.wanted, self.have)
        group = Group.ATTACH if new.kind == "constraint" and self._is_late(new) else Group.MAIN
        yield Piece(group, (3 if group is Group.ATTACH else 1, place), new.make, new.gone if apart else "", (new,))

    def _is_late(self, new: Object) -> bool:
        """True for a foreign key to a key of a table that is there, which is built apart."""
        for need in self.wanted.needs.get(new.key, ()):
            key, old = self.wanted.objects.get(need), self.have.objects.get(need)
            is_new = key is not None and (old is None or not same(old, key))
            if key and is_new and keys.is_built_apart(key) and not self._has_new_ancestor(key):
                return True
        return False

    def _change(self, old: Object, new: Object) -> Iterator[Piece]:
        place = self.after[new.key]
        if new.kind == "column":
            yield from columns.changed(old, new, place, self.casts)
        elif new.kind == "constraint":
            yield from keys.added_constraint(new, old, place, late=self._is_late(new))
        elif new.kind == "index":
            yield keys.dropped_index(old, self.before[old.key])
            yield keys.added_index(new, place)
        elif new.kind == "grants":
            yield from self._rights(old, new)
        elif new.kind in _REPLACED:
            yield Piece(Group.MAIN, (0, -self.before[old.key]), old.gone, old.make, gone=(old,))
            yield Piece(Group.MAIN, (1, place), new.make, new.gone, (new,))
        else:
            yield from _altered(old, new, place)

    def _rights(self, old: Object | None, new: Object) -> Iterator[Piece]:
        before = old or (_usual(new) if new.parent in self.have.objects else None)
        up, down = granted(old, new), granted(new, before) if before else ""
        if up or down:
            yield Piece(Group.MAIN, (1, self.after[new.key]), up, down)


def _is_held(part: Object, inside: Inventory, other: Inventory) -> bool:
    """True for a part that keeps something else from being dropped, which goes too, and so has to go before it."""
    if part.kind not in _HOLDING:
        return False
    needs = inside.needs.get(part.key, frozenset()) & inside.objects.keys() - other.objects.keys()
    return any(need != part.parent and inside.objects[need].parent != part.parent for need in needs)


def same(old: Object, new: Object) -> bool:
    """True if there is nothing to do."""
    if new.kind == "domain":
        return old.make == new.make
    if new.kind == "grants":
        return sorted(map(json.dumps, old.more["given"])) == sorted(map(json.dumps, new.more["given"]))
    return old.text == new.text


def _usual(rights: Object) -> Object:
    return rights._replace(more={**rights.more, "given": rights.more["usual"]})


def granted(old: Object | None, new: Object) -> str:
    """The statements between the rights of two; those that a new thing has by itself for none."""
    before, after = (old.more["given"] if old else new.more["usual"]), new.more["given"]
    on = new.more["on"]
    less = [f"REVOKE {right} ON {on} FROM {who}" for right, who, _ in (g for g in before if g not in after)]
    more = [
        f"GRANT {right} ON {on} TO {who}{' WITH GRANT OPTION' if grantable else ''}"
        for right, who, grantable in (g for g in after if g not in before)
    ]
    return ";\n".join([*less, *more])


def _altered(old: Object, new: Object, place: int) -> Iterator[Piece]:
    """What one statement changes, with another one on the way back; nothing where none is known."""
    at = (1, place)
    if new.kind in ("view", *_ROUTINES):
        up, down = (each.make.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1) for each in (new, old))
        yield Piece(Group.MAIN, at, up, down)
    elif new.kind in ("comment", "owner"):
        yield Piece(Group.MAIN, at, new.make, old.make)
    elif new.kind == "sequence":
        yield Piece(Group.MAIN, at, new.more["change"], old.more["change"])
    elif new.kind == "options":
        yield Piece(Group.MAIN, at, f"{old.gone};\n{new.make}", f"{new.gone};\n{old.make}")
    elif new.kind == "domain" and old.text == new.text:
        yield Piece(Group.MAIN, at, _domain(old, new), _domain(new, old))


def _domain(old: Object, new: Object) -> str:
    alter, was, now = f"ALTER DOMAIN {new.more['name']} ", old.more, new.more
    statements = []
    if was["default"] != now["default"]:
        statements.append(alter + (f"SET DEFAULT {now['default']}" if now["default"] else "DROP DEFAULT"))
    if was["required"] != now["required"]:
        statements.append(alter + ("SET NOT NULL" if now["required"] else "DROP NOT NULL"))
    return ";\n".join(statements)
