"""How the text of a file can be run; no database."""

import pytest

from migratekit.errors import SourceError
from migratekit.migration import Direction, File, Migration, Mode, check_text, is_blank, read_body

MODES = {
    # Nothing to send.
    "no byte": ("", Mode.EMPTY),
    "blanks": (" \t\r\n\v\f", Mode.EMPTY),
    "blanks of Unicode": ("\xa0\u2003\u3000\x85", Mode.EMPTY),
    # One implicit transaction.
    "one statement": ("SELECT 1", Mode.PLAIN),
    "several statements": ("SELECT 1; SELECT 2;", Mode.PLAIN),
    "a comment alone": ("-- nothing to do\n", Mode.PLAIN),
    "semicolons alone": (";;", Mode.PLAIN),
    "a byte order mark": ("\ufeff", Mode.PLAIN),
    "a zero-width space": ("\u200b", Mode.PLAIN),
    "BEGIN in a body": ("DO $$ BEGIN COMMIT; END $$;", Mode.PLAIN),
    "COMMIT in a comment": ("-- COMMIT;\nSELECT 1;", Mode.PLAIN),
    "COMMIT in a string": ("SELECT 'BEGIN; COMMIT;';", Mode.PLAIN),
    "columns called begin and end": ('SELECT "begin", e.end FROM e;', Mode.PLAIN),
    "an unfinished statement": ("BEGIN; SELECT 'x", Mode.PLAIN),
    # One whole BEGIN … COMMIT.
    "BEGIN and COMMIT": ("BEGIN; SELECT 1; COMMIT;", Mode.WHOLE),
    "no last semicolon": ("begin; select 1; commit", Mode.WHOLE),
    "START TRANSACTION and END": ("START TRANSACTION; SELECT 1; END;", Mode.WHOLE),
    "long forms": ("BEGIN WORK; SELECT 1; COMMIT WORK AND NO CHAIN;", Mode.WHOLE),
    "with an isolation level": ("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; END TRANSACTION;", Mode.WHOLE),
    "comments around": ("/* a */ BEGIN -- b\n; SELECT 1; COMMIT -- c\n; -- d\n", Mode.WHOLE),
    "savepoints inside": ("BEGIN; SAVEPOINT a; SELECT 1; ROLLBACK TO a; RELEASE a; COMMIT;", Mode.WHOLE),
    "nothing inside": ("BEGIN; COMMIT;", Mode.WHOLE),
    # Everything else is left to the file.
    "a statement in front": ("SELECT 1; BEGIN; SELECT 1; COMMIT;", Mode.ALONE),
    "a statement behind": ("BEGIN; SELECT 1; COMMIT; SELECT 2;", Mode.ALONE),
    "two transactions": ("BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;", Mode.ALONE),
    "a COMMIT in the middle": ("BEGIN; SELECT 1; COMMIT AND CHAIN; SELECT 2; COMMIT;", Mode.ALONE),
    "COMMIT without BEGIN": ("SELECT 1; COMMIT;", Mode.ALONE),
    "BEGIN without COMMIT": ("BEGIN; SELECT 1;", Mode.ALONE),
    "ROLLBACK": ("BEGIN; SELECT 1; ROLLBACK;", Mode.ALONE),
    "ABORT": ("BEGIN; SELECT 1; ABORT;", Mode.ALONE),
    "two-phase commit": ("BEGIN; SELECT 1; PREPARE TRANSACTION 'x'; COMMIT PREPARED 'x';", Mode.ALONE),
    "savepoints without a transaction": ("SAVEPOINT a; SELECT 1; RELEASE a;", Mode.ALONE),
}


@pytest.mark.parametrize(("sql", "mode"), MODES.values(), ids=MODES)
def test_mode(sql: str, mode: Mode) -> None:
    assert read_body(sql.encode()).mode is mode


UTILITY = [
    "CREATE INDEX CONCURRENTLY i ON t (a)",
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);",
    "drop index concurrently i",
    "REINDEX INDEX CONCURRENTLY i",
    "REINDEX (VERBOSE) TABLE CONCURRENTLY t",
    "REINDEX DATABASE d",
    "REINDEX SCHEMA s",
    "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
    "VACUUM",
    "VACUUM (ANALYZE) t;",
    "CREATE DATABASE d",
    "DROP DATABASE d",
    "CREATE TABLESPACE s LOCATION '/x'",
    "DROP TABLESPACE s",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "DISCARD ALL",
    "-- why\nVACUUM -- t\n;\n",
]


@pytest.mark.parametrize("sql", UTILITY)
def test_a_lone_statement_that_no_transaction_takes_is_run_alone(sql: str) -> None:
    body = read_body(sql.encode())
    assert (body.mode, body.utility, body.single) == (Mode.ALONE, True, True)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX i ON t (a)",
        "REINDEX TABLE t",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
        "CREATE TABLE concurrently_made (a int)",
        "ALTER DATABASE d SET work_mem = '1GB'",
        "DISCARD TEMP",
        "ANALYZE t",
        "CREATE INDEX CONCURRENTLY i ON t (a); SELECT 1",
        "VACUUM; VACUUM",
    ],
)
def test_what_a_transaction_takes_or_several_statements_are_no_utility(sql: str) -> None:
    body = read_body(sql.encode())
    assert (body.mode, body.utility) == (Mode.PLAIN, False)


@pytest.mark.parametrize("sql", ["LOCK TABLE t", "DECLARE c CURSOR FOR SELECT 1"])
def test_a_lone_statement_that_demands_a_block_is_run_alone_and_is_no_utility(sql: str) -> None:
    body = read_body(sql.encode())
    assert (body.mode, body.utility) == (Mode.ALONE, False)
    assert read_body(f"SELECT 1; {sql}".encode()).mode is Mode.PLAIN


@pytest.mark.parametrize(
    "sql",
    [
        "BEGIN; SELECT 1; COMMIT;",
        "BEGIN; SELECT 'COMMIT'; /* COMMIT */ COMMIT -- COMMIT\n;",
        "BEGIN; SELECT 'ü☃'; -- ü\nEND WORK",
        "BEGIN;\r\nSELECT 1;\r\nCOMMIT;\r\n",
    ],
)
def test_the_version_row_goes_in_front_of_the_final_commit(sql: str) -> None:
    body = read_body(sql.encode())
    in_front, commit = body.sql[: body.commit_at], body.sql[body.commit_at :]
    assert read_body(in_front).left_open
    assert commit.startswith((b"COMMIT", b"END"))


@pytest.mark.parametrize("sql", ["SELECT 1;", "", "VACUUM", "BEGIN; COMMIT; SELECT 1;"])
def test_only_a_whole_transaction_has_a_final_commit(sql: str) -> None:
    assert read_body(sql.encode()).commit_at == 0


COPIES = {
    "COPY t FROM STDIN;\n1\n\\.\n": True,
    "copy t (a, b) from stdin with (format csv)": True,
    "COPY (SELECT 1) TO STDOUT": True,
    "SELECT 1; COPY t TO STDOUT;": True,
    "COPY t FROM '/tmp/stdin'": False,
    "COPY t FROM PROGRAM 'cat'": False,
    "COPY t TO '/tmp/x'": False,
    "SELECT 'COPY t FROM STDIN'": False,
    "-- COPY t FROM STDIN\nSELECT 1": False,
}


@pytest.mark.parametrize(("sql", "copies"), COPIES.items())
def test_copy_to_or_from_the_client_is_seen(sql: str, copies: bool) -> None:
    assert read_body(sql.encode()).copies is copies


LEFT_OPEN = {
    "BEGIN; SELECT 1;": True,
    "START TRANSACTION": True,
    "BEGIN; COMMIT; BEGIN;": True,
    "BEGIN; SELECT 1; COMMIT AND CHAIN;": True,
    "BEGIN; ROLLBACK AND CHAIN": True,
    "BEGIN; SAVEPOINT a; ROLLBACK TO SAVEPOINT a;": True,
    "BEGIN; COMMIT;": False,
    "BEGIN; ROLLBACK;": False,
    "BEGIN; ABORT AND NO CHAIN;": False,
    "BEGIN; PREPARE TRANSACTION 'x';": False,
    "SELECT 1;": False,
    "COMMIT PREPARED 'x';": False,
    "DO $$ BEGIN END $$": False,
}


@pytest.mark.parametrize(("sql", "left_open"), LEFT_OPEN.items())
def test_a_transaction_that_is_never_ended_is_seen(sql: str, left_open: bool) -> None:
    assert read_body(sql.encode()).left_open is left_open


ROLLED_BACK = {
    "BEGIN; SELECT 1; ROLLBACK;": True,
    "ABORT": True,
    "BEGIN; SAVEPOINT a; ROLLBACK TO a; COMMIT;": False,
    "BEGIN; SAVEPOINT a; ROLLBACK WORK TO SAVEPOINT a; COMMIT;": False,
    "ROLLBACK PREPARED 'x'": False,
    "BEGIN; COMMIT;": False,
    "SELECT 'ROLLBACK'": False,
}


@pytest.mark.parametrize(("sql", "rolled_back"), ROLLED_BACK.items())
def test_a_rollback_of_the_file_is_seen(sql: str, rolled_back: bool) -> None:
    assert read_body(sql.encode()).rolled_back is rolled_back


@pytest.mark.parametrize("sql", ["SELECT 'x", 'SELECT "x', "SELECT $a$ x $b$", "SELECT 1 /* x", "SELECT (1"])
def test_what_never_ends_is_seen(sql: str) -> None:
    assert read_body(sql.encode()).unterminated


def test_backslashes_end_no_quote_where_the_server_says_so() -> None:
    sql = rb"SELECT '\'; BEGIN; '; COMMIT;"
    assert read_body(sql).unterminated
    body = read_body(sql, backslash_quotes=True)
    assert (body.mode, body.unterminated) == (Mode.ALONE, False)


def test_a_long_blank_file_is_sent() -> None:
    assert is_blank(b" " * 4095)
    assert not is_blank(b" " * 4096)


GOOD_TEXTS = [b"", b"SELECT 1;", "SELECT 'ü☃';".encode(), b"\r\n\t", "a\ufeffb".encode()]


@pytest.mark.parametrize("sql", GOOD_TEXTS)
def test_utf8_is_accepted(sql: bytes) -> None:
    check_text(sql, "1_a.up.sql")


BAD_TEXTS = {
    "NUL": (b"SELECT 1;\n\0", "NUL", "1_a.up.sql:2"),
    "UTF-16": ("SELECT 1;".encode("utf-16"), "NUL", "1_a.up.sql:1"),
    "byte order mark": (b"\xef\xbb\xbfSELECT 1;", "byte order mark", "1_a.up.sql:1"),
    "Latin-1": ("SELECT 1;\n\n-- für".encode("latin-1"), "0xfc", "1_a.up.sql:3"),
    "half a character": (b"SELECT '\xe2\x98'", "0xe2", "1_a.up.sql:1"),
    "a surrogate": (b"\xed\xa0\x80", "not UTF-8", "1_a.up.sql:1"),
}


@pytest.mark.parametrize(("sql", "what", "where"), BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_what_no_server_takes_is_refused_with_its_line(sql: bytes, what: str, where: str) -> None:
    with pytest.raises(SourceError, match=what) as raised:
        check_text(sql, "1_a.up.sql")
    assert raised.value.where == where
    assert "UTF-8" in raised.value.hint


def test_a_migration_is_called_as_the_half_it_has() -> None:
    up, down = File("1_a.up.sql", "a"), File("1_b.down.sql", "b")
    assert Migration(1, up, down).title == "a"
    assert Migration(1, None, down).title == "b"
    assert Migration(1, up).file(Direction.DOWN) is None
