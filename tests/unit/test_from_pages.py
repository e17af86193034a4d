"""The pages for those who come from other tools have a line for everything that their users have been told to type.

That the replacements do what they say is tested by running them, in tests/integration/test_from_pages.py.
"""

import re
import shlex
from pathlib import Path

import pytest

from from_pages import PAGES, blocks, is_command, is_file, lines, pieces, rows
from migratekit.cli import _parser

# What the users of each tool have been told to type, set or expect.
TOLD = {
    "golang-migrate": [
        *(f"make migrate-{verb}" for verb in ("create NAME=", "up", "down", "status", "force VERSION=", "validate")),
        'migrate -path migrations -database "$DATABASE_URL" up',
        *(f"migrate … {verb}" for verb in ("up N", "down N", "goto V", "force V", "version", "drop")),
        "migrate create -ext sql",
        *("checks before a migration", "backup", "release"),
    ],
    "alembic": [
        *(f"alembic upgrade {word}" for word in ("head", "+1", "<rev>")),
        *(f"alembic downgrade {word}" for word in ("-1", "<rev>", "base")),
        *(f"alembic {word}" for word in ("current", "history", "history --verbose", "stamp <rev>", "revision -m")),
        *("DATABASE_URL", "sslmode=require&channel_binding=require", "CONCURRENTLY", "data migrations", "NullPool"),
        *("alembic revision --autogenerate", "alembic check", "a branch of the database"),
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
        "GET /health/database",
        *("config/*.json", "database.url", "pool_min_size", "pool_max_size", "timeout"),
        *("FastAPI starts", "feature branch", "each environment"),
        *("next number", "down part", "SELECT * FROM schema_migrations", "INSERT INTO schema_migrations"),
    ],
    "up-down-sections": [
        "`migrate`",
        *(f"migrate {verb}" for verb in ("up", "status", "validate", "create", "down", "down N", "reset")),
        "DEBUG=true",
        *(f"{what}, from a program" for what in ("pending migrations", "migrate", "validate")),
        *("collide", "out of order", "dump, up, validate, start"),
    ],
    "rollback-files": [
        *("DatabaseMigrator().migrate_up()", "get_status()", "migrate_down(version)", "create-sample-data --count=N"),
        *(f"migrate.py --action={action}" for action in ("up", "status", "down --migration=")),
        *("migrate status", "migrate up", "migrate down --version=", "test-connection", "health", "stats"),
        *("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_CONNECTION_NAME"),
        *("checksum", "permission denied", "time-outs", "already exists", "checklist"),
    ],
}


def prose(name: str) -> list[str]:
    """What a page names outside of its tables and code blocks: of that nothing is run."""
    text = re.sub(r"^(\|.*| {4}.*)\n", "", PAGES[name].read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


def test_there_is_a_page_for_each() -> None:
    assert PAGES.keys() == TOLD.keys()


@pytest.mark.parametrize("name", PAGES)
def test_everything_that_was_told_has_its_replacement(name: str) -> None:
    before = "\n".join(cell for cell, now in rows(PAGES[name]) if now)
    assert [told for told in TOLD[name] if told not in before] == []


@pytest.mark.parametrize("name", PAGES)
def test_what_the_prose_names_is_taken(name: str) -> None:
    for span in prose(name):
        words = shlex.split(span)
        if words[0] == "migratekit" and len(words) > 1:
            _parser(words[1:]).parse_args(words[1:])


@pytest.mark.parametrize("name", PAGES)
def test_what_stands_in_front_of_commands_is_read_as_that(name: str) -> None:
    for block in blocks(PAGES[name]):
        assert is_file(block) or is_command(block), block


PAGE = """
| Before | Now |
| --- | --- |
| `a \\| b` | `from migratekit import Migrator; Migrator()`, as in ``x `y` `` |
| c | [the same](x.md#y), or `TZ=UTC migratekit up 2`; `table` |
| d | nothing \\| at all |

    # environments/x.yaml
    table: x

The file `config/x.json`:

```json
{"database": {}}
```

    migratekit up \\
      --to 2  # and

    migratekit down

```python
from migratekit import Migrator

Migrator()
```
"""


def test_how_a_page_is_read(tmp_path: Path) -> None:
    page = tmp_path / "from-x.md"
    page.write_text(PAGE)
    python = "from migratekit import Migrator\n\nMigrator()\n"
    assert [pieces(now) for _, now in rows(page)] == [
        ["from migratekit import Migrator; Migrator()", "x `y`"],
        ["the same", "TZ=UTC migratekit up 2", "table"],
        ["nothing | at all"],
    ]
    files, typed = blocks(page)[:2], blocks(page)[2:]
    assert files == ["# environments/x.yaml\ntable: x\n", '# config/x.json\n{"database": {}}\n']
    assert [is_file(block) for block in (*files, *typed)] == [True, True, False, False]
    assert [lines(block) for block in typed] == [["migratekit up    --to 2  # and", "migratekit down"], [python]]
    known = [is_command(piece) for _, now in rows(page) for piece in pieces(now)]
    assert known == [True, False, False, True, False, False]
    assert is_command(python)
