"""INVALID indexes: what an interrupted CREATE or REINDEX INDEX CONCURRENTLY left, dropped or built anew."""

import re
from collections.abc import Iterator

from ..database import Database, identifier, literal
from ..engine import Engine
from ..evidence import InvalidIndex, Kind, NotParsed, invalid_indexes, read_effects, session_of
from ..ledger import Entry, Ledger, Standing
from ..mending import record, run_apart
from ..session import Session
from ..tracking.version_table import State

# What REINDEX CONCURRENTLY calls the new index until it takes the old one's place, and the old one from then on.
_LEFTOVER = re.compile(r"(.*)_cc(?:new|old)\d*")
_OPEN = (Standing.PENDING, Standing.MISSED, Standing.DIRTY)


def mend_indexes(session: Session, engine: Engine, ledger: Ledger, state: State) -> int:
    """Names every INVALID index and, once that is confirmed, drops or rebuilds those that are migrations' work."""
    console, count = session.console, 0
    # What an interrupted REINDEX left goes first: the next one would leave another.
    for index in sorted(invalid_indexes(engine.database), key=lambda one: not _LEFTOVER.fullmatch(one.name)):
        name = identifier(index.schema, index.name)
        if index.building:
            console.out(f"index {name} is being built at this moment")
            continue
        console.out(f"index {name} on {identifier(index.schema, index.table)} is INVALID")
        statement, why = _remedy(session, engine.database, ledger, index)
        if not statement:
            console.note(f"{why}; it is left alone")
            continue
        count += 1
        console.out(f"proposal: {statement}, for {why}")
        if not session.options.dry_run:
            session.ask("repair", f"repair will run {statement}", always=True)
            run_apart(engine, statement, f"index {name} cannot be mended")
            record(engine, state, [{"message": f"{statement}: {why}"}])
            console.out(f"repaired: {statement}")
    return count


def _remedy(session: Session, database: Database, ledger: Ledger, index: InvalidIndex) -> tuple[str, str]:
    """The statement that mends it, if one is safe, and why it or why none."""
    name = identifier(index.schema, index.name)
    if _is_leftover(database, index):
        return f"DROP INDEX CONCURRENTLY IF EXISTS {name}", "an interrupted REINDEX CONCURRENTLY left it"
    makers = list(_makers(session, database, ledger, index))
    if not makers:
        return "", "no migration makes this index"
    maker = makers[-1]
    if maker.standing in _OPEN:
        return f"DROP INDEX CONCURRENTLY IF EXISTS {name}", f"version {maker.version}, not applied yet, makes it"
    return f"REINDEX INDEX CONCURRENTLY {name}", f"version {maker.version}, which is applied, makes it"


def _is_leftover(database: Database, index: InvalidIndex) -> bool:
    """True if it has the name that REINDEX gives, and the index of which it is the copy is there."""
    match = _LEFTOVER.fullmatch(index.name)
    if match is None:
        return False
    of, table = literal(match[1]), literal(index.table)
    there = (
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_indexes"
        f" WHERE schemaname = {literal(index.schema)} AND tablename = {table} AND indexname = {of})"
    )
    return database.row(there)[0] == "t"


def _makers(session: Session, database: Database, ledger: Ledger, index: InvalidIndex) -> Iterator[Entry]:
    """The migrations whose up files make it."""
    for entry in ledger.entries:
        sql = session.files.read(entry.migration.up) if entry.migration and entry.migration.up else b""
        if index.name.encode() in sql and _makes(database, sql, index):
            yield entry


def _makes(database: Database, sql: bytes, index: InvalidIndex) -> bool:
    try:
        statements = read_effects(sql, session_of(database))
    except NotParsed:
        return False
    made = [effect.thing for statement in statements for effect in statement.effects if effect.there]
    return any(
        thing.kind is Kind.INDEX and thing.name == index.name and index.schema in (thing.schema, *thing.path[:1])
        for thing in made
    )
