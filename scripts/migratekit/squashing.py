"""What a baseline says of the migrations that it stands for: their versions and what was in their files; pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from types import MappingProxyType
from typing import NamedTuple

from .header import read_header
from .migration import Migration

# Beside the chain: what a baseline took the place of.
FOLDER = "squashed"
TITLE = "baseline"
_LINE = re.compile(rb"--[ \t]+([0-9]+)[ \t]+(|.*[ \t])([0-9a-f]{64})[ \t\r]*")
_FIELD = b"Squashes:"
_HEADER = 8192

# By version the checksums of the files that may have been applied as that.
Squashed = Mapping[int, frozenset[str]]
NOTHING: Squashed = MappingProxyType({})


class Part(NamedTuple):
    """One file that a baseline stands for."""

    number: str
    title: str
    checksum: str


def baseline_of(chain: Sequence[Migration], squashed_of: Callable[[Migration], Squashed]) -> Migration | None:
    """The baseline of a chain: the first file, or the one so called, if others came late in front of it."""
    named = [migration for migration in reversed(chain) if migration.title == TITLE and migration.up]
    likely = [*named, *(migration for migration in chain[:1] if migration.up)]
    return next((migration for migration in likely if squashed_of(migration)), None)


def read_squashed(sql: bytes) -> Squashed:
    """What a file stands for, by version; nothing where it is no baseline."""
    found: dict[int, frozenset[str]] = {}
    for part in parts_listed(sql):
        found[int(part.number)] = found.get(int(part.number), frozenset()) | {part.checksum}
    return found or NOTHING


def parts_listed(sql: bytes) -> list[Part]:
    """The files that a baseline stands for, as its header lists them."""
    if _FIELD not in sql[:_HEADER] or not read_header(sql).get("Squashes"):
        return []
    lines = takewhile(lambda line: line.startswith(b"--"), sql.splitlines())
    matches = filter(None, map(_LINE.fullmatch, lines))
    return [
        Part(match[1].decode(), match[2].decode("utf-8", "replace").strip(), match[3].decode()) for match in matches
    ]


def listing(parts: Sequence[Part]) -> str:
    """The lines of a header that name the parts."""
    lines = [f"-- Squashes: {parts[0].number}-{parts[-1].number}"]
    shown = (part.title.encode("ascii", "backslashreplace").decode().replace("\n", " ") for part in parts)
    lines += [f"--   {part.number} {title} {part.checksum}" for part, title in zip(parts, shown, strict=True)]
    return "\n".join(lines)
