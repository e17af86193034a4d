"""The settings that belong together: what each section of an environment holds, and its defaults."""

from typing import Any, NamedTuple

from . import kinds


class Limits(NamedTuple):
    """From where on `preflight` complains; times in seconds, sizes in bytes."""

    # So many connections at least must be free.
    connections: int = 5
    # No transaction may have been open for longer; nor, without doing anything, for so long.
    long_transaction: float = 300.0
    idle_transaction: float = 60.0
    replication_lag: float = 60.0
    # What replication slots keep of the WAL.
    slot_wal: int = 10 << 30
    backup_age: float = 24 * 3600.0
    # What must be left on a disk when all is done.
    free_disk: int = 1 << 30
    # From this size on a table is not rewritten, or locked for a scan, without a warning.
    table_size: int = 1 << 30
    # So long all files may take in a shadow.
    drift_time: float = 60.0


class Backups(NamedTuple):
    """How backups are made, and for how long they are kept."""

    folder: str = "backups"
    # pg_dump's: one file, or a folder that several jobs write.
    format: str = "custom"
    jobs: int = 2
    # The whole database, or the tables that the pending migrations touch.
    scope: str = "database"
    # Read the list of what is in it, or restore all of it into a scratch database and compare.
    verify: str = "list"
    keep: int = 7
    # In seconds; 0 for ever.
    keep_for: float = 0.0
    # What makes the backup in place of pg_dump, and what tells that it can be used.
    command: tuple[str, ...] = ()
    check: tuple[str, ...] = ()


class Branching(NamedTuple):
    """A service that makes branches in place of copies on the same server: its programs, with `{name}` among them."""

    create: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    list: tuple[str, ...] = ()
    url: tuple[str, ...] = ()


class Drifting(NamedTuple):
    """What is left out where a database is held against its files: patterns of objects, and who may do what."""

    ignore: tuple[str, ...] = ()
    grants: bool = True


class Shadow(NamedTuple):
    """The URL of a server on which to make databases for shadows, or where that is kept; all empty for a new server."""

    url: str = ""
    url_variable: str = ""
    url_file: str = ""

    @property
    def name(self) -> str:
        """The place where a URL is kept, as messages call it."""
        return self.url_variable or self.url_file


class Watching(NamedTuple):
    """How a running migration is watched, and what it may cost others; times in seconds, 0 for never."""

    # A file that others stood in the way of is tried so often again, after a rest that grows up to a limit.
    retries: int = 5
    retry_pause: float = 1.0
    retry_limit: float = 30.0
    # From when on a file that runs, waits for others or keeps others waiting is told of.
    long_running: float = 300.0
    blocked: float = 2.0
    blocking: float = 2.0
    # From when on it is cancelled for that.
    cancel_running: float = 0.0
    cancel_blocking: float = 0.0


# What webhooks tell of, as docs/signals.md explains it.
EVENTS = (
    "started",
    "long-running",
    "blocked",
    "blocking",
    "lock-timeout",
    "integrity-violation",
    "failed",
    "rolled-back",
    "done",
)


class Webhook(NamedTuple):
    """Where events go to. The URL is a secret: only the place where it is kept is named here."""

    url_variable: str = ""
    url_file: str = ""
    format: str = "json"
    events: tuple[str, ...] = EVENTS

    @property
    def name(self) -> str:
        """How it is called in messages."""
        return self.url_variable or self.url_file


READ_LIMITS = kinds.section(
    {
        "connections": kinds.count,
        "long_transaction": kinds.duration,
        "idle_transaction": kinds.duration,
        "replication_lag": kinds.duration,
        "slot_wal": kinds.size,
        "backup_age": kinds.duration,
        "free_disk": kinds.size,
        "table_size": kinds.size,
        "drift_time": kinds.duration,
    }
)
READ_BACKUP = kinds.section(
    {
        "folder": kinds.text,
        "format": kinds.choice("custom", "directory"),
        "jobs": kinds.count,
        "scope": kinds.choice("database", "tables"),
        "verify": kinds.choice("list", "restore"),
        "keep": kinds.count,
        "keep_for": kinds.duration,
        "command": kinds.words,
        "check": kinds.words,
    }
)
READ_DRIFT = kinds.section({"ignore": kinds.texts, "grants": kinds.switch})
_READ_BRANCH = kinds.section(dict.fromkeys(Branching._fields, kinds.words))
_READ_WEBHOOK = kinds.section(
    {
        "url_variable": kinds.text,
        "url_file": kinds.text,
        "format": kinds.choice("json", "slack"),
        "events": kinds.some_of(*EVENTS),
    }
)


def read_branch(value: Any) -> Any:
    """The programs of a service for branches, all that are needed; or none."""
    found = _READ_BRANCH(value)
    lacking = [key for key in ("create", "url", "drop") if key not in found]
    if found and lacking:
        raise ValueError(f"needs {', '.join(lacking)} too")
    nameless = [key for key in found if key != "list" and not any("{name}" in word for word in found[key][1:])]
    if nameless:
        raise ValueError(f"{', '.join(nameless)} must have {{name}} among the arguments, for the branch's name")
    return found


def _read_webhook(value: Any) -> Any:
    found = _READ_WEBHOOK(value)
    if ("url_variable" in found) is ("url_file" in found):
        raise ValueError("needs url_variable or url_file: the URL is a secret, and does not stand here")
    return found


_READ_SHADOW = kinds.section({"url_variable": kinds.text, "url_file": kinds.text})


def read_shadow(value: Any) -> Any:
    """A URL, or where one is kept."""
    if isinstance(value, str):
        return {"url": kinds.text(value)}
    if not isinstance(value, dict):
        raise ValueError("must be a URL, or say where one is kept: url_variable or url_file")
    found = _READ_SHADOW(value)
    if len(found) > 1:
        raise ValueError("needs one of url_variable and url_file, not both")
    return found


READ_WEBHOOKS = kinds.several(_read_webhook)
READ_WATCH = kinds.section(
    {
        "retries": kinds.count,
        **dict.fromkeys(("retry_pause", "retry_limit", "long_running", "blocked", "blocking"), kinds.duration),
        **dict.fromkeys(("cancel_running", "cancel_blocking"), kinds.duration),
    }
)
