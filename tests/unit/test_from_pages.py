"""What the pages for those who come from other tools say to type instead is what the commands take."""

import re
import shlex
from pathlib import Path

import pytest

from migratekit.cli import _parser
from support import ROOT

PAGES = {path.stem.removeprefix("from-"): path for path in sorted((ROOT / "docs").glob("from-*.md"))}
# What the users of each tool have been told to type.
TOLD = {
    "golang-migrate": [
        *(f"make migrate-{verb}" for verb in ("create NAME=", "up", "down", "status", "force VERSION=", "validate")),
        'migrate -path migrations -database "$DATABASE_URL" up',
    ],
    "prisma": [f"prisma migrate {verb}" for verb in ("deploy", "status", "dev", "resolve", "reset", "diff")],
    "dbmate": [
        *(f"dbmate {verb}" for verb in ("new", "up", "create", "drop", "migrate", "rollback", "down", "status")),
        *(f"dbmate {word}" for word in ("dump", "load", "wait", "--url", "--migrations-dir", "--strict")),
    ],
    "goose": [
        *(f"goose {verb}" for verb in ("up", "up-by-one", "up-to", "down", "down-to", "redo", "reset", "status")),
        *(f"goose {verb}" for verb in ("version", "create", "fix", "validate")),
    ],
    "numbered-pool": [
        "DatabaseManager().run_migrations()",
        "/health/database",
        *("database.url", "timeout", "FastAPI", "feature branch", "each environment"),
    ],
    "up-down-sections": [
        "`migrate`",
        *(f"migrate {verb}" for verb in ("up", "status", "validate", "create", "down", "down N", "reset")),
        *("DEBUG=true", "pending migrations, from a program", "out of order", "dump, up, validate, start"),
    ],
    "rollback-files": [
        *("DatabaseMigrator().migrate_up()", "get_status()", "migrate_down(version)", "create-sample-data --count=N"),
        *(f"migrate.py --action={action}" for action in ("up", "status", "down --migration=")),
        *("migrate status", "migrate up", "migrate down --version=", "test-connection", "health", "stats"),
        *("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_CONNECTION_NAME", "checklist", "checksum"),
    ],
}


def rows(page: Path) -> list[tuple[str, str]]:
    """The rows of the tables headed Before and Now."""
    tables = re.findall(
        r"^\| Before \| Now \|\n\|[-| ]+\|\n((?:\|.*\n)+)", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for table in tables for line in table.splitlines()]
    return [(before.strip(), now.strip()) for before, now in cells]


def commands(page: Path) -> list[list[str]]:
    """The words of each command that a page says to type now, in its tables and its examples."""
    spans = [span for _, now in rows(page) for span in re.findall(r"`([^`]+)`", now)]
    lines = re.findall(r"^ {4}(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    found = [shlex.split(text, comments=True) for text in (*spans, *lines)]
    return [[word for word in words if word != "DEBUG=true"] for words in found if words]


def test_there_is_a_page_for_each() -> None:
    assert PAGES.keys() == TOLD.keys()


@pytest.mark.parametrize("name", PAGES)
def test_everything_that_was_told_has_its_replacement(name: str) -> None:
    before = "\n".join(cell for cell, now in rows(PAGES[name]) if now)
    assert [told for told in TOLD[name] if told not in before] == []


@pytest.mark.parametrize("name", PAGES)
def test_each_replacement_is_taken(name: str) -> None:
    typed = [words[1:] for words in commands(PAGES[name]) if words[0] == "migratekit" and len(words) > 1]
    assert typed
    for words in typed:
        _parser(words).parse_args(words)


@pytest.mark.parametrize("name", PAGES)
def test_each_target_and_script_is_there(name: str) -> None:
    text = (ROOT / "migratekit.mk").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    variables = set(re.findall(r"foreach name,([A-Z ]+),", text)[0].split())
    for program, *words in commands(PAGES[name]):
        if program == "make":
            assert words[0] in targets
            assert {word.partition("=")[0] for word in words[1:]} <= variables
        elif program.startswith("./"):
            assert (ROOT / program).is_file()
