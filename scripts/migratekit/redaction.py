"""Passwords taken out of texts, wherever SQL or a connection string may hold one."""

import re

# A literal behind PASSWORD in SQL, a value behind password= in a connection string.
# Compiled at their first use, and then kept by `re`: most runs need none of them.
_NEAR = r'(?s:at or near ".*")'
_BEFORE = r"(?i:\bpassword)\s+$"
_GIVEN = (
    r"(?is)(\bpassword(?:\s*=\s*|\s+))(?:E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*(?:'|\Z)|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))"
    r"|(?P<bare>\bpassword=)[^\s&'\"]+"
)
_URL = r"(://[^\s:/?#@'\"]{0,100}:)[^\s/@'\"]{1,200}(?=@)"

# A file can be long, and what is in front of an error short.
_NEARBY = 4096


def redact(text: str) -> str:
    """The text with *** in the place of every password that can be recognised as one."""
    # Whatever a run tells goes through here, and hardly any of it needs the patterns.
    if "password" in text.lower():
        text = re.sub(_GIVEN, lambda match: f"{match[1]}'***'" if match[1] else f"{match['bare']}***", text)
    return re.sub(_URL, r"\1***", text) if "://" in text else text


def is_behind_password(sql: str, position: int) -> bool:
    """True if the character at that position, counted from 1, is where a password should begin."""
    return position > 0 and bool(re.search(_BEFORE, sql[max(0, position - _NEARBY) : position - 1]))


def redact_error(message: str, sql: str, position: int) -> str:
    """The server's message without the word at which it says the error is, where that could be a password."""
    return re.sub(_NEAR, 'at or near "***"', message) if is_behind_password(sql, position) else redact(message)
