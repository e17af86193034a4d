"""From pieces to pairs of files."""

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from ..authoring.pairs import Draft
from ..migration import Direction
from ..quoting import read_name
from ..render import Templates, author
from .drops import DESTRUCTIVE
from .enums import Value
from .holding import Held
from .pieces import Group, Piece
from .plan import Plan
from .renames import Rename

_TITLES = {
    Group.MAIN: "{}",
    Group.VALIDATE: "validate_{}",
    Group.ATTACH: "attach_keys_for_{}",
    Group.FINISH: "finish_{}",
    Group.DROP: "drop_after_{}",
    Group.REBUILD: "rebuild_enums_for_{}",
}
_PHASES = {
    Group.VALIDATE: "contract",
    Group.ATTACH: "contract",
    Group.FINISH: "contract",
    Group.DROP: "contract",
    Group.REBUILD: "contract",
}
# Statements that run alone.
_ALONE = (Group.BACK, Group.INDEX)
_INDEX = re.compile(r'INDEX CONCURRENTLY (?:IF EXISTS )?(?:.*\.)?("(?:[^"]|"")+"|\w+)(?: ON |$)')
_MARK = "DESTRUCTIVE"
_FAILS = "fails where a row still has the value: give it another one first"
_REBUILDS = (
    "No statement takes a value away: the type, and what knows it, is made anew."
    " Rewrites tables with everyone locked out; fails where a row has the value."
)
_MAX_TITLE = 120
# The place in its file of what has only another name.
_RENAMED = -1


class Statement(NamedTuple):
    """Statements as they stand in a file, under the lines of their comment."""

    sql: str
    notes: Sequence[str] = ()


class Pair(NamedTuple):
    """What is to be in two files: pieces, or a value of an enum."""

    title: str
    group: Group
    pieces: Sequence[Piece] = ()
    value: Value | None = None


def pairs_of(plan: Plan, renames: Sequence[Rename], name: str) -> list[Pair]:
    """The pairs in the order in which they run; a single one bears the name alone."""
    first = [Piece(Group.MAIN, (_RENAMED, number), each.up, each.down) for number, each in enumerate(renames)]
    pieces = sorted([*first, *plan.pieces], key=lambda piece: (piece.group, piece.place))
    found = [Pair("", Group.VALUES, value=value) for value in plan.values]
    for group, several in groupby(pieces, key=lambda piece: piece.group):
        if group in _ALONE:
            found += [Pair("", group, [piece]) for piece in several]
        else:
            found.append(Pair("", group, list(several)))
    found = [pair for pair in found if pair.value or any(piece.up or piece.down for piece in pair.pieces)]
    if len(found) == 1:
        return [found[0]._replace(title=name)]
    return [pair._replace(title=_title(pair, name)) for pair in found]


def _title(pair: Pair, name: str) -> str:
    if pair.value:
        text = f"add_{pair.value.value}_to_{pair.value.type.more['name'].rpartition('.')[2]}"
    elif pair.group in _ALONE:
        [piece] = pair.pieces
        sql = piece.up or piece.down
        index = _INDEX.search(sql)
        text = f"{sql.partition(' ')[0]}_index_{index[1] if index else name}{'' if piece.up else '_on_the_way_down'}"
    else:
        text = _TITLES[pair.group].format(name)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:_MAX_TITLE] or name


class Author:
    """Writes the texts of pairs, as `create` writes its own."""

    def __init__(self, project: Path) -> None:
        self._templates = Templates(project)
        self._common = {
            "author": author(project),
            "date": datetime.datetime.now().astimezone().date().isoformat(),
        }

    def write(
        self, pairs: Sequence[Pair], versions: Sequence[str], before: str, left_out: Sequence[Held]
    ) -> list[Draft]:
        """The files under these numbers, behind the version `before`; the last one says what is left out."""
        drafts = []
        for number, (pair, version) in enumerate(zip(pairs, versions, strict=True)):
            values: dict[str, object] = {
                **self._common,
                "version": version,
                "name": pair.title,
                "dependencies": versions[number - 1] if number else before or "None",
                "description": pair.title.replace("_", " ").capitalize(),
                "phase": _PHASES.get(pair.group, "expand"),
                "left_out": left_out if number == len(pairs) - 1 else [],
            }
            # Without a way down `down` does not begin to pass it.
            ways = [Direction.UP] if pair.value and pair.value.stuck else list(Direction)
            texts = {way: self._text(pair, way, values) for way in ways}
            drafts.append(Draft(version, pair.title, texts))
        return drafts

    def _text(self, pair: Pair, way: Direction, values: dict[str, object]) -> str:
        if pair.value and (way is Direction.UP or pair.value.is_plain):
            own = {"type": read_name(pair.value.type.more["name"]), "value": pair.value.value, "after": None}
            text = self._templates.render(f"enum/{way}.sql.j2", {**values, **own, "before": pair.value.before})
            tail = self._templates.render("_diff/left_out.sql.j2", values) if way is Direction.UP else ""
            return f"{text.rstrip()}\n{tail}"
        statements = list(_statements(pair, way))
        renames = [each for each in pair.pieces if way is Direction.DOWN and each.place[0] == _RENAMED]
        number = len(statements) - len(renames)
        own = {
            "statements": statements[:number],
            # What is looked for has the new names.
            "last": statements[number:],
            "lines": list(_lines(pair.pieces, way)),
            "alone": pair.group in _ALONE and bool(statements),
            "loose": any("FUNCTION" in each.sql or "PROCEDURE" in each.sql for each in statements),
            "data": _FAILS if pair.value else _data(pair.pieces),
        }
        return self._templates.render(f"_diff/{way}.sql.j2", {**values, **own})


def _statements(pair: Pair, way: Direction) -> Iterator[Statement]:
    up = way is Direction.UP
    if pair.value:
        yield Statement(pair.value.down, [_REBUILDS])
    for piece in pair.pieces if up else reversed(pair.pieces):
        sql = piece.up if up else piece.down
        if sql:
            is_marked = up and (piece.destroys or any(each.kind in DESTRUCTIVE for each in piece.gone))
            yield Statement(
                sql, [*([_MARK] if is_marked else []), *filter(None, [piece.note if up else piece.note_down])]
            )


def _lines(pieces: Iterable[Piece], way: Direction) -> Iterator[tuple[str, str]]:
    """What is there behind the file, and what is not, with the expressions that tell."""
    pieces = list(pieces)
    made = {each.key: each for piece in pieces for each in piece.made if each.holds}
    gone = {each.key: each for piece in pieces for each in piece.gone if each.holds}
    if way is Direction.DOWN:
        made, gone = gone, made
    yield from ((f"{key} is missing", each.holds or "") for key, each in sorted(made.items()))
    # A view in the place of a table has its name.
    there = {each.holds for each in made.values()}
    for key, each in sorted(gone.items()):
        if key not in made and each.holds not in there:
            yield f"{key} is still there", f"NOT ({each.holds})"


def _data(pieces: Iterable[Piece]) -> str:
    lost = [piece.loses for piece in pieces if piece.loses]
    has_lost = [each.key for piece in pieces for each in piece.gone if each.kind in DESTRUCTIVE]
    if has_lost:
        return f"has lost what was in {', '.join(has_lost)}"
    return f"loses {', '.join(lost)}" if lost else "keeps every row"
