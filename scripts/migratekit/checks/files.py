"""The migration files by themselves: can each be run, and is each whole?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import SourceError
from ..migration import Direction, File, Migration, check_text, is_blank, read_body
from ..sources.golang import oversized_names, read_file


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: how bad, by which rule, where, and what to do about it."""

    level: str
    rule: str
    file: str
    problem: str
    remedy: str


def check_files(chain: Sequence[Migration], folder: str) -> list[Finding]:
    """Everything that is wrong with the files; an `error` could not be run, a `warning` could."""
    findings = [
        Finding("warning", "version", name, "its version does not fit 64 bits, so it is no migration", "rename it")
        for name in oversized_names(folder)
    ]
    for migration in chain:
        findings.extend(_pair(migration))
        for file in (migration.up, migration.down):
            if file is not None:
                findings.extend(_file(file))
    return findings


def _pair(migration: Migration) -> Iterator[Finding]:
    for direction in Direction:
        if migration.file(direction) is None:
            other = migration.up or migration.down
            name = other.path.rpartition("/")[2] if other else str(migration.version)
            yield Finding(
                "warning",
                "pair",
                name,
                f"there is no {direction} file beside it",
                f"write it; an empty file says that there is nothing to do on the way {direction}",
            )
    if migration.up and migration.down and migration.up.title != migration.down.title:
        name = migration.down.path.rpartition("/")[2]
        yield Finding("warning", "name", name, f"its up file is called {migration.up.title}", "give both one name")


def _file(file: File) -> Iterator[Finding]:
    name = file.path.rpartition("/")[2]
    try:
        sql = read_file(file.path)
        check_text(sql, name)
    except SourceError as error:
        yield Finding("error", "encoding", name, error.what, error.hint)
        return
    except OSError as error:
        yield Finding("error", "file", name, f"cannot be read: {error.strerror}", "check the file")
        return
    body = read_body(sql)
    if is_blank(sql):
        yield Finding("warning", "empty", name, "holds no statement", "say in a comment why, or fill it")
    if body.copies:
        yield Finding("error", "copy", name, "COPY from or to the client needs psql", "use INSERT")
    if body.left_open:
        yield Finding("error", "transaction", name, "begins a transaction and never ends it", "add COMMIT;")
    if body.rolled_back:
        yield Finding("warning", "rollback", name, "rolls back what it did, yet counts as applied", "is it meant?")
    if body.unterminated:
        yield Finding("error", "syntax", name, "a quote or comment never ends", "close it")
