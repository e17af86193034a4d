"""`migratekit renumber VERSION…`."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from ..convention import survey as survey_of
from ..database import ConnectionFailed
from ..engine import Known
from ..errors import ExitCode, Refused, SourceError, UsageError
from ..file_changes import FileChanges, alone_in
from ..files import Files
from ..header import read_header
from ..ledger import Standing
from ..migration import Migration
from ..numbering import MOMENT, by_time_behind, in_sequence
from ..programs import script_path
from ..renumbering import Unit, dependencies, named, numbered_text, redirected, units_of
from ..session import Session, version_argument
from ..sources._survey import read_file
from ..squashing import parts_listed
from ._findings import count

_FREE = (Standing.PENDING, Standing.MISSED)
_TAKEN = (Standing.CHANGED, Standing.RENAMED)


class _There(NamedTuple):
    """What the database says: which of the migrations are not applied, why others are, and its own numbers."""

    free: frozenset[str]
    standings: Mapping[str, str]
    last: int
    numbers: frozenset[int]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument(
        "migrations", nargs="+", metavar="VERSION", help="number, or name of a file where two have that number"
    )
    parser.add_argument("--to", type=version_argument, metavar="N", help="this number, and those behind it (the next)")
    parser.add_argument("--dry-run", action="store_true", help="show what would be renamed, and change nothing")
    parser.add_argument("--files-only", action="store_true", help="do not ask the database what is applied there")


def run(session: Session) -> ExitCode:
    """Gives migrations that are not applied the next free numbers: both files, their program, and what names them."""
    folder, dry = session.settings.folder, session.options.dry_run
    with nullcontext() if dry or not folder.is_dir() else alone_in(folder, session.console.note):
        units = units_of(survey_of(session.settings))
        there = _ask(session, units)
        moved = _chosen(session, units, there)
        numbers = _numbers(session, units, moved, there)
        if [unit.number for unit in moved] == numbers:
            session.console.out(f"nothing to do: {_listed(moved)} comes behind all others already")
            return ExitCode.DONE
        changes, story = _changes(units, dict(zip([unit.stem for unit in moved], numbers, strict=True)), there)
        if not dry:
            changes.apply(folder)
    for line in story:
        session.console.out(line)
    done = "would be renumbered; nothing was changed" if dry else "renumbered"
    session.console.out(f"{count(len(moved), 'migration')} {done}")
    return ExitCode.DONE


def _ask(session: Session, units: Sequence[Unit]) -> _There:
    """What is applied in the database of the environment; all is free where none is to be asked."""
    if session.options.files_only:
        return _There(frozenset(unit.stem for unit in units), {}, -1, frozenset())
    if not session.settings.names_database:
        what = f"environment {session.settings.environment} names no database, which would say what is applied"
        raise Refused(what, hint="name it, or renumber by the files alone: --files-only")
    try:
        with session.engine() as engine:
            known = engine.known()
    except ConnectionFailed as error:
        error.hint = "; ".join(filter(None, [error.hint, "or renumber by the files alone: --files-only"]))
        raise
    if known.holder:
        hint = "wait for its end; `migratekit status` shows it"
        raise Refused("migrations run there now, which may be these", hint=hint)
    return _judged(session, units, known)


def _judged(session: Session, units: Sequence[Unit], known: Known) -> _There:
    first = {unit.version: unit.migration for unit in reversed(units)}
    standings: dict[str, Standing] = {}
    numbers: set[int] = set()
    for unit in units:
        chain = [first[version] for version in sorted(first)]
        chain = [unit.migration if other.version == unit.version else other for other in chain]
        # What files say of themselves is kept by their numbers.
        entries = Files(session.settings).ledger(chain, known).entries
        standings[unit.stem] = next(entry.standing for entry in entries if entry.version == unit.version)
        numbers |= {entry.version for entry in entries if entry.standing not in _FREE}
    owned = {unit.version for unit in units if standings[unit.stem] is Standing.APPLIED}
    twice = {unit.version for unit in units if sum(unit.version == other.version for other in units) > 1}
    free = {
        unit.stem
        for unit in units
        if standings[unit.stem] in _FREE
        or (standings[unit.stem] in _TAKEN and unit.version in owned & twice and known.has_history)
    }
    last = -1 if known.version is None else known.version
    return _There(frozenset(free), standings, last, frozenset(numbers))


def _chosen(session: Session, units: Sequence[Unit], there: _There) -> list[Unit]:
    """The migrations that are meant, in their order; Refused for one that is applied."""
    chosen: dict[str, Unit] = {}
    for text in session.options.migrations:
        found = named(units, text)
        if len(found) > 1:
            found = [unit for unit in found if unit.stem in there.free] or found
        if len(found) > 1:
            what = f"{count(len(found), 'migration')} have the number {text}: {_listed(found)}"
            raise UsageError(what, hint=f"name the one that is to get another: migratekit renumber {found[-1].stem}")
        chosen[found[0].stem] = found[0]
    for unit in chosen.values():
        if unit.stem not in there.free:
            raise _refused(session, unit, there)
        if unit.migration.up and parts_listed(read_file(unit.migration.up.path)):
            what = "stands for all in front of it, and keeps their last number"
            raise Refused(what, where=unit.stem, hint="renumber the other file; or undo a squash that was cut short")
    return sorted(chosen.values(), key=lambda unit: (unit.version, unit.stem))


def _refused(session: Session, unit: Unit, there: _There) -> Refused:
    standing, environment = there.standings[unit.stem], session.settings.environment
    if standing in _TAKEN:
        what = f"version {unit.version} is applied on {environment}, but not as this file has it now"
        return Refused(what, where=unit.stem, hint="`migratekit validate` says what to do about it; then try again")
    hint = "what is applied keeps its number: renumber the other file, or undo this one first with `migratekit down`"
    return Refused(f"is {standing} on {environment}", where=unit.stem, hint=hint)


def _numbers(session: Session, units: Sequence[Unit], moved: Sequence[Unit], there: _There) -> list[str]:
    """The new numbers, written as the old ones are."""
    others = {unit.version for unit in units if unit not in moved} | there.numbers
    width, amount, to = len(moved[0].number), len(moved), session.options.to
    last = max([*others, there.last, 0])
    if to is None:
        return by_time_behind(last, amount) if width == MOMENT else in_sequence(last, amount, width)
    taken = others.intersection(range(to, to + amount))
    if taken:
        raise Refused(f"number {min(taken)} is in use", hint=f"the next free one is {last + 1}, which needs no --to")
    if to <= there.last:
        what = f"number {to} lies below version {there.last}, which {session.settings.environment} is at"
        raise Refused(what, hint="a file below it comes late, and `up` refuses it; take a number above it")
    return in_sequence(to - 1, amount, width)


def _changes(units: Sequence[Unit], numbers: Mapping[str, str], there: _There) -> tuple[FileChanges, list[str]]:
    """What is to be done to the files, and the same for people."""
    changes, story = FileChanges(), list[str]()
    moved = [unit for unit in units if unit.stem in numbers]
    staying = {unit.version for unit in units if unit.stem not in numbers}
    gone = {unit.version: numbers[unit.stem] for unit in moved if unit.version not in staying}
    both = gone | {unit.version: numbers[unit.stem] for unit in moved}
    programs = _programs(units, numbers)
    for path, new in programs.items():
        unit = next(unit for unit in moved if path in _programs_of(unit))
        _edit(changes, path, numbered_text(read_file(str(path)), unit, numbers[unit.stem], {}))
        changes.rename(path, path.with_name(new))
        story.append(f"{path.name} -> {new}")
    names = {path.name: new for path, new in programs.items()}
    for unit in moved:
        for path in map(Path, unit.paths):
            text = numbered_text(read_file(str(path)), unit, numbers[unit.stem], names)
            _edit(changes, path, redirected(text, both))
        story += _rename(changes, unit, numbers[unit.stem])
    for unit in units:
        if unit.stem in there.free and unit.stem not in numbers:
            story += _redirect(changes, unit, gone, both)
    return changes, story


def _edit(changes: FileChanges, path: Path, text: bytes) -> None:
    if text != read_file(str(path)):
        changes.rewrite(path, text)


def _rename(changes: FileChanges, unit: Unit, number: str) -> Iterator[str]:
    """The files get their new names; of Prisma the folder does."""
    old = {Path(path).parent if Path(path).parent.name == unit.stem else Path(path) for path in unit.paths}
    for path in sorted(old, reverse=True):
        new = path.with_name(number + path.name[len(unit.number) :])
        changes.rename(path, new)
        yield f"{path.name} -> {new.name}"


def _redirect(changes: FileChanges, unit: Unit, gone: Mapping[int, str], both: Mapping[int, str]) -> Iterator[str]:
    """Another file that is not applied depends on what has moved."""
    for path in map(Path, unit.paths):
        text = read_file(str(path))
        needed = _needs(unit, path)
        late = [version for version in needed if version in gone and int(gone[version]) > unit.version]
        if late:
            what = f"depends on {late[0]}, which would be {gone[late[0]]} and come behind it; nothing was changed"
            raise Refused(what, where=path.name, hint=f"renumber it in the same call: add {unit.stem}")
        if redirected(text, gone) != text:
            changes.rewrite(path, redirected(text, gone))
            yield f"{path.name}: depends on {', '.join(gone[version] for version in needed if version in gone)} now"
        for version in needed:
            if version in both and version not in gone:
                yield f"look: {path.name} depends on {version}; mend that if it means what is {both[version]} now"


def _needs(unit: Unit, path: Path) -> tuple[int, ...]:
    halves = [file for file in (unit.migration.up, unit.migration.down) if file and file.path == str(path)]
    return tuple(dict.fromkeys(v for half in halves for v in dependencies(half.half(read_file(str(path))).sql)))


def _programs(units: Sequence[Unit], numbers: Mapping[str, str]) -> dict[Path, str]:
    """The programs of the migrations alone that bear their numbers: new names by paths."""
    mine = {path: unit for unit in units if unit.stem in numbers for path in _programs_of(unit)}
    others = {path for unit in units if unit.stem not in numbers for path in _programs_of(unit)}
    return {
        path: numbers[unit.stem] + path.name[len(unit.number) :]
        for path, unit in mine.items()
        if path not in others and path.name.startswith((f"{unit.number}_", f"{unit.number}-", f"{unit.number}."))
    }


def _programs_of(unit: Unit) -> list[Path]:
    found: dict[Path, Migration] = {}
    for file in (unit.migration.up, unit.migration.down):
        try:
            script = read_header(file.half(read_file(file.path)).sql).get("Script") if file else ""
            if file and script:
                found[script_path(file.path, script)] = unit.migration
        except (OSError, SourceError):
            # Without its program it cannot be run, but renamed.
            continue
    return list(found)


def _listed(units: Sequence[Unit]) -> str:
    return ", ".join(unit.stem for unit in units)
