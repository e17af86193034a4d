"""The names of the migration files: does each say what it should, and do they make one sequence?"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ..errors import SourceError
from ..migration import Direction, File, Migration
from ..repeatables import FOLDER
from ..sources._survey import DuplicateMigration, Naming, Survey, VersionTooLarge
from ._findings import Finding, found

_TOO_LONG = re.compile(r"[0-9]{20,}_")
# Above it, numbers are dates and times.
_MAX_SEQUENCE = 999_999


def check_names(survey: Survey) -> list[Finding]:
    """Everything that is wrong with the names in a folder, whatever the files hold."""
    findings = [_refused(problem.where, problem.what, problem) for problem in survey.problems]
    findings += [_stray(name, survey.naming) for name in survey.strays]
    for migration in survey.chain:
        findings += [*_pair(migration, survey.naming), *_names(migration, survey.naming)]
    return [*findings, *_gaps(survey.chain), *_widths(survey.chain)]


def check_strays(names: Iterable[str]) -> list[Finding]:
    """One for each file that looks like a repeatable one and is not taken for one."""
    why = f"is passed over: its name is not {FOLDER}/NAME.sql"
    remedy = f"put it into {FOLDER}/ itself if it is to run, else move it elsewhere"
    return [found("stray", name, why, remedy) for name in names]


def _refused(name: str, what: str, problem: SourceError) -> Finding:
    if isinstance(problem, DuplicateMigration):
        return found("duplicate", name, what, "give the newer one its own version: `migratekit renumber NAME`")
    if isinstance(problem, VersionTooLarge):
        return found("version", name, what, "give it the next version of the chain")
    return found("file", name, what, problem.hint)


def _stray(name: str, naming: Naming) -> Finding:
    why = "its version does not fit 64 bits" if _TOO_LONG.match(name) else f"its name is not {naming.shape}"
    return found("stray", name, f"is passed over: {why}", "rename it if it is a migration, else move it elsewhere")


def _pair(migration: Migration, naming: Naming) -> Iterator[Finding]:
    for direction in Direction:
        if migration.file(direction) is None:
            yield found(
                "pair",
                migration.name,
                f"there is no {direction} part in it" if naming.one_file else f"there is no {direction} file beside it",
                f"write it; one of a comment alone says that there is nothing to do on the way {direction}"
                if naming.one_file
                else f"write it; a file of one comment says that there is nothing to do on the way {direction}",
                migration.version,
            )


def _names(migration: Migration, naming: Naming) -> Iterator[Finding]:
    remedy = "rename it as `migratekit create` would; the version stays"
    files = [file for file in (migration.up, migration.down) if file]
    for name in dict.fromkeys(file.name for file in files):
        if not naming.usual.fullmatch(name):
            problem = f"is not called {naming.shape}, in a-z, 0-9 and _"
            yield found("name", name, problem, remedy, migration.version)
    if len({_stem(file) for file in files}) > 1:
        up, down = (file.name for file in files)
        yield found("name", down, f"its up file is called {up}", "give both one name", migration.version)


def _stem(file: File) -> str:
    return file.stem or re.sub(r"\.(up|down)\..*?$", "", file.name)


def _gaps(chain: Sequence[Migration]) -> Iterator[Finding]:
    numbered = [migration for migration in chain if migration.version <= _MAX_SEQUENCE]
    steps = [(one, other) for one, other in pairwise(numbered) if other.version - one.version > 1]
    if 2 * len(steps) > len(numbered) - 1:
        return  # most go up by more than one: that is their way of counting
    for one, other in steps:
        width = len(other.number)
        first, last = (f"{version:0{width}}" for version in (one.version + 1, other.version - 1))
        what = f"there is no version {first}" if first == last else f"there are no versions {first} to {last}"
        remedy = "bring it back if it was left behind on a branch; a gap by itself does no harm"
        yield found("gap", other.name, f"{what} in front of it", remedy, other.version)


def _widths(chain: Sequence[Migration]) -> Iterator[Finding]:
    for one, other in pairwise(chain):
        if f"{other.number}_" < f"{one.number}_":
            yield found(
                "width",
                other.name,
                f"comes behind {one.name}, but in front of it where names are sorted as text",
                "write all versions with the same number of digits; zeros in front do not change a version",
                other.version,
            )
