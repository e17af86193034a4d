"""Does a text parse as PostgreSQL? The parser of libpg_query answers, and where it says no, the server's own."""

from dataclasses import dataclass
from importlib import import_module

from ..database import Database, SqlError

# In front of a file it keeps all of it from running: a message is parsed as a whole before its first statement runs.
_STOP = b"SELECT 1 OPERATOR(pg_catalog./) 0;\n"
_STOPPED, _SYNTAX_ERROR = "22012", "42601"
_MAX_MESSAGE = 100


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a parser says, and where."""

    message: str
    line: int | None = None
    column: int | None = None

    @property
    def is_backslash(self) -> bool:
        """True if it stopped at a backslash outside of quotes: a command of psql."""
        return self.message.endswith('at or near "\\"')


def parser_refusal(text: str) -> Refusal | None:
    """What libpg_query has against a text; it knows the grammar of one PostgreSQL."""
    postgast = import_module("postgast")  # an import statement would make mypy read its stubs, which do not parse
    try:
        # Of all its functions the one that makes no tree: trees of long expressions break it.
        postgast.split(text, method="parser")
    except postgast.PgQueryError as error:
        return _refusal(error.message, error.cursorpos, text)
    return None


def server_refusal(database: Database, text: str, refusal: Refusal) -> Refusal | None:
    """What the server has against a text that libpg_query refused; nothing of it is run."""
    # The parser warns of what is old-fashioned; nobody asked for that.
    database.run("BEGIN READ ONLY; SET LOCAL client_min_messages = error")
    try:
        database.run(_STOP + text.encode())
    except SqlError as error:
        if error.sqlstate == _STOPPED:
            return None
        if error.sqlstate == _SYNTAX_ERROR:
            return _refusal(error.what, error.position - len(_STOP), text)
    finally:
        database.rollback()
    return refusal


def _refusal(message: str, position: int, text: str) -> Refusal:
    """`position` counts characters from 1."""
    if message.startswith("unterminated"):
        message = message.partition(" at or near ")[0]  # what follows is all the rest of the text
    if len(message) > _MAX_MESSAGE:
        message = f"{message[:_MAX_MESSAGE]}…"
    if not 0 < position <= len(text) + 1:
        return Refusal(message)
    before = text[: position - 1]
    return Refusal(message, before.count("\n") + 1, position - before.rfind("\n") - 1)
