"""What a migration can bring into being or take away, and what its statements say of it."""

from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from functools import lru_cache


class Kind(StrEnum):
    """What sort of thing it is, in the words of the documentation."""

    TABLE = "table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    FOREIGN_TABLE = "foreign table"
    SEQUENCE = "sequence"
    INDEX = "index"
    # Named by an ALTER TABLE only, which takes views, indexes and sequences too.
    RELATION = "relation"
    TYPE = "type"
    COLUMN = "column"
    NOT_NULL = "NOT NULL"
    DEFAULT = "default"
    IDENTITY = "identity"
    COLUMN_TYPE = "data type"
    CONSTRAINT = "constraint"
    VALIDATED = "validated constraint"
    TRIGGER = "trigger"
    TRIGGER_STATE = "state of trigger"
    POLICY = "policy"
    RULE = "rule"
    ROW_SECURITY = "row level security"
    FORCED_ROW_SECURITY = "forced row level security"
    PARTITION = "partition"
    COMMENT = "comment"
    ENUM_VALUE = "value"
    FUNCTION = "function"
    PROCEDURE = "procedure"
    AGGREGATE = "aggregate"
    ROUTINE = "routine"
    STATISTICS = "statistics"
    COLLATION = "collation"
    SCHEMA = "schema"
    EXTENSION = "extension"
    PUBLICATION = "publication"
    SUBSCRIPTION = "subscription"
    EVENT_TRIGGER = "event trigger"
    SERVER = "server"
    FOREIGN_DATA_WRAPPER = "foreign data wrapper"
    ROLE = "role"
    DATABASE = "database"
    TABLESPACE = "tablespace"


# Names that exclude each other in a schema: a table, a view and a type cannot share one.
RELATIONS = frozenset(
    {Kind.TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.FOREIGN_TABLE, Kind.SEQUENCE, Kind.INDEX, Kind.RELATION}
)
ROUTINES = frozenset({Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE, Kind.ROUTINE})
# Properties of a column; `name` is the column's.
_OF_COLUMN = frozenset({Kind.NOT_NULL, Kind.DEFAULT, Kind.IDENTITY, Kind.COLUMN_TYPE, Kind.COMMENT})
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_$")

Slot = tuple[str, str | None, tuple[str, ...], str, str, str | None]


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing that is in a database or is not."""

    kind: Kind
    name: str
    # None if the file does not say which; it is then to be looked for in the schemas of `path`, or the session's.
    schema: str | None = None
    # The table of a column, constraint, trigger …, the type of an enum value, the parent of a partition.
    of: str = ""
    # The argument types of a routine; None if the file does not say which.
    args: str | None = None
    # Not only is it there, but with this body, data type, default … It may hold secrets: never show it.
    value: str | None = field(default=None, repr=False)
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        kind: str = self.kind
        if self.kind in _OF_COLUMN and self.name:
            kind = f"{self.kind} of column"
        elif self.kind is Kind.COMMENT:
            kind = f"{self.kind} on"
        elif self.kind in ROUTINES and self.value is not None:
            kind = f"body of {self.kind}"
        parts = [part for part in (self.schema, self.of, self.name) if part]
        args = f"({self.args})" if self.kind in ROUTINES and self.args is not None else ""
        return f"{kind} {'.'.join(map(_shown, parts))}{args}"


class Before(Enum):
    """What a statement that went well says of the time before it."""

    OPPOSITE = "it was the other way round"
    LIKELY = "it was the other way round, or there was nothing to do"
    ANY = "it says nothing"


@dataclass(frozen=True, slots=True)
class Effect:
    """After the statement the thing is there, or is not."""

    thing: Thing
    there: bool
    before: Before = Before.OPPOSITE

    @property
    def lenient(self) -> bool:
        """True if the statement also goes well where there is nothing to do."""
        return self.before is not Before.OPPOSITE


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a file: where it stands, what to call it, and what it leaves behind."""

    line: int
    end_line: int
    # Byte offsets, without the semicolon.
    start: int
    end: int
    label: str
    effects: tuple[Effect, ...] = ()
    # BEGIN, COMMIT, ROLLBACK, PREPARE (a two-phase commit), or nothing.
    control: str = ""
    # It leaves nothing in the database: transaction control, settings, locks.
    inert: bool = False
    # Kinds of which it may have taken some along without naming them.
    removes: frozenset[Kind] = frozenset()
    # Names of what it may have made or dropped, and, among them, of what it may have dropped.
    mentions: frozenset[str] = frozenset()
    drops: frozenset[str] = frozenset()

    @property
    def repeatable(self) -> bool:
        """True if it changes nothing where all that it leaves behind is there already, as with IF [NOT] EXISTS."""
        likely = {slot(effect.thing) for effect in self.effects if effect.before is Before.LIKELY}
        sure = all(effect.before is not Before.OPPOSITE for effect in self.effects)
        return bool(likely) and sure and all(e.there is False or slot(e.thing) in likely for e in self.effects)


class Presence(Enum):
    """What the catalogs say of a thing."""

    ABSENT = "absent"
    PRESENT = "present"
    # An INVALID index, a partition whose DETACH CONCURRENTLY stopped.
    HALF = "half"


def slot(thing: Thing) -> Slot:
    """What things have in common of which one at most can be there, and what the parts of a thing refer to."""
    family: str = thing.kind
    if thing.kind in RELATIONS or thing.kind is Kind.TYPE:
        family = Kind.RELATION
    elif thing.kind in ROUTINES:
        family = Kind.ROUTINE
    return family, thing.schema, thing.path, thing.of, thing.name, thing.args


def is_loose(thing: Thing) -> bool:
    """True for what is named without saying of which kind it is, or with which arguments."""
    return thing.kind is Kind.RELATION or (thing.kind in ROUTINES and thing.args is None)


def loosely(place: Slot) -> Slot:
    """The slot of what has that name with any arguments."""
    return (*place[:-1], None)


@lru_cache(maxsize=4096)
def ancestors(thing: Thing) -> tuple[Slot, ...]:
    """The slots of the things without which it cannot be there."""
    found = []
    if thing.value is not None:
        found.append(slot(replace(thing, value=None)))
    if thing.kind in _OF_COLUMN and thing.name:
        found.append(_beside(thing, Kind.COLUMN))
    elif thing.kind is Kind.VALIDATED:
        found.append(_beside(thing, Kind.CONSTRAINT))
    elif thing.kind is Kind.TRIGGER_STATE:
        found.append(_beside(thing, Kind.TRIGGER))
    elif thing.kind is Kind.PARTITION:
        found.append((Kind.RELATION, thing.schema, thing.path, "", thing.name, None))
    if thing.of:
        found.append((Kind.RELATION, thing.schema, thing.path, "", thing.of, None))
    if thing.schema:
        found.append((Kind.SCHEMA, None, (), "", thing.schema, None))
    return tuple(found)


def lineage(kind: Kind) -> tuple[Kind, ...]:
    """The kinds whose removal takes a thing of this kind along, its own first."""
    if kind in _OF_COLUMN:
        return kind, Kind.COLUMN, Kind.VIEW, Kind.MATERIALIZED_VIEW
    if kind is Kind.COLUMN:
        return kind, Kind.VIEW, Kind.MATERIALIZED_VIEW
    if kind is Kind.VALIDATED:
        return kind, Kind.CONSTRAINT
    return (kind, Kind.TRIGGER) if kind is Kind.TRIGGER_STATE else (kind,)


def _beside(thing: Thing, kind: Kind) -> Slot:
    return slot(replace(thing, kind=kind, value=None))


def _shown(name: str) -> str:
    return name if _PLAIN.issuperset(name) and not name[0].isdigit() else '"' + name.replace('"', '""') + '"'
