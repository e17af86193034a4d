"""Statements that reach beyond a database: what they change on a copy, they change for the database itself too."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..lexer import scan

_KINDS = rb"(?:DATABASE|ROLE|TABLESPACE|SUBSCRIPTION)\b"
_SHARED = re.compile(
    rb"(?:CREATE|ALTER|DROP)\s+(?:ROLE|USER(?!\s+MAPPING)|GROUP|TABLESPACE|DATABASE)\b"
    rb"|ALTER\s+SYSTEM\b|(?:DROP|REASSIGN)\s+OWNED\b"
    rb"|COMMENT\s+ON\s+" + _KINDS + rb"|SECURITY\s+LABEL\b[^;]*?\bON\s+" + _KINDS +
    # Rights on what is shared; and a role given to a role, which is on nothing.
    rb"|(?:GRANT|REVOKE)\b[^;]*?\bON\s+(?:DATABASE|TABLESPACE|PARAMETER)\b"
    rb"|(?:GRANT|REVOKE)\s(?:(?!\bON\b)[^;])*?\s(?:TO|FROM)\s"
    # Files and programs of the server.
    rb"|COPY\b[^;]*?\b(?:(?:TO|FROM)\s+PROGRAM\b|TO\s+E?')",
    re.IGNORECASE,
)
# Another server is to send its rows, or not any more.
_REMOTE = re.compile(rb"(?:CREATE|ALTER|DROP)\s+SUBSCRIPTION\b", re.IGNORECASE)
# A block looks for what to do; what is in a function runs elsewhere.
_BLOCK = re.compile(rb"DO\b", re.IGNORECASE)
_CALLS = re.compile(
    rb"\b(?:pg_(?:(?:terminate|cancel)_backend|(?:create|drop|copy)_\w*replication_slot|reload_conf)|lo_export)\s*\(",
    re.IGNORECASE,
)
# Words may have comments between them; what stands in quotes is passed over.
_COMMENT = re.compile(rb"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_OWN = re.compile(rb"\bcurrent_database\s*\(", re.IGNORECASE)


class Beyond(NamedTuple):
    """Such a statement: the line where it begins, its first words, and whether other servers are concerned."""

    line: int
    words: str
    remote: bool


def beyond(sql: bytes) -> Iterator[Beyond]:
    """The statements of a file that reach beyond its database, as far as its text tells."""
    for statement in scan(sql).statements:
        text = sql[statement.start : statement.end]
        found = _found(text)
        if not found and (b"--" in text or b"/*" in text):
            found = _found(_COMMENT.sub(_blank, text))
        if found:
            line = sql.count(b"\n", 0, statement.start + found.start()) + 1
            words = " ".join(found[0].decode("utf-8", "replace").split())
            yield Beyond(line, words, bool(_REMOTE.match(found[0])))


def _found(text: bytes) -> re.Match[bytes] | None:
    """The first words of a statement that reach beyond, those that concern other servers before all."""
    is_block = _BLOCK.match(text)
    for pattern in (_REMOTE, _SHARED, _CALLS):
        anywhere = is_block or pattern is _CALLS
        for found in pattern.finditer(text) if anywhere else filter(None, [pattern.match(text)]):
            # What is done to the database in which the file runs is done to the copy.
            if not (b"DATABASE" in found[0].upper() and _OWN.search(text)):
                return found
    return None


def _blank(token: re.Match[bytes]) -> bytes:
    """A comment's length in blanks; what is none stays."""
    return token[0] if token[0].startswith(b"'") else re.sub(rb"[^\n]", b" ", token[0])
