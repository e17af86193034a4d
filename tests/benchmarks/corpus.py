"""The migrations that every tool is given: a cycle of six kinds, as a growing schema has them."""

from collections.abc import Callable
from typing import NamedTuple

KINDS = 6
_Pair = tuple[list[str], list[str]]


class Change(NamedTuple):
    """One migration: the statements of its two directions."""

    version: int
    name: str
    up: list[str]
    down: list[str]


def corpus(count: int) -> list[Change]:
    """So many migrations, versions from 1."""
    changes = []
    for index in range(count):
        kind = _KINDS[index % KINDS]
        up, down = kind(index // KINDS)
        changes.append(Change(index + 1, f"{kind.__name__.strip('_')}_{index // KINDS}", up, down))
    return changes


def script(statements: list[str]) -> str:
    """The text of a file with these statements."""
    return "".join(f"{statement};\n" for statement in statements)


def expected(count: int) -> str:
    """What CENSUS finds where the first `count` are applied."""
    return "|".join(str((count + KINDS - 1 - place) // KINDS) for place in (0, 3, 4))


# Tables, foreign keys and functions of the corpus.
CENSUS = """
    SELECT (SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^item_[0-9]+$'),
           (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conname ~ '^item_[0-9]+_parent$'),
           (SELECT count(*) FROM pg_proc WHERE proname ~ '^children_of_[0-9]+$')
"""


def _table(n: int) -> _Pair:
    columns = [
        "id bigint PRIMARY KEY",
        "name text NOT NULL",
        "email varchar(255)",
        "parent_id bigint",
        "amount numeric(12,2) NOT NULL DEFAULT 0",
        "created_at timestamptz NOT NULL DEFAULT now()",
    ]
    return [f"CREATE TABLE item_{n} (\n    " + ",\n    ".join(columns) + "\n)"], [f"DROP TABLE item_{n}"]


def _column(n: int) -> _Pair:
    add = f"ALTER TABLE item_{n} ADD COLUMN status text NOT NULL DEFAULT 'new'"
    return [add], [f"ALTER TABLE item_{n} DROP COLUMN status"]


def _index(n: int) -> _Pair:
    return [f"CREATE INDEX item_{n}_by_name ON item_{n} (name, created_at)"], [f"DROP INDEX item_{n}_by_name"]


def _foreign_key(n: int) -> _Pair:
    name = f"item_{n}_parent"
    reference = f"FOREIGN KEY (parent_id) REFERENCES item_{max(n - 1, 0)} (id)"
    add = f"ALTER TABLE item_{n} ADD CONSTRAINT {name} {reference}"
    return [add], [f"ALTER TABLE item_{n} DROP CONSTRAINT {name}"]


def _function(n: int) -> _Pair:
    lines = [
        f"CREATE FUNCTION children_of_{n}(parent bigint) RETURNS bigint LANGUAGE plpgsql AS $body$",
        "DECLARE",
        "    found bigint;",
        "BEGIN",
        f"    SELECT count(*) INTO found FROM item_{n} WHERE parent_id = parent;",
        "    RETURN found;",
        "END;",
        "$body$",
    ]
    return ["\n".join(lines)], [f"DROP FUNCTION children_of_{n}(bigint)"]


def _rows(n: int) -> _Pair:
    rows = [f"    ({i}, 'name {i}', 'u{i}@example.org', {i if n else 'NULL'}, {i}.50)" for i in range(1, 6)]
    insert = f"INSERT INTO item_{n} (id, name, email, parent_id, amount) VALUES\n" + ",\n".join(rows)
    update = f"UPDATE item_{n} SET status = 'seeded' WHERE id = 1"
    # A later table may refer to these rows: rows go where all that came behind is undone.
    return [insert, update], [f"DELETE FROM item_{n}"]


_KINDS: list[Callable[[int], _Pair]] = [_table, _column, _index, _foreign_key, _function, _rows]
