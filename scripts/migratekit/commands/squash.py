"""`migratekit squash V`."""

import argparse
import datetime
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..backup.processes import interruptible
from ..convention import source_name
from ..engine import Known
from ..errors import ExitCode, MigratekitError, Refused, SourceError
from ..file_changes import FileChanges, alone_in
from ..guards import DirtyDatabase
from ..header import read_header
from ..ledger import BROKEN
from ..migration import Migration
from ..programs import script_path
from ..reading import read_file
from ..render import author
from ..session import Session, version_argument
from ..shadow import model_of
from ..squashing import FOLDER, TITLE, Part, listing, parts_listed
from ._carried import another_database, not_carried, settings_made
from ._findings import count
from ._shadow import VARIABLE, given_shadow
from ._shared import require_file
from ._squash import Baseline, Place, make_baseline, prove

_MAX_ROWS = 10_000
# In every server, and so no name that a shadow of its own could have.
_EVERYWHERE = frozenset({"postgres", "template0", "template1"})


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("version", type=version_argument, metavar="V", help="all up to this one become one pair")
    parser.add_argument("--dry-run", action="store_true", help="make and prove the baseline, and write nothing")
    parser.add_argument(
        "--delete", action="store_true", help=f"delete the old files instead of moving them to {FOLDER}/"
    )
    parser.add_argument("--rows", type=int, default=_MAX_ROWS, metavar="N", help=f"put in so many rows ({_MAX_ROWS})")
    parser.add_argument(
        "--leave-out", action="store_true", help="go on without what programs write, roles, and settings of servers"
    )
    parser.add_argument("--shadow", metavar="URL", help=f"server on which to make databases for it ({VARIABLE})")


def run(session: Session) -> ExitCode:
    """Makes a baseline of the migrations up to a version, proves that it makes the same, and puts it in their place."""
    folder = session.settings.folder
    if folder.is_dir() and not session.options.dry_run:
        with alone_in(folder, session.console.note):
            # What a killed squash left is put right.
            pass
    covered = _covered(session)
    place = _place(session, covered)
    busy = session.console.busy(f"running {count(len(covered), 'file')} in a shadow database")
    with interruptible("nothing was written"), busy:
        baseline = make_baseline(place, covered, session.options.rows)
        prove(place, baseline)
    changes, story = _changes(session, covered, baseline)
    if not session.options.dry_run:
        with alone_in(folder):
            if _covered(session) != covered:
                raise MigratekitError("the files changed meanwhile; nothing was written", hint="run it again")
            changes.apply(folder)
    for line in story:
        session.console.out(line)
    return ExitCode.DONE


def _covered(session: Session) -> list[Migration]:
    """The migrations up to the version; Refused where they cannot become one."""
    name, version = source_name(session.settings), session.options.version
    if name != "golang":
        what = f"files of the convention {name} hold no pair that could stand for others"
        raise Refused(what, hint="`migratekit convert` writes golang-migrate's pairs from them")
    chain = session.chain()
    require_file(chain, version)
    covered = [migration for migration in chain if migration.version <= version]
    if len(covered) < 2:
        raise Refused(f"{covered[0].name} is all there is up to version {version}", hint="name a later version")
    for migration in covered:
        problem = "" if session.options.leave_out else _not_carried(session, migration)
        if problem:
            hint = "squash up to the version before it; or go on without that: --leave-out"
            raise Refused(problem, where=migration.name, hint=hint)
    return covered


def _not_carried(session: Session, migration: Migration) -> str:
    """What of a file no dump of a database could hold."""
    return not_carried(session.files.read(migration.up)) if migration.up else "has no up file"


def _place(session: Session, covered: Sequence[Migration]) -> Place:
    """Where shadows are made, after the environment's database; Refused where that would be left behind."""
    given = given_shadow(session)
    with session.engine() as engine:
        _refuse_behind(session, covered, engine.known())
        model = model_of(engine.database, engine.table, session.database_url())
    texts = {each.name: session.files.read(each.up) for each in covered if each.up}
    if not session.options.leave_out:
        _refuse_other_databases(texts, "" if given or model.name in _EVERYWHERE else model.name)
    # What files set is seen only where it is not set yet.
    made = {name for sql in texts.values() for name in settings_made(sql)}
    model = replace(model, settings=[text for text in model.settings if text.partition("=")[0].lower() not in made])
    return Place(model, session.settings.project, str(session.settings.values["postgres"].value), given)


def _refuse_other_databases(texts: Mapping[str, bytes], called: str) -> None:
    """Refused for what a file gives to a database by name, which is not the one that the shadow has."""
    for name, sql in texts.items():
        if problem := another_database(sql, called):
            hint = "leave --shadow out, or have the file ask current_database(); or go on without that: --leave-out"
            raise Refused(problem, where=name, hint=hint)


def _refuse_behind(session: Session, covered: Sequence[Migration], known: Known) -> None:
    environment, last = session.settings.environment, covered[-1].version
    if known.state.dirty:
        raise DirtyDatabase(known.state)
    if known.version is not None and known.version < last:
        what = f"{environment} is at version {known.version}, and could not go on from there with a baseline of {last}"
        raise Refused(what, hint=f"migratekit up --to {last}; and so for every other database")
    broken = [entry for entry in session.ledger(session.chain(), known).of(*BROKEN) if entry.version <= last]
    if broken:
        what = f"version {broken[0].version} is {broken[0].standing} on {environment}"
        raise Refused(what, hint="`migratekit validate` says what to do; the baseline has to be what is applied")


def _changes(session: Session, covered: Sequence[Migration], baseline: Baseline) -> tuple[FileChanges, list[str]]:
    """What is to be done to the files, and the same for people."""
    folder, changes = session.settings.folder, FileChanges()
    dry, last = session.options.dry_run, covered[-1]
    stem = f"{last.number}_{TITLE}"
    aside = folder / FOLDER
    if not session.options.delete:
        changes.make_folder(aside)
    files = list(_files(covered))
    texts = dict(zip(("up", "down"), _texts(session, covered, baseline, stem), strict=True))
    # First what is new: whoever is killed meanwhile leaves two files of one number, and with these nothing runs.
    if last.title != TITLE:
        _write(changes, folder, stem, texts)
    for path in files:
        # An older baseline would be in the way of what it was made of, which is there already.
        if session.options.delete or (aside.is_dir() and _is_spare(path, aside)):
            changes.remove(path)
        else:
            changes.rename(path, aside / path.name)
    if last.title == TITLE:
        _write(changes, folder, stem, texts)
    rows, tables = baseline.content.total, sum(number > 0 for number, _ in baseline.content.rows.values())
    made = f"{count(len(covered), 'migration')}, {count(rows, 'row')} of {count(tables, 'table')}"
    would = "would be " if dry else ""
    where = f"{would}deleted" if session.options.delete else f"{would}moved to {os.path.relpath(aside)}"
    return changes, [
        f"{stem}.up.sql and {stem}.down.sql {would}written, and proved: {made}",
        f"{count(len(files), 'file')} {where}",
        f"databases at {last.version} or beyond go on as they are, new ones begin with it; bring those between to"
        f" {last.version} first",
    ]


def _texts(session: Session, covered: Sequence[Migration], baseline: Baseline, stem: str) -> tuple[str, str]:
    """The two files, with their headers."""
    last, project = covered[-1], session.settings.project
    parts = [part for migration in covered for part in _parts(session, migration)]
    up = [
        f"-- Version: {last.number}",
        f"-- Description: Baseline: {count(len(parts), 'migration')} in one",
        f"-- Author: {author(project)}".rstrip(),
        f"-- Date: {datetime.datetime.now().astimezone().date().isoformat()}",
        "-- Dependencies: None",
        listing(parts),
    ]
    down = [
        f"-- Version: {last.number}",
        "-- Description: Undo: all that the baseline made",
        f"-- Rollback for: {stem}",
        "-- Data: drops every table, with its rows",
    ]
    lenient = "\nSET LOCAL check_function_bodies = false;\n"
    return (
        "\n".join([*up, "", "BEGIN;", lenient, baseline.up, "COMMIT;", ""]),
        "\n".join([*down, "", "BEGIN;", "", baseline.down, "COMMIT;", ""]),
    )


def _parts(session: Session, migration: Migration) -> Iterator[Part]:
    """What a file stands for: itself, and what it is a baseline of."""
    if migration.up:
        yield from parts_listed(session.files.read(migration.up))
    yield Part(migration.number, migration.title, session.files.facts(migration).checksum)


def _write(changes: FileChanges, folder: Path, stem: str, texts: Mapping[str, str]) -> None:
    for way, text in texts.items():
        changes.write(folder / f"{stem}.{way}.sql", text.encode())


def _is_spare(path: Path, aside: Path) -> bool:
    """True for a baseline if all that it was made of lies there."""
    up = path.with_name(path.name.replace(".down.", ".up."))
    parts = parts_listed(up.read_bytes()) if up.is_file() else []
    there = {other.name.partition("_")[0] for other in aside.iterdir()}
    return bool(parts) and there.issuperset(part.number for part in parts)


def _files(covered: Sequence[Migration]) -> Iterator[Path]:
    """The files of migrations, and the programs beside them that bear their numbers."""
    found: dict[Path, None] = {}
    for migration in covered:
        for file in (migration.up, migration.down):
            if file is None:
                continue
            found[Path(file.path)] = None
            script = read_header(read_file(file)).get("Script")
            with suppress(SourceError):
                program = script_path(file.path, script) if script else None
                beside = program is not None and program.parent == Path(file.path).parent.resolve()
                if program and beside and program.name.startswith(f"{migration.number}_"):
                    found[Path(file.path).with_name(program.name)] = None
    yield from found
