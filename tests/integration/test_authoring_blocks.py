"""The blocks that validate: whatever of a change is missing, they raise, and nothing of the file is kept."""

from collections.abc import Iterator

import psycopg
import pytest

from authoring import Case, blocks, elsewhere, emptied, in_front, read_cases, snapshot, statements, without_change
from migratekit.errors import ExitCode
from migratekit.server import Server
from outcomes import good
from runs import fresh_database
from support import Project, TestDatabase

Session = psycopg.Connection[tuple[object, ...]]

FILES = [
    (case, f"{number}.{way}")
    for case in read_cases()
    if case.kind not in ("raw", "script")
    for number, pair in enumerate(case.pairs, 1)
    for way, text in zip(("up", "down"), pair, strict=True)
    # A job that commits as it goes is alone in its file, and tried elsewhere, as is what comes with a program.
    if blocks(text) and "-- migratekit: resumable" not in text
]


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
def standing(case: Case, file: str, database: TestDatabase) -> Iterator[Session]:
    """A session on a database that stands in front of a file; what the file needs is in a schema `elsewhere` too."""
    if not case.can_run(database):
        pytest.skip(f"this server has no extension {case.needs}")
    number, way = int(file[0]), file[2:]
    done = [up for up, _ in (case.pairs[: number - 1] if way == "up" else case.pairs)]
    undone = [down for _, down in reversed(case.pairs[number:])] if way == "down" else []
    earlier = [text for name, text in sorted(case.chain.items()) if ".up." in name]
    with database.connect() as session:
        session.execute("CREATE SCHEMA elsewhere")
        for schema in ("public", "elsewhere") if case.in_schema else ("public",):
            session.execute(f"SET search_path = {schema}".encode())
            for text in filter(None, [case.before, *earlier, *done, *undone]):
                session.execute(text.encode())
        session.execute("SET search_path = public")
        yield session


def broken(case: Case, file: str) -> Iterator[tuple[str, str]]:
    """The file with its change left out, made in another schema, or spoilt."""
    text = case.text(file)
    if len(statements(text)) > len(blocks(text)) + 2:
        yield "left out", without_change(text)
        if case.in_schema:
            yield "in another schema", elsewhere(text)
    for spoilt in case.breaks:
        if spoilt.file == file:
            yield spoilt.sql, in_front(text, spoilt.sql, spoilt.block)


def refusal(session: Session, text: str) -> str:
    """What the file says when it is run: empty if it goes through."""
    try:
        session.execute(text.encode())
    except psycopg.errors.RaiseException as error:
        return str(error)
    finally:
        session.execute("ROLLBACK")
    return ""


@pytest.mark.parametrize(("case", "file"), FILES, ids=[f"{case.name}-{file}" for case, file in FILES])
def test_a_change_that_is_broken_by_hand_is_refused(
    case: Case, file: str, standing: Session, database: TestDatabase
) -> None:
    before = snapshot(database)
    texts = dict(broken(case, file))
    assert texts, "no break is known for this file: add one to its case.yaml"
    for what, text in texts.items():
        assert refusal(standing, text), f"not refused: {what}"
        assert snapshot(database) == before, what


def test_every_break_is_tried() -> None:
    """A break of a file that is not there would not be."""
    tried = {(case.name, file) for case, file in FILES}
    named = {(case.name, spoilt.file) for case, _ in FILES for spoilt in case.breaks}
    assert named - tried == set()


def test_a_refused_file_is_rolled_back_by_a_run(project: Project, database: TestDatabase) -> None:
    good(project.migratekit("create", "create_projects_table", "--columns", "name:text!='x'"))
    up = project.migrations / "001_create_projects_table.up.sql"
    up.write_text(in_front(up.read_text(), "ALTER TABLE projects ALTER COLUMN name DROP DEFAULT"))
    done = project.migratekit("up")
    assert done.returncode == ExitCode.FAILED
    assert "table projects in schema public lacks: column name text not null default 'x'" in done.stderr
    assert database.tables() == set()
