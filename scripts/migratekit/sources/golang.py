"""golang-migrate's convention: VERSION_title.up.EXT and VERSION_title.down.EXT in one folder."""

import os
import re
import stat
from dataclasses import dataclass

from ..errors import SourceError
from ..migration import MAX_VERSION, Direction, File, Migration

_NAME = re.compile(r"([0-9]+)_(.*)\.(down|up)\.(.*)")
_MAX_UNSIGNED = 2**64 - 1


class DuplicateMigration(SourceError):
    """Two files claim one version and direction; `name` is the second of them."""

    def __init__(self, first: str, name: str) -> None:
        super().__init__(
            f"has the version and direction of {os.path.basename(first)}",  # noqa: PTH119
            where=name,
            hint="give one of them another version",
        )
        self.name = name


@dataclass(frozen=True, slots=True)
class Survey:
    """The chain of a folder, the names that are not taken into it, and what is wrong with those that should be."""

    chain: list[Migration]
    others: list[str]
    problems: list[SourceError]


def read_folder(folder: str) -> list[Migration]:
    """The migrations of a folder by rising version; OSError, or SourceError for one that is no chain."""
    survey = survey_folder(folder)
    if survey.problems:
        raise survey.problems[0]
    return survey.chain


def survey_folder(folder: str) -> Survey:
    """A folder as it is, be it a chain or not; OSError if it cannot be listed."""
    halves: dict[tuple[int, Direction], File] = {}
    others: list[str] = []
    problems: list[SourceError] = []
    for name in _file_names(folder):
        match = _NAME.fullmatch(name)
        if match is None or (version := int(match[1])) > _MAX_UNSIGNED:
            others.append(name)
        elif version > MAX_VERSION:
            what = f"its version does not fit a bigint (at most {MAX_VERSION})"
            problems.append(SourceError(what, where=name, hint="rename it"))
        elif (key := (version, Direction(match[3]))) in halves:
            problems.append(DuplicateMigration(halves[key].path, name))
        else:
            halves[key] = File(f"{folder}/{name}", match[2])
    chain = [
        Migration(version, halves.get((version, Direction.UP)), halves.get((version, Direction.DOWN)))
        for version in sorted({version for version, _ in halves})
    ]
    return Survey(chain, others, problems)


def read_file(path: str) -> bytes:
    """The bytes of a regular file; FileNotFoundError, or SourceError for a pipe, device or folder."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise SourceError("is not a regular file", where=path, hint="put the SQL itself there")
        return file.read()


def _file_names(folder: str) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if not entry.is_dir(follow_symlinks=False))
