"""The history of another tool taken over in one transaction, and given back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from .adoption import Adoption, Found, Match, foreign_title, name_aside
from .database import ConnectionLost, Database, SqlError, identifier, literal
from .engine import Engine
from .errors import DatabaseError, LockTimeout, Refused
from .guards import refuse_read_only
from .tracking.history import Event, Expression, History, Outcome
from .tracking.version_table import State

_NOT_FREE = "55P03"
_UNTOUCHED = "nothing was changed; see what stands in the way, and try again"


def is_in_the_way(engine: Engine, found: Found) -> bool:
    """True if that table has the name that the version table takes."""
    return (found.schema, found.name) == (engine.table.schema, engine.table.name)


def refuse_version(engine: Engine, found: Found | None = None) -> None:
    """Refused where a version is kept already; not looked for where `found` has the version table's name."""
    if found and is_in_the_way(engine, found):
        return
    state = engine.version()
    if state.rows:
        raise Refused(
            f"it says version {state.number} already; adopting is for a database without a version",
            where=engine.table.sql,
            hint="`migratekit status` shows what is applied; --table names another version table",
        )


def check_place(engine: Engine, found: Found) -> None:
    """Refused where a version is kept already, DatabaseError where the role may not do what adopting takes."""
    refuse_read_only(engine.table)
    database, table, renames = engine.database, engine.table, is_in_the_way(engine, found)
    history = History.locate(database, table.schema, table.name)
    refuse_version(engine, found)
    if not found.readable:
        raise DatabaseError("may not be read", where=found.sql, hint=f"GRANT SELECT ON {found.sql} TO the role")
    if renames and not found.owned:
        hint = f"adopt as {found.owner}, or name another version table with --table"
        raise DatabaseError(f"has to be renamed, which only {found.owner} may do", where=found.sql, hint=hint)
    if renames and _exists(database, found.schema, name_aside(found.name)):
        aside = identifier(found.schema, name_aside(found.name))
        raise Refused(f"cannot be renamed: there is {aside} already", where=found.sql, hint=f"see what {aside} is")
    makes = renames or not (table.exists and history.exists)
    may = database.row(f"SELECT has_schema_privilege({literal(table.schema)}, 'CREATE')")[0] == "t"
    if makes and not may:
        schema = identifier(table.schema)
        raise DatabaseError(
            "the role may not make tables there", where=schema, hint=f"GRANT CREATE ON SCHEMA {schema} TO it"
        )
    if history.foreign:
        hint = "rename it, or give the version table another name with --table"
        raise Refused("a table of another kind has the name of the history", where=history.sql, hint=hint)


def adopt(
    engine: Engine, shown: Adoption, look: Callable[[], Adoption], checksum: Callable[[Match], str | None]
) -> None:
    """Makes version table and history say what was shown, in one transaction; Refused if that is true no more."""
    with engine.locked():
        check_place(engine, shown.found)
        database = engine.database
        with _transaction(engine):
            _lock(database, shown.found, alone=is_in_the_way(engine, shown.found))
            if look() != shown:
                raise Refused(f"{shown.found.tool} was at work meanwhile; nothing was changed", hint="adopt again")
            _write(engine, shown, checksum)


def way_back(engine: Engine) -> list[str]:
    """The statements that drop what was made, and give the other tool's table its name back; Refused if too late."""
    database, table = engine.database, engine.table
    history = History.locate(database, table.schema, table.name)
    if not (table.exists and history.readable):
        raise Refused("nothing was adopted here", where=table.sql, hint="`migratekit history` tells what was done")
    aside = name_aside(table.name)
    was_aside = _exists(database, table.schema, aside)
    _refuse_more(history.read(database), table.read(database), table.sql, was_aside=was_aside)
    renaming = f"ALTER TABLE {identifier(table.schema, aside)} RENAME TO {identifier(table.name)}"
    return [f"DROP TABLE {table.sql}, {history.sql}", *([renaming] if was_aside else [])]


def undo(engine: Engine) -> None:
    """Does that in one transaction."""
    with engine.locked():
        database, table = engine.database, engine.table
        way_back(engine)
        with _transaction(engine):
            history = History.locate(database, table.schema, table.name)
            database.run(f"LOCK TABLE {table.sql}, {history.sql} IN ACCESS EXCLUSIVE MODE")
            database.run(";\n".join(way_back(engine)))
    table.exists = False


@contextmanager
def _transaction(engine: Engine) -> Iterator[None]:
    """All of it or nothing, with the time-outs of the environment."""
    try:
        engine.execution().session.begin()
        engine.database.run("BEGIN READ WRITE")
        yield
        engine.database.run("COMMIT")
    except SqlError as error:
        if error.sqlstate == _NOT_FREE:
            raise LockTimeout(f"others use the table ({error.what})", hint=_UNTOUCHED) from None
        error.hint = error.hint or _UNTOUCHED
        raise
    except ConnectionLost as lost:
        raise DatabaseError(
            f"the connection was lost: {lost.what}",
            hint="all of it was done, or nothing: `migratekit status` tells which",
        ) from None


def _refuse_more(events: Sequence[Event], state: State, where: str, *, was_aside: bool) -> None:
    """Refused unless adopting was all that ever happened."""
    others = [event for event in events if event.outcome != Outcome.ADOPTED or event.run != events[0].run]
    left_at = events[0].version_after if events else None
    # Where the other tool had applied nothing, only the table that was put aside tells of it.
    if not (events or was_aside) or others or state.dirty or state.version != left_at:
        raise Refused(
            "something else was done since it was adopted, which would be forgotten",
            where=where,
            hint="`migratekit history` tells what; docs/adopting.md has the way back by hand",
        )


def _lock(database: Database, found: Found, *, alone: bool) -> None:
    """Keeps the other tool from writing meanwhile, where the role may."""
    if alone or found.lockable or found.owned:
        database.run(f"LOCK TABLE {found.sql} IN {'ACCESS EXCLUSIVE' if alone else 'SHARE'} MODE")


def _write(engine: Engine, adoption: Adoption, checksum: Callable[[Match], str | None]) -> None:
    found, table, version = adoption.found, engine.table, adoption.version
    if is_in_the_way(engine, found):
        engine.database.run(f"ALTER TABLE {found.sql} RENAME TO {identifier(name_aside(found.name))}")
        table.exists = False
    engine.ensure_table()
    engine.open_journal()
    rows = [_row(found, match, checksum(match)) for match in adoption.matches]
    appended = engine.journal.vouched(Outcome.ADOPTED, version, rows)
    engine.database.run(";\n".join([*table.record(None, State(version)), *appended]))


def _row(found: Found, match: Match, checksum: str | None) -> dict[str, object]:
    """What the history keeps: the other tool's times, and its checksum where the file has another one."""
    foreign = match.foreign
    row: dict[str, object] = {"version": match.version, "name": foreign_title(match), "checksum": checksum}
    said = [f"by {found.tool} as {foreign.version}", match.remark]
    said += [f"{found.tool} has the checksum {foreign.checksum}"] if foreign.checksum not in ("", checksum) else []
    row |= {"message": "; ".join(filter(None, said)), "ended_at": Expression("NULL")}
    if foreign.applied_at:
        ended = f"{literal(foreign.applied_at)}::timestamptz"
        row["started_at"] = Expression(f"{ended} - make_interval(secs => {foreign.seconds or 0:.6f})")
        if foreign.seconds is not None:
            row["ended_at"] = Expression(ended)
    return row


def _exists(database: Database, schema: str, name: str) -> bool:
    return database.row(f"SELECT to_regclass({literal(identifier(schema, name))}) IS NOT NULL")[0] == "t"
