"""Prisma Migrate's convention: a folder VERSION_title for each migration, in it migration.sql, and perhaps down.sql."""

import os
import re
from collections.abc import Mapping

from ..errors import SourceError
from ..migration import Direction, File
from ._survey import Halves, Naming, Survey, gather, refuse_other_order

NAMING = Naming("VERSION_title/migration.sql", re.compile(r"[0-9]+_[a-z0-9_]+/(migration|down)\.sql"), times=True)
FILES = {Direction.UP: "migration.sql", Direction.DOWN: "down.sql"}
_NAME = re.compile(r"([0-9]+)_?(.*)")


def survey_folder(folder: str) -> Survey:
    """A folder as it is, be it a chain or not; OSError if it cannot be listed."""
    with os.scandir(folder) as entries:
        folders = {entry.name: entry.is_dir() for entry in entries}

    def take(name: str) -> tuple[str, Halves] | SourceError | None:
        match = _NAME.fullmatch(name)
        if match is None or not folders[name]:
            return None
        paths = {way: f"{folder}/{name}/{file}" for way, file in FILES.items()}
        there = {way: path for way, path in paths.items() if os.path.lexists(path)}
        if not there:
            return SourceError("holds no migration.sql", where=name, hint="bring it back, or take the folder away")
        return match[1], {way: File(path, match[2], stem=name) for way, path in there.items()}

    return refuse_other_order(gather(sorted(folders), take, NAMING), "Prisma")


def layout(version: str, title: str, texts: Mapping[Direction, str]) -> dict[str, str]:
    """The files of a new migration, in a folder of its own."""
    return {f"{version}_{title}/{FILES[way]}": text for way, text in texts.items()}
