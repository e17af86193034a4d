"""Numbered files with the way back in a second one: NNN_title.sql and NNN_title_rollback.sql."""

import re
from collections.abc import Mapping

from ..migration import Direction, File
from ._survey import Halves, Naming, Survey, file_names, gather

NAMING = Naming("NNN_title.sql or NNN_title_rollback.sql", re.compile(r"[0-9]+_[a-z0-9_]+\.sql"))
BACK = "_rollback.sql"
_NAME = re.compile(r"([0-9]+)_(.*?)(_rollback)?\.sql")


def survey_folder(folder: str) -> Survey:
    """A folder as it is, be it a chain or not; OSError if it cannot be listed."""

    def take(name: str) -> tuple[str, Halves] | None:
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        way = Direction.DOWN if match[3] else Direction.UP
        return match[1], {way: File(f"{folder}/{name}", match[2], stem=f"{match[1]}_{match[2]}")}

    return gather(file_names(folder), take, NAMING)


def layout(version: str, title: str, texts: Mapping[Direction, str]) -> dict[str, str]:
    """The files of a new migration: texts by names."""
    ends = {Direction.UP: ".sql", Direction.DOWN: BACK}
    return {f"{version}_{title}{ends[way]}": text for way, text in texts.items()}
