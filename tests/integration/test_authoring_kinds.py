"""Every kind of migration: what `create` writes of it, and that it goes up, down and up again, on every server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from authoring import Case, copy, created, emptied, made, prepare, read_cases, snapshot
from migratekit.errors import ExitCode
from migratekit.render import Templates
from migratekit.server import Server
from outcomes import NOWHERE, good
from runs import fresh_database
from support import ROOT, Project, TestDatabase

CASES = read_cases()
# The raw kind fails until it is filled.
RUNNABLE = [case for case in CASES if case.name != "raw"]
# golang-migrate runs no program.
PLAIN = [case for case in RUNNABLE if case.kind != "script"]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
each_asking = pytest.mark.parametrize("case", [c for c in CASES if c.database], ids=lambda case: case.name)
each_alone = pytest.mark.parametrize("case", [c for c in CASES if not c.database], ids=lambda case: case.name)
each_runnable = pytest.mark.parametrize("case", RUNNABLE, ids=lambda case: case.name)
each_plain = pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def for_all(server: Server) -> Iterator[TestDatabase]:
    with fresh_database(server) as made:
        yield made


@pytest.fixture
def database(for_all: TestDatabase) -> Iterator[TestDatabase]:
    """The same one for all cases: to empty it takes less than to make it."""
    with emptied(for_all) as empty:
        yield empty


@pytest.fixture
def prepared(case: Case, project: Project, database: TestDatabase) -> Project:
    """The project with the case's files, and the database with what must be there before."""
    if not case.can_run(database):
        pytest.skip(f"this server has no extension {case.needs}")
    prepare(case, database)
    copy(case, project)
    if case.chain:
        good(project.migratekit("up", "1"))
    return project


def run(project: Project, *words: str) -> None:
    done = project.migratekit(*words)
    assert done.returncode == ExitCode.DONE, done.stderr


def test_every_kind_has_a_case() -> None:
    kinds = {folder for folder in Templates(ROOT).folders() if (ROOT / "templates" / folder / "kind.yaml").is_file()}
    assert kinds - {case.kind for case in CASES} == set()


@each_asking
def test_create_asks_the_database_for_what_it_was_not_told(
    case: Case, project: Project, database: TestDatabase
) -> None:
    prepare(case, database)
    assert_created(case, project)


@each_alone
def test_create_writes_what_is_expected(case: Case, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", NOWHERE)
    project.migrations.mkdir(parents=True)
    assert_created(case, project)


def assert_created(case: Case, project: Project) -> None:
    order = {"up": 0, "down": 1, "py": 2}
    paths = sorted(case.files, key=lambda name: (name.partition("_")[0], order[name.split(".")[1]]))
    assert good(created(case, project)) == [f"migrations/{name}" for name in paths]
    assert made(project) == case.chain | case.files


@each_case
def test_validate_has_nothing_to_say(case: Case, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", NOWHERE)
    others = dict.fromkeys(case.chain, "-- Version: 001\n-- Description: Stand in for what the case needs\nSELECT 1;\n")
    project.write(others | case.files)
    assert good(project.migratekit("validate", "--files-only"))[-1].endswith(": 0 errors, 0 warnings")


@pytest.mark.every_server(long=True)
@each_runnable
def test_up_down_up(case: Case, prepared: Project, database: TestDatabase) -> None:
    digest, before = database.digest(), [snapshot(database)]
    for _ in case.pairs:
        run(prepared, "up", "1")
        before.append(snapshot(database))
    after = before.pop()
    for expected in reversed(before):
        run(prepared, "down")
        assert snapshot(database) == expected
    assert database.digest() == digest
    run(prepared, "up")
    assert snapshot(database) == after


@each_plain
def test_the_same_under_migrate(case: Case, prepared: Project, database: TestDatabase) -> None:
    before = snapshot(database)
    for words in (["up"], ["down", str(len(case.pairs))], ["up"]):
        done = prepared.migrate(*words)
        assert done.returncode == 0, done.stderr
        if words[0] == "down":
            assert snapshot(database) == before


def test_the_raw_kind_raises_until_it_is_filled(project: Project, database: TestDatabase) -> None:
    good(project.migratekit("create", "add complexity analysis"))
    done = project.migratekit("up")
    assert done.returncode == ExitCode.FAILED
    assert "001_add_complexity_analysis.up.sql has no validation yet" in done.stderr
    up = project.migrations / "001_add_complexity_analysis.up.sql"
    up.write_text(up.read_text().replace("RAISE EXCEPTION", "RAISE NOTICE"))
    run(project, "up")
    assert "001_add_complexity_analysis.down.sql has no validation yet" in project.migratekit("down").stderr
    assert database.state() == [(1, False)]


@pytest.mark.parametrize(
    "words", [["create_touch_function"], ["create_touch_trigger_on_users"]], ids=["function", "trigger"]
)
def test_a_body_that_is_not_written_is_refused(project: Project, database: TestDatabase, words: list[str]) -> None:
    database.rows("CREATE TABLE users (id int)")
    good(project.migratekit("create", *words))
    done = project.migratekit("up")
    assert done.returncode == ExitCode.FAILED
    assert "touch is not written yet" in done.stderr
    (up,) = project.migrations.glob("*.up.sql")
    up.write_text(up.read_text().replace("RAISE EXCEPTION 'touch is not written yet'", "NULL"))
    up.write_text(up.read_text().replace("RAISE EXCEPTION 'users_touch is not written yet'", "RETURN NEW"))
    run(project, "up")
