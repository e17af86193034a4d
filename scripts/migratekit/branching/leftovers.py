"""Databases that are just being made, under names that nobody else gives; what killed calls left of them."""

import json
import secrets
from contextlib import suppress

from ..database import Database, SqlError, identifier

# No branch is called so, of whatever database; and what people make lets them in.
_PREFIX = "migratekit_unnamed_"
_UNNAMED = f"""
SELECT datname FROM pg_catalog.pg_database WHERE datname ~ '^{_PREFIX}[0-9a-f]{{12}}$' AND NOT datallowconn
"""
# Locks belong to one database each, and whoever makes a branch may be in another one than we are.
_HELD = """
SELECT coalesce(json_agg(objid::bigint), '[]') FROM pg_catalog.pg_locks
 WHERE locktype = 'advisory' AND classid = 0 AND objsubid = 1
"""


def temporary(admin: Database) -> str:
    """A name for a database that is no branch yet, to be made closed; while the session lives it counts as taken."""
    name = f"{_PREFIX}{secrets.token_hex(6)}"
    admin.run(f"SELECT pg_advisory_lock({_lock(name)})")
    return name


def drop_leftovers(admin: Database) -> None:
    """Drops what killed calls had not yet named; never by force: somebody at work in it would be no leftover."""
    # In this order: who has made one by then has its lock.
    unnamed = [row[0] or "" for row in admin.run(_UNNAMED)[-1].rows]
    held = json.loads(admin.row(_HELD)[0] or "[]") if unnamed else []
    for name in unnamed:
        if _lock(name) not in held:
            # One of another role stays until that one comes by.
            with suppress(SqlError):
                admin.run(f"DROP DATABASE {identifier(name)}")


def _lock(name: str) -> int:
    return int(name[-8:], 16)
