"""What every convention gives: the chain of a folder, what is passed over there, and how files are to be called."""

import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from ..errors import SourceError
from ..migration import MAX_VERSION, Direction, File, Migration

_MAX_UNSIGNED = 2**64 - 1
_ALMOST = r"(?i)[vu]?[0-9].*\.sql|[^.].*\.(up|down)\.sql"

Halves = Mapping[Direction, File]


class DuplicateMigration(SourceError):
    """Two files claim one version and direction; `name` is the second of them, `migration` what it would make alone."""

    def __init__(self, first: str, name: str, migration: Migration) -> None:
        super().__init__(
            f"has the version and direction of {first}",
            where=name,
            hint="give one of them another version: `migratekit renumber` and its name",
        )
        self.name = name
        self.migration = migration


class VersionTooLarge(SourceError):
    """A version that no bigint holds."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"its version does not fit a bigint (at most {MAX_VERSION})",
            where=name,
            hint="rename it",
        )


class Naming(NamedTuple):
    """How the files of a convention are called."""

    # As people write it, and the names that leave nothing to be wished for.
    shape: str
    usual: re.Pattern[str]
    # Both halves are in one file.
    one_file: bool = False
    # Versions are times, unless the chain counts otherwise.
    times: bool = False


class Survey(NamedTuple):
    """The chain of a folder, the names that are not taken into it, and what is wrong with those that should be."""

    chain: list[Migration]
    others: list[str]
    problems: list[SourceError]
    naming: Naming

    @property
    def strays(self) -> list[str]:
        """The names that look like migrations and are not taken for them."""
        return [name for name in self.others if re.fullmatch(_ALMOST, name)]


def gather(
    names: Iterable[str], take: Callable[[str], tuple[str, Halves] | SourceError | None], naming: Naming
) -> Survey:
    """The survey of names, of which `take` tells the version's digits and the halves that each gives."""
    halves: dict[int, dict[Direction, File]] = {}
    others: list[str] = []
    problems: list[SourceError] = []
    for name in names:
        taken = take(name)
        if isinstance(taken, SourceError):
            problems.append(taken)
        elif taken is None or (version := int(taken[0])) > _MAX_UNSIGNED:
            others.append(name)
        elif version > MAX_VERSION:
            problems.append(VersionTooLarge(name))
        elif twice := (there := halves.setdefault(version, {})).keys() & taken[1].keys():
            alone = Migration(version, taken[1].get(Direction.UP), taken[1].get(Direction.DOWN))
            problems.append(DuplicateMigration(there[max(twice)].name, name, alone))
        else:
            there.update(taken[1])
    up, down = Direction.UP, Direction.DOWN
    chain = [Migration(version, halves[version].get(up), halves[version].get(down)) for version in sorted(halves)]
    return Survey(chain, others, problems, naming)


def refuse_other_order(survey: Survey, tool: str) -> Survey:
    """The survey, with a complaint where a tool that goes by names runs the chain in another order."""
    problems = [
        SourceError(
            f"comes before {first.name} for {tool}, which goes by names, and behind it by its number",
            where=second.name,
            hint=f"give all versions the same number of digits, in {tool}'s table too where they are applied",
        )
        for first, second in pairwise(survey.chain)
        if first.name > second.name
    ]
    return survey._replace(problems=[*survey.problems, *problems])


def chain_of(survey: Survey) -> list[Migration]:
    """The chain; SourceError if something is wrong with it."""
    if survey.problems:
        raise survey.problems[0]
    return survey.chain


def file_names(folder: str) -> list[str]:
    """The names of the files in a folder, links included; OSError if it cannot be listed."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if not entry.is_dir(follow_symlinks=False))


def read_file(path: str) -> bytes:
    """The bytes of a regular file; FileNotFoundError, or SourceError for a pipe, device or folder."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SourceError("is not a regular file", where=path, hint="put the SQL itself there")
        text = os.read(descriptor, status.st_size + 1)
        while more := os.read(descriptor, 1 << 20):
            text += more
        return text
    finally:
        os.close(descriptor)
