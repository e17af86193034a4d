"""New pairs with their numbers, put into the folder of the migrations."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ..authoring.pairs import Draft
from ..convention import SOURCES, source_name
from ..errors import SourceError
from ..file_changes import alone_in, make_folders, unshared
from ..migration import Migration
from ..numbering import MOMENT, by_time, in_sequence
from ..session import Session


def present(session: Session) -> list[Migration]:
    """The migrations that are there; none where there is no folder yet."""
    return session.chain() if session.settings.folder.exists() else []


def next_versions(session: Session, count: int, *, timestamp: bool) -> list[str]:
    """Free numbers, one behind the other; times where they are asked for, or are the custom here."""
    chain = present(session)
    if timestamp or _by_time(session, chain):
        return by_time({migration.version for migration in chain}, count)
    last = chain[-1] if chain else None
    return in_sequence(last.version if last else 0, count, len(last.number) if last else 3)


def show(session: Session, drafts: Sequence[Draft]) -> None:
    """Prints the files as they would be written."""
    for draft in drafts:
        for name, text in files_of(session, draft).items():
            session.console.out(f"==> {os.path.relpath(session.settings.folder / name)} <==\n{text}")


def write(session: Session, make: Callable[[], Sequence[Draft]]) -> None:
    """Writes what is made while nobody else numbers files, all of it or nothing, and prints the names."""
    folder = session.settings.folder
    try:
        make_folders(folder)
        with alone_in(folder, session.console.note):
            for path in _write(session, make()):
                session.console.out(os.path.relpath(path))
    except OSError as error:
        raise SourceError(
            f"cannot make the files: {error.strerror}", where=str(error.filename or folder), hint="may you write there?"
        ) from None


def files_of(session: Session, draft: Draft) -> dict[str, str]:
    """All that is to be written, in the convention of the folder: texts by the names of their files."""
    layout = SOURCES[source_name(session.settings)].layout
    return layout(draft.version, draft.title, draft.texts) | dict(draft.programs)


def _by_time(session: Session, chain: Sequence[Migration]) -> bool:
    return SOURCES[source_name(session.settings)].NAMING.times and (not chain or len(chain[-1].number) == MOMENT)


def _write(session: Session, drafts: Sequence[Draft]) -> list[Path]:
    """Writes all of the files, or none."""
    written: list[Path] = []
    try:
        for draft in drafts:
            for name, text in files_of(session, draft).items():
                path = session.settings.folder / name
                path.parent.mkdir(0o755, exist_ok=True)
                opener = _executable if name in draft.programs else unshared
                with open(path, "x", encoding="utf-8", newline="\n", opener=opener) as file:
                    written.append(path)
                    file.write(text)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return written


def _executable(path: str, flags: int) -> int:
    return os.open(path, flags, 0o755)
