"""How a branch is called, and the comment on its database that proves it to be one."""

import datetime
import json
import re
import zlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ..database import Database, identifier, literal
from ..errors import Refused, UsageError

# Fit for a file, for a word among arguments, and for no number of migrations.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_LONGEST = 63
_BEGINNING = "migratekit branch "
# Where the connection is; nothing of it can be found in a copy of the database under another name.
_HERE = """
SELECT d.datname, d.oid, pg_catalog.shobj_description(d.oid, 'pg_database')
  FROM pg_catalog.pg_database d WHERE d.datname = current_database()
"""


class Made(NamedTuple):
    """A new branch: its URL, how it came to be, in words, and what of the database it does not have."""

    url: str
    told: str
    lacks: Sequence[str] = ()


class Mark(NamedTuple):
    """What the comment says: the branch's name, the database it is of, and the one that was marked."""

    name: str
    of: str
    database: str
    oid: int
    made: str
    by: str
    ready: bool

    @property
    def age(self) -> float:
        """Seconds since it was made."""
        return (datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(self.made)).total_seconds()

    def statement(self, called: str = "") -> str:
        """What writes it, also while the database is still called otherwise."""
        text = _BEGINNING + json.dumps(self._asdict(), ensure_ascii=False)
        return f"COMMENT ON DATABASE {identifier(called or self.database)} IS {literal(text)}"


def checked(name: str) -> str:
    """The name; UsageError if a branch cannot be called so."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name of a branch", hint="a letter first, then letters, digits, dots, hyphens, underscores"
        )
    return name


def database_of(database: str, name: str) -> str:
    """What the database of a branch is called, cut to what PostgreSQL keeps of a name."""
    whole = f"{database}_branch_{name}"
    if len(whole.encode()) <= _LONGEST:
        return whole
    # Two long names may begin alike, and must not be taken for each other.
    mark = f"~{zlib.crc32(whole.encode()):08x}"
    return whole.encode()[: _LONGEST - len(mark)].decode("utf-8", "ignore") + mark


def now() -> str:
    """The time, as a mark holds it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def read(database: str, oid: int, comment: str | None) -> Mark | None:
    """The mark that a database bears; None if it bears none, or one that was written for another database."""
    if not (comment or "").startswith(_BEGINNING):
        return None
    with suppress(ValueError, TypeError):
        found: Any = json.loads((comment or "")[len(_BEGINNING) :])
        mark = Mark(**found)
        datetime.datetime.fromisoformat(mark.made)
        return mark if (mark.database, mark.oid) == (database, oid) else None
    return None


def read_here(database: Database) -> Mark | None:
    """The mark of the database in which a session is."""
    name, oid, comment = database.row(_HERE)
    return read(name or "", int(oid or 0), comment)


def write_here(database: Database, name: str, by: str) -> None:
    """Marks the database in which a session is; SqlError if the role may not."""
    here, oid, _ = database.row(_HERE)
    database.run(Mark(name, here or "", here or "", int(oid or 0), now(), by, ready=True).statement())


def unproved(database: str, name: str) -> Refused:
    """What to say of a database that has no mark of this branch."""
    return Refused(
        f"nothing proves that it is branch {name}: it has no such comment, or was given it for another database",
        where=f"database {database}",
        hint="nothing was changed; look what is in it, and drop it by hand if nobody wants it",
    )


def refused_rights(user: str) -> Refused:
    """What to say where the role may not make databases."""
    return Refused(
        f"role {user} may not make databases: it needs CREATEDB",
        hint=f"nothing was changed; a superuser may say: ALTER ROLE {identifier(user)} CREATEDB",
    )
