"""The tables that impacts touch, as they are in a database now; reading this needs no rights on them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

from ..database import Database, SqlError, literal
from ..lock_modes import LockMode
from .uses import Impact, Use

_NOT_IN_ENCODING = "22P05"


class Kind(StrEnum):
    """What sort of table it is, by its letter in pg_class."""

    TABLE = "r"
    PARTITIONED = "p"
    VIEW = "v"
    MATERIALIZED_VIEW = "m"
    FOREIGN_TABLE = "f"
    SEQUENCE = "S"

    @property
    def words(self) -> str:
        """As in the documentation."""
        return "partitioned table" if self is Kind.PARTITIONED else self.name.lower().replace("_", " ")


# Those that have rows of their own in a file.
_STORED = (Kind.TABLE, Kind.MATERIALIZED_VIEW)


@dataclass(frozen=True, slots=True)
class Mention:
    """A statement that touches a table, and how."""

    file: int
    line: int
    label: str
    concurrently: bool
    lock: LockMode
    # `doubtful` if that it rewrites the table is not certain.
    rewrites: bool
    doubtful: bool
    scans: bool
    writes: bool


@dataclass(frozen=True, slots=True)
class Touched:
    """A table, how large it is, and what all statements together do to it."""

    oid: int
    schema: str
    name: str
    kind: Kind
    # With indexes and TOAST, in bytes; estimated where somebody has locked the table. None if the server does not tell.
    size: int | None
    # As estimated by the last VACUUM or ANALYZE; None if there was none.
    rows: int | None
    # The strongest; `rewrites` also where that is doubtful.
    lock: LockMode
    rewrites: bool
    doubtful: bool
    scans: bool
    writes: bool
    statements: tuple[Mention, ...]


class _Answer(NamedTuple):
    """What the catalogs say of one use."""

    use: int
    oid: int
    lock: str | None
    rewrites: bool | None
    scans: bool | None


def touched(database: Database, impacts: Sequence[Impact]) -> tuple[Touched, ...]:
    """The tables that are there and that the statements touch, with partitions and all, by their names."""
    numbers = {use: number for number, use in enumerate(dict.fromkeys(use for one in impacts for use in one.uses))}
    if not numbers:
        return ()
    rows, answers = _ask(database, [_row(number, use) for use, number in numbers.items()])
    kinds = {oid: Kind(kind) for oid, _, _, kind, _, _ in rows}
    mentions: dict[int, list[Mention]] = {oid: [] for oid in kinds}
    for impact in impacts:
        of_statement: dict[int, Mention] = {}
        for use in impact.uses:
            for answer in answers.get(numbers[use], ()):
                one = _mention(impact, use, answer, kinds[answer.oid])
                known = of_statement.get(answer.oid)
                of_statement[answer.oid] = _both(known, one) if known else one
        for oid, mention in of_statement.items():
            mentions[oid].append(mention)
    return tuple(_touched(row, mentions[row[0]]) for row in rows)


def _mention(impact: Impact, use: Use, answer: _Answer, kind: Kind) -> Mention:
    # A partitioned table has no rows of its own, neither has a view.
    stored = kind in _STORED
    rewrites = answer.rewrites if use.rewrites is None else use.rewrites
    scans = answer.scans if use.scans is None else use.scans
    lock = LockMode.of(answer.lock) if answer.lock else use.lock
    return Mention(
        impact.file,
        impact.line,
        impact.label,
        impact.concurrently,
        lock,
        rewrites=stored and rewrites is not False,
        doubtful=stored and rewrites is None,
        scans=stored and (scans is not False or rewrites is not False),
        # Rows that go or change because others do.
        writes=use.writes or answer.lock is not None,
    )


def _both(one: Mention, other: Mention) -> Mention:
    """A statement that uses a table in two ways."""
    rewrites = one.rewrites or other.rewrites
    certain = (one.rewrites and not one.doubtful) or (other.rewrites and not other.doubtful)
    return replace(
        one,
        lock=max(one.lock, other.lock),
        rewrites=rewrites,
        doubtful=rewrites and not certain,
        scans=one.scans or other.scans,
        writes=one.writes or other.writes,
    )


def _touched(row: Sequence[Any], mentions: Sequence[Mention]) -> Touched:
    oid, schema, name, kind, size, rows = row
    whole = reduce(_both, mentions)
    return Touched(
        oid,
        schema,
        name,
        Kind(kind),
        size,
        None if rows is None else int(rows),
        whole.lock,
        rewrites=whole.rewrites,
        doubtful=whole.doubtful,
        scans=whole.scans,
        writes=whole.writes,
        statements=tuple(mentions),
    )


def _ask(database: Database, wanted: list[dict[str, object]]) -> tuple[list[list[Any]], dict[int, list[_Answer]]]:
    try:
        found = _run(database, wanted)
    except SqlError as error:
        if error.sqlstate != _NOT_IN_ENCODING:
            raise
        # Some of the names are in letters that this database does not have.
        found = _run(database, [row for row in wanted if _text(row).isascii()])
    answers: dict[int, list[_Answer]] = {}
    for answer in (_Answer(*row) for row in found["uses"]):
        answers.setdefault(answer.use, []).append(answer)
    return found["tables"], answers


def _run(database: Database, wanted: list[dict[str, object]]) -> dict[str, list[list[Any]]]:
    query = Path(__file__).with_name("touched.sql").read_text(encoding="utf-8")
    found: dict[str, list[list[Any]]] = json.loads(database.row(query.replace("$1", literal(_text(wanted))))[0] or "{}")
    return found


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _row(number: int, use: Use) -> dict[str, object]:
    question = use.question
    return {
        "n": number,
        "path": [use.schema] if use.schema is not None else use.path or None,
        "relation": use.name,
        "via": use.via,
        "descends": use.descends,
        "ask": question.ask,
        "columns": question.columns or None,
        "conname": question.constraint,
        "functions": question.functions,
        "name": question.name,
        "schema": question.schema,
        "modifier": question.modifier,
        "is_array": question.array,
        "is_cast": question.cast,
    }
