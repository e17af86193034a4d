"""Which files a revision of Alembic stands on, by what the headers of converted files say."""

from collections.abc import Callable, Sequence

from .header import read_header
from .migration import File, Migration

# Written where a revision stands on no other.
NOTHING = "none"


class Lineage:
    """The files of a folder by their revisions: `-- Revision:`, `-- Revises:`, and `-- Merge:` for what has no file."""

    def __init__(self, chain: Sequence[Migration], read: Callable[[File], bytes]) -> None:
        self._chain = chain
        self._files: dict[str, Migration] = {}
        # None where the file does not say it.
        self._below: dict[str, list[str] | None] = {}
        # Of a file that was cut off from another one, the version of that.
        self._whole: dict[int, int] = {}
        for migration in chain:
            header = read_header(read(migration.up)) if migration.up else None
            if header and (whole := header.get("Part of")).isdecimal():
                self._whole[migration.version] = int(whole)
            if header and (name := header.get("Revision")):
                self._files.setdefault(name, migration)
                below = header.get("Revises")
                self._below.setdefault(name, [each for each in _listed(below) if each != NOTHING] if below else None)
            for merge in header.get("Merge").split(";") if header else ():
                name, _, parents = merge.partition(" of ")
                self._below.setdefault(name.strip(), _listed(parents))

    def knows(self, revision: str) -> bool:
        """True if a file is that revision, or tells of it."""
        return revision in self._below

    def named(self, name: str) -> list[str]:
        """The revisions of this name, or else those whose names begin so, as Alembic lets them be called."""
        return [name] if name in self._below else sorted(each for each in self._below if each.startswith(name))

    def version(self, revision: str) -> tuple[int | None, list[Migration]]:
        """The version at which a database is there, and the files up to it that the revision does not stand on."""
        files, lacking = self.below(revision)
        versions = {each.version for each in files}
        # A revision may be several files, of which the first one has its name.
        versions |= {each.version for each in self._chain if self._whole.get(each.version) in versions}
        if not versions:
            return None, []
        row = [each for each in self._chain if each.version <= max(versions) and not each.is_repeatable]
        # Where some have no file any more, what stands in their place may be anything.
        return max(versions), [] if lacking else [each for each in row if each.version not in versions]

    def below(self, revision: str) -> tuple[list[Migration], list[str]]:
        """The files that are applied where the database is at the revision, and the revisions that have none."""
        found: set[int] = set()
        lacking: list[str] = []
        seen, open_ = {revision}, [revision]
        while open_:
            name = open_.pop()
            if name not in self._below:
                lacking.append(name)
                continue
            migration, below = self._files.get(name), self._below[name]
            if migration and below is None:
                found |= {each.version for each in self._chain if each.version <= migration.version}
            elif migration:
                found.add(migration.version)
            open_ += [each for each in below or () if each not in seen]
            seen.update(below or ())
        return [each for each in self._chain if each.version in found], lacking


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
