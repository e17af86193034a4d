"""All that a schema holds, and the statements that remove it."""

from pathlib import Path

from ..database import Database


def drop_everything(database: Database) -> tuple[list[str], str]:
    """The objects of the current schema that no extension owns, and the statements that drop them in one go."""
    query = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    rows = database.run(query)[-1].rows
    names = [f"{(what or '').lower()} {name}" for what, name in rows]
    # The names come quoted from the server's own casts; what a CASCADE takes along is listed anyway.
    drops = "".join(f"DROP {what} IF EXISTS {name} CASCADE;" for what, name in rows)
    return names, f"SET LOCAL client_min_messages = warning;{drops}" if names else ""
