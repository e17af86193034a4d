"""What a statement does to the tables that were there before its file."""

from dataclasses import dataclass
from enum import StrEnum

from ..lock_modes import LockMode


class Via(StrEnum):
    """Which tables are meant, seen from the name that the file gives."""

    SELF = "self"
    # The table of the index, or of the statistics, of that name; those with a column of the domain.
    INDEX = "index"
    STATISTICS = "statistics"
    DOMAIN = "domain"
    # The partitioned table of which it is a partition; its default partition; that of its parent.
    PARENT = "parent"
    DEFAULT = "default"
    SIBLING = "sibling"
    # By foreign keys.
    REFERENCED = "referenced"
    REFERENCING = "referencing"
    # What a view or materialized view reads; the views that read it.
    SOURCES = "sources"
    DEPENDENTS = "dependents"


class Ask(StrEnum):
    """What only the catalogs can tell of a use."""

    NOTHING = ""
    # Does the new column need a rewrite, or the new type?
    ADD = "add"
    TYPE = "type"
    # Is it generated, and kept?
    STORED = "stored"
    # Must the rows be read?
    NOT_NULL = "not null"
    VALIDATE = "validate"
    # Is it different from what it is now?
    PERSISTENCE = "persistence"
    ACCESS_METHOD = "access method"
    TABLESPACE = "tablespace"
    # The foreign keys that rows which are written have to do with, and what they do to other tables.
    ROWS = "rows"
    DELETE = "delete"
    UPDATE = "update"
    TRUNCATE = "truncate"


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask the catalogs, about what."""

    ask: Ask = Ask.NOTHING
    # Empty for any.
    columns: tuple[str, ...] = ()
    constraint: str = ""
    # The functions that a default calls.
    functions: tuple[str, ...] = ()
    # The access method, tablespace, persistence or index; the name of a type, and its schema.
    name: str = ""
    schema: str | None = None
    # Of a type: its modifier (None if it is not known), whether it is an array, whether rows are only cast to it.
    modifier: int | None = -1
    array: bool = False
    cast: bool = True


@dataclass(frozen=True, slots=True)
class Use:
    """Tables that a statement locks; `rewrites` and `scans` are None where the catalogs must be asked."""

    schema: str | None
    name: str
    lock: LockMode
    via: Via = Via.SELF
    # Its partitions and children too.
    descends: bool = False
    rewrites: bool | None = False
    # All rows are read under the lock.
    scans: bool | None = False
    writes: bool = False
    # Where to look for a name without a schema; empty for the session's search_path.
    path: tuple[str, ...] = ()
    question: Question = Question()


@dataclass(frozen=True, slots=True)
class Impact:
    """One statement, and the tables that it uses."""

    # The number of the file, as the caller counts.
    file: int
    line: int
    label: str
    concurrently: bool
    uses: tuple[Use, ...]
    # It could do anything beside that.
    opaque: bool
