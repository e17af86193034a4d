"""Why a server could not be reached, from the words of libpq, and whether trying again may help."""

import re

# Compiled when a connection fails.
_TRANSIENT = (
    r"Connection refused|No such file|starting up|shutting down|too many clients|"
    r"could not translate host name|Name or service|name resolution|No address associated|timeout|timed out|"
    r"closed the connection|Connection reset|No route to host|unreachable|recovery mode|accepting connections|"
    r"connection slots|too many connections"
)
_WAIT = "`migratekit wait` waits for it"
_NO_WAY = "there is no way from here to that host: check it, and VPN or firewall"
_FULL = "all connections that there may be are in use: come when some are free"
# Patterns; the first that is found.
_HINTS = (
    ("password authentication failed", "check user and password of the database URL, or PGPASSWORD and ~/.pgpass"),
    ("no password supplied", "put the password in the database URL, PGPASSWORD or ~/.pgpass"),
    (
        "channel binding",
        "channel_binding=require wants TLS and a SCRAM password: sslmode=require, and a server with both",
    ),
    ("does not support SSL", "add ?sslmode=disable to the URL if the connection may be plain"),
    (
        "root certificate|server certificate|certificate verify",
        "name in the URL, with sslrootcert, who signs for the server; and use the host name that its certificate has",
    ),
    ("no pg_hba.conf entry", "the server's pg_hba.conf lets nobody in like this; does it want TLS (?sslmode=require)?"),
    ("permission denied for database", "have the database's owner GRANT CONNECT ON DATABASE to the role of the URL"),
    ("not permitted to log in", "have an administrator say ALTER ROLE … LOGIN, or connect as another role"),
    ("unrecognized configuration parameter", "neither libpq nor the server knows it: mend the parameters of the URL"),
    ("does not exist", "check the name, or create it first"),
    ("Connection refused", f"is the server running, and are host and port right? {_WAIT}"),
    ("No such file", f"nobody listens on that socket: does the server, or Cloud SQL's proxy, run here? {_WAIT}"),
    ("socket .*Permission denied", "this user of the machine may not use the socket: look at the rights of its folder"),
    ("could not translate host name|Name or service", "check the host in the database URL"),
    ("unreachable|No route to host", _NO_WAY),
    ("timeout|timed out", "nobody answers: check host, port and firewalls; ?connect_timeout=60 waits for longer"),
    ("too many c|connection slots are reserved", _FULL),
    ("starting up|shutting down|recovery mode", _WAIT),
)


def is_transient(message: str) -> bool:
    """True if the same attempt may go well in a moment."""
    return bool(re.search(_TRANSIENT, message))


def hint_for(message: str) -> str:
    """What to do about it."""
    return next(
        (hint for pattern, hint in _HINTS if re.search(pattern, message)),
        "`migratekit config` shows where the URL comes from",
    )
