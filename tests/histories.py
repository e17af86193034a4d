"""The history of a test's database: the table itself, and what the commands tell of it."""

import json
import re

from migratekit.errors import ExitCode
from support import Project, TestDatabase

TABLE = "schema_migrations_history"
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_TOOK = re.compile(r"\b\d[\d.]* (ms|s)\b")
Row = dict[str, object]


def has_history(database: TestDatabase) -> bool:
    """True if there is a table of that name."""
    return database.value(f"SELECT to_regclass('{TABLE}')") is not None


def rows(database: TestDatabase, *only: str, table: str = TABLE) -> list[Row]:
    """The rows of the table in their order, or those of these outcomes."""
    found = json.loads(str(database.value(f"SELECT coalesce(json_agg(h ORDER BY id), '[]')::text FROM {table} h")))
    return [row for row in found if not only or row["outcome"] in only]


def written(database: TestDatabase, table: str = TABLE) -> list[str]:
    """Each row as `outcome`, or as `outcome way version` where it is about a file."""
    return [_brief(row) for row in rows(database, table=table)]


def attempts(project: Project) -> list[Row]:
    """What `history --json` gives."""
    done = project.migratekit("history", "--json")
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")
    found: list[Row] = json.loads(done.stdout)
    return found


def story(project: Project) -> list[str]:
    """What `history` tells: each attempt as `outcome way version` or `outcome before -> after`."""
    return [_brief(row) for row in attempts(project)]


def states(project: Project, *words: str) -> dict[int, str]:
    """How each migration stands, as `status --json` says."""
    found = json.loads(project.migratekit("status", "--json", *words).stdout)
    return {entry["version"]: entry["state"] for entry in found["migrations"]}


def golden(text: str) -> list[str]:
    """The lines of a table with TIME, TOOK and WHO in the place of what differs from run to run, blanks made one."""
    lines = []
    for line in text.splitlines():
        plain = re.sub(r"\S+@\S+", "WHO", _TOOK.sub("TOOK", _TIME.sub("TIME", line)))
        lines.append(re.sub(r" {2,}", "  ", plain).rstrip())
    return lines


def _brief(row: Row) -> str:
    if row["direction"]:
        return f"{row['outcome']} {row['direction']} {row['version']}"
    if row["outcome"] in ("started", "finished"):
        return str(row["outcome"])
    return f"{row['outcome']} {row['version_before']} -> {row['version_after']}"
