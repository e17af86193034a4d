"""Projects of 25 migrations as the users of other tools write them, and what they make of a database."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from conventions import CONVENTIONS
from migratekit.catalog import snapshot
from migratekit.database import Database
from migratekit.url import parse
from support import ROOT, TestDatabase

FOLDER = ROOT / "tests" / "cases" / "projects"
COUNT = 25
# How many the other tool applies.
HALF = 12
_TRACKING = [
    ("public", name)
    for name in (
        "schema_migrations",
        "schema_migrations_history",
        "schema_migrations_before_adopt",
        "migratekit_migrations",
        "migratekit_migrations_history",
        "goose_db_version",
        "_prisma_migrations",
        "alembic_version",
    )
]
_RELATIONS = """
    SELECT c.relkind::text, format('%I.%I', n.nspname, c.relname), c.relname
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm', 'S') AND n.nspname !~ '^(pg_|information_schema|_migratekit)'
     ORDER BY 2
"""


@dataclass(frozen=True)
class Golden:
    """A project: its files are in a folder of that name."""

    name: str

    @property
    def folder(self) -> Path:
        """Where the files are kept."""
        return FOLDER / self.name

    @property
    def table(self) -> str:
        """The version table, as long as the files are not converted."""
        return CONVENTIONS[self.name].table

    @property
    def migrations(self) -> list[str]:
        """The names of the files, or folders, that go up, in their order."""
        names = [path.name for path in self.folder.iterdir() if path.name[0].isdigit()]
        # Numbers of different lengths: goose and Prisma's first one.
        return sorted((name for name in names if not name.endswith("_rollback.sql")), key=version_of)

    @property
    def versions(self) -> list[int]:
        """Their versions."""
        return [version_of(name) for name in self.migrations]

    def copy(self, target: Path, count: int = COUNT) -> Path:
        """The first migrations, and all that belongs to them, in another folder."""
        shutil.copytree(self.folder, target, dirs_exist_ok=True)
        for name in self.migrations[count:]:
            path = target / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
                (target / f"{path.stem}_rollback.sql").unlink(missing_ok=True)
        return target


GOLDEN = {name: Golden(name) for name in CONVENTIONS if name != "golang"}


def version_of(name: str) -> int:
    """The number that a name begins with."""
    digits = name[: next(at for at, char in enumerate(name) if not char.isdigit())]
    return int(digits)


def contents(database: TestDatabase) -> list[str]:
    """Schema and rows of everything but tracking tables, a line each: equal for equal databases."""
    session = Database.connect(parse(database.url), {})
    try:
        lines = list(snapshot(session, _TRACKING))
        for kind, name, relation in session.run(_RELATIONS)[-1].rows:
            if not str(relation).startswith(tuple(each for _, each in _TRACKING)):
                columns = "last_value, is_called" if kind == "S" else "*"
                (rows,) = session.row(f"SELECT json_agg(r ORDER BY r::text) FROM (SELECT {columns} FROM {name}) AS r")
                lines.append(f"{name}: {rows}")
    finally:
        session.close()
    return lines
