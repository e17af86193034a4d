"""From two schemas to the statements between them; pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ..catalog import Inventory
from .columns import Casts, domains
from .drops import DESTRUCTIVE, read_drops
from .enums import Value, new_values
from .holding import Held, because, dangers, followers, keep_back
from .pieces import Piece
from .planner import Planner


class Plan(NamedTuple):
    """Pieces in the order of the way up, values of enums, and what is not done because of what it could do."""

    pieces: Sequence[Piece]
    values: Sequence[Value]
    left_out: Sequence[Held]
    # The keys of all that stays with what is left out.
    left: Collection[str]

    def __bool__(self) -> bool:
        return bool(self.pieces or self.values)


def plan(
    have: Inventory, wanted: Inventory, casts: Casts, *, destructive: bool, refused: Mapping[str, Held] | None = None
) -> Plan:
    """What makes the wanted schema of the other one, as far as statements are known for it, and are not refused."""
    held = {each.key: each for each in dangers(have, wanted, destructive=destructive)}
    held |= {key: because(each, held, wanted) for key, each in (refused or {}).items()}
    values = list(new_values(have, wanted))
    goal, (wanted, kept) = wanted, keep_back(have, wanted, held)
    drops = read_drops(have, wanted, destructive=destructive)
    planner = Planner(have, wanted, casts._replace(bases=domains(have, wanted)), drops)
    pieces = sorted(planner.pieces(), key=lambda piece: (piece.group, piece.place))
    left = [have.objects[key] for key in sorted(drops.left)]
    rows = [each for each in left if each.kind in DESTRUCTIVE and each.parent not in drops.left]
    waiting = followers(held.values(), have, goal, wanted)
    left_out = [*held.values(), *waiting, *(Held(each.key, each.gone, "rows would be lost") for each in rows)]
    return Plan(pieces, values, left_out, drops.left | kept)
