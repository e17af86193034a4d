"""A schema as the SQL that makes it: pg_dump's, without what changes from one server to the next."""

import re
from collections.abc import Collection, Iterator

from .backup.connection import connection_of
from .backup.processes import ProgramFailed, stream
from .backup.tools import ClientTools
from .database import identifier
from .lexer import Statement, scan
from .url import DatabaseURL

HEAD = """-- The schema of the database, without rows: written by `migratekit dump`, not by hand.

SET check_function_bodies = false;
"""
_KEPT_ROWS = "_migratekit_kept"
_PATIENCE = "3s"
# psql's, around a dump that it is to read.
_RESTRICT = re.compile(rb"^\\(?:un)?restrict \S+$", re.MULTILINE)
_TITLE = re.compile(rb"^-- (Name: .*?)(?:; Owner: .*)?$", re.MULTILINE)
_SECRET = re.compile(rb"""(\b\w*(?:pass|secret)\w*"?\s+)'(?:[^']|'')*'""", re.IGNORECASE)
_HOLDS_SECRETS = {("CREATE", "SERVER"), ("CREATE", "FOREIGN"), ("ALTER", "FOREIGN"), ("ALTER", "SERVER")}
# Where tables lie is said only where it is not the usual place.
_PLACES = re.compile(rb"SET default_(?:tablespace|table_access_method) = (.*)")
_USUAL = (b"''", b"heap")


def dump_schema(
    url: DatabaseURL,
    tools: ClientTools,
    left_out: Collection[tuple[str, str]],
    *,
    grants: bool = True,
    whole: bool = False,
) -> str:
    """The statements that make the schema, without owners and the tables `left_out`; ProgramFailed if pg_dump fails.

    As a `whole` those that drop it come first, and the rows are in it as INSERTs.
    """
    connection = connection_of(url, "migratekit dump")
    content = ["--clean", "--inserts", "--rows-per-insert=100"] if whole else ["--schema-only"]
    argv = [str(tools.dump), *content, "--no-owner", "--no-password", "--encoding=UTF8", "--no-subscriptions"]
    # While it waits for one table it keeps migrations away from all the others.
    argv += [f"--lock-wait-timeout={_PATIENCE}", *(f"--exclude-table={identifier(*names)}" for names in left_out)]
    argv += [f"--exclude-schema={identifier(_KEPT_ROWS)}", *([] if grants else ["--no-privileges"])]
    chunks: list[bytes] = []
    try:
        stream([*argv, f"--dbname={connection.conninfo}"], connection, -1, chunks.append)
    except ProgramFailed as failed:
        if "statement timeout" in failed.what:
            failed.hint = "somebody holds a lock on a table, so that it cannot be read; try again behind that"
        raise
    return stable(b"".join(chunks))


def stable(sql: bytes) -> str:
    """What pg_dump wrote, without versions, tokens, settings of the session and passwords."""
    sql = _RESTRICT.sub(b"", sql)
    statements = [each for each in scan(sql).statements if each.words[:3] != ("CREATE", "USER", "MAPPING")]
    parts = [HEAD, *_parts(sql, statements)]
    return "\n".join(parts)


def _parts(sql: bytes, statements: list[Statement]) -> Iterator[str]:
    """Each statement, under its title where pg_dump gave one."""
    everywhere = all((found := _place(sql, each)) is None or found in _USUAL for each in statements)
    end = 0
    for each in statements:
        titles = _TITLE.findall(sql, end, each.start)
        end = each.end
        if _is_setting(each) and (everywhere or _place(sql, each) is None):
            continue
        text = sql[each.start : each.end]
        if each.words[:2] in _HOLDS_SECRETS:
            text = _SECRET.sub(rb"\1'***'", text)
        title = [f"-- {titles[-1].decode('utf-8', 'replace')}"] if titles else []
        yield "\n".join([*title, f"{text.decode('utf-8', 'replace')};", ""])


def _is_setting(statement: Statement) -> bool:
    # Where a sequence stands is content.
    return statement.words[:1] == ("SET",) or (statement.words[:1] == ("SELECT",) and "SETVAL" not in statement.words)


def _place(sql: bytes, statement: Statement) -> bytes | None:
    found = _PLACES.fullmatch(sql, statement.start, statement.end)
    return found[1] if found else None
