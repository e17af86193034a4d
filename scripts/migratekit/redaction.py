"""Passwords taken out of texts, wherever SQL or a connection string may hold one."""

import re

# A literal behind PASSWORD in SQL, a value behind password= in a connection string.
_PASSWORD = re.compile(
    r"(\bpassword(?:\s*=\s*|\s+))(?:E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')|(\bpassword=)[^\s&'\"]+", re.IGNORECASE
)


def redact(text: str) -> str:
    """The text with *** in the place of every password that can be recognised as one."""
    return _PASSWORD.sub(lambda match: f"{match[1]}'***'" if match[1] else f"{match[2]}***", text)
