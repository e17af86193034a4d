"""What models can tell of a schema; of all else the files alone know."""

from collections.abc import Mapping

from ..catalog import Inventory, Object

_KINDS = ("schema", "table", "column", "constraint", "index", "enum", "sequence", "owner", "comment")
# A model that does not have them does not say that they are to go.
_KEPT = ("schema", "enum", "comment")
_KEPT_CONSTRAINTS = ("c", "x")


def as_models_can_tell(have: Inventory, models: Inventory) -> Inventory:
    """The schema that is wanted: what the models say, and for the rest what the files make."""
    wanted = {key: each for key, each in models.objects.items() if each.kind in _KINDS}
    for key, each in have.objects.items():
        if each.kind == "table" and (key in wanted or each.more["partition"] or _is_parted(each)):
            # How it is stored is no affair of the models.
            wanted[key] = each
    counting = _sequences(have, models)
    for key, each in sorted(have.objects.items(), key=lambda item: item[0].count(": ")):
        if key not in wanted and _is_kept(each) and _has_its_parents(each, wanted, have):
            wanted[key] = each
        elif each.kind == "column" and key in wanted:
            _as_counted(each, wanted, have, counting)
    needs = {key: models.needs.get(key, frozenset()) for key in wanted}
    for key in wanted.keys() - models.objects.keys() | {k for k, each in wanted.items() if each is have.objects.get(k)}:
        needs[key] = have.needs.get(key, frozenset())
    return Inventory(wanted, needs)


def with_owners(wanted: Inventory, have: Inventory) -> Inventory:
    """The same with the owners that things have: who makes a schema elsewhere does not say whose it is to be."""
    objects = {key: each for key, each in wanted.objects.items() if each.kind != "ownership"}
    objects |= {
        key: each for key, each in have.objects.items() if each.kind == "ownership" and each.parent in wanted.objects
    }
    return wanted._replace(objects=objects)


def told(have: Inventory, before: Inventory) -> Inventory:
    """What there is, but for what came along with new things and models say nothing of, as the rights to them."""
    return have.only({key for key, each in have.objects.items() if each.kind in _KINDS or key in before.objects})


def _is_parted(each: Object) -> bool:
    return each.text.startswith("p ")


def _is_kept(each: Object) -> bool:
    if each.kind == "constraint":
        return each.more["type"] in _KEPT_CONSTRAINTS
    if each.kind == "sequence":
        return not each.more["owner"]
    return each.kind in _KEPT or each.kind not in _KINDS


def _has_its_parents(each: Object, wanted: dict[str, Object], have: Inventory) -> bool:
    """A part of what goes goes with it."""
    return each.parent is None or each.parent in wanted or each.parent not in have.objects


def _as_counted(old: Object, wanted: dict[str, Object], have: Inventory, counting: Mapping[str, list[str]]) -> None:
    """Where both give a column its numbers, be it by an identity or a sequence of its own, the files' way stays."""
    new, own = wanted[old.key], [key for key in counting.get(old.key, ()) if key in have.objects]
    others = [key for key in counting.get(old.key, ()) if key in wanted]
    if not (old.more["identity"] or own) or not (new.more["identity"] or others):
        return
    if old.more["type"] == new.more["type"] and old.more["required"] == new.more["required"]:
        for each in (part for key in (*others, *own) for part in (key, *_parts(key))):
            wanted.pop(each, None)
            if each in have.objects:
                wanted[each] = have.objects[each]
        wanted[old.key] = old


def _parts(sequence: str) -> tuple[str, ...]:
    return f"{sequence}: owned by", f"{sequence}: comment", f"{sequence}: grants"


def _sequences(*sides: Inventory) -> dict[str, list[str]]:
    """The sequences of each column, on any side."""
    found: dict[str, list[str]] = {}
    for side in sides:
        for key, each in side.objects.items():
            if each.kind == "sequence" and each.parent and key not in found.setdefault(each.parent, []):
                found[each.parent].append(key)
    return found
