"""What is sent of a file with two halves, and how new ones are written."""

from pathlib import Path

import pytest

from migratekit import kinds
from migratekit.convention import SOURCES
from migratekit.migration import Direction, File, Mode, read_half
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
