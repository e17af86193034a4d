"""Files made at random, statement by statement: where each one stopped must be among what the catalogs allow."""

import random
import string
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from migratekit import url
from migratekit.database import Database, SqlError
from migratekit.evidence import Evidence, Statement, examine
from support import TestDatabase

pytestmark = pytest.mark.every_server

STATEMENTS = [
    "CREATE TABLE {if_not}{table} (x int, y text)",
    "CREATE TABLE {table} (x int PRIMARY KEY, z serial)",
    "CREATE TABLE {table} AS SELECT 1 AS x",
    "CREATE TEMP TABLE {table} (x int)",
    "DROP TABLE {if_there}{table}{cascade}",
    "DROP TABLE {if_there}{table}, {table}",
    "ALTER TABLE {table} RENAME TO {table}",
    "ALTER TABLE {table} SET SCHEMA {schema}",
    "ALTER TABLE {table} ADD COLUMN {if_not}{column} int",
    "ALTER TABLE {table} ADD {column} int NOT NULL DEFAULT 7",
    "ALTER TABLE {table} ADD {column} {type}",
    "ALTER TABLE {table} DROP COLUMN {if_there}{column}{cascade}",
    "ALTER TABLE IF EXISTS {table} DROP COLUMN IF EXISTS {column}",
    "ALTER TABLE {table} RENAME COLUMN {column} TO {column}",
    "ALTER TABLE {table} ALTER {column} SET NOT NULL",
    "ALTER TABLE {table} ALTER {column} DROP NOT NULL",
    "ALTER TABLE {table} ALTER {column} SET DEFAULT {default}",
    "ALTER TABLE {table} ALTER {column} DROP DEFAULT",
    "ALTER TABLE {table} ALTER {column} TYPE {data_type} USING NULL",
    "ALTER TABLE {table} ALTER x ADD GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE {table} ALTER {column} DROP IDENTITY {if_there}",
    "ALTER TABLE {table} ADD CONSTRAINT {part} CHECK (true){not_valid}",
    "ALTER TABLE {table} ADD CONSTRAINT {part} UNIQUE ({column})",
    "ALTER TABLE {table} ADD CONSTRAINT {part} UNIQUE USING INDEX {index}",
    "ALTER TABLE {table} ADD UNIQUE ({column})",
    "ALTER TABLE {table} ADD CHECK ({column} IS NOT NULL), ADD {column} int",
    "ALTER TABLE {table} DROP CONSTRAINT {if_there}{part}{cascade}",
    "ALTER TABLE {table} DROP CONSTRAINT {if_there}{part}, ADD CONSTRAINT {part} CHECK (true){not_valid}",
    "ALTER TABLE {table} VALIDATE CONSTRAINT {part}",
    "ALTER TABLE {table} RENAME CONSTRAINT {part} TO {part}",
    "ALTER TABLE {table} INHERIT {table}",
    "ALTER TABLE {table} NO INHERIT {table}",
    "ALTER TABLE {table} {able} ROW LEVEL SECURITY",
    "CREATE POLICY {part} ON {table}",
    "DROP POLICY {if_there}{part} ON {table}",
    "CREATE STATISTICS {part} ON x, y FROM {table}",
    "DROP STATISTICS {if_there}{part}",
    "COMMENT ON TABLE {table} IS {comment}",
    "COMMENT ON COLUMN {table}.{column} IS {comment}",
    "CREATE {unique}INDEX {if_not}{index} ON {table} ({column})",
    "CREATE {unique}INDEX ON {table} ({column})",
    "DROP INDEX {if_there}{index}",
    "ALTER INDEX {index} RENAME TO {index}",
    "CREATE {or_replace}VIEW {view} AS SELECT 1 AS x",
    "CREATE VIEW {view} AS SELECT * FROM {table}",
    "CREATE MATERIALIZED VIEW {view} AS SELECT 1 AS x",
    "DROP VIEW {if_there}{view}{cascade}",
    "DROP MATERIALIZED VIEW {if_there}{view}{cascade}",
    "ALTER VIEW {view} RENAME TO {view}",
    "ALTER TABLE {view} RENAME TO {view}",
    "CREATE {or_replace}FUNCTION {function}(a int) RETURNS int LANGUAGE sql AS '{body}'",
    "CREATE FUNCTION {function}(a {data_type}) RETURNS int LANGUAGE sql AS '{body}'",
    "DROP FUNCTION {if_there}{function}(int){cascade}",
    "DROP FUNCTION {if_there}{function}",
    "ALTER FUNCTION {function}(int) RENAME TO {function}",
    "CREATE TRIGGER {trigger} BEFORE UPDATE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "DROP TRIGGER {if_there}{trigger} ON {table}",
    "ALTER TABLE {table} {able} TRIGGER {trigger}",
    "ALTER TRIGGER {trigger} ON {table} RENAME TO {trigger}",
    "CREATE TYPE {type} AS ENUM ('a')",
    "CREATE DOMAIN {type} AS int",
    "ALTER TYPE {type} ADD VALUE {if_not}'{value}'",
    "ALTER TYPE {type} RENAME VALUE '{value}' TO '{value}'",
    "ALTER TYPE {type} RENAME TO {type}",
    "ALTER DOMAIN {type} ADD CONSTRAINT {part} CHECK (true){not_valid}",
    "ALTER DOMAIN {type} DROP CONSTRAINT {if_there}{part}",
    "DROP TYPE {if_there}{type}{cascade}",
    "CREATE SEQUENCE {if_not}{sequence}",
    "DROP SEQUENCE {if_there}{sequence}{cascade}",
    "CREATE SCHEMA {if_not}{schema}",
    "ALTER SCHEMA {schema} RENAME TO {schema}",
    "DROP SCHEMA {if_there}{schema}{cascade}",
    "CREATE TABLE {schema}.{table} (x int)",
    "ALTER TABLE {schema}.{table} ADD {column} int",
    "CREATE INDEX {index} ON {schema}.{table} (x)",
    "DROP TABLE {schema}.{table}",
    "SET search_path TO other",
    "RESET search_path",
    "INSERT INTO {table} DEFAULT VALUES",
    "DO $$ BEGIN DROP TABLE IF EXISTS {table}; END $$",
    "DO $$ BEGIN CREATE VIEW {view} AS SELECT 1; EXCEPTION WHEN OTHERS THEN NULL; END $$",
]
WORDS: dict[str, Sequence[str]] = {
    "table": "abc",
    "column": "xyw",
    "part": ["part1", "part2"],
    "index": ["index1", "index2", "a_x_idx"],
    "view": "vw",
    "function": "fg",
    "trigger": ["trigger1", "trigger2"],
    "type": ["type1", "type2"],
    "value": "abc",
    "sequence": ["sequence1", "a_z_seq"],
    "schema": ["schema1", "schema2"],
    "if_not": ["", "IF NOT EXISTS "],
    "if_there": ["", "IF EXISTS "],
    "cascade": ["", "", " CASCADE"],
    "or_replace": ["", "OR REPLACE "],
    "unique": ["", "UNIQUE "],
    "not_valid": ["", " NOT VALID"],
    "data_type": ["bigint", "varchar(10)", "int"],
    "default": ["1", "'7'", "-2", "now()"],
    "body": ["SELECT 1", "SELECT 2"],
    "comment": ["'one'", "'two'", "NULL"],
    "able": ["ENABLE", "DISABLE"],
}


def statements(rng: random.Random) -> Iterator[str]:
    while True:
        parts = string.Formatter().parse(rng.choice(STATEMENTS))
        yield "".join(text + (rng.choice(WORDS[word]) if word else "") for text, word, _, _ in parts)


def succeeding(session: Database, candidates: Iterator[str], tries: int, most: int) -> list[str]:
    """Those of the statements that the server carries out, one after the other."""
    done: list[str] = []
    for statement, _ in zip(candidates, range(tries), strict=False):
        try:
            session.run(f"SAVEPOINT one; {statement}; RELEASE one")
            done.append(statement)
        except SqlError:
            session.run("ROLLBACK TO one")
        if len(done) == most:
            break
    return done


def differ(passed: Sequence[Statement]) -> bool:
    """True if it matters whether the statements were carried out, the catalogs being as they are."""
    return not all(statement.inert or statement.repeatable for statement in passed)


def random_file(session: Database, rng: random.Random) -> list[str]:
    """Statements that run one after the other on what is there, which others have made before them."""
    outside = (statement for statement in statements(rng) if "search_path" not in statement and "TEMP" not in statement)
    succeeding(session, outside, 40, 40)
    session.run("SAVEPOINT start")
    file = succeeding(session, statements(rng), 60, rng.randint(2, 10))
    session.run("ROLLBACK TO start")
    return file


@pytest.mark.parametrize("seeds", [range(25), pytest.param(range(25, 400), marks=pytest.mark.long)], ids=str)
def test_where_a_file_stopped_is_among_what_is_found(database: TestDatabase, seeds: Sequence[int]) -> None:
    with closing(Database.connect(url.parse(database.url), {})) as session:
        session.run("SET client_min_messages = error; CREATE SCHEMA other")
        for seed in seeds:
            session.run("BEGIN")
            file = random_file(session, random.Random(seed))
            for boundary, statement in enumerate(["", *file]):
                session.run(statement)
                evidence = examined(session, file)
                read = [seen.statement for seen in evidence.statements]
                spans = [(min(found, boundary), max(found, boundary)) for found in evidence.boundaries]
                assert any(not differ(read[slice(*span)]) for span in spans), (
                    seed,
                    boundary,
                    evidence.boundaries,
                    file,
                )
            session.run("ROLLBACK")


def examined(session: Database, file: Sequence[str]) -> Evidence:
    """What is found in a session whose search_path is as it was before the file."""
    here = session.row("SHOW search_path")[0]
    session.run("SET search_path = DEFAULT")
    evidence = examine(session, ";".join(file).encode())
    session.run(f"SET search_path = {here}")
    return evidence
