"""`convert`: files of every convention as golang-migrate's pairs, which do the same."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from migratekit.errors import ExitCode
from migratekit.server import Server
from outcomes import NOWHERE, bad, good
from runs import fresh_database
from support import Project, TestDatabase


class Golden(NamedTuple):
    """Files as users write them, what is said of them, and what the pairs hold that matters."""

    files: Mapping[str, str]
    said: list[str]
    texts: Mapping[str, str]


FUNCTION = "CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1;\nEND;\n$$;\n"
APART = "CREATE TABLE late (id int);\nCREATE INDEX CONCURRENTLY late_id ON late (id);\nCREATE TABLE later (id int);\n"
PARTS = {
    "{}_late.up.sql": "CREATE TABLE late (id int);\n",
    "{}_late_2.up.sql": "-- Part of: {0}\nCREATE INDEX CONCURRENTLY late_id ON late (id);\n",
    "{}_late_3.up.sql": "-- Part of: {0}\nCREATE TABLE later (id int);\n",
    "{}_late_3.down.sql": "DROP TABLE later, late;\n",
    "{}_late_2.down.sql": "-- Nothing to do here: the statements of {0} could not stay in one file.\n",
    "{}_late.down.sql": "-- Nothing to do here: the statements of {0} could not stay in one file.\n",
}


def parts(numbers: list[str]) -> dict[str, str]:
    own = {1: numbers[0], 2: numbers[1], 3: numbers[2]}
    return {
        name.format(own[next((int(c) for c in name if c.isdigit()), 1)]): text.format(numbers[0])
        for name, text in PARTS.items()
    }


GOLDEN = {
    "commented": Golden(
        {
            "001_initial_schema.sql": (
                "-- The beginning\nCREATE TABLE users (id int);\n\n-- What is applied\n"
                "CREATE TABLE IF NOT EXISTS schema_migrations (version varchar(50) PRIMARY KEY,\n"
                "  applied_at timestamptz DEFAULT now(), description text);\n"
                "CREATE INDEX users_id ON users (id); -- for joins\n\n"
                "-- Down migration\n-- DROP TABLE users;\n--\n-- DROP TABLE schema_migrations;\n"
            ),
            "002_notes.sql": "CREATE TABLE notes (id int, text text DEFAULT 'a;  b');\n",
        },
        [
            "001_initial_schema.sql:5: left out: CREATE TABLE IF NOT EXISTS schema_migrations"
            " (version varchar(50) PRIM…",
            "001_initial_schema.sql:12: left out: DROP TABLE schema_migrations",
            "002_notes.sql: has no way back, so there is no down file",
            "2 migrations of commented written to pairs: 3 files",
        ],
        {
            "001_initial_schema.up.sql": "-- The beginning\nCREATE TABLE users (id int);\n\n-- What is applied\n"
            "CREATE INDEX users_id ON users (id); -- for joins\n",
            "001_initial_schema.down.sql": "DROP TABLE users;\n",
        },
    ),
    "rollback": Golden(
        {
            "001_users.sql": "BEGIN;\nCREATE TABLE users (id int);\nCOMMIT;\n",
            "001_users_rollback.sql": (
                "BEGIN;\nDROP TABLE users;\nDELETE FROM schema_migrations WHERE version = '001_users';\nCOMMIT;\n"
            ),
        },
        [
            "001_users_rollback.sql:3: left out: DELETE FROM schema_migrations WHERE version = '001_users'",
            "1 migration of rollback written to pairs: 2 files",
        ],
        {"001_users.down.sql": "BEGIN;\nDROP TABLE users;\nCOMMIT;\n"},
    ),
    "updown": Golden(
        {
            "20240101000000_users.sql": (
                "-- By Ann\n\n-- UP\nCREATE TABLE users (id int);\n\n-- DOWN\nDROP TABLE users;\n"
            )
        },
        ["1 migration of updown written to pairs: 2 files"],
        {
            "20240101000000_users.up.sql": "-- By Ann\n\nCREATE TABLE users (id int);\n",
            "20240101000000_users.down.sql": "DROP TABLE users;\n",
        },
    ),
    "dbmate": Golden(
        {
            "20240101000000_users.sql": "-- migrate:up\nCREATE TABLE users (id int);\n\n-- migrate:down\n",
            "20240102000000_late.sql": (
                f"-- migrate:up transaction:false\n{APART}\n-- migrate:down\nDROP TABLE later, late;\n"
            ),
        },
        [
            "20240102000000_late.sql: becomes 3 pairs, for some of its statements have to stand alone",
            "2 migrations of dbmate written to pairs: 8 files",
        ],
        parts(["20240102000000", "20240102000001", "20240102000002"]),
    ),
    "goose": Golden(
        {
            "00001_one.sql": (
                f"-- +goose Up\n-- +goose StatementBegin\n{FUNCTION}-- +goose StatementEnd\n\n"
                "-- +goose Down\nDROP FUNCTION one();\n"
            ),
            "00002_late.sql": (
                f"-- +goose NO TRANSACTION\n-- +goose Up\n{APART}\n-- +goose Down\nDROP TABLE later, late;\n"
            ),
        },
        [
            "00002_late.sql: becomes 3 pairs, for some of its statements have to stand alone",
            "2 migrations of goose written to pairs: 8 files",
        ],
        {"00001_one.up.sql": FUNCTION, **parts(["00002", "00003", "00004"])},
    ),
    "prisma": Golden(
        {"20240101000000_users/migration.sql": "-- CreateTable\r\nCREATE TABLE users (id int);\r\n\r\n"},
        [
            "20240101000000_users/migration.sql: has no way back, so there is no down file",
            "1 migration of prisma written to pairs: 1 file",
        ],
        {"20240101000000_users.up.sql": "-- CreateTable\r\nCREATE TABLE users (id int);\r\n\r\n"},
    ),
}


def write(project: Project, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = project.migrations / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())


@pytest.mark.parametrize("name", GOLDEN)
def test_the_pairs_do_what_the_files_did(name: str, project: Project, database: TestDatabase, server: Server) -> None:
    golden = GOLDEN[name]
    write(project, golden.files)
    assert good(project.migratekit("convert", "--from", name, "--to", "pairs")) == golden.said
    pairs = project.folder / "pairs"
    made = {path.name: path.read_bytes().decode() for path in pairs.iterdir()}
    assert {file: made.get(file) for file in golden.texts} == golden.texts
    done = project.migratekit("validate", "--files-only", "--path", "pairs")
    assert done.returncode == ExitCode.DONE, done.stdout
    good(project.migratekit("up", "--source", name))
    with fresh_database(server) as other:
        moved = Project(project.folder / "moved", other.url)
        moved.folder.mkdir()
        pairs.rename(moved.migrations)
        assert moved.migrate("up").returncode == 0
        assert other.digest() == database.digest()
        if all(file.replace(".up.", ".down.") in made for file in made):
            assert moved.migrate("down", "-all").returncode == 0
            assert other.tables() <= {"users"}


def test_nothing_is_overwritten(project: Project) -> None:
    project.url = NOWHERE
    write(project, GOLDEN["updown"].files)
    (project.folder / "pairs").mkdir()
    (project.folder / "pairs" / "mine").write_text("")
    assert "is there already" in bad(project.migratekit("convert", "--to", "pairs"), ExitCode.REFUSED)
    assert "pairs already" in bad(project.migratekit("convert", "--to", "x", "--path", "pairs"), ExitCode.REFUSED)
    (project.folder / "pairs" / "mine").unlink()
    good(project.migratekit("convert", "--to", "pairs"))
    assert {path.name for path in project.folder.iterdir()} == {"migrations", "pairs"}


REFUSED = {
    "where the numbers in a row are taken": (
        {"2_late.sql": f"-- +goose NO TRANSACTION\n-- +goose Up\n{APART}", "3_x.sql": "-- +goose Up\nSELECT 1;\n"},
        "2_late.sql: needs 3 versions in a row",
    ),
    "where a new value is used before it is committed": (
        {
            "2_x.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nALTER TYPE t ADD VALUE IF NOT EXISTS 'new';\n"
            "UPDATE a SET b = 'new';\n",
            "3_x.sql": "-- +goose Up\nSELECT 1;\n",
        },
        "2_x.sql: needs 2 versions in a row",
    ),
    "where a setting would be lost": (
        {"2_late.sql": f"-- +goose NO TRANSACTION\n-- +goose Up\nSET lock_timeout = 1;\n{APART}"},
        "2_late.sql:3: has a setting and a statement that has to stand alone",
    ),
}


@pytest.mark.parametrize(("files", "told"), REFUSED.values(), ids=REFUSED)
def test_nothing_is_written(project: Project, files: Mapping[str, str], told: str) -> None:
    project.url = NOWHERE
    write(project, files)
    assert told in bad(project.migratekit("convert", "--to", "pairs"), ExitCode.FAILED)
    assert {path.name for path in project.folder.iterdir()} == {"migrations"}


def test_a_statement_about_more_than_the_tracking_table_stays(project: Project) -> None:
    project.url = NOWHERE
    both = 'DROP TABLE "schema_migrations", people;\n'
    write(project, {"001_a.sql": "CREATE TABLE people ();\n", "001_a_rollback.sql": both})
    said = good(project.migratekit("convert", "--to", "pairs"))
    assert "001_a_rollback.sql:1: speaks of schema_migrations, which will be another table: see to it" in said
    assert (project.folder / "pairs" / "001_a.down.sql").read_text() == both
