"""Why a server could not be reached, from the words of libpq, and whether trying again may help."""

import re

_TRANSIENT = re.compile(
    r"Connection refused|No such file|starting up|shutting down|too many clients|"
    r"could not translate host name|Name or service|timeout|timed out|closed the connection|recovery mode"
)
_HINTS = (
    ("password authentication failed", "check user and password of the database URL, or PGPASSWORD and ~/.pgpass"),
    ("no password supplied", "put the password in the database URL, PGPASSWORD or ~/.pgpass"),
    ("does not support SSL", "add ?sslmode=disable to the URL if the connection may be plain"),
    ("does not exist", "check the name, or create it first"),
    ("Connection refused", "is the server running, and are host and port right? `migratekit wait` waits for it"),
    ("could not translate host name", "check the host in the database URL"),
)


def is_transient(message: str) -> bool:
    """True if the same attempt may go well in a moment."""
    return bool(_TRANSIENT.search(message))


def hint_for(message: str) -> str:
    """What to do about it."""
    return next(
        (hint for part, hint in _HINTS if part in message), "`migratekit config` shows where the URL comes from"
    )
