"""What Alembic prints, read: its history, and its offline output in the forms that it has."""

import pytest

from migratekit.alembic.offline import own_words, read_output, revision_pieces, version_table
from migratekit.alembic.revisions import read_history
from migratekit.migration import Direction, File

HISTORY = """loading ...
Rev: 4d (head) (mergepoint)
Merges: 2b, 3c
Path: /app/versions/4d_merge.py

    merge

    Revision ID: 4d
    Revises: 2b, 3c
    Create Date: 2024-01-04

Rev: 3c
Parent: 1a
Also depends on: lab, 2
Path: /app/versions/3c_x.py

    Add x

    Because of y: see there.

    Revision ID: 3c
    Revises: 1a
    Create Date: 2024-01-03 10:11:12.131415

Rev: 2b
Parent: <base>
Branch names: lab
Path: /app/versions/2b_.py

    Revision ID: 2b
    Revises:
    Create Date: 2024-01-02

Rev: 1a (branchpoint)
Parent: <base>
Branches into: 3c
Path: /app/versions/1a_first.py

    first
"""


def test_the_history_tells_what_each_revision_stands_on() -> None:
    found = read_history(HISTORY)
    assert [(each.id, each.parents, each.message) for each in found] == [
        ("1a", (), "first"),
        ("2b", (), ""),
        ("3c", ("1a", "2b"), "Add x"),
        ("4d", ("2b", "3c"), "merge"),
    ]
    assert found[2].remarks == ("Because of y: see there.",)
    assert found[2].created == "2024-01-03 10:11:12.131415"
    assert found[2].path == "/app/versions/3c_x.py"


OWN = """SET search_path TO shop;

BEGIN;

CREATE TABLE shop."ver" (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT ver_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 1a

CREATE TABLE a (id INTEGER);

INSERT INTO shop."ver" (version_num) VALUES ('1a') RETURNING shop."ver".version_num;

COMMIT;

BEGIN;

-- Running upgrade 1a -> 2b

-- Running upgrade of the user's own words

{middle}

UPDATE shop."ver" SET version_num='2b' WHERE shop."ver".version_num = '1a';

COMMIT;
"""
COMMENT = "-- Running upgrade of the user's own words"
INDEX = "CREATE INDEX CONCURRENTLY i ON a (id);"
MIDDLES = {
    "SELECT 1;": ["SELECT 1;"],
    f"COMMIT;\n\n{INDEX}\n\nBEGIN;": [INDEX],
    f"COMMIT;\n\n{INDEX}": [INDEX],
    f"SELECT 1;\nCOMMIT;\n{INDEX}\nVACUUM a;\nBEGIN;\nSELECT 2;": ["SELECT 1;", INDEX, "VACUUM a;", "SELECT 2;"],
    f"SELECT 1;\n{INDEX}": ["SELECT 1;", INDEX],
    'DELETE FROM shop."ver" WHERE shop."ver".version_num = \'0\';': [""],
    "DO $$ BEGIN COMMIT; END $$;": ["DO $$ BEGIN COMMIT; END $$;"],
}


@pytest.mark.parametrize("middle", MIDDLES)
def test_a_revision_is_left_with_its_own_statements(middle: str) -> None:
    output = read_output(OWN.format(middle=middle).encode(), Direction.UP, {"1a", "2b"})
    table = version_table(output.before)
    assert list(own_words(output.before, table)) == ["SET search_path TO shop"]
    assert [name for name, _ in output.sections] == ["1a", "2b"]
    notes: list[str] = []
    first, second = (revision_pieces(sql, table, File("x.py", ""), notes) for _, sql in output.sections)
    assert first == [b"CREATE TABLE a (id INTEGER);\n"]
    assert [text.decode().removeprefix(COMMENT).strip() for text in second] == MIDDLES[middle]
    assert second[0].startswith(COMMENT.encode())
    assert notes == []
