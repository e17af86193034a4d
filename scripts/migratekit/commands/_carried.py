"""What of files a baseline cannot hold, since no dump of a schema does; for `squash`."""

import re
from collections.abc import Iterator

from ..header import read_header
from ..lexer import scan

# The name of what a statement is about; never what follows, which may be a password.
_NAMED = rb'(?:\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?((?:"[^"]+"|[A-Za-z_][\w$]*)))?'
# What belongs to the server, or holds secrets. Settings of a database are carried, whatever it is called.
_SERVERS = re.compile(
    rb"\b(?:(?:CREATE|ALTER|DROP)\s+(?:ROLE|GROUP|TABLESPACE|SYSTEM|SUBSCRIPTION|USER(?:\s+MAPPING)?)\b"
    rb"|(?:CREATE|DROP)\s+DATABASE\b"
    rb"|ALTER\s+DATABASE\b(?!\s[^;]*?\b(?:SET\s+(?!TABLESPACE\b)|RESET\b)))" + _NAMED,
    re.IGNORECASE,
)
_SERVERS_RIGHTS = re.compile(
    rb"\b(?:GRANT|REVOKE)\s[^;]*?\sON\s+(?:PARAMETER|TABLESPACE)\s+(?!TO\b|FROM\b)"
    rb"|\bCOMMENT\s+ON\s+(?:ROLE|TABLESPACE)\b",
    re.IGNORECASE,
)
_MEMBERSHIP = re.compile(rb"(?:GRANT|REVOKE)\b(?!.*\sON\s)[^;']{,80}", re.IGNORECASE | re.DOTALL)
_DATABASES = re.compile(
    rb"\b((?:GRANT|REVOKE)\s[^;]*?\sON\s+DATABASE|COMMENT\s+ON\s+DATABASE|ALTER\s+DATABASE)\s+(?!TO\b|FROM\b)"
    rb'("(?:[^"]|"")+"|[^\s,;"]+)(\s*,)?',
    re.IGNORECASE,
)
_OWN = re.compile(rb"\bcurrent_(?:database\s*\(|catalog\b)", re.IGNORECASE)
_SETTING = re.compile(rb'\bALTER\s+DATABASE\b[^;]*?\sSET\s+((?:[\w.]|"[^"]+")+)', re.IGNORECASE)


def not_carried(sql: bytes) -> str:
    """What of a file no database of its own could hold, and why; empty if there is nothing."""
    if read_header(sql).get("Script"):
        return "calls a program, which does not run in a shadow: what it writes would be lost"
    for statement in scan(sql).statements:
        found = _SERVERS.search(sql, statement.start, statement.end)
        found = found or _SERVERS_RIGHTS.search(sql, statement.start, statement.end)
        if found := found or _MEMBERSHIP.match(sql, statement.start, statement.end):
            return f"says {_words(found[0])}, and no dump of a schema holds that: it belongs to the server"
    return ""


def another_database(sql: bytes, called: str) -> str:
    """What a file says to a database other than the one `called` so in the shadow; empty if it does not."""
    for statement in scan(sql).statements:
        text = sql[statement.start : statement.end]
        for found in [] if _OWN.search(text) else _DATABASES.finditer(text):
            if found[3] or _name(found[2]) != called:
                words = f"{_words(found[1])} {_words(found[2])}"
                return f"says {words}, and the shadow, in which the file runs, is no database of that name"
    return ""


def settings_made(sql: bytes) -> Iterator[str]:
    """The settings, in small letters, that a file gives to a database."""
    for found in _SETTING.finditer(sql):
        yield found[1].decode("utf-8", "replace").replace('"', "").lower()


def _words(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "replace").split())


def _name(word: bytes) -> str:
    text = word.decode("utf-8", "replace")
    return text[1:-1].replace('""', '"') if text.startswith('"') else text.lower()
