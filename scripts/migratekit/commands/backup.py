"""`migratekit backup [create|list|verify|prune]`."""

import argparse
import datetime
from collections.abc import Sequence
from dataclasses import replace

from ..backup import Backup, backups
from ..backup.beside import maintenance, verify_by_restoring
from ..backup.connection import connection_of
from ..backup.contents import read_contents, read_properties, system_identifier
from ..backup.dump import Order, Version, create
from ..backup.integrity import DUMP, check_list, is_complete
from ..backup.manifest import write
from ..backup.processes import interruptible
from ..backup.retention import remove, superfluous
from ..backup.service import check_by, create_by
from ..database import Database, identifier, literal
from ..engine import Engine
from ..errors import ExitCode, MigratekitError, UsageError
from ..evidence import NotParsed, session_of
from ..impact import Impact, Kind, read_impacts, touched
from ..ledger import Standing
from ..migration import Direction
from ..plan import Step
from ..session import Session
from ._backups import LATEST, check, chosen, folder, proved, service, size, told, tools_for
from ._shared import moment

_ACTIONS = ("create", "list", "verify", "prune")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    words = parser.add_argument(
        "words",
        nargs="+",
        metavar="ACTION",
        help="create (the default), list, verify [FILE] (the latest), or prune: remove those that had their time",
    )
    # With nargs="*" argparse would take no word for the answer in `backup --json list`.
    words.required, words.default = False, []
    parser.add_argument(
        "--tables-only", action="store_true", help="create: only the rows of tables that pending migrations touch"
    )
    parser.add_argument(
        "--rows-of", action="append", metavar="TABLE", help="create: only the rows of this table; may be repeated"
    )
    parser.add_argument("--format", choices=("custom", "directory"), help="create: one file, or one for each table")
    parser.add_argument("--jobs", type=int, metavar="N", help="so many at a time, to restore and into a directory")
    parser.add_argument("--verify", choices=("list", "restore"), help="create: read its list, or restore and compare")
    parser.add_argument("--restore", action="store_true", help="verify: restore it into a scratch database and compare")
    parser.add_argument("--dry-run", action="store_true", help="prune: only show what would be removed")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(session: Session) -> ExitCode:
    """Makes, lists, verifies or removes backups."""
    action, *names = session.options.words or ["create"]
    actions = {"create": _create, "list": _list, "verify": _verify, "prune": _prune}
    if action not in actions or len(names) > (action == "verify"):
        what = f"`backup {action}` takes no {names[0]!r}" if action in actions else f"`backup` has no {action!r}"
        raise UsageError(what, hint=f"it has {', '.join(_ACTIONS)}; `backup --help` says more")
    return actions[action](session, *names)


def _create(session: Session) -> ExitCode:
    wanted = session.settings.backups
    with session.engine() as engine:
        made = _by_service(session, engine) if wanted.command else _by_dump(session, engine)
    session.stage.note("backup", _record(made))
    if session.options.json:
        session.console.json(_record(made))
    else:
        session.console.out(told(made))
        session.console.out(f"it is in {made.path}")
    late = superfluous(_ours(session), wanted.keep, wanted.keep_for)
    if late:
        session.console.note(f"{_counted(late)} had their time: `migratekit backup prune` removes them")
    return ExitCode.DONE


def _by_dump(session: Session, engine: Engine) -> Backup:
    wanted, options, database = session.settings.backups, session.options, engine.database
    order = Order(
        environment=session.settings.environment,
        folder=folder(session),
        tools=tools_for(session, database.server_version),
        format=options.format or wanted.format,
        jobs=options.jobs or wanted.jobs,
        verify=options.verify or wanted.verify,
        tables=_tables(session, engine),
        lock_wait=session.settings.seconds("lock_wait"),
    )
    return create(database, session.database_url(), order, lambda _database: _version(engine), session.console)


def _by_service(session: Session, engine: Engine) -> Backup:
    database = engine.database
    name = database.row("SELECT current_database()")[0] or ""
    contents, state = read_contents(database), _version(engine)
    facts = {
        "environment": session.settings.environment,
        "database": name,
        "system": system_identifier(database),
        "server_version": database.server_version,
        "version": state.version,
        "dirty": state.dirty,
        "scope": "database",
        "tables": (),
        "rows": {table: rows for table, rows in contents.rows.items() if rows >= 0},
        "exact": False,
        "sequences": {},
        "roles": contents.roles,
        "extensions": contents.extensions,
        "properties": read_properties(database, name),
    }
    made = create_by(service(session), folder(session), facts)
    if not made.verified:
        session.console.note("warning: nothing says whether it can be used; name a program that can in `backup: check`")
    return made


def _version(engine: Engine) -> Version:
    """The version row; none where it cannot be read, because then a backup is wanted more than ever."""
    inside, database = engine.database.in_transaction, engine.database
    if inside:
        database.run("SAVEPOINT version")
    try:
        state = engine.table.read(database)
    except MigratekitError:
        if inside:
            database.run("ROLLBACK TO SAVEPOINT version")
        return Version(None, False)
    return Version(state.version, state.dirty)


def _tables(session: Session, engine: Engine) -> list[str]:
    """The tables whose rows are wanted, quoted; none for all of them."""
    options, database = session.options, engine.database
    there = read_contents(database).rows
    if options.rows_of:
        named = {name: _quoted(database, name) for name in options.rows_of}
        strange = [name for name, table in named.items() if table not in there]
        if strange:
            raise UsageError(f"there is no table {', '.join(strange)}", hint="write SCHEMA.TABLE, as SQL would")
        return list(dict.fromkeys(named.values()))
    if not (options.tables_only or session.settings.backups.scope == "tables"):
        return []
    found = [table for table in _touched(session, engine) if table in there]
    if not found:
        raise UsageError("no pending migration touches a table that is there", hint="back up the whole database")
    return found


def _quoted(database: Database, name: str) -> str:
    found = database.run(
        "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c"
        f" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass({literal(name)})"
    )[-1].rows
    return identifier(found[0][0] or "", found[0][1] or "") if found else ""


def _touched(session: Session, engine: Engine) -> list[str]:
    ledger = session.ledger(session.chain(), engine.known())
    waiting = [entry.migration for entry in ledger.of(Standing.PENDING, Standing.MISSED) if entry.migration]
    steps = [Step(migration, Direction.UP, migration.version) for migration in waiting]
    names, bodies = session_of(engine.database), engine.reader().read_all(steps)
    impacts: list[Impact] = []
    for number, step in enumerate(steps):
        try:
            impacts += read_impacts(bodies[number].sql, names)
        except NotParsed:
            raise UsageError(
                f"which tables version {step.migration.version} touches is not known: its file cannot be parsed",
                hint="back up the whole database",
            ) from None
    found = touched(engine.database, impacts)
    return [identifier(table.schema, table.name) for table in found if table.kind is Kind.TABLE]


def _list(session: Session) -> ExitCode:
    found = backups(folder(session))
    if session.options.json:
        session.console.json([_record(backup) for backup in found])
    elif found:
        headings = ("name", "database", "version", "size", "when", "proof")
        session.console.table(headings, [_row(backup) for backup in found])
    else:
        session.console.out(f"there are no backups in {folder(session)}")
    return ExitCode.DONE


def _row(backup: Backup) -> tuple[str, ...]:
    proof = proved(backup) if is_complete(backup) else "damaged"
    database = f"{backup.database} ({len(backup.tables)} tables)" if backup.tables else backup.database
    version = "none" if backup.version is None else str(backup.version)
    return (backup.name, database, version, size(backup.size), moment(backup.started_at), proof)


def _record(backup: Backup) -> dict[str, object]:
    document = backup.record()
    # Settings of a database are nobody's business.
    document.pop("properties")
    return {"name": backup.name, "path": str(backup.path), "bytes": backup.size, "age": round(backup.age), **document}


def _verify(session: Session, name: str = LATEST) -> ExitCode:
    backup = chosen(session, name)
    if backup.format == "command":
        check_by(service(session), backup)
        way = "command"
    else:
        with interruptible("nothing was verified"):
            way = _verify_dump(session, backup)
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    better = "restore" if "restore" in (way, backup.verified) else way
    verified = replace(backup, verified=better, verified_at=at)
    try:
        write(verified, backup.path)
    except OSError as error:
        session.console.note(f"warning: that cannot be written down in {backup.path}: {error.strerror}")
    if session.options.json:
        session.console.json(_record(verified))
    else:
        session.console.out(f"{backup.name} is good: its checksums are right, {proved(replace(backup, verified=way))}")
    return ExitCode.DONE


def _verify_dump(session: Session, backup: Backup) -> str:
    check(session, backup)
    url = session.database_url()
    if not session.options.restore:
        check_list(backup.path / DUMP, tools_for(session, 0, backup), connection_of(url, "migratekit backup"))
        return "list"
    admin = maintenance(url)
    try:
        tools = tools_for(session, admin.server_version, backup)
        check_list(backup.path / DUMP, tools, connection_of(url, "migratekit backup"))
        jobs = session.options.jobs or session.settings.backups.jobs
        with session.console.busy(f"restoring {backup.name} into a scratch database"):
            verify_by_restoring(admin, url, backup, tools, jobs)
    finally:
        admin.close()
    return "restore"


def _prune(session: Session) -> ExitCode:
    wanted = session.settings.backups
    late = superfluous(_ours(session), wanted.keep, wanted.keep_for)
    for backup in late:
        if not session.options.dry_run:
            remove(backup)
    if session.options.json:
        session.console.json([_record(backup) for backup in late])
        return ExitCode.DONE
    for backup in late:
        session.console.out(f"{'would remove' if session.options.dry_run else 'removed'} {told(backup)}")
    session.console.out(f"{_counted(late)} {'would be' if session.options.dry_run else 'are'} gone")
    return ExitCode.DONE


def _ours(session: Session) -> list[Backup]:
    return [backup for backup in backups(folder(session)) if backup.environment == session.settings.environment]


def _counted(found: Sequence[Backup]) -> str:
    return f"{len(found)} backup{'' if len(found) == 1 else 's'}"
