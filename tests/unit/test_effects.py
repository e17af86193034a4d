"""What statements are known to leave in a database, and what that tells of where a file stopped."""

from collections.abc import Collection

import pytest

from migratekit.evidence import NotParsed, Presence, Session, State, Statement, Thing, boundaries, read_effects, units
from migratekit.evidence.prefix import Course

SESSION = Session(("app",), frozenset({"app", "public", "other"}), "me")


def effects(sql: str, session: Session = SESSION) -> list[str]:
    """What the statements leave: `+` there, `-` not there, `?` where the time before is not certain, `*` any."""
    return [said for statement in read_effects(sql.encode(), session) for said in told(statement)]


def told(statement: Statement) -> list[str]:
    marks = {"OPPOSITE": "", "LIKELY": "?", "ANY": "*"}
    return [f"{'+' if e.there else '-'}{marks[e.before.name]} {e.thing}" for e in statement.effects]


EFFECTS = {
    "CREATE TABLE t (a int PRIMARY KEY CHECK (a > 0))": ["+ table app.t"],
    "CREATE TABLE IF NOT EXISTS public.t (a int)": ["+? table public.t"],
    "CREATE UNLOGGED TABLE t AS SELECT 1": ["+ table app.t"],
    "CREATE TABLE p PARTITION OF t FOR VALUES IN (1)": ["+ table app.p"],
    "SELECT 1 AS a INTO t": ["+ table app.t"],
    "SELECT a FROM t": [],
    'CREATE TABLE "Ü b"."t.x" (a int)': ['+ table "Ü b"."t.x"'],
    'CREATE TABLE "a""b" ()': ['+ table app."a""b"'],
    "CREATE TABLE 表 (列 int)": ['+ table app."表"'],
    "CREATE TABLE Größe ()": ['+ table app."größe"'],
    "CREATE TEMP TABLE t (a int)": [],
    "CREATE TABLE pg_temp.t (a int)": [],
    "DROP TABLE t": ["- table app.t"],
    "DROP TABLE IF EXISTS t, public.u CASCADE": ["-? table app.t", "-? table public.u"],
    "ALTER TABLE t ADD COLUMN a int NOT NULL DEFAULT 1": ["+ column app.t.a"],
    "ALTER TABLE t ADD IF NOT EXISTS a int, DROP COLUMN IF EXISTS b": ["+? column app.t.a", "-? column app.t.b"],
    "ALTER TABLE IF EXISTS t DROP a": ["-? column app.t.a"],
    "ALTER TABLE t RENAME a TO b": ["- column app.t.a", "+ column app.t.b"],
    "ALTER TABLE t RENAME TO u": ["- relation app.t", "+ relation app.u"],
    "ALTER TABLE IF EXISTS t RENAME TO u": ["-? relation app.t", "+? relation app.u"],
    "ALTER TABLE t SET SCHEMA public": ["-? relation app.t", "+? relation public.t"],
    "ALTER TABLE t OWNER TO x, SET (fillfactor = 70)": [],
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID": [
        "+ constraint app.t.c",
        "-* validated constraint app.t.c",
    ],
    "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)": ["+ constraint app.t.c"],
    "ALTER TABLE t ADD PRIMARY KEY (id)": ["+? constraint app.t.t_pkey"],
    "ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES u": ["+? constraint app.t.t_a_b_fkey"],
    "ALTER TABLE t ADD CHECK (a > 0)": [],
    "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i": ["+ constraint app.t.c", "- index app.i"],
    "ALTER TABLE t ADD UNIQUE USING INDEX i": ["+ constraint app.t.i"],
    "ALTER TABLE t DROP CONSTRAINT IF EXISTS c": ["-? constraint app.t.c"],
    "ALTER TABLE t RENAME CONSTRAINT c TO d": ["- constraint app.t.c", "+ constraint app.t.d"],
    "ALTER TABLE t VALIDATE CONSTRAINT c": ["+? validated constraint app.t.c"],
    "ALTER TABLE t ALTER a SET NOT NULL, ALTER b DROP NOT NULL": [
        "+? NOT NULL of column app.t.a",
        "-? NOT NULL of column app.t.b",
    ],
    "ALTER TABLE t ALTER a SET DEFAULT now() - interval '1 day'": ["+* default of column app.t.a"],
    "ALTER TABLE t ALTER a SET DEFAULT 7": ["+* default of column app.t.a", "+? default of column app.t.a"],
    "ALTER TABLE t ALTER a SET DEFAULT NULL": [],
    "ALTER TABLE t ALTER a DROP DEFAULT": ["-? default of column app.t.a"],
    "ALTER TABLE t ALTER a TYPE varchar(10)": ["+? data type of column app.t.a"],
    "ALTER TABLE t ALTER a TYPE geometry(Point)": [],
    "ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY": ["+ identity of column app.t.a"],
    "ALTER TABLE t DISABLE TRIGGER g": ["+? state of trigger app.t.g"],
    "ALTER TABLE t DISABLE TRIGGER ALL": [],
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY": [
        "+? row level security app.t",
        "-? forced row level security app.t",
    ],
    "ALTER TABLE t ATTACH PARTITION public.p DEFAULT": ["+ partition public.t.p"],
    "ALTER TABLE t DETACH PARTITION p CONCURRENTLY": ["- partition app.t.p"],
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON public.t (a)": ["+? index public.i"],
    "CREATE UNIQUE INDEX ON t (a, b)": ["+* index app.t_a_b_idx", "+? index app.t_a_b_idx"],
    "CREATE INDEX ON t (lower(a))": [],
    "ALTER INDEX i RENAME TO j": ["- index app.i", "+ index app.j"],
    "DROP INDEX CONCURRENTLY public.i": ["- index public.i"],
    "CREATE OR REPLACE VIEW v AS SELECT 1": ["+* view app.v"],
    "ALTER VIEW v RENAME COLUMN a TO b": ["- column app.v.a", "+ column app.v.b"],
    "CREATE MATERIALIZED VIEW m AS SELECT 1": ["+ materialized view app.m"],
    "CREATE SEQUENCE s; DROP SEQUENCE s": ["+ sequence app.s", "- sequence app.s"],
    "CREATE SCHEMA s CREATE TABLE t (a int)": ["+ schema s", "+ table s.t"],
    "CREATE SCHEMA IF NOT EXISTS AUTHORIZATION joe": ["+? schema joe"],
    "ALTER SCHEMA s RENAME TO r; DROP SCHEMA r CASCADE": ["- schema s", "+ schema r", "- schema r"],
    "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b'": ["+ type app.e", "+ value app.e.b"],
    "ALTER TYPE e RENAME VALUE 'a' TO 'b'": ["- value app.e.a", "+ value app.e.b"],
    "CREATE TYPE c AS (a int); ALTER TYPE c ADD ATTRIBUTE b int": ["+ type app.c", "+ column app.c.b"],
    "CREATE TYPE r AS RANGE (subtype = int)": ["+ type app.r"],
    "CREATE DOMAIN d AS int; DROP DOMAIN d": ["+ type app.d", "- type app.d"],
    "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)": ["+ constraint app.d.c"],
    "CREATE FUNCTION f(a int, OUT b text, VARIADIC c mood[]) LANGUAGE sql AS 'SELECT 1'": [
        "+ function app.f(int4,mood[])",
        "+? body of function app.f(int4,mood[])",
    ],
    "CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 1": ["+* function app.f()"],
    "CREATE FUNCTION f(a t.b%TYPE) RETURNS int LANGUAGE sql AS 'SELECT 1'": ["+ function app.f"],
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'library', 'symbol'": ["+ function app.f()"],
    "CREATE PROCEDURE p() LANGUAGE sql AS ''": ["+ procedure app.p()", "+? body of procedure app.p()"],
    "DROP FUNCTION IF EXISTS f(character varying, timestamptz[])": ["-? function app.f(varchar,timestamptz[])"],
    "DROP FUNCTION f": ["- function app.f"],
    "ALTER FUNCTION f(int) RENAME TO g": ["- function app.f(int4)", "+ function app.g(int4)"],
    "CREATE AGGREGATE a(*) (SFUNC = f, STYPE = int); DROP AGGREGATE a(*)": [
        "+ aggregate app.a()",
        "- aggregate app.a()",
    ],
    "CREATE TRIGGER g AFTER INSERT ON public.t EXECUTE FUNCTION f()": ["+ trigger public.t.g"],
    "CREATE OR REPLACE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()": ["+* trigger app.t.g"],
    "DROP TRIGGER g ON t": ["- trigger app.t.g"],
    "CREATE POLICY p ON t; ALTER POLICY p ON t RENAME TO q": [
        "+ policy app.t.p",
        "- policy app.t.p",
        "+ policy app.t.q",
    ],
    "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING; DROP RULE r ON t": ["+ rule app.t.r", "- rule app.t.r"],
    "CREATE EXTENSION IF NOT EXISTS citext": ["+? extension citext"],
    "COMMENT ON TABLE t IS 'text'": ["+* comment on app.t", "+? comment on app.t"],
    "COMMENT ON COLUMN t.a IS NULL": ["-? comment of column app.t.a"],
    "CREATE STATISTICS s ON a, b FROM t": ["+ statistics app.s"],
    "CREATE PUBLICATION p; DROP SUBSCRIPTION s": ["+ publication p", "- subscription s"],
    "CREATE DATABASE d; DROP DATABASE IF EXISTS e": ["+ database d", "-? database e"],
    "CREATE USER u PASSWORD 'x'; DROP ROLE IF EXISTS v": ["+ role u", "-? role v"],
    "CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a int) SERVER s": [
        "+ server s",
        "+ foreign table app.f",
    ],
    "INSERT INTO t VALUES (1); UPDATE t SET a = 1; DO $$ BEGIN END $$; CALL p(); GRANT SELECT ON t TO u": [],
    "VACUUM t; ANALYZE; REINDEX TABLE t; TRUNCATE t; SET x.y = 1; LOCK TABLE t; CREATE CAST (a AS b) WITH INOUT": [],
}


@pytest.mark.parametrize(("sql", "expected"), EFFECTS.items())
def test_statements_leave(sql: str, expected: list[str]) -> None:
    assert effects(sql) == expected


SCOPES = {
    "SET search_path TO other; CREATE TABLE t (); RESET search_path; CREATE TABLE u ()": [
        "+ table other.t",
        "+ table app.u",
    ],
    "SET search_path = other, public; CREATE TABLE t (); DROP TABLE t": ["+ table other.t", "- table other.t"],
    "SET search_path = missing, public; CREATE TABLE t ()": ["+ table public.t"],
    "CREATE SCHEMA missing; SET search_path = missing, public; CREATE TABLE t ()": [
        "+ schema missing",
        "+ table missing.t",
    ],
    'SET search_path = "$user", public; CREATE TABLE t ()': ["+ table public.t"],
    "BEGIN; SET LOCAL search_path TO other; CREATE TABLE t (); COMMIT; CREATE TABLE u ()": [
        "+ table other.t",
        "+ table app.u",
    ],
    "BEGIN; SET search_path TO other; ROLLBACK; CREATE TABLE u ()": ["+ table app.u"],
    "SELECT pg_catalog.set_config('search_path', 'other', false); CREATE TABLE t ()": ["+ table other.t"],
    "SELECT set_config('search_path', format('%I', x), true); CREATE TABLE t ()": ["+ table app.t"],
    "SELECT set_config('search_path', '', false); CREATE TABLE public.t ()": ["+ table public.t"],
    "CREATE TEMP TABLE t (); CREATE INDEX i ON t (a); ALTER TABLE t ADD b int; DROP TABLE t; DROP TABLE t": [
        "- table app.t"
    ],
    "CREATE TEMP TABLE t (a int); CREATE VIEW v AS SELECT * FROM t; DROP VIEW v": [],
    "CREATE INDEX i ON t (a); ALTER TABLE t RENAME TO u; DROP TABLE u": [
        "+ index app.i",
        "- relation app.t",
        "+ relation app.u",
        "- table app.u",
        "-* index app.i",
    ],
    "BEGIN; CREATE TABLE t (); ROLLBACK; CREATE TABLE u ()": ["+ table app.u"],
    "BEGIN; CREATE TABLE t (); SAVEPOINT s; CREATE TABLE u (); ROLLBACK TO s; COMMIT": ["+ table app.t"],
    "BEGIN; CREATE TABLE t (); PREPARE TRANSACTION 'x'": [],
}


@pytest.mark.parametrize(("sql", "expected"), SCOPES.items())
def test_names_lead_where_they_lead_on_the_server(sql: str, expected: list[str]) -> None:
    assert effects(sql) == expected


def test_a_name_may_be_in_any_schema_of_a_path_unless_the_file_makes_it() -> None:
    session = Session(("app", "public"), frozenset({"app", "public"}))
    made, altered = read_effects(b"CREATE TABLE t (); ALTER TABLE u ADD a int", session)

    assert made.effects[0].thing.schema == "app"
    assert (altered.effects[0].thing.schema, altered.effects[0].thing.path) == (None, ("app", "public"))


def test_what_may_be_one_thing_under_two_names_tells_nothing() -> None:
    session = Session(("app", "public"), frozenset({"app", "public"}))

    assert effects("ALTER TABLE t ADD a int; ALTER TABLE public.t DROP a; CREATE TABLE u ()", session) == [
        "+ table app.u"
    ]


FILE = """-- first a comment; with a semicolon
/* and /* another */ one */
CREATE TABLE "Ä" (
    a text DEFAULT 'ü;'
);

  CREATE INDEX CONCURRENTLY
    i ON "Ä" (a) ; -- the end
;;
INSERT INTO "Ä" VALUES ('x')"""


def test_each_statement_tells_where_it_stands() -> None:
    found = read_effects(FILE.encode())

    assert [(s.line, s.end_line) for s in found] == [(3, 5), (7, 8), (10, 10)]
    assert [FILE.encode()[s.start : s.end].decode().split()[0] for s in found] == ["CREATE", "CREATE", "INSERT"]
    assert [s.label for s in found] == [
        'CREATE TABLE "Ä"',
        'CREATE INDEX CONCURRENTLY i ON "Ä"',
        'INSERT INTO "Ä"',
    ]


LABELS = {
    "CREATE TABLE a.b (c int DEFAULT 5)": "CREATE TABLE a.b",
    "CREATE TABLE t AS SELECT 'hidden'": "CREATE TABLE t",
    "ALTER TABLE ONLY x ADD COLUMN y int, DROP CONSTRAINT z": "ALTER TABLE ONLY x ADD COLUMN y int, DROP CONSTRAINT z",
    "ALTER TABLE x ALTER y SET DEFAULT 'hidden'": "ALTER TABLE x ALTER y SET",
    "/* a */ create -- b\n view v as select 'hidden'": "create view v",
    "CREATE FUNCTION f(a text DEFAULT 'hidden') RETURNS int LANGUAGE sql AS 'hidden'": "CREATE FUNCTION f",
    "DO $$ BEGIN PERFORM 'hidden'; END $$": "DO",
    "DO LANGUAGE plpgsql 'hidden'": "DO LANGUAGE plpgsql",
    "INSERT INTO t (a) VALUES ('hidden')": "INSERT INTO t",
    "INSERT INTO t SELECT 'hidden'": "INSERT INTO t",
    "UPDATE a.t SET b = 'hidden' WHERE c": "UPDATE a.t",
    "DELETE FROM t WHERE a = 'hidden'": "DELETE FROM t",
    "SELECT f('hidden')": "SELECT f",
    "SELECT E'hidden'": "SELECT",
    "SELECT a, b FROM t WHERE c = 1234": "SELECT a, b",
    "SET my.token TO hidden": "SET my.token",
    "SET my.token = hidden": "SET my.token",
    "ALTER ROLE r SET my.token TO hidden": "ALTER ROLE r SET my.token",
    "CREATE ROLE r LOGIN PASSWORD 'hidden'": "CREATE ROLE r LOGIN",
    "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (a 'hidden')": "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS",
    "COMMENT ON TABLE t IS 'hidden'": "COMMENT ON TABLE t",
    "GRANT SELECT, INSERT ON t TO u": "GRANT SELECT, INSERT ON t TO u",
    "ALTER TYPE t ADD VALUE 'hidden'": "ALTER TYPE t ADD VALUE",
    "NOTIFY c, 'hidden'": "NOTIFY c",
    "ALTER SEQUENCE s RESTART WITH 1234": "ALTER SEQUENCE s RESTART",
}


@pytest.mark.parametrize(("sql", "expected"), LABELS.items())
def test_a_label_names_the_statement_and_shows_no_value(sql: str, expected: str) -> None:
    (statement,) = read_effects(sql.encode())

    assert statement.label == expected


def test_a_label_is_short() -> None:
    (statement,) = read_effects(f"DROP TABLE {', '.join(f'table_{n}' for n in range(50))}".encode())

    assert len(statement.label) == 80
    assert statement.label.endswith("…")


def test_what_is_printed_of_a_thing_holds_no_value() -> None:
    sql = b"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'hidden'; COMMENT ON TABLE t IS 'hidden'"

    assert "hidden" not in repr(read_effects(sql)) + " ".join(effects(sql.decode()))


@pytest.mark.parametrize(
    ("sql", "where", "what"),
    [
        (b"SELECT 1;\n\nCREATE TABEL t ()", "line 3", "syntax error"),
        (b"SELECT 'secret", "line 1", "unterminated quoted string"),
        ("SELECT 'ü';\nSELECT".encode("latin-1"), "", "is not UTF-8"),
        (b"SELECT 1;\0 DROP TABLE t", "", "holds a NUL byte"),
    ],
)
def test_a_file_that_is_no_sql_is_refused(sql: bytes, where: str, what: str) -> None:
    with pytest.raises(NotParsed) as refused:
        read_effects(sql)

    assert (refused.value.where, refused.value.what) == (where, what)


def test_a_file_without_statements_has_none() -> None:
    assert read_effects(b"-- nothing\n;;") == ()


def test_expressions_too_deep_for_the_parser_hide_nothing_else() -> None:
    deep = " || ".join(["'a'"] * 500)
    sql = f"CREATE TABLE t (); SELECT {deep}; INSERT INTO t VALUES ({deep}); CREATE TABLE u ()"

    assert [s.label for s in read_effects(sql.encode())] == [
        "CREATE TABLE t",
        "SELECT",
        "INSERT INTO t",
        "CREATE TABLE u",
    ]
    assert effects(sql) == ["+ table app.t", "+ table app.u"]


@pytest.mark.parametrize(
    ("sql", "whole", "each"),
    [
        ("", (0,), (0,)),
        ("SELECT 1", (0, 1), (0, 1)),
        ("SELECT 1; SELECT 2", (0, 2), (0, 1, 2)),
        ("BEGIN; SELECT 1; COMMIT", (0, 3), (0, 3)),
        ("SELECT 1; COMMIT; SELECT 2; SELECT 3", (0, 2, 4), (0, 1, 2, 3, 4)),
        ("BEGIN; SELECT 1; END; SELECT 2; START TRANSACTION; SELECT 3; ABORT; SELECT 4", (0, 3, 7, 8), (0, 3, 4, 7, 8)),
        ("BEGIN; SAVEPOINT a; ROLLBACK TO a; RELEASE a; COMMIT", (0, 5), (0, 5)),
        ("BEGIN; SELECT 1; PREPARE TRANSACTION 'a'; COMMIT PREPARED 'a'", (0, 3, 4), (0, 3, 4)),
    ],
)
def test_a_file_stops_with_its_work_kept_where_transactions_end(
    sql: str, whole: tuple[int, ...], each: tuple[int, ...]
) -> None:
    statements = read_effects(sql.encode())

    assert (units(statements), units(statements, each=True)) == (whole, each)


def stopped(sql: str, *there: str, half: str = "", allowed: Collection[int] | None = None) -> tuple[int, ...]:
    """Where a file stopped if, of the things that it touches, these are there."""
    statements = read_effects(sql.encode(), SESSION)
    return boundaries(statements, seen(statements, there, half), allowed)


def seen(statements: tuple[Statement, ...], there: Collection[str], half: str = "") -> dict[Thing, Presence]:
    """What the catalogs would say."""
    things = {told_with_value(thing): thing for thing in Course(statements).things}
    assert {*there, *filter(None, [half])} <= things.keys(), sorted(things)
    found = {thing: Presence.PRESENT if name in there else Presence.ABSENT for name, thing in things.items()}
    return {**found, **({things[half]: Presence.HALF} if half else {})}


def told_with_value(thing: Thing) -> str:
    return f"{thing}" if thing.value is None else f"{thing} = {thing.value}"


TABLES = "CREATE TABLE a (); CREATE TABLE b (); CREATE TABLE c ();"


@pytest.mark.parametrize(
    ("there", "expected"),
    [("", (0,)), ("a", (1,)), ("ab", (2,)), ("abc", (3,)), ("b", ()), ("ac", ())],
)
def test_a_file_stopped_behind_the_last_thing_that_is_there(there: str, expected: tuple[int, ...]) -> None:
    assert stopped(TABLES, *(f"table app.{name}" for name in there)) == expected


@pytest.mark.parametrize(
    ("sql", "there", "expected"),
    [
        # Statements that leave no trace do not count.
        ("SET a = 1; CREATE TABLE a (); INSERT INTO a SELECT 1; DROP TABLE b", ["table app.b"], (0, 1)),
        ("SET a = 1; CREATE TABLE a (); INSERT INTO a SELECT 1; DROP TABLE b", ["table app.a", "table app.b"], (2, 3)),
        ("INSERT INTO a SELECT 1; UPDATE a SET b = 1", [], (0, 1, 2)),
        # What is made and dropped again is gone at both ends.
        ("CREATE TABLE a (); CREATE TABLE b (); DROP TABLE a", [], (0,)),
        ("CREATE TABLE a (); CREATE TABLE b (); DROP TABLE a", ["table app.a"], (1,)),
        ("CREATE TABLE a (); CREATE TABLE b (); DROP TABLE a", ["table app.b"], (3,)),
        ("CREATE TABLE a (); DROP TABLE a", [], (0, 2)),
        ("DROP VIEW v; CREATE VIEW v AS SELECT 1", ["view app.v"], (0, 2)),
        # The parts of what is not there are not there.
        ("CREATE TABLE a (b int); ALTER TABLE a DROP b", [], (0,)),
        ("CREATE TABLE a (b int); ALTER TABLE a DROP b", ["table app.a", "column app.a.b"], (1,)),
        ("ALTER TABLE a ADD b int; DROP TABLE a", ["table app.a"], (0,)),
        ("ALTER TABLE a ADD b int; DROP TABLE a", [], (2,)),
        ("CREATE SCHEMA s; CREATE TABLE s.t (); DROP SCHEMA s CASCADE", [], (0, 3)),
        ("CREATE INDEX i ON a (b); DROP TABLE a", [], (2,)),
        # A rename takes one name away and gives another.
        ("ALTER TABLE a RENAME TO b; CREATE TABLE a ()", ["relation app.a", "table app.a"], (0,)),
        ("ALTER TABLE a RENAME TO b; CREATE TABLE a ()", ["relation app.b"], (1,)),
        ("ALTER TABLE a RENAME TO b; CREATE TABLE a ()", ["relation app.a", "relation app.b", "table app.a"], (2,)),
        ("ALTER TABLE a ADD x int; ALTER TABLE a RENAME TO b; ALTER TABLE b DROP y", ["relation app.b"], (3,)),
        # IF [NOT] EXISTS had something to do, where it can have had.
        ("CREATE TABLE IF NOT EXISTS a (); CREATE TABLE IF NOT EXISTS b ()", ["table app.a"], (1,)),
        ("CREATE TABLE IF NOT EXISTS a (); CREATE TABLE IF NOT EXISTS b ()", ["table app.a", "table app.b"], (2,)),
        ("DROP TABLE IF EXISTS a; DROP TABLE IF EXISTS b", [], (2,)),
        ("CREATE TABLE a (); DROP VIEW IF EXISTS never; CREATE TABLE b ()", [], (0,)),
        ("CREATE TABLE a (); DROP VIEW IF EXISTS never; CREATE TABLE b ()", ["table app.a", "table app.b"], (3,)),
        # But nothing is taken for done because of it that leaves no trace.
        ("DROP INDEX IF EXISTS never; UPDATE a SET b = 1", [], (1, 2)),
        ("CREATE TABLE IF NOT EXISTS a (); INSERT INTO a SELECT 1", ["table app.a"], (1, 2)),
        # OR REPLACE tells nothing, unless it is the text of a function that is replaced.
        ("CREATE OR REPLACE VIEW v AS SELECT 1", ["view app.v"], (0, 1)),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", [], (0,)),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'x'", ["function app.f()"], (0,)),
        (
            "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'x'",
            ["function app.f()", "body of function app.f() = x"],
            (1,),
        ),
        # Without its arguments a function may be any of that name.
        ("DROP FUNCTION f; CREATE FUNCTION f(int) RETURNS int RETURN 1", ["function app.f"], (0,)),
        ("DROP FUNCTION f; CREATE FUNCTION f(int) RETURNS int RETURN 1", [], (1,)),
        (
            "DROP FUNCTION f; CREATE FUNCTION f(int) RETURNS int RETURN 1",
            ["function app.f", "function app.f(int4)"],
            (0, 2),
        ),
        # A column of the table, or CASCADE, may have taken along what is made anew.
        ("ALTER TABLE a DROP b; CREATE INDEX i ON a (c)", ["column app.a.b", "index app.i"], (0,)),
        ("DROP TABLE a CASCADE; CREATE VIEW v AS SELECT 1", ["table app.a", "view app.v"], (0,)),
        # What a DO block may make or drop is not certain in front of it, nor behind it.
        ("DO $$ BEGIN CREATE TYPE e AS ENUM (); END $$; DROP TYPE e", [], (0, 2)),
        ("CREATE TABLE a (); DO $$ BEGIN EXECUTE 'drop table a'; END $$", [], (0, 2)),
        ("CREATE TABLE a (); DO $$ BEGIN RAISE 'a is not as CREATE TABLE a made it'; END $$", [], (0,)),
        # A table brings sequences and indexes along.
        ("CREATE TABLE a (id serial PRIMARY KEY); ALTER INDEX a_pkey RENAME TO x", [], (0,)),
        # What was rolled back is not there.
        ("CREATE TABLE a (); COMMIT; CREATE TABLE b (); ROLLBACK; CREATE TABLE c ()", ["table app.a"], (1, 2, 3, 4)),
    ],
)
def test_a_file_stopped_where_all_is_as_it_was_seen(sql: str, there: list[str], expected: tuple[int, ...]) -> None:
    assert stopped(sql, *there) == expected


def test_only_boundaries_that_are_allowed_count() -> None:
    assert stopped(TABLES, "table app.a", allowed=(0, 3)) == ()
    assert stopped("INSERT INTO a SELECT 1; CREATE TABLE b (); INSERT INTO b SELECT 1", allowed=(0, 3)) == (0,)
    assert stopped("CREATE TABLE IF NOT EXISTS a (); CREATE TABLE b ()", "table app.a", allowed=(0, 2)) == (0,)
    assert stopped("DROP TABLE IF EXISTS a; CREATE TABLE a ()", "table app.a", allowed={0, 2}) == (0, 2)
    assert stopped("DROP INDEX IF EXISTS never; UPDATE a SET b = 1", allowed=(0, 2)) == (0, 2)
    assert stopped("DROP INDEX IF EXISTS never; DROP INDEX IF EXISTS i", allowed=(0, 2)) == (2,)


def test_what_is_there_by_half_stopped_its_own_statement() -> None:
    sql = "CREATE TABLE a (); CREATE INDEX CONCURRENTLY i ON a (b); CREATE TABLE c ()"

    assert stopped(sql, "table app.a", half="index app.i") == (1,)
    assert stopped(sql, "table app.a", "table app.c", half="index app.i") == ()
    assert stopped(f"DROP INDEX CONCURRENTLY IF EXISTS i; {sql}", "table app.a", half="index app.i") == (2,)


def test_a_thing_that_cannot_be_told_does_not_count() -> None:
    statements = read_effects(b"CREATE TABLE a (); CREATE TABLE b ()", SESSION)
    there = seen(statements, ["table app.b"])

    assert boundaries(statements, there) == ()
    assert boundaries(statements, {thing: there[thing] for thing in there if thing.name == "b"}) == (2,)


@pytest.mark.parametrize(
    ("sql", "there", "expected"),
    [
        (TABLES, ["table app.a", "table app.c"], "DONE NOT_DONE DONE"),
        ("CREATE TABLE a (); INSERT INTO a SELECT 1; DROP TABLE b", ["table app.a"], "DONE UNKNOWN DONE"),
        ("CREATE TABLE a (); ALTER TABLE a DROP b", [], "NOT_DONE UNKNOWN"),
        ("CREATE TABLE a (); DROP TABLE a", [], "UNKNOWN UNKNOWN"),
        ("CREATE TABLE a (); DROP TABLE a", ["table app.a"], "DONE NOT_DONE"),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", ["view app.v"], "UNKNOWN"),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", [], "NOT_DONE"),
        ("ALTER TABLE a ADD b int, ADD c int", ["column app.a.b"], "UNKNOWN"),
    ],
)
def test_a_statement_is_judged_by_its_own_traces(sql: str, there: list[str], expected: str) -> None:
    statements = read_effects(sql.encode(), SESSION)

    assert " ".join(state.name for state in Course(statements).states(seen(statements, there))) == expected


def test_a_statement_that_is_there_by_half_says_so() -> None:
    statements = read_effects(b"CREATE INDEX CONCURRENTLY i ON a (b)", SESSION)

    assert Course(statements).states(seen(statements, [], "index app.i")) == (State.HALF,)


def test_files_of_ten_thousand_statements_are_read_too() -> None:
    sql = "".join(f"CREATE TABLE t{n} (); DROP VIEW IF EXISTS v{n} CASCADE;" for n in range(5000))
    tables, views = (f"table app.t{n}" for n in range(2500)), (f"view app.v{n}" for n in range(2499, 5000))

    assert stopped(sql, *tables, *views) == (4999,)


BLOCKS = {
    "BEGIN IF to_regclass('t') IS NULL THEN RAISE EXCEPTION 'CREATE TABLE t is missing'; END IF; END": True,
    "DECLARE n int; BEGIN SELECT count(*) INTO n FROM pg_class; -- no INSERT here\n RAISE NOTICE '%', n; END": True,
    "BEGIN SELECT string_agg(w.a, ', ') FROM (VALUES ('x')) AS w (a) INTO STRICT x; END": True,
    "BEGIN INSERT INTO t VALUES (1); END": False,
    "BEGIN PERFORM fill_in(); END": False,
    "DECLARE n int := fill_in(); BEGIN END": False,
    "BEGIN EXECUTE 'DELETE FROM t'; END": False,
    "BEGIN RAISE NOTICE $x$ ' $x$; END": False,
}


@pytest.mark.parametrize(("body", "inert"), BLOCKS.items())
def test_a_block_that_only_looks_leaves_nothing(body: str, inert: bool) -> None:
    (statement,) = read_effects(f"DO $body$ {body} $body$".encode())

    assert statement.inert is inert
