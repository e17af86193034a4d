"""Whole projects of other tools: begun by the tool, adopted, gone on with, and converted; nothing may be lost."""

from collections.abc import Callable
from functools import cache

import pytest

from golden_projects import COUNT, GOLDEN, HALF, Golden, contents
from histories import states
from migratekit.errors import ExitCode
from migratekit.server import Server
from other_tools import ROLLBACK, TOOLS
from outcomes import bad, good
from runs import fresh_database
from support import Project, TestDatabase

pytestmark = pytest.mark.every_server(long=True)
each = pytest.mark.parametrize("golden", GOLDEN.values(), ids=list(GOLDEN))
# The last migration that has no way back, by its place.
ONE_WAY = {"goose": 4, "updown": 8, "commented": 4, "prisma": -2}
DOUBLE_STOCK_BACK = "DELETE FROM greetings WHERE locale IN ('fr', 'pl');\nUPDATE stock SET quantity = quantity / 2;\n"
# What Prisma leaves of an attempt that failed and was resolved.
RESOLVED = """
    INSERT INTO _prisma_migrations (id, checksum, migration_name, logs, started_at, rolled_back_at)
    SELECT 'failed', repeat('0', 64), migration_name, 'ERROR: syntax error', started_at - interval '1 h', started_at
      FROM _prisma_migrations WHERE migration_name LIKE '%create_orders'
"""
Reached = Callable[[Golden], list[str]]


@pytest.fixture(scope="module")
def reached(server: Server) -> Reached:
    """What the tool itself makes of an empty database with all of its files."""

    @cache
    def get(golden: Golden) -> list[str]:
        with fresh_database(server) as other:
            TOOLS[golden.name](other.url, golden.folder)
            return contents(other)

    return get


def begin(golden: Golden, project: Project, database: TestDatabase) -> None:
    """The first half as the tool applies it, and the whole project as its user has it."""
    TOOLS[golden.name](database.url, golden.copy(project.folder / "half", HALF))
    if golden.name == "prisma":
        database.rows(RESOLVED)
    golden.copy(project.migrations)
    (project.folder / "environments").mkdir()
    (project.folder / "environments" / "development.yaml").write_text(f"source: {golden.name}\n")


def adopt(golden: Golden, project: Project) -> None:
    at = golden.versions[HALF - 1]
    said = good(project.migratekit("adopt", "--yes"))
    assert said[-1] == f"development is at version {at}; {HALF} migrations of {golden.name} adopted, none ran"
    found = states(project)
    # Of a migration that was cut into several pairs, the first has its version.
    assert set(found) >= set(golden.versions)
    assert {version for version, state in found.items() if state == "applied"} == set(golden.versions[:HALF])
    pending = [version for version in found if version > at]
    assert {found[version] for version in pending} == {"pending"}
    assert good(project.migratekit("status"))[-1] == f"development is at version {at}; {len(pending)} pending"


def undo_three(golden: Golden, project: Project) -> None:
    """Three migrations down; Prisma's users write the way back where there is none."""
    if golden.name == "prisma":
        lacking = f"version {golden.versions[-2]} (double_stock) has no down"
        assert lacking in bad(project.migratekit("down", "3"), ExitCode.FAILED)
        (project.migrations / golden.migrations[-2] / "down.sql").write_text(DOUBLE_STOCK_BACK)
    said = good(project.migratekit("down", "3"))
    assert said[-1] == f"3 migrations undone; development is at version {golden.versions[-4]}"


@each
def test_what_another_tool_began_is_gone_on_with(
    golden: Golden, project: Project, database: TestDatabase, reached: Reached
) -> None:
    begin(golden, project, database)
    adopt(golden, project)
    last, rest = golden.versions[-1], COUNT - HALF
    assert good(project.migratekit("up"))[-1] == f"{rest} migrations applied; development is at version {last}"
    assert contents(database) == reached(golden)
    undo_three(golden, project)
    assert contents(database) != reached(golden)
    assert good(project.migratekit("up"))[-1] == f"3 migrations applied; development is at version {last}"
    assert contents(database) == reached(golden)
    assert set(states(project).values()) == {"applied"}
    assert database.rows(f"SELECT version, dirty FROM {golden.table}") == [(last, False)]


@each
def test_a_new_database_becomes_the_same(
    golden: Golden, project: Project, database: TestDatabase, reached: Reached
) -> None:
    golden.copy(project.migrations)
    if golden.name == "rollback":
        database.rows(ROLLBACK)
    good(project.migratekit("up"))
    assert contents(database) == reached(golden)
    words = ("down", "--all")
    if golden.name not in ONE_WAY:
        good(project.migratekit(*words))
        assert database.tables() <= {"migratekit_migrations", "migratekit_migrations_history"}
    else:
        version = golden.versions[ONE_WAY[golden.name]]
        assert f"version {version} " in bad(project.migratekit(*words), ExitCode.FAILED)
        good(project.migratekit("down", "--to", str(version)))


@each
def test_converted_files_make_the_same_database(
    golden: Golden, project: Project, database: TestDatabase, reached: Reached
) -> None:
    convert(golden, project)
    assert project.migratekit("validate", "--files-only").returncode == ExitCode.DONE
    assert project.migrate("up").returncode == 0
    assert contents(database) == reached(golden)
    assert database.state() == [(golden.versions[-1], False)]
    if golden.name not in ONE_WAY:
        assert project.migrate("down", "-all").returncode == 0
        assert database.tables() == set()


@pytest.mark.parametrize("golden", [GOLDEN[name] for name in ("goose", "commented", "prisma")], ids=lambda g: g.name)
def test_converted_files_are_adopted_and_gone_on_with(
    golden: Golden, project: Project, database: TestDatabase, reached: Reached
) -> None:
    TOOLS[golden.name](database.url, golden.copy(project.folder / "half", HALF))
    convert(golden, project)
    adopt(golden, project)
    assert project.migratekit("up").returncode == ExitCode.DONE
    assert contents(database) == reached(golden)
    assert set(states(project).values()) == {"applied"}
    assert database.state() == [(golden.versions[-1], False)]
    good(project.migratekit("down"))
    good(project.migratekit("up"))
    assert contents(database) == reached(golden)


def convert(golden: Golden, project: Project) -> None:
    """The project's files as pairs, in the place of its own."""
    golden.copy(project.folder / "before")
    project.migrations.rmdir()
    words = ("--path", "before", "--source", golden.name, "--to", "migrations")
    assert f"25 migrations of {golden.name} written" in good(project.migratekit("convert", *words))[-1]
