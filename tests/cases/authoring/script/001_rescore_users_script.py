#!/usr/bin/env python3
"""The program of 001_rescore_users_script: `migratekit up` runs it.

It commits after each batch, and only takes rows that are still to be done: stopped, it can be run again.
"""

import os
from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composable, Identifier, Literal

Row = dict[str, Any]

TABLE = Identifier("users")
KEY = ["team", "number"]
# The rows that are still to be done; it must not hold for a row any more once it is done.
WHERE = "initials IS NULL"
# The rows of a batch are locked while they are worked on.
BATCH = 3


def changed(row: Row) -> Row:
    """What is written into a row: values by the names of their columns."""
    words = row["name"].split()
    return {"initials": "".join(word[0].upper() for word in words)}


def read(connection: psycopg.Connection[Row], last: Row | None) -> list[Row]:
    """Locks the next rows, behind the last one."""
    keys = listed(map(Identifier, KEY))
    behind: Composable = SQL("")
    if last:
        behind = SQL("AND ({}) > ({})").format(keys, listed(Literal(last[name]) for name in KEY))
    query = SQL("SELECT * FROM {} WHERE ({}) {} ORDER BY {} LIMIT {} FOR NO KEY UPDATE")
    return connection.execute(query.format(TABLE, SQL(WHERE), behind, keys, Literal(BATCH))).fetchall()


def write(connection: psycopg.Connection[Row], row: Row, values: Row) -> None:
    """Changes a row."""
    changes = listed(SQL("{} = {}").format(Identifier(name), Literal(value)) for name, value in values.items())
    keys, key = listed(map(Identifier, KEY)), listed(Literal(row[name]) for name in KEY)
    connection.execute(SQL("UPDATE {} SET {} WHERE ({}) = ({})").format(TABLE, changes, keys, key))


def listed(parts: Iterable[Composable]) -> Composable:
    """Commas between."""
    return SQL(", ").join(parts)


def main() -> None:
    """Goes through the table in the order of its key."""
    done, last = 0, None
    with psycopg.connect(os.environ["DATABASE_URL"], row_factory=dict_row) as connection:
        while rows := read(connection, last):
            with connection.pipeline():
                for row in rows:
                    write(connection, row, changed(row))
            connection.commit()
            done, last = done + len(rows), rows[-1]
            print(f"{done:,} rows", flush=True)


if __name__ == "__main__":
    main()
