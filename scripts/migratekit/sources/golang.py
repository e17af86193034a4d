"""golang-migrate's convention: VERSION_title.up.EXT and VERSION_title.down.EXT in one folder."""

import re
from collections.abc import Mapping

from ..migration import Direction, File, Migration
from ._survey import Halves, Naming, Survey, chain_of, file_names, gather

NAMING = Naming("VERSION_title.up.sql", re.compile(r"[0-9]+_[a-z0-9_]+\.(up|down)\.sql"))
_NAME = re.compile(r"([0-9]+)_(.*)\.(down|up)\.(.*)")
_WAYS = {str(way): way for way in Direction}


def read_folder(folder: str) -> list[Migration]:
    """The migrations of a folder by rising version; OSError, or SourceError for one that is no chain."""
    return chain_of(survey_folder(folder))


def survey_folder(folder: str) -> Survey:
    """A folder as it is, be it a chain or not; OSError if it cannot be listed."""

    def take(name: str) -> tuple[str, Halves] | None:
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        version, title, way, _ = match.groups()
        return version, {_WAYS[way]: File(f"{folder}/{name}", title)}

    return gather(file_names(folder), take, NAMING)


def layout(version: str, title: str, texts: Mapping[Direction, str]) -> dict[str, str]:
    """The files of a new migration: texts by names."""
    return {f"{version}_{title}.{way}.sql": text for way, text in texts.items()}
