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
    rb"|(?:GRANT|REVOKE)\s(?:(?!\bON\b)[^;])*?\s(?:TO|FROM)\s",
    re.IGNORECASE,
)
# Another server is to send its rows, or not any more.
_REMOTE = re.compile(rb"(?:CREATE|ALTER|DROP)\s+SUBSCRIPTION\b", re.IGNORECASE)
# A block looks for what to do; what is in a function runs elsewhere.
_BLOCK = re.compile(rb"DO\b", re.IGNORECASE)
_CALLS = re.compile(
    rb"\bpg_(?:(?:terminate|cancel)_backend|(?:create|drop|copy)_\w*replication_slot|reload_conf)\s*\(", re.IGNORECASE
)
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
        find = _SHARED.search if _BLOCK.match(text) else _SHARED.match
        remote = (_REMOTE.search if _BLOCK.match(text) else _REMOTE.match)(text)
        found = remote or find(text) or _CALLS.search(text)
        # What is done to the database in which the file runs is done to the copy.
        own = found and b"DATABASE" in found[0].upper() and _OWN.search(text)
        if found and not own:
            line = sql.count(b"\n", 0, statement.start + found.start()) + 1
            yield Beyond(line, " ".join(found[0].decode("utf-8", "replace").split()), bool(remote))
