"""What is in both schemas and differs, changed by a statement or two."""

import json
import re
from collections.abc import Iterator

from ..catalog import Object
from .pieces import ROUTINES, Group, Piece


def same(old: Object, new: Object) -> bool:
    """True if there is nothing to do."""
    if new.kind == "domain":
        return old.make == new.make
    if new.kind == "grants":
        return sorted(map(json.dumps, old.more["given"])) == sorted(map(json.dumps, new.more["given"]))
    return old.text == new.text


def usual(rights: Object) -> Object:
    """The rights that such a thing has by itself."""
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


def made(each: Object) -> str:
    """The statements that make a thing, or a part of one, where it is not."""
    return granted(None, each) if each.kind == "grants" else each.make


def altered(old: Object, new: Object, place: int) -> Iterator[Piece]:
    """What one statement changes, with another one on the way back; nothing where none is known."""
    at = (1, place)
    if new.kind in ("view", *ROUTINES):
        # Not in the body of a function.
        up, down = (re.sub(r"\ACREATE VIEW", "CREATE OR REPLACE VIEW", each.make) for each in (new, old))
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
