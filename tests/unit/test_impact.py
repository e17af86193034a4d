"""What is read of statements before any catalog is asked."""

import pytest

from migratekit.evidence import NotParsed, Session
from migratekit.impact import Impact, LockMode, Via, read_impacts

SESSION = Session(("app", "public"), frozenset({"app", "public"}), "me")


def impacts(sql: str) -> tuple[Impact, ...]:
    return read_impacts(sql.encode(), SESSION)


def used(sql: str) -> set[str]:
    """The named tables themselves, with their locks."""
    uses = (use for impact in impacts(sql) for use in impact.uses if use.via is Via.SELF)
    return {f"{f'{use.schema}.' if use.schema else ''}{use.name} {use.lock.words}" for use in uses}


USED = {
    "SELECT 1": set[str](),
    "WITH a AS (SELECT * FROM a) SELECT * FROM a": {"a ACCESS SHARE"},
    "WITH RECURSIVE a AS (SELECT 1 UNION SELECT * FROM a) SELECT * FROM a": set[str](),
    "SELECT * FROM a JOIN b USING (x) FOR UPDATE OF b": {"a ACCESS SHARE", "b ACCESS SHARE", "b ROW SHARE"},
    'UPDATE "Größe"."x""y" SET a = 1': {'Größe.x"y ROW EXCLUSIVE'},
    "CREATE TABLE a (x int); INSERT INTO a SELECT * FROM b; DROP TABLE a": {"b ACCESS SHARE"},
    "CREATE TABLE IF NOT EXISTS a (x int); ALTER TABLE a ADD y int": {"a ACCESS EXCLUSIVE"},
    "CREATE TABLE public.a (x int); ALTER TABLE a ADD y int": set[str](),
    "CREATE TABLE other.a (x int); ALTER TABLE a ADD y int": {"a ACCESS EXCLUSIVE"},
    "CREATE TEMP TABLE a (x int); INSERT INTO a SELECT 1; DROP TABLE a; LOCK TABLE a": {"a ACCESS EXCLUSIVE"},
    "ALTER TABLE a RENAME TO b; LOCK TABLE b IN SHARE MODE": {"a ACCESS EXCLUSIVE", "a SHARE"},
    "ALTER TABLE a SET SCHEMA s; LOCK TABLE s.a IN SHARE MODE": {"a ACCESS EXCLUSIVE", "a SHARE"},
    "CREATE SCHEMA s CREATE TABLE a (x int REFERENCES public.b) CREATE VIEW v AS SELECT * FROM a": {
        "public.b SHARE ROW EXCLUSIVE"
    },
    "ALTER TABLE a SET (fillfactor = 9), DROP COLUMN b": {"a ACCESS EXCLUSIVE"},
    "COMMIT; VACUUM (FULL) a": {"a ACCESS EXCLUSIVE"},
    "REINDEX (CONCURRENTLY) TABLE a": {"a SHARE UPDATE EXCLUSIVE"},
}
OPAQUE = {
    "SELECT f()": True,
    "SELECT now(), count(*) FROM a": False,
    "SELECT format_type(atttypid, atttypmod) FROM pg_attribute": False,
    "CALL p()": True,
    "UPDATE a SET b = own_function(c)": True,
    "UPDATE a SET b = lower(c)": False,
    "DROP TYPE t CASCADE": True,
    "DROP TABLE t CASCADE": False,
    "REINDEX DATABASE d": True,
    "VACUUM": True,
    "DO $$ BEGIN UPDATE a SET b = 1; END $$": False,
    "DO $$ BEGIN EXECUTE 'UPDATE a SET b = 1'; END $$": True,
    "DO $$ BEGIN PERFORM f(); END $$": True,
    "DO LANGUAGE plpython3u 'pass'": True,
    "DO $$ BEGIN nonsense $$": True,
}


@pytest.mark.parametrize(("sql", "expected"), USED.items())
def test_names_lead_to_what_was_there_before_the_file(sql: str, expected: set[str]) -> None:
    assert used(sql) == expected


@pytest.mark.parametrize(("sql", "expected"), OPAQUE.items())
def test_what_may_do_anything_is_said_to(sql: str, expected: bool) -> None:
    assert [impact.opaque for impact in impacts(sql)] == [expected]


def test_a_block_uses_what_its_statements_and_expressions_do() -> None:
    block = """DO $$ DECLARE r record; n int; c CURSOR FOR SELECT * FROM d; BEGIN
        FOR r IN SELECT * FROM a LOOP
            WITH k AS (SELECT id FROM b FOR UPDATE SKIP LOCKED), u AS (UPDATE b SET x = 1 RETURNING id)
            SELECT id INTO n FROM u;
        END LOOP;
        n := (SELECT count(*) FROM c);
        IF n > 0 THEN ALTER TABLE e ADD f int; END IF;
        COMMIT;
    END $$"""
    assert used(block) == {
        "a ACCESS SHARE",
        "b ROW SHARE",
        "b ACCESS SHARE",
        "b ROW EXCLUSIVE",
        "c ACCESS SHARE",
        "d ACCESS SHARE",
        "e ACCESS EXCLUSIVE",
    }


def test_rows_by_the_megabyte_are_not_read() -> None:
    rows = ", ".join(["(1, 'x')"] * 200_000)
    assert used(f"INSERT INTO app.a VALUES {rows}") == {"app.a ROW EXCLUSIVE"}


def test_lines_labels_and_files_are_given() -> None:
    found = read_impacts(b"-- x\nSET a = 1;\n\nDROP INDEX CONCURRENTLY i", SESSION, file=3)
    assert [(one.file, one.line, one.label, one.concurrently) for one in found] == [
        (3, 2, "SET a", False),
        (3, 4, "DROP INDEX CONCURRENTLY i", True),
    ]


def test_what_is_no_sql_is_refused() -> None:
    with pytest.raises(NotParsed):
        impacts("ALTER TABLE")


def test_modes_are_ordered_and_named_as_everywhere() -> None:
    assert [mode.words for mode in sorted(LockMode)][:2] == ["ACCESS SHARE", "ROW SHARE"]
    assert [LockMode.of(mode.pg_locks) for mode in LockMode] == list(LockMode)
    assert LockMode.SHARE_UPDATE_EXCLUSIVE.pg_locks == "ShareUpdateExclusiveLock"
    assert [mode for mode in LockMode if mode.blocks_reads] == [LockMode.ACCESS_EXCLUSIVE]
    assert min(mode for mode in LockMode if mode.blocks_writes) is LockMode.SHARE
