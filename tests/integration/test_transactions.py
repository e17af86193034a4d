"""A file and its version row commit together, or neither does; and the error is the file's own."""

import re

import pytest
from psycopg.pq import DiagnosticField

from runs import Done, applied, either, fresh_role, run
from support import Project, TestDatabase

DEFERRED = "id int PRIMARY KEY, other int REFERENCES a DEFERRABLE INITIALLY DEFERRED"
FAILING = {
    "in the first statement": "SELECT 1 / 0;\nCREATE TABLE a ();\nCREATE TABLE b ();\n",
    "in the middle": "CREATE TABLE a ();\n  INSERT INTO missing VALUES (1);\nCREATE TABLE b ();\n",
    "in the last statement": "CREATE TABLE a ();\nCREATE TABLE b ();\nALTER TABLE b ADD CHECK (nothing > 0);\n",
    "behind letters of several bytes": "CREATE TABLE a (); -- äöü €\nSELECT 'é𝄞', ünknown;\n",
    "at COMMIT, a deferred constraint": f"CREATE TABLE a ({DEFERRED});\nINSERT INTO a VALUES (1, 2);\n",
    "in the syntax": "CREATE TABLE a ();\nCREATE TALBE b ();\nCREATE TABLE c ();\n",
    "in the syntax, for something is missing at the end": "CREATE TABLE a ();\nALTER TABLE a ADD",
    "in the syntax of what a block executes": "DO $$ BEGIN EXECUTE 'CREATE TALBE a ()'; END $$;\nCREATE TABLE b ();\n",
    "by a RAISE": "CREATE TABLE a ();\nDO $$ BEGIN RAISE EXCEPTION 'no %', 'way' USING DETAIL = 'why'; END $$;\n",
    "by a division at the very end": "CREATE TABLE a ();\nSELECT 1 / 0",
}
SHAPES = {"plain": "{}", "whole": "BEGIN;\n{};\nCOMMIT;\n"}
failing = pytest.mark.parametrize("body", FAILING.values(), ids=FAILING.keys())
# What else begins and ends a transaction.
OTHER_WORDS = {"whole, in other words": "-- first\nstart transaction;{};/* last */ END WORK"}
in_all_words = pytest.mark.parametrize("shape", [*SHAPES.values(), *OTHER_WORDS.values()], ids=[*SHAPES, *OTHER_WORDS])
shaped = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())

# What the server says of the text alone.
Said = tuple[str, str, int]


def alone(database: TestDatabase, text: str) -> Said:
    """Message, SQLSTATE and position (0: none) with which the server refuses the text alone."""
    with database.connect() as connection:
        result = connection.pgconn.exec_(text.encode())
        message, code, position = (
            (result.error_field(field) or b"").decode()
            for field in (
                DiagnosticField.MESSAGE_PRIMARY,
                DiagnosticField.SQLSTATE,
                DiagnosticField.STATEMENT_POSITION,
            )
        )
    assert message
    return message, code, int(position or 0)


def place(text: str, position: int) -> tuple[int, int]:
    """Line and column, from 1, of a position."""
    before = text[: position - 1]
    return before.count("\n") + 1, position - 1 - before.rfind("\n")


def assert_told_by_migratekit(done: Done, project: Project, text: str, said: Said) -> None:
    message, code, position = said
    where = ":{}:{}".format(*place(text, position)) if position else ""
    assert f"error: {project.migrations}/2_m2.up.sql{where}: {message} (SQLSTATE {code})\n" in done.stderr
    assert "nothing of the file was kept; the database is at version 1, clean" in done.stderr
    assert done.returncode == 1


def assert_told_by_migrate(done: Done, text: str, said: Said) -> None:
    message, _, position = said
    # golang-migrate tells no place behind the last character.
    inside = 0 < position <= len(text)
    line, column = place(text, position) if inside else (0, 0)
    shown = f" (column {column})" if inside else ""
    assert f"error: migration failed: {message}{shown}" in done.stderr
    assert f" in line {line}: {text} (details: pq: {message})" in done.stderr
    assert done.returncode == 1


@shaped
@failing
def test_a_refused_file_leaves_nothing_and_migratekit_stays_clean(
    project: Project, database: TestDatabase, shape: str, body: str
) -> None:
    text = shape.format(body)
    project.chain("CREATE TABLE old ();", text, "CREATE TABLE never ();")

    done = project.migratekit("up")

    assert database.state() == [(1, False)]
    assert database.tables() == {"old"}
    assert_told_by_migratekit(done, project, text, alone(database, text))
    assert applied(done) == [1]


@shaped
@failing
def test_a_refused_file_leaves_nothing_and_migrate_marks_it_dirty(
    project: Project, database: TestDatabase, shape: str, body: str
) -> None:
    text = shape.format(body)
    project.chain("CREATE TABLE old ();", text, "CREATE TABLE never ();")

    done = project.migrate("up")

    assert database.state() == [(2, True)]
    assert database.tables() == {"old"}
    assert_told_by_migrate(done, text, alone(database, text))
    assert applied(done) == [1]


def test_the_same_command_goes_on_once_the_file_is_mended(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE one ();", "CREATE TABLE two (); SELECT 1 / 0;")
    assert project.migratekit("up").returncode == 1
    project.chain("CREATE TABLE one ();", "CREATE TABLE two ();")

    assert project.migratekit("up").returncode == 0

    assert database.state() == [(2, False)]
    assert database.tables() == {"one", "two"}


@pytest.mark.every_server
@either
@in_all_words
def test_file_and_version_row_are_one_transaction(
    project: Project, database: TestDatabase, command: str, shape: str
) -> None:
    project.chain(shape.format("CREATE TABLE a ();\nCREATE TABLE b ()"))

    assert run(project, command, "up").returncode == 0

    assert database.state() == [(1, False)]
    assert len(transactions_of(database, "a", "b")) == 1


@either
@in_all_words
def test_the_way_down_is_one_transaction_too(
    project: Project, database: TestDatabase, command: str, shape: str
) -> None:
    project.chain("CREATE TABLE a ();", "CREATE TABLE b ();")
    project.write({"2_m2.down.sql": shape.format("DROP TABLE b; ALTER TABLE a ADD COLUMN back int")})
    assert run(project, command, "up").returncode == 0

    assert run(project, command, "down", "1").returncode == 0

    assert database.state() == [(1, False)]
    written = "SELECT xmin FROM schema_migrations"
    assert database.rows(written) == database.rows("SELECT xmin FROM pg_attribute WHERE attname = 'back'")


def transactions_of(database: TestDatabase, *tables: str) -> set[object]:
    """The transactions that made the tables and wrote the version row."""
    made = "SELECT xmin::text FROM pg_class WHERE relname = ANY (ARRAY[{}])".format(",".join(f"'{t}'" for t in tables))
    return {xid for (xid,) in database.rows(f"SELECT xmin::text FROM schema_migrations UNION ALL {made}")}


UNTERMINATED = {
    "quote": "CREATE TABLE a ();\nSELECT 'never closed;\n",
    "name": 'CREATE TABLE a ();\nSELECT "never closed;\n',
    "escape": "CREATE TABLE a ();\nSELECT E'never closed\\';\n",
    "dollar quote": "CREATE TABLE a ();\nDO $body$ BEGIN NULL; END $$;\n",
    "comment": "CREATE TABLE a ();\n/* never /* closed */ ;\n",
    "quote, with a COMMIT in it": "BEGIN;\nCREATE TABLE a ();\nSELECT 'never closed;\nCOMMIT;\n",
    "comment, with a COMMIT in it": "BEGIN;\nCREATE TABLE a ();\n/* never closed\nCOMMIT;\n",
    "comment behind the COMMIT": "BEGIN;\nCREATE TABLE a ();\nCOMMIT;\n/* never closed",
    "quote behind the COMMIT": "BEGIN;\nCREATE TABLE a ();\nCOMMIT; '",
    "parenthesis": "CREATE TABLE a (x int;\n",
}


@either
@pytest.mark.parametrize("text", UNTERMINATED.values(), ids=UNTERMINATED.keys())
def test_what_is_never_closed_gives_the_servers_own_message(
    project: Project, database: TestDatabase, command: str, text: str
) -> None:
    project.chain("CREATE TABLE old ();", text)

    done = run(project, command, "up")

    said = alone(database, text)
    assert database.tables() == {"old"}
    if command == "migratekit":
        assert database.state() == [(1, False)]
        assert_told_by_migratekit(done, project, text, said)
    else:
        assert database.state() == [(2, True)]
        assert_told_by_migrate(done, text, said)


RULE = "CREATE RULE r AS ON INSERT TO old DO ALSO (INSERT INTO log VALUES (1); INSERT INTO log VALUES (2););"
ATOMIC = """CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC
    SELECT CASE WHEN x > 0 THEN 1 ELSE 2 END; SELECT x; END;"""
RUNNING = {
    "a function BEGIN ATOMIC": f"{ATOMIC} CREATE TABLE a ()",
    "a function BEGIN ATOMIC at the end": f"CREATE TABLE a (); {ATOMIC}",
    "a rule of two statements": f"CREATE TABLE log (x int); {RULE} CREATE TABLE a ()",
    "a rule at the end": f"CREATE TABLE log (x int); CREATE TABLE a (); {RULE}",
    "a comment at the end": "CREATE TABLE a () -- COMMIT;",
    "quotes that hold a COMMIT": "CREATE TABLE a (); SELECT '; COMMIT; --', $$;COMMIT;$$ AS \"; COMMIT;\"",
    "empty statements": ";;CREATE TABLE a ();;\n;",
}


@either
@pytest.mark.parametrize("shape", ["{}", "BEGIN;\n{}\n;COMMIT;\n"], ids=["plain", "whole"])
@pytest.mark.parametrize("body", RUNNING.values(), ids=RUNNING.keys())
def test_semicolons_inside_of_statements_end_nothing(
    project: Project, database: TestDatabase, command: str, shape: str, body: str
) -> None:
    project.chain("CREATE TABLE old (x int);", shape.format(body), "CREATE TABLE next ();")

    assert run(project, command, "up", "2").returncode == 0

    assert database.state() == [(2, False)]
    assert len(transactions_of(database, "a")) == 1
    assert run(project, command, "up").returncode == 0


@either
@pytest.mark.parametrize("strings", ["on", "off"])
def test_backslashes_are_read_as_the_database_reads_them(
    project: Project, database: TestDatabase, command: str, strings: str
) -> None:
    database.rows(f"ALTER DATABASE {database.name} SET standard_conforming_strings = {strings}")
    escaped = "'it\\'; COMMIT; --'" if strings == "off" else "'C:\\'"
    project.chain(f"BEGIN; CREATE TABLE a AS SELECT {escaped} AS x; COMMIT;")

    assert run(project, command, "up").returncode == 0

    assert database.value("SELECT x FROM a") == ("it'; COMMIT; --" if strings == "off" else "C:\\")
    assert database.state() == [(1, False)]
    assert len(transactions_of(database, "a")) == 1


@either
def test_rights_to_select_insert_and_truncate_are_enough(
    project: Project, database: TestDatabase, command: str
) -> None:
    with fresh_role(database, "SELECT, INSERT, TRUNCATE") as role:
        project.url = database.url.replace("postgres@", f"{role}@")
        project.chain("CREATE TABLE a ();", "BEGIN; CREATE TABLE b (); COMMIT;")

        done = run(project, command, "up")

        assert done.returncode == 0, done.stderr
        assert database.state() == [(2, False)]
        assert len(transactions_of(database, "b")) == 1


@either
def test_without_rights_on_the_version_table_nothing_is_kept(
    project: Project, database: TestDatabase, command: str
) -> None:
    with fresh_role(database, "SELECT") as role:
        project.url = database.url.replace("postgres@", f"{role}@")
        project.chain("CREATE TABLE a ();")

        done = run(project, command, "up")

        assert done.returncode == 1
        assert "permission denied for table schema_migrations" in done.stderr
        assert (database.state(), database.tables()) == ([], set())


def test_a_password_in_a_refused_file_is_not_shown(project: Project) -> None:
    project.chain("CREATE ROLE r PASSWORD 'hunter2secret' NOSUCHOPTION;")

    done = project.migratekit("up")

    assert re.search(r"1_m1.up.sql:1:\d+: ", done.stderr)
    assert "hunter2secret" not in done.stdout + done.stderr
