"""The statements between two schemas, thing by thing; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..catalog import Inventory, Object
from . import columns, keys
from .altered import altered, granted, made, same, usual
from .columns import Casts
from .drops import LAST, Drops, is_held
from .enums import labels_with, losing, rebuilt
from .generated import goes_with_columns, made_anew, on_columns_anew
from .pieces import ROUTINES, Group, Piece, order
from .stored import gives_the_same, is_settled, stored_by, worked_out_anew

_REMADE = ("view", "materialized view", "trigger", "policy", "rule", "event trigger")
# A function too can hold a column or a view, by what it takes or gives, or by its body.
_USERS = (*_REMADE, *ROUTINES)
# Dropped and made anew where they differ.
_REPLACED = ("trigger", "policy", "rule", "event trigger", "statistics", "domain constraint", "materialized view")


@dataclass(slots=True)
class Planner:
    """What becomes of each thing that is in one of the two schemas, or in both."""

    have: Inventory
    wanted: Inventory
    casts: Casts
    drops: Drops
    before: dict[str, int] = field(init=False)
    after: dict[str, int] = field(init=False)
    # Made anew though they are there: what they are made of cannot change under them.
    remade: set[str] = field(init=False)
    # Generated columns that are dropped and added again.
    anew: set[str] = field(init=False)
    # Dropped and made again, and their comments with them.
    replaced: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.before, self.after = order(self.have), order(self.wanted)
        self.anew = made_anew(self.have, self.wanted)
        start = self.anew | {key for key in self._both() if self._must_be_remade(key)}
        start |= {key for key in self.drops.by_itself if self.have.objects[key].kind in _REMADE}
        typed = {key for key in self._both() if self._changes_type(key)}
        users = {key for key in self.have.users(start | typed) if key in self.have.objects}
        self.remade = start | {key for key in users - self.drops.all if self.have.objects[key].kind in _USERS}
        self.remade &= self.wanted.objects.keys()
        self.replaced = {key for key in self._both() if self._is_replaced(key)}
        for key in self._both():
            self.replaced |= {each.key for each in self._stored(key) if each.kind != "index"}

    def pieces(self) -> Iterator[Piece]:
        """All of them, in no order."""
        have, wanted = self.have.objects, self.wanted.objects
        for key in self.drops.all:
            if not self._is_strange(have[key]):
                yield from _of(key, self._drop(have[key]))
        for key in self._both():
            if not self._is_strange(wanted[key]):
                yield from _of(key, self._keep(have[key], wanted[key]))
        for key in wanted.keys() - have.keys():
            if not self._is_strange(wanted[key]):
                yield from _of(key, self._add(wanted[key]))
        for key in losing(self.have, self.wanted):
            yield from _of(key, [self._rebuilt(have[key], wanted[key])])

    def _keep(self, old: Object, new: Object) -> Iterator[Piece]:
        """What is in both, maybe of another kind, or maybe in the way of something else."""
        if self._has_new_ancestor(old):
            yield from self._part_again(old, new)
        elif old.parent in self.replaced:
            yield from self._comment_again(old, new)
        elif old.key in self.anew:
            yield from columns.anew(old, new, self.before[old.key], self.after[new.key])
        elif on_columns_anew(old, self.have, self.anew):
            gone = "" if goes_with_columns(old, self.have, self.anew) else old.gone
            yield Piece(Group.MAIN, (0, -self.before[old.key]), gone, old.make)
            # It is there on both ends of both ways.
            yield from (piece._replace(made=()) for piece in self._add(new))
        elif old.key in self.remade:
            yield Piece(Group.MAIN, (0, -self.before[old.key]), old.gone, old.make, gone=(old,))
            yield Piece(Group.MAIN, (1, self.after[new.key]), new.make, new.gone, (new,))
        elif not same(old, new) or self._points_elsewhere(old):
            yield from self._change(old, new)

    def _both(self) -> set[str]:
        return self.have.objects.keys() & self.wanted.objects.keys()

    def _points_elsewhere(self, old: Object) -> bool:
        """True for a foreign key whose columns are the same and get another key, or their key anew."""
        if old.kind != "constraint" or old.more["type"] != "f":
            return False
        needs = (each for each in self.have.needs.get(old.key, ()) if each in self.have.objects and each != old.key)
        points_to = [need for need in needs if self.have.objects[need].kind in ("constraint", "index")]
        return any(need in self.drops.all or self._is_built_anew(need) for need in points_to)

    def _is_built_anew(self, key: str) -> bool:
        old = self.have.objects[key]
        return not self._is_same(key) or on_columns_anew(old, self.have, self.anew)

    def _is_same(self, key: str) -> bool:
        return same(self.have.objects[key], self.wanted.objects[key])

    def _is_replaced(self, key: str) -> bool:
        old = self.have.objects[key]
        differs = self._is_built_anew(key) or self._points_elsewhere(old)
        return old.kind in (*_REPLACED, "constraint", "index") and differs

    def _must_be_remade(self, key: str) -> bool:
        old, new = self.have.objects[key], self.wanted.objects[key]
        if same(old, new):
            return False
        if old.kind == "view":
            return bool(old.more["columns"] != new.more["columns"])
        if old.kind in ROUTINES:
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
        yield Piece(Group.MAIN, (0, -self.before[old.key]), "", made(old))
        yield Piece(Group.MAIN, (1, self.after[new.key]), made(new), "")

    def _comment_again(self, old: Object | None, new: Object | None) -> Iterator[Piece]:
        """The comment of what is dropped and made anew, maybe by a later file."""
        if old:
            yield Piece(Group.MAIN, (0, -self.before[old.key]), "", old.make)
        if new:
            parent = self.wanted.objects[new.parent or ""]
            is_late = keys.comes_late(parent) or self._is_late(parent)
            yield Piece(Group.FINISH if is_late else Group.MAIN, (4, self.after[new.key]), new.make, "")

    def _drop(self, old: Object) -> Iterator[Piece]:
        key, place = old.key, (0, -self.before[old.key])
        if old.parent in self.replaced:
            yield from self._comment_again(old, None)
            return
        make = made(old)
        if key in self.drops.along:
            if old.kind != "column" or old.parent not in self.drops.all:
                group = Group.DROP if self._goes_last(old) else Group.MAIN
                yield Piece(group, place, old.gone if is_held(old, self.have, self.wanted) else "", make)
            return
        if old.kind == "grants":
            yield Piece(Group.MAIN, (1, self.before[key]), granted(old, usual(old)), granted(usual(old), old))
            return
        if old.kind == "index" and self._is_table(old.parent):
            yield keys.dropped_index(old, self.before[key], first=self._is_named_again(old))
            return
        if old.kind == "column" and self._can_be_loosened(old):
            yield columns.loosened(old, self.before[key])
            make = old.more["loose"]
        used = [user for user in self.drops.along if key in self.have.needs.get(user, ())]
        is_last = old.kind in LAST or any(self._goes_last(self.have.objects[user]) for user in used)
        yield Piece(Group.DROP if is_last else Group.MAIN, place, old.gone, make, gone=(old,))

    def _is_named_again(self, index: Object) -> bool:
        new = (each for key, each in self.wanted.objects.items() if key not in self.have.objects)
        return any(index.more["qualified"] in (each.more.get("qualified"), each.more.get("on")) for each in new)

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
        if new.parent in self.replaced:
            yield from self._comment_again(None, new)
        elif new.kind == "grants":
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
        apart = new.kind == "owner" or is_held(new, self.wanted, self.have)
        group = Group.ATTACH if new.kind == "constraint" and self._is_late(new) else Group.MAIN
        yield Piece(group, (3 if group is Group.ATTACH else 1, place), new.make, new.gone if apart else "", (new,))

    def _is_late(self, new: Object) -> bool:
        """True for a foreign key to a key of a table that is there, which is built apart."""
        for need in self.wanted.needs.get(new.key, ()):
            key, old = self.wanted.objects.get(need), self.have.objects.get(need)
            is_new = key is not None and (old is None or self._is_built_anew(need))
            if key and is_new and keys.comes_late(key) and not self._has_new_ancestor(key):
                return True
        return False

    def _change(self, old: Object, new: Object) -> Iterator[Piece]:
        place = self.after[new.key]
        if new.kind == "column":
            yield from columns.changed(old, new, place, self.casts)
        elif new.kind == "constraint":
            yield from keys.added_constraint(new, old, place, self.before[old.key], late=self._is_late(new))
        elif new.kind == "index":
            yield from keys.changed_index(old, new, self.before[old.key], place)
        elif new.kind == "grants":
            yield from self._rights(old, new)
        elif new.kind in _REPLACED:
            yield Piece(Group.MAIN, (0, -self.before[old.key]), old.gone, old.make, gone=(old,))
            yield Piece(Group.MAIN, (1, place), new.make, new.gone, (new,))
        elif new.kind in ROUTINES:
            yield from self._replaced(old, new)
        else:
            yield from altered(old, new, place)

    def _replaced(self, old: Object, new: Object) -> Iterator[Piece]:
        """A function with another body, and all anew that has stored what the old one gave."""
        stored = self._stored(old.key)
        indexes = ", ".join(each.more["qualified"] for each in stored if each.kind == "index")
        wrong = f"Wrong until {{}} build them anew: {indexes}." if indexes else ""
        up, down = wrong.format("later files"), wrong.format("the ways down of earlier files")
        for piece in altered(old, new, self.after[new.key]):
            yield piece._replace(note=up, note_down=down, destroys=bool(stored))
        for each in stored:
            yield from worked_out_anew(each, self.before[each.key], self.after[each.key])

    def _stored(self, key: str) -> list[Object]:
        """What has stored results of a function that gives others now, and is not made anew anyway."""
        old, new = self.have.objects[key], self.wanted.objects[key]
        if old.kind not in ROUTINES or gives_the_same(old, new):
            return []
        return [each for each in stored_by(self.have, key) if not is_settled(each, self.wanted)]

    def _rebuilt(self, old: Object, new: Object) -> Piece:
        """The type anew without the values that go; at last, when nothing that is wanted names them any more."""
        up = rebuilt(new, new.more["labels"] or (), self.wanted)
        down = rebuilt(new, labels_with(old, new), self.wanted)
        locks = "Rewrites tables with everyone locked out."
        note = f"{locks} Fails where a row has a value that goes: give it another one first."
        return Piece(Group.REBUILD, (1, self.after[new.key]), up, down, note=note, note_down=locks, destroys=True)

    def _rights(self, old: Object | None, new: Object) -> Iterator[Piece]:
        before = old or (usual(new) if new.parent in self.have.objects else None)
        up, down = granted(old, new), granted(new, before) if before else ""
        if up or down:
            yield Piece(Group.MAIN, (1, self.after[new.key]), up, down)


def _of(key: str, pieces: Iterable[Piece]) -> Iterator[Piece]:
    return (piece._replace(key=key) for piece in pieces)
