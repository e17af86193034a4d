"""What is sent of a file with two halves, and how new ones are written."""

from pathlib import Path

import pytest

from migratekit import kinds
from migratekit.convention import SOURCES, read_chain
from migratekit.migration import Direction, File, Mode, read_half
from migratekit.settings import load
from migratekit.sources import commented, dbmate, goose
from migratekit.sources._survey import Survey

BLOCK = b"""-- +goose NO TRANSACTION
-- +goose Up
SELECT 1; -- one
-- +goose StatementBegin
SELECT 2; SELECT 3;
-- +goose StatementEnd
SELECT 4;

-- +goose Down
SELECT 5;
"""


def cut(survey: Survey, way: Direction) -> File:
    file = survey.chain[0].file(way)
    assert file is not None
    return file


def test_a_block_is_sent_at_once_and_other_statements_one_by_one(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "1_a.sql").write_bytes(BLOCK)
    survey = goose.survey_folder(str(folder))
    body = read_half(cut(survey, Direction.UP).half(BLOCK))
    pieces = [body.sql[first:last] for first, last in zip((0, *body.cuts), (*body.cuts, None), strict=True)]
    assert body.mode is Mode.ALONE
    assert [sorted(piece.count(str(n).encode()) for n in (1, 2, 3, 4)) for piece in pieces] == [
        [0, 0, 0, 1],
        [0, 0, 1, 1],
        [0, 0, 0, 1],
    ]
    down = cut(survey, Direction.DOWN).half(BLOCK)
    assert down.sql.index(b"SELECT 5") == BLOCK.index(b"SELECT 5")
    assert down.sql.split() == [b"SELECT", b"5;"]


def test_a_down_part_in_block_comments_is_read(tmp_path: Path) -> None:
    folder = tmp_path
    text = b"SELECT 1;\r\n-- Down migration: by hand\r\n/*\r\nSELECT 2;\r\n*/\r\n"
    (folder / "001_a.sql").write_bytes(text)
    survey = commented.survey_folder(str(folder))
    assert cut(survey, Direction.UP).half(text).sql == b"SELECT 1;"
    assert cut(survey, Direction.DOWN).half(text).sql.split() == [b"SELECT", b"2;"]


def test_new_files_leave_the_transaction_to_the_tool_that_makes_it() -> None:
    texts = {Direction.UP: "BEGIN;\nDO $$ BEGIN NULL; END $$;\nCOMMIT;\n", Direction.DOWN: "SELECT 1;\n"}
    assert dbmate.layout("1", "a", texts) == {
        "1_a.sql": "-- migrate:up\nDO $$ BEGIN NULL; END $$;\n\n-- migrate:down\nSELECT 1;\n"
    }
    assert goose.layout("1", "a", texts)["1_a.sql"].splitlines()[:4] == [
        "-- +goose Up",
        "-- +goose StatementBegin",
        "DO $$ BEGIN NULL; END $$;",
        "-- +goose StatementEnd",
    ]
    alone = {Direction.UP: "CREATE INDEX CONCURRENTLY ON a (b);", Direction.DOWN: "SELECT 1;"}
    assert "-- migrate:up transaction:false\n" in dbmate.layout("1", "a", alone)["1_a.sql"]
    assert goose.layout("1", "a", alone)["1_a.sql"].startswith("-- +goose NO TRANSACTION\n")


def test_a_setting_names_every_convention_and_no_other() -> None:
    assert [kinds.convention(name) for name in SOURCES] == list(SOURCES)
    with pytest.raises(ValueError, match=", ".join(SOURCES)):
        kinds.convention("flyway")


STRAYS = {
    "none": (["notes.txt"], ""),
    "one": (["002_y.sql", "README.md"], "warning: a file looks like a migration and is passed over: 002_y.sql"),
    "two": (["003-z.up.sql", "002_y.sql"], "warning: 2 files look like migrations and are passed over: 002_y.sql"),
}


@pytest.mark.parametrize(("names", "told"), STRAYS.values(), ids=STRAYS)
def test_files_that_are_passed_over_are_warned_of(tmp_path: Path, names: list[str], told: str) -> None:
    (tmp_path / "migrations").mkdir()
    for name in ["001_x.up.sql", *names]:
        (tmp_path / "migrations" / name).write_text("SELECT 1;")
    warnings: list[str] = []
    assert len(read_chain(load({}, {}, tmp_path), warnings.append)) == 1
    rest = " is not called VERSION_title.up.sql; `migratekit validate` lists them"
    assert warnings == ([f"{told}{rest}"] if told else [])
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "development.yaml").write_text("rules: {stray: off}")
    read_chain(load({}, {}, tmp_path), warnings.append)
    assert len(warnings) == bool(told)
