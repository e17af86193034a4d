"""What the migrations that are there tell about tables."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress

from ..migration import File, Migration
from ..quoting import Name, ident, read_name

_CREATED = re.compile(
    r"""\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?
        (?P<name>(?:"(?:[^"]|"")+"|[\w$]+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\w$]+))?)""",
    re.IGNORECASE | re.VERBOSE,
)


def tables_made(chain: Iterable[Migration], read: Callable[[File], bytes]) -> dict[str, str]:
    """The tables that up files make, as SQL writes their names, each with the version that made it last."""
    made: dict[str, str] = {}
    for migration in chain:
        if migration.up is not None:
            version = migration.number
            text = read(migration.up).decode("utf-8", "replace")
            for found in _CREATED.finditer(text):
                with suppress(ValueError):
                    made[ident(_folded(found["name"]))] = version
    return made


def makers(tables: Iterable[Name], made: dict[str, str]) -> list[str]:
    """The versions that made these tables, in their order, where the files tell."""
    return sorted({made[name] for table in tables if (name := ident(table)) in made}, key=int)


def _folded(text: str) -> Name:
    """A name in a statement: small letters but for what is quoted."""
    parts = re.findall(r'"(?:[^"]|"")+"|[^\s."]+', text)
    return read_name(".".join(part if part.startswith('"') else part.lower() for part in parts))
