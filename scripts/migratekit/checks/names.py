"""The names of the migration files: does each say what it should, and do they make one sequence?"""

import os
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..migration import Direction, File, Migration
from ..sources.golang import DuplicateMigration, Survey
from ._findings import Finding, found

_USUAL = re.compile(r"[0-9]+_[a-z0-9_]+\.(up|down)\.sql")
_ALMOST = re.compile(r"[vu]?[0-9].*\.sql|[^.].*\.(up|down)\.sql", re.IGNORECASE)
_TOO_LONG = re.compile(r"[0-9]{20,}_")
# Above it, numbers are dates and times.
_MAX_SEQUENCE = 999_999


def check_names(survey: Survey) -> list[Finding]:
    """Everything that is wrong with the names in a folder, whatever the files hold."""
    findings = [_refused(problem.where, problem.what, problem) for problem in survey.problems]
    findings += [_stray(name) for name in survey.others if _ALMOST.fullmatch(name)]
    for migration in survey.chain:
        findings += [*_pair(migration), *_names(migration)]
    return [*findings, *_gaps(survey.chain), *_widths(survey.chain)]


def file_name(file: File) -> str:
    """The name without its folder."""
    return os.path.basename(file.path)  # noqa: PTH119


def _refused(name: str, what: str, problem: Exception) -> Finding:
    if isinstance(problem, DuplicateMigration):
        return found("duplicate", name, what, "give the newer one a version of its own")
    return found("version", name, what, "give it the next version of the chain")


def _stray(name: str) -> Finding:
    why = "its version does not fit 64 bits" if _TOO_LONG.match(name) else "its name is not VERSION_title.up.sql"
    return found("stray", name, f"is passed over: {why}", "rename it if it is a migration, else move it elsewhere")


def _pair(migration: Migration) -> Iterator[Finding]:
    for direction in Direction:
        if migration.file(direction) is None:
            yield found(
                "pair",
                _name(migration),
                f"there is no {direction} file beside it",
                f"write it; a file of one comment says that there is nothing to do on the way {direction}",
                migration.version,
            )


def _names(migration: Migration) -> Iterator[Finding]:
    remedy = "rename it as `migratekit create` would; the version stays"
    names = [file_name(file) for file in (migration.up, migration.down) if file]
    for name in names:
        if not _USUAL.fullmatch(name):
            yield found(
                "name", name, "is not called VERSION_title.up.sql, in a-z, 0-9 and _", remedy, migration.version
            )
    stems = [_stem(name) for name in names]
    if len(set(stems)) > 1:
        yield found("name", names[1], f"its up file is called {names[0]}", "give both one name", migration.version)


def _stem(name: str) -> str:
    return re.sub(r"\.(up|down)\..*?$", "", name)


def _gaps(chain: Sequence[Migration]) -> Iterator[Finding]:
    numbered = [migration for migration in chain if migration.version <= _MAX_SEQUENCE]
    steps = [(one, other) for one, other in pairwise(numbered) if other.version - one.version > 1]
    if 2 * len(steps) > len(numbered) - 1:
        return  # most go up by more than one: that is their way of counting
    for one, other in steps:
        width = len(_digits(other))
        first, last = (f"{version:0{width}}" for version in (one.version + 1, other.version - 1))
        what = f"there is no version {first}" if first == last else f"there are no versions {first} to {last}"
        remedy = "bring it back if it was left behind on a branch; a gap by itself does no harm"
        yield found("gap", _name(other), f"{what} in front of it", remedy, other.version)


def _widths(chain: Sequence[Migration]) -> Iterator[Finding]:
    for one, other in pairwise(chain):
        if f"{_digits(other)}_" < f"{_digits(one)}_":
            yield found(
                "width",
                _name(other),
                f"comes behind {_name(one)}, but in front of it where names are sorted as text",
                "write all versions with the same number of digits; zeros in front do not change a version",
                other.version,
            )


def _name(migration: Migration) -> str:
    half = migration.up or migration.down
    return file_name(half) if half else str(migration.version)


def _digits(migration: Migration) -> str:
    """The version as its file writes it, zeros included."""
    return _name(migration).partition("_")[0]
