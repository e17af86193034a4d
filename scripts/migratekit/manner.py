"""How a command line wants files to be run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from .retries import ONE_TRY, Retries


class Manner(NamedTuple):
    """In which ways the two command lines run files differently."""

    # golang-migrate: what a file SETs stays in force for the next one of the run.
    keep_session: bool = False
    # golang-migrate: a refused file leaves its version dirty, though nothing of it was kept.
    mark_failures: bool = False
    # golang-migrate reads each file when its turn comes, and takes a missing half as an empty one.
    read_ahead: bool = True
    # golang-migrate: of several rows in the version table the first one counts.
    first_row_counts: bool = False
    # golang-migrate knows no history: its rows go where there is one already.
    makes_history: bool = True
    # golang-migrate makes a version table wherever the search_path leads now.
    any_schema: bool = False
    # golang-migrate's x-multi-statement: cut at each semicolon, pieces of at most so many bytes.
    cut_pieces: int | None = None
    # golang-migrate's x-statement-timeout, in seconds, for a file or one of its pieces.
    file_timeout: float | None = None
    # A file that others stood in the way of, and that left nothing behind, is tried again.
    retries: Retries = ONE_TRY
    # Settings of the session, in force at the start of every file.
    settings: Mapping[str, str] = MappingProxyType({})
    # Runs the program that a file, the first argument, names in its header; golang-migrate sees a comment there.
    run_program: Callable[[str, str], None] | None = None
    # Given connection and version table, the digest of the schema that the end of a run is recorded with.
    digest: Callable[..., str] | None = None
