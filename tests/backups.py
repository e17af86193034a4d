"""Backups made by real tools, or by tools that are told to fail or to stand still."""

import json
import os
import signal
from pathlib import Path
from typing import Any

from migratekit.backup import client_tools
from outcomes import Done
from support import Project, TestDatabase, wait_for

CANARY = "s3cr3t-canary"
ROWS = """
    CREATE SCHEMA "Odd ""one";
    CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE);
    CREATE TABLE "Odd ""one"."Ordérs" (id serial PRIMARY KEY, of bigint REFERENCES users, note text);
    CREATE VIEW emails AS SELECT email FROM users;
    CREATE TABLE parts (day int, note text) PARTITION BY RANGE (day);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (100);
    CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
    INSERT INTO schema_migrations VALUES (12, false);
    INSERT INTO users (email) SELECT md5(n::text) FROM generate_series(1, 5000) AS n;
    INSERT INTO "Odd ""one"."Ordérs" (of, note) SELECT n, 'ß' FROM generate_series(1, 100) AS n;
    INSERT INTO parts SELECT n, 'x' FROM generate_series(1, 50) AS n;
"""
COUNTED = "SELECT count(*), sum(id), (SELECT count(*) FROM parts), (SELECT last_value FROM users_id_seq) FROM users"


def folder(project: Project) -> Path:
    return project.folder / "backups"


def names(project: Project) -> list[str]:
    """What has the name of a backup."""
    return sorted(path.name for path in folder(project).glob("[!.]*"))


def partial(project: Project) -> list[Path]:
    """What unfinished backups left."""
    return sorted(folder(project).glob(".*"))


def made(project: Project, *words: str) -> Path:
    """Makes a backup; its folder."""
    done = project.migratekit("backup", *words)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1].removeprefix("it is in "))


def manifest(backup: Path) -> dict[str, Any]:
    document = json.loads((backup / "manifest.json").read_text())
    assert isinstance(document, dict)
    return document


def change(backup: Path, **values: object) -> None:
    """Has the manifest say something else."""
    (backup / "manifest.json").write_text(json.dumps(manifest(backup) | values))


class Tools:
    """A folder with pg_dump and pg_restore that call the real ones, and what they are told beside."""

    def __init__(self, project: Project, database: TestDatabase) -> None:
        self._real = client_tools(database.major * 10000)
        self.folder = project.folder.parent / "tools"
        self.folder.mkdir()
        self.pids = self.folder / "pids"
        self.said = self.folder / "arguments"
        for name in ("pg_dump", "pg_restore"):
            self.write(name, 'exec "$real" "$@"')
        project.env["MIGRATEKIT_POSTGRES"] = str(self.folder)

    def write(self, name: str, script: str) -> None:
        """Has a tool do this; `$real` is the real one, `stand_still` waits to be killed."""
        program = self.folder / name
        program.write_text(
            "#!/bin/bash\n"
            f"real='{self._real.folder / name}'\n"
            'case "$1" in --version) exec "$real" --version;; esac\n'
            f"cat /proc/$$/cmdline /proc/$PPID/cmdline >>'{self.said}'\n"
            f"stand_still() {{ echo $$ >>'{self.pids}'; exec sleep 60; }}\n"
            f"{script}\n"
        )
        program.chmod(0o755)

    def wait(self) -> int:
        """The tool that stands still."""
        wait_for(lambda: self.pids.exists() and self.pids.read_text().endswith("\n"), "the tool to stand still")
        return int(self.pids.read_text())

    def end(self) -> None:
        """Kills the tool that stands still, if it is there."""
        if self.pids.exists():
            for pid in self.pids.read_text().split():
                if Path(f"/proc/{pid}/comm").exists() and Path(f"/proc/{pid}/comm").read_text() == "sleep\n":
                    os.kill(int(pid), signal.SIGKILL)
            self.pids.unlink()


def databases(database: TestDatabase) -> set[str]:
    """The databases that have the name of the test's one, and more, in their own."""
    found = database.rows(f"SELECT datname FROM pg_database WHERE datname LIKE '{database.name}%'")
    return {str(name) for (name,) in found} - {database.name}


def refused(done: Done, text: str) -> None:
    assert done.returncode in (1, 2, 3), done.stdout
    assert text in done.stderr
    assert "fault of migratekit" not in done.stderr
