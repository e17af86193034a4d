"""Alembic projects: the golden one, and small ones of a test's own; Alembic run on them as its users do."""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from former_tools import CHAIN
from from_pages import Walk
from golden_projects import FOLDER
from page_steps import adopted, late, made, then
from support import CLEAN, Project, TestDatabase

GOLDEN = FOLDER / "alembic"
ENV = (GOLDEN / "migrations" / "env.py").read_text()
_TEXT = '''"""{message}

Revision ID: {id}
Revises: {below}
Create Date: 2024-05-06 07:08:09

"""
import sqlalchemy as sa
from alembic import context, op

revision = "{id}"
down_revision = {parents!r}


def upgrade():
    {up}


def downgrade():
    {down}
'''


class Revision(NamedTuple):
    """A revision: what its two functions do, and on what it stands where that is not the one before it."""

    id: str
    message: str
    up: str = "pass"
    down: str = "pass"
    parents: Sequence[str] | None = None


def write_alembic(folder: Path, revisions: Sequence[Revision], changes: Mapping[str, str] | None = None) -> None:
    """A project of these revisions, each on the one before it, and with changes of its env.py."""
    scripts = folder / "scripts"
    (scripts / "versions").mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/scripts\nprepend_sys_path = .\n")
    env = ENV.replace("from models import Base\n", "").replace("Base.metadata", "None")
    for old, new in (changes or {}).items():
        assert old in env
        env = env.replace(old, new)
    (scripts / "env.py").write_text(env)
    before: tuple[str, ...] = ()
    for each in revisions:
        parents = before if each.parents is None else tuple(each.parents)
        fields = {**each._asdict(), "below": ", ".join(parents), "parents": parents or None}
        for way in ("up", "down"):
            fields[way] = str(fields[way]).replace("\n", "\n    ")
        (scripts / "versions" / f"{each.id}_.py").write_text(_TEXT.format(**fields))
        before = (each.id,)


_MODELS = """
from sqlalchemy import Column, Integer, MetaData, Table, Text

metadata = MetaData()
for name in ("users", "teams", "orders", "tags"):
    Table(name, metadata, Column("id", Integer, primary_key=True), Column("name", Text))
Table("notes", metadata, Column("id", Integer, primary_key=True), Column("x", Text))
"""


def alembic(folder: Path, url: str, *words: str) -> str:
    """What Alembic prints."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *words],
        cwd=folder,
        env=CLEAN | {"DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def from_alembic(walk: Walk, project: Project, database: TestDatabase) -> None:
    """What the page for those who come from Alembic says, done on a project of theirs."""
    shutil.rmtree(walk.files)
    revisions = (
        Revision(f"{number:03}", each.title.replace("_", " "), f'op.execute("{each.up}")', f'op.execute("{each.down}")')
        for number, each in enumerate(CHAIN, 1)
    )
    write_alembic(project.folder, [*revisions])
    walk.block("4 pairs of alembic written to pairs: 8 files")
    walk.file()
    walk.block("4 migrations: 0 errors", *adopted("alembic"))
    from_alembic_moves(walk)
    from_alembic_files(walk, database)


def from_alembic_moves(walk: Walk) -> None:
    """The rows about moves and what is said of them."""

    def at(version: int, how: str) -> str:
        return f"{how}; development is at version {version}"

    none = "4 migrations undone; development is at no version"
    walk.row("`alembic downgrade base`", then(none, lambda: walk.run("migratekit up")), none)
    all_there = then(at(4, "4 migrations applied"), lambda: walk.run("migratekit down --all"))
    walk.row("`alembic upgrade head`", all_there, at(4, "4 migrations applied"))
    walk.row("`alembic downgrade -1`", at(3, "1 migration undone"), at(2, "1 migration undone"))
    walk.row("`alembic upgrade +1`", at(3, "1 migration applied"), at(4, "1 migration applied"))
    walk.row("`alembic downgrade <rev>`", at(2, "2 migrations undone"))
    walk.row("`alembic upgrade head --sql`", "CREATE TABLE tags")
    walk.row("`alembic upgrade <rev>`", at(4, "2 migrations applied"))
    walk.row("`alembic current`", "4\n", "4\n")
    walk.row("`alembic history`", "0 pending")
    walk.row("`alembic history --verbose`", "down 004_create_tags applied")
    walk.row("`alembic stamp base`", "development is at no version; nothing was run")
    walk.row("`alembic stamp <rev>`", *["development is at version 2; nothing was run"] * 2)
    walk.row("`alembic stamp head`", "development is at version 4; nothing was run")


def from_alembic_files(walk: Walk, database: TestDatabase) -> None:
    """The rows about files and connections."""
    walk.row('`alembic revision -m "add x"`', made(walk, 2), made(walk, 2, "Write the change here"))
    walk.row("`CREATE INDEX CONCURRENTLY` in `autocommit_block()`", "CREATE INDEX CONCURRENTLY users_name_idx ON users")
    row = "data migrations between schema steps, `op.execute`, `op.bulk_insert`"
    walk.row(row, "Write the change here")
    walk.row("`op.get_bind()`, a loop in Python", "-- Script: ")
    walk.row("`alembic heads`, `alembic branches`", "4 migrations: 0 errors")
    walk.row("`alembic merge heads`", *late(walk, "1 migration applied; development is at version 4"))
    walk.row("`DATABASE_URL` in `.env`, `sslmode=require&channel_binding=require`", "connected to")
    walk.row("`poolclass=NullPool`", lambda _: database.sessions() == 0)
    from_alembic_models(walk)


def from_alembic_models(walk: Walk) -> None:
    """The rows about models, and about copies of the database."""
    models = walk.project.folder / "app" / "models.py"
    models.parent.mkdir()
    models.write_text(_MODELS)
    walk.row(
        '`alembic revision --autogenerate -m "add x"`',
        "1 pair ran in a shadow, up and down",
        "the files make what app.models:metadata says",
    )
    walk.row("`alembic check`", "the files make what app.models:metadata says")
    walk.row(
        "a branch of the database, migrated and thrown away",
        "was not touched",
        "try",
        "try",
    )
