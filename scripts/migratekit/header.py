"""What a migration file says of itself in the comments that it begins with; pure."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# Words behind `-- migratekit:`, for this one file.
DIRECTIVES = frozenset({"allow-changed", "allow-missing", "resumable"})
_KEY = "migratekit"
_MAX_BYTES = 8192
_PIECE = re.compile(r"[ \t\r\n\f\v]++|--(?P<line>[^\r\n]*+)|(?P<block>/\*)")
_EDGE = re.compile(r"/\*|\*/")
_FIELD = re.compile(r"\s*+([A-Za-z][A-Za-z -]{0,30}?)\s*+:\s*+(.*?)\s*+")
_NUMBERS = re.compile(r"\d+(?:\s*,\s*\d+)*")
_USUAL = frozenset(
    {"version", "description", "author", "date", "dependencies", "phase", "rollback for", "data", "script", "squashes"}
)


class Header(NamedTuple):
    """Fields by their names in lower case, words for migratekit, and whether anything else is remarked."""

    fields: Mapping[str, str]
    directives: frozenset[str]
    remarks: bool

    def get(self, name: str) -> str:
        """The value of a field, whatever the case of its name; empty where it is not given."""
        return self.fields.get(name.lower(), "")

    @property
    def dependencies(self) -> tuple[int, ...]:
        """The versions that the file needs; none where it says so, or says anything but numbers."""
        text = self.get("Dependencies")
        return tuple(map(int, re.findall(r"\d+", text))) if _NUMBERS.fullmatch(text) else ()


def read_header(sql: bytes) -> Header:
    """The header of a file's text; of two fields of one name the first counts."""
    fields: dict[str, str] = {}
    directives: set[str] = set()
    remarks = False
    for line in _comments(_beginning(sql)):
        field = _FIELD.fullmatch(line)
        if field is None:
            remarks = remarks or bool(line.strip())
            continue
        name = " ".join(field[1].lower().split())
        if name == _KEY:
            directives.update(field[2].lower().replace(",", " ").split())
        else:
            fields.setdefault(name, field[2])
            remarks = remarks or name not in _USUAL
    return Header(fields, frozenset(directives), remarks)


def _beginning(sql: bytes) -> str:
    """What a header could be in; a line that would be cut is left out."""
    if len(sql) > _MAX_BYTES:
        sql = sql[: sql.rfind(b"\n", 0, _MAX_BYTES) + 1]
    return sql.decode("utf-8", "replace").removeprefix("\ufeff")


def _comments(text: str) -> Iterator[str]:
    """The comments in front of the first statement, line by line; those in /* */ are one."""
    position = 0
    while piece := _PIECE.match(text, position):
        position = piece.end()
        if piece["line"] is not None:
            yield piece["line"]
        elif piece["block"]:
            position = _block_end(text, position)
            yield text[piece.end() : position].removesuffix("*/").replace(":", " ")


def _block_end(text: str, inside: int) -> int:
    depth = 1
    for edge in _EDGE.finditer(text, inside):
        depth += 1 if edge[0] == "/*" else -1
        if not depth:
            return edge.end()
    return len(text)
