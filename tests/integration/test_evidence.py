"""What the catalogs tell of a file that stopped half-way, on real servers."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from migratekit import url
from migratekit.database import Database
from migratekit.evidence import Evidence, InvalidIndex, Kind, State, Statement, examine, invalid_indexes, units
from migratekit.evidence.things import Before
from support import ROOT, Project, TestDatabase, wait_for

pytestmark = pytest.mark.every_server


@dataclass(frozen=True)
class Case:
    """A file, and what is there before it."""

    name: str
    given: str
    sql: str
    # Where the catalogs look the same at several places, or a statement had nothing to do: what is found there.
    found: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


FILES = [
    Case(
        "first tables",
        "",
        """
        -- Users come first.
        CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);
        CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id), total numeric(10,2));
        CREATE INDEX orders_user_id_idx ON orders (user_id);
        CREATE UNIQUE INDEX ON orders (user_id, id) WHERE total > 0;
        CREATE SEQUENCE tickets START 10;
        """,
    ),
    Case(
        "first tables, down",
        "CREATE TABLE users (id bigint PRIMARY KEY); CREATE TABLE orders (id serial, user_id bigint REFERENCES users);"
        "CREATE INDEX orders_user_id_idx ON orders (user_id); CREATE SEQUENCE tickets;",
        "DROP SEQUENCE tickets; DROP INDEX orders_user_id_idx; DROP TABLE orders; DROP TABLE IF EXISTS users;",
    ),
    Case(
        "columns",
        "CREATE TABLE users (id bigint, name text, age int, joined text DEFAULT 'x');",
        """
        ALTER TABLE users ADD COLUMN email text NOT NULL DEFAULT '';
        ALTER TABLE users ADD COLUMN IF NOT EXISTS phone varchar(20), ADD COLUMN zip char(5);
        ALTER TABLE users RENAME COLUMN name TO full_name;
        ALTER TABLE users DROP COLUMN age;
        ALTER TABLE users ALTER COLUMN id SET NOT NULL;
        ALTER TABLE users ALTER COLUMN joined DROP DEFAULT;
        ALTER TABLE users ALTER COLUMN joined TYPE timestamptz(3) USING joined::timestamptz;
        ALTER TABLE users ALTER COLUMN id TYPE numeric(12);
        ALTER TABLE users ALTER COLUMN phone SET DEFAULT 'it''s none';
        ALTER TABLE users ALTER COLUMN id SET DEFAULT -1;
        ALTER TABLE users ALTER COLUMN joined SET DEFAULT now();
        ALTER TABLE users ALTER COLUMN email DROP NOT NULL;
        """,
    ),
    Case(
        "columns, down",
        "CREATE TABLE users (id bigint NOT NULL, full_name text, email text, tags text[]);",
        """
        ALTER TABLE users ALTER id DROP NOT NULL;
        ALTER TABLE users RENAME full_name TO name;
        ALTER TABLE users DROP COLUMN IF EXISTS email, ALTER tags TYPE varchar(30)[];
        ALTER TABLE users ADD age smallint;
        """,
    ),
    Case(
        "constraints",
        "CREATE TABLE users (id bigint, name text, org int); CREATE TABLE orgs (id int PRIMARY KEY);",
        """
        ALTER TABLE users ADD CONSTRAINT users_pk PRIMARY KEY (id);
        ALTER TABLE users ADD CONSTRAINT users_name_check CHECK (name <> '') NOT VALID;
        ALTER TABLE users VALIDATE CONSTRAINT users_name_check;
        ALTER TABLE users ADD FOREIGN KEY (org) REFERENCES orgs (id);
        ALTER TABLE users ADD UNIQUE (name, org);
        ALTER TABLE users RENAME CONSTRAINT users_pk TO users_pkey;
        ALTER TABLE users DROP CONSTRAINT users_name_check;
        ALTER TABLE ONLY users DROP CONSTRAINT IF EXISTS users_org_fkey;
        CREATE UNIQUE INDEX CONCURRENTLY users_org_idx ON users (org);
        ALTER TABLE users ADD CONSTRAINT users_org_key UNIQUE USING INDEX users_org_idx;
        ALTER TABLE users ADD CONSTRAINT users_org_fkey FOREIGN KEY (org) REFERENCES orgs (id) ON DELETE CASCADE;
        """,
    ),
    Case(
        "a constraint made anew",
        "CREATE TABLE orgs (id int PRIMARY KEY); CREATE TABLE users (id int, org int REFERENCES orgs (id));",
        """
        ALTER TABLE users ADD note text;
        ALTER TABLE users DROP CONSTRAINT users_org_fkey;
        ALTER TABLE users ADD CONSTRAINT users_org_fkey FOREIGN KEY (org) REFERENCES orgs (id) NOT VALID;
        ALTER TABLE users VALIDATE CONSTRAINT users_org_fkey;
        ALTER TABLE users DROP note;
        """,
        {0: (0, 5), 1: (1, 4), 3: (1, 3), 4: (1, 4), 5: (0, 5)},
    ),
    Case(
        "indexes",
        "CREATE TABLE users (id int, a int, b int); CREATE INDEX old_idx ON users (a); CREATE INDEX x ON users (b);",
        """
        CREATE INDEX CONCURRENTLY IF NOT EXISTS users_a_b_idx ON users USING btree (a, b);
        DROP INDEX CONCURRENTLY old_idx;
        ALTER INDEX x RENAME TO y;
        CREATE INDEX old_idx ON users (lower(a::text));
        DROP INDEX IF EXISTS users_a_b_idx;
        REINDEX INDEX y;
        """,
    ),
    Case(
        "types",
        "CREATE TYPE mood AS ENUM ('ok'); CREATE TYPE pair AS (a int, b int);",
        """
        CREATE TYPE status AS ENUM ('new', 'done');
        ALTER TYPE status ADD VALUE 'late' AFTER 'new';
        ALTER TYPE status ADD VALUE IF NOT EXISTS 'gone';
        ALTER TYPE status RENAME VALUE 'gone' TO 'lost';
        ALTER TYPE mood RENAME TO feeling;
        CREATE DOMAIN posint AS int CHECK (VALUE > 0);
        ALTER DOMAIN posint ADD CONSTRAINT small CHECK (VALUE < 10) NOT VALID;
        ALTER DOMAIN posint VALIDATE CONSTRAINT small;
        ALTER DOMAIN posint DROP CONSTRAINT small;
        CREATE TYPE floats AS RANGE (subtype = float8);
        ALTER TYPE pair ADD ATTRIBUTE c text;
        ALTER TYPE pair RENAME ATTRIBUTE a TO first;
        CREATE TYPE twin AS (a int);
        DROP TYPE feeling, twin;
        DROP DOMAIN posint;
        """,
        {6: (6, 9), 9: (6, 9)},
    ),
    Case(
        "functions",
        "CREATE FUNCTION old(int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
        "CREATE FUNCTION same(int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        """
        CREATE FUNCTION add(a int, b int DEFAULT 1, OUT c int) LANGUAGE sql AS $$ SELECT a + b $$;
        CREATE FUNCTION add(a text[], VARIADIC b varchar(3)[]) RETURNS text LANGUAGE sql AS 'SELECT ''x''';
        CREATE OR REPLACE FUNCTION same(a int) RETURNS int LANGUAGE sql AS $body$
            SELECT 2; -- with ü
        $body$;
        ALTER FUNCTION old(int) RENAME TO older;
        DROP FUNCTION add(int, int);
        CREATE PROCEDURE clean(IN a int, INOUT b text) LANGUAGE plpgsql AS $$ BEGIN b := 'x'; END $$;
        DROP PROCEDURE clean(int, text);
        DROP FUNCTION older;
        CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
        CREATE OR REPLACE FUNCTION same(a int) RETURNS int LANGUAGE sql AS 'SELECT 3';
        DROP AGGREGATE total(int);
        """,
        {5: (5, 7), 7: (5, 7)},
    ),
    Case(
        "a trigger",
        "CREATE TABLE users (id int, changed timestamptz);",
        """
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := now(); RETURN NEW; END $$;
        CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
        ALTER TABLE users DISABLE TRIGGER users_touch;
        ALTER TABLE users ENABLE ALWAYS TRIGGER users_touch;
        ALTER TRIGGER users_touch ON users RENAME TO users_touched;
        """,
    ),
    Case(
        "a trigger, down",
        "CREATE TABLE users (id int); CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';"
        "CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
        "DROP TRIGGER users_touch ON users; DROP FUNCTION touch();",
    ),
    Case(
        "row level security",
        "CREATE TABLE notes (id int, owner text);",
        """
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notes FORCE ROW LEVEL SECURITY;
        CREATE POLICY mine ON notes USING (owner = current_user);
        ALTER POLICY mine ON notes RENAME TO own;
        CREATE RULE none AS ON DELETE TO notes DO INSTEAD NOTHING;
        ALTER TABLE notes NO FORCE ROW LEVEL SECURITY;
        DROP RULE none ON notes;
        DROP POLICY own ON notes;
        ALTER TABLE notes DISABLE ROW LEVEL SECURITY;
        """,
        {0: (0, 9), 1: (1, 8), 8: (1, 8), 9: (0, 9)},
    ),
    Case(
        "views",
        "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a FROM t;",
        """
        CREATE VIEW w AS SELECT b FROM t;
        CREATE MATERIALIZED VIEW m AS SELECT a FROM t WITH NO DATA;
        CREATE UNIQUE INDEX m_a ON m (a);
        REFRESH MATERIALIZED VIEW m;
        ALTER VIEW w RENAME TO x;
        ALTER VIEW x RENAME COLUMN b TO c;
        ALTER MATERIALIZED VIEW m RENAME TO n;
        DROP VIEW v, x;
        DROP MATERIALIZED VIEW n;
        """,
    ),
    Case(
        "a view replaced",
        "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a FROM t;",
        "ALTER TABLE t ADD c int; CREATE OR REPLACE VIEW v AS SELECT a, c FROM t; CREATE TABLE u (a int);",
    ),
    Case(
        "renames",
        "CREATE TABLE users (id int, name text); CREATE TABLE other (id int); CREATE INDEX i ON users (id);",
        """
        ALTER TABLE users RENAME TO people;
        ALTER TABLE people RENAME name TO full_name;
        CREATE TABLE users (id int);
        ALTER TABLE users ADD COLUMN name text;
        DROP INDEX i;
        ALTER TABLE IF EXISTS other RENAME TO others;
        DROP TABLE people;
        """,
    ),
    Case(
        "tables swapped",
        "CREATE TABLE live (id int);",
        """
        CREATE TABLE live_new (id bigint);
        INSERT INTO live_new SELECT id FROM live;
        ALTER TABLE live RENAME TO live_old;
        ALTER TABLE live_new RENAME TO live;
        DROP TABLE live_old;
        """,
        {0: (0, 5), 5: (0, 5)},
    ),
    Case(
        "partitions",
        "CREATE TABLE logs (day date) PARTITION BY RANGE (day); CREATE TABLE ancient (day date);"
        "CREATE TABLE base (a int); CREATE TABLE derived (a int);",
        """
        CREATE TABLE logs_2025 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
        ALTER TABLE logs ATTACH PARTITION ancient FOR VALUES FROM ('1900-01-01') TO ('2000-01-01');
        CREATE INDEX logs_day ON ONLY logs (day);
        ALTER TABLE logs DETACH PARTITION ancient CONCURRENTLY;
        ALTER TABLE derived INHERIT base;
        ALTER TABLE derived NO INHERIT base;
        DROP TABLE logs_2025;
        """,
        {4: (4, 6), 6: (4, 6)},
    ),
    Case(
        "quoted names",
        'CREATE TABLE "Größe" ("Maß" int);',
        """
        CREATE TABLE "select" ("from" int, "semi;colon" text);
        CREATE INDEX "dot.ted" ON "select" ("from");
        ALTER TABLE "Größe" ADD COLUMN "名前" text;
        ALTER TABLE "Größe" RENAME COLUMN "Maß" TO "q""uote";
        COMMENT ON COLUMN "Größe"."名前" IS 'it''s \\ "so"';
        ALTER TABLE "Größe" RENAME TO "it's";
        DROP TABLE "select";
        """,
    ),
    Case(
        "other schemas",
        "",
        """
        CREATE SCHEMA shop CREATE TABLE shelf (id int);
        CREATE SCHEMA "Audit";
        CREATE TABLE shop.items (id int);
        CREATE INDEX items_id ON shop.items (id);
        SET search_path TO "Audit";
        CREATE TABLE items (id int);
        CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1;
        RESET search_path;
        CREATE TABLE items (id int);
        SELECT pg_catalog.set_config('search_path', '', false);
        ALTER TABLE "Audit".items ADD COLUMN b int;
        ALTER SCHEMA shop RENAME TO store;
        ALTER TABLE store.shelf SET SCHEMA "Audit";
        DROP SCHEMA store CASCADE;
        """,
    ),
    Case(
        "made and dropped",
        "CREATE TABLE t (a int);",
        """
        CREATE TABLE scratch (id int);
        CREATE INDEX scratch_id ON scratch (id);
        ALTER TABLE t ADD b int;
        DROP TABLE scratch;
        CREATE TEMP TABLE rows (id int);
        CREATE INDEX ON rows (id);
        ALTER TABLE t ADD c int;
        DROP TABLE rows;
        """,
    ),
    Case(
        "dropped first, if there",
        "CREATE TABLE t (a int);",
        """
        DROP TABLE IF EXISTS fresh CASCADE;
        CREATE TABLE fresh (id int);
        DROP INDEX IF EXISTS fresh_id;
        CREATE INDEX fresh_id ON fresh (id);
        DROP TYPE IF EXISTS kind;
        CREATE TYPE kind AS ENUM ('a');
        """,
        {0: (1,), 2: (0, 2, 3), 3: (0, 2, 3), 4: (0, 5), 5: (0, 5), 6: (0, 4, 6)},
    ),
    Case(
        "rows between",
        "CREATE TABLE t (a int, b int);",
        """
        SET lock_timeout = '5s';
        ALTER TABLE t ADD COLUMN c int;
        UPDATE t SET c = 1;
        DO $$ BEGIN PERFORM 1; END $$;
        ALTER TABLE t ALTER COLUMN c SET NOT NULL;
        GRANT SELECT ON t TO PUBLIC;
        INSERT INTO t VALUES (1, 2, 3);
        ALTER TABLE t DROP COLUMN b;
        TRUNCATE t;
        """,
    ),
    Case(
        "of the database",
        "",
        """
        CREATE PUBLICATION news;
        CREATE FOREIGN DATA WRAPPER wrap;
        CREATE SERVER far FOREIGN DATA WRAPPER wrap;
        CREATE FOREIGN TABLE there (a int) SERVER far;
        ALTER SERVER far RENAME TO farther;
        CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER watch ON ddl_command_start EXECUTE FUNCTION ev();
        DROP EVENT TRIGGER watch;
        DROP PUBLICATION news;
        DROP FOREIGN DATA WRAPPER wrap CASCADE;
        DROP EXTENSION plpgsql CASCADE;
        """,
        {6: (6, 8), 8: (6, 8)},
    ),
    Case(
        "the rest",
        "CREATE TABLE t (a int, b int, c int);",
        """
        CREATE STATISTICS t_ab ON a, b FROM t;
        CREATE COLLATION plain (locale = 'C');
        ALTER TABLE t ALTER a SET NOT NULL;
        ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY;
        ALTER TABLE t ALTER a DROP IDENTITY;
        CREATE TABLE copy AS SELECT * FROM t;
        SELECT * INTO copy2 FROM t;
        COMMENT ON TABLE t IS 'first';
        COMMENT ON TABLE t IS 'second';
        ALTER STATISTICS t_ab RENAME TO t_stats;
        DROP STATISTICS t_stats;
        DROP COLLATION plain;
        ALTER TABLE t DROP b CASCADE;
        """,
        {3: (3, 5), 5: (3, 5)},
    ),
    Case(
        "a table made anew",
        "CREATE TABLE t (a int CONSTRAINT t_check CHECK (a > 0)); CREATE INDEX t_a ON t (a); CREATE VIEW v AS TABLE t;",
        """
        CREATE TABLE mark (a int);
        DROP TABLE t CASCADE;
        CREATE TABLE t (a bigint);
        CREATE INDEX t_a ON t (a);
        ALTER TABLE t ADD CONSTRAINT t_check CHECK (a > 1);
        CREATE VIEW v AS TABLE t;
        DROP TABLE mark;
        """,
        {0: (0, 7), 1: (1, 6), 3: (1, 3), 4: (1, 4), 5: (1, 5), 6: (1, 6), 7: (0, 7)},
    ),
    Case(
        "what a DO block may have made",
        "CREATE TYPE mood AS ENUM ('ok');",
        """
        DO $$ BEGIN CREATE TYPE mood AS ENUM ('ok'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        ALTER TYPE mood ADD VALUE 'bad';
        CREATE TABLE t (m mood);
        """,
    ),
    Case(
        "everything if it is not there",
        "CREATE TABLE old (a int);",
        """
        CREATE TABLE IF NOT EXISTS old (a int);
        CREATE TABLE IF NOT EXISTS new (a int);
        ALTER TABLE new ADD COLUMN IF NOT EXISTS b int;
        CREATE INDEX IF NOT EXISTS new_b ON new (b);
        ALTER TABLE old ADD COLUMN b int;
        DROP VIEW IF EXISTS never;
        """,
        {0: (1,), 5: (6,)},
    ),
]


@pytest.fixture
def session(database: TestDatabase) -> Iterator[Database]:
    """A session of our own, as a command opens it."""
    with closing(Database.connect(url.parse(database.url), {})) as opened:
        yield opened


def expected(case: Case, statements: list[Statement], boundary: int) -> tuple[int, ...]:
    """The boundary, and those that no statement separates from it of which the catalogs tell."""
    first = last = boundary
    while first and not tells(statements[first - 1]):
        first -= 1
    while last < len(statements) and not tells(statements[last]):
        last += 1
    return case.found.get(boundary, tuple(range(first, last + 1)))


def tells(statement: Statement) -> bool:
    """True if the catalogs differ before and after it, whatever was there."""
    return any(effect.before is not Before.ANY for effect in statement.effects)


@pytest.mark.every_server(older=["constraints", "the rest", "of the database", "columns, down"])
@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_how_far_a_file_came_is_found(database: TestDatabase, session: Database, case: Case) -> None:
    sql = case.sql.encode()
    with database.connect() as connection:
        connection.execute(case.given.encode())
        statements = [seen.statement for seen in examine(session, sql).statements]
        for boundary in range(len(statements) + 1):
            if boundary:
                done = statements[boundary - 1]
                connection.execute(sql[done.start : done.end])

            assert examine(session, sql).boundaries == expected(case, statements, boundary), boundary


def test_a_statement_is_done_or_not_by_what_is_there(database: TestDatabase, session: Database) -> None:
    sql = b"CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE INDEX i ON t (a); DROP TABLE u; CREATE TABLE v ()"
    database.rows("CREATE TABLE t (a int); CREATE TABLE v ()")

    evidence = examine(session, sql)

    assert [seen.state.name for seen in evidence.statements] == ["DONE", "UNKNOWN", "NOT_DONE", "DONE", "DONE"]
    assert (evidence.boundaries, evidence.unclear) == ((), True)


VERDICTS = [
    ("BEGIN; CREATE TABLE a (); INSERT INTO a SELECT; COMMIT", "", (0,), "nothing"),
    ("BEGIN; CREATE TABLE a (); INSERT INTO a SELECT; COMMIT", "CREATE TABLE a ()", (4,), "everything"),
    ("CREATE TABLE a (); COMMIT; CREATE TABLE b ()", "CREATE TABLE a ()", (2,), ""),
    ("CREATE TABLE a (); COMMIT; INSERT INTO a SELECT; COMMIT; DROP TABLE b", "CREATE TABLE b ()", (0,), "nothing"),
    ("INSERT INTO a SELECT; COMMIT; DROP TABLE b", "CREATE TABLE b ()", (0, 2), "unclear"),
    ("SET a.b = 1; COMMIT; DROP TABLE b", "CREATE TABLE b ()", (0, 2), "nothing"),
    ("DROP TABLE b; COMMIT; SET a.b = 1", "", (2, 3), "everything"),
    ("CREATE TABLE a (); CREATE TABLE b ()", "CREATE TABLE b ()", (), "unclear"),
    ("UPDATE a SET b = 1", "", (0, 1), "unclear"),
    ("DROP INDEX IF EXISTS i; UPDATE a SET b = 1", "", (0, 2), "unclear"),
    ("DROP INDEX IF EXISTS i; DROP TABLE IF EXISTS t", "", (2,), "everything"),
    ("CREATE OR REPLACE VIEW v AS SELECT 1 AS a", "CREATE VIEW v AS SELECT 2 AS a", (0, 1), "unclear"),
    ("", "", (0,), "nothing"),
]


@pytest.mark.every_server(long=True)
@pytest.mark.parametrize(("sql", "given", "boundaries", "verdict"), VERDICTS)
def test_what_can_have_been_kept_decides(
    database: TestDatabase, session: Database, sql: str, given: str, boundaries: tuple[int, ...], verdict: str
) -> None:
    database.rows(given or "SELECT")
    statements = [seen.statement for seen in examine(session, sql.encode()).statements]

    evidence = examine(session, sql.encode(), allowed=units(statements))

    assert evidence.boundaries == boundaries
    verdicts = {"nothing": evidence.nothing, "everything": evidence.everything, "unclear": evidence.unclear}
    assert [name for name, true in verdicts.items() if true] == [verdict] * bool(verdict)


def test_a_role_without_any_rights_sees_the_same(database: TestDatabase, session: Database) -> None:
    sql = (
        b"CREATE TABLE hidden.t (a int DEFAULT 1); ALTER TABLE hidden.t ADD CONSTRAINT c CHECK (a > 0);"
        b"CREATE INDEX i ON hidden.t (a); CREATE TYPE hidden.e AS ENUM ('x'); ALTER TYPE hidden.e ADD VALUE 'y';"
        b"CREATE FUNCTION hidden.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMENT ON TABLE hidden.t IS 'text';"
        b"ALTER TABLE hidden.t ALTER a SET DEFAULT 2; ALTER TABLE hidden.t ENABLE ROW LEVEL SECURITY;"
        b"CREATE ROLE never"
    )
    database.rows("CREATE SCHEMA hidden; REVOKE ALL ON SCHEMA hidden FROM PUBLIC")
    database.rows(sql.decode().rpartition(";")[0])
    with bare_role(database) as role, closing(Database.connect(url.parse(role), {})) as visitor:
        assert examine(visitor, sql).boundaries == examine(session, sql).boundaries == (9,)


def test_names_without_a_schema_are_looked_for_as_the_session_would(database: TestDatabase) -> None:
    database.rows("CREATE SCHEMA app; CREATE TABLE public.users (id int); CREATE TABLE public.old (id int)")
    where = f"{database.url}{'&' if '?' in database.url else '?'}search_path=app,public"
    with closing(Database.connect(url.parse(where), {})) as session:
        # What is made comes to be in the first schema, though the second has one of that name.
        assert examine(session, b"CREATE TABLE users (id int)").boundaries == (0,)
        # What is altered may be in either.
        assert examine(session, b"ALTER TABLE old ADD COLUMN a int").boundaries == (0,)
        database.rows("CREATE TABLE app.users (id int); ALTER TABLE public.old ADD COLUMN a int")
        assert examine(session, b"CREATE TABLE users (id int)").boundaries == (1,)
        assert examine(session, b"ALTER TABLE old ADD COLUMN a int").boundaries == (1,)
        # Dropped from the first schema, or was it never there?
        assert examine(session, b"DROP TABLE old").boundaries == (0, 1)


def test_letters_that_the_database_does_not_have_are_in_no_name(database: TestDatabase) -> None:
    narrow = f"{database.name}_latin1"
    database.rows(f"CREATE DATABASE {narrow} ENCODING LATIN1 LOCALE 'C' TEMPLATE template0")
    try:
        with closing(Database.connect(url.parse(database.server.url(narrow)), {})) as session:
            session.run('CREATE TABLE a (); CREATE TABLE "é" ()')

            assert examine(session, 'CREATE TABLE "é" (); CREATE TABLE b ()'.encode()).boundaries == (1,)
            assert examine(
                session, 'CREATE TABLE a (); CREATE TABLE "名" (); CREATE TABLE b ()'.encode()
            ).boundaries == (1, 2)
    finally:
        database.rows(f"DROP DATABASE {narrow}")


DOUBLE = "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1);"


def test_an_index_that_was_not_finished_is_there_by_half(database: TestDatabase, session: Database) -> None:
    sql = b"CREATE TABLE u (); CREATE UNIQUE INDEX CONCURRENTLY t_a_key ON t (a); CREATE TABLE v ()"
    database.rows(DOUBLE + "CREATE TABLE u ()")
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.rows("CREATE UNIQUE INDEX CONCURRENTLY t_a_key ON t (a)")

    evidence = examine(session, sql)

    assert [(str(thing), thing.kind) for thing in evidence.half] == [("index public.t_a_key", Kind.INDEX)]
    assert [seen.state.name for seen in evidence.statements] == ["DONE", "HALF", "NOT_DONE"]
    assert (evidence.boundaries, evidence.nothing, evidence.everything, evidence.unclear) == ((1,), False, False, True)
    assert invalid_indexes(session) == [InvalidIndex("public", "t_a_key", "t", building=False, of_constraint=False)]


def test_an_index_without_a_name_is_found_by_half_too(database: TestDatabase, session: Database) -> None:
    sql = b"CREATE UNIQUE INDEX CONCURRENTLY ON t (a)"
    database.rows(DOUBLE)
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.rows(sql.decode())

    evidence = examine(session, sql)

    assert ([str(thing) for thing in evidence.half], evidence.boundaries) == (["index public.t_a_idx"], (0,))


def test_the_index_of_a_partitioned_table_is_whole_without_those_of_its_partitions(
    database: TestDatabase, session: Database
) -> None:
    sql = b"CREATE INDEX logs_day ON ONLY logs (day)"
    database.rows("CREATE TABLE logs (day date) PARTITION BY RANGE (day); CREATE TABLE p PARTITION OF logs DEFAULT")
    database.rows(sql.decode())

    assert examine(session, sql).everything
    assert invalid_indexes(session) == []


def test_a_detach_that_was_not_finished_is_there_by_half(database: TestDatabase, session: Database) -> None:
    sql = b"ALTER TABLE logs DETACH PARTITION old CONCURRENTLY"
    database.rows(
        "CREATE TABLE logs (day date) PARTITION BY RANGE (day);"
        "CREATE TABLE old PARTITION OF logs FOR VALUES FROM ('2000-01-01') TO ('2001-01-01')"
    )
    with held_up(database, "SELECT FROM logs", sql.decode()) as cancel:
        wait_for(lambda: examine(session, sql).half, "a partition that is being detached")
        cancel()

    evidence = examine(session, sql)
    assert [str(thing) for thing in evidence.half] == ["partition public.logs.old"]
    assert (evidence.boundaries, evidence.statements[0].state) == ((0,), State.HALF)
    database.rows("ALTER TABLE logs DETACH PARTITION old FINALIZE")
    assert examine(session, sql).everything


def test_an_index_that_is_being_built_is_no_leftover(database: TestDatabase, session: Database) -> None:
    database.rows("CREATE TABLE t (a int)")
    with (
        bare_role(database) as role,
        closing(Database.connect(url.parse(role), {})) as visitor,
        held_up(database, "INSERT INTO t VALUES (1)", "CREATE INDEX CONCURRENTLY i ON t (a)") as cancel,
    ):
        wait_for(lambda: invalid_indexes(session), "an index that is being built")
        building = [InvalidIndex("public", "i", "t", building=True, of_constraint=False)]
        assert invalid_indexes(session) == invalid_indexes(visitor) == building
        cancel()
        left = [InvalidIndex("public", "i", "t", building=False, of_constraint=False)]
        assert invalid_indexes(session) == invalid_indexes(visitor) == left


def test_what_a_reindex_left_behind_is_found(database: TestDatabase, session: Database) -> None:
    database.rows("CREATE TABLE t (a int CONSTRAINT t_a_key UNIQUE)")
    with held_up(database, "INSERT INTO t VALUES (1)", "REINDEX INDEX CONCURRENTLY t_a_key") as cancel:
        wait_for(lambda: invalid_indexes(session), "an index that is being built")
        cancel()

    assert invalid_indexes(session) == [
        InvalidIndex("public", "t_a_key_ccnew", "t", building=False, of_constraint=False)
    ]


def test_all_of_a_file_is_there_when_it_has_run_and_nothing_of_the_way_back(
    database: TestDatabase, session: Database
) -> None:
    project = Project(ROOT, database.url)
    ups, downs = (sorted((ROOT / "migrations").glob(f"*.{way}.sql")) for way in ("up", "down"))
    assert len(ups) == len(downs) > 10
    for steps, ran, back in [("up", ups, downs), ("down", downs[::-1], ups[::-1])]:
        for file, opposite in zip(ran, back, strict=True):
            assert project.migrate(steps, "1").returncode == 0
            # 008 changes rows only; 006 down makes constraints again that are told apart by NOT VALID alone.
            if "fill_task_slugs" not in file.name:
                assert whole(session, file).everything or file.name.startswith("006_validate_"), file.name
                assert whole(session, opposite).nothing, opposite.name


def whole(session: Database, file: Path) -> Evidence:
    """What of a file is there that is kept as a whole or not at all."""
    sql = file.read_bytes()
    return examine(session, sql, allowed=(0, len(examine(session, sql).statements)))


@contextmanager
def bare_role(database: TestDatabase) -> Iterator[str]:
    """The URL of a role that may do nothing but connect."""
    role = f"{database.name}_bare"
    database.rows(f"CREATE ROLE {role} LOGIN")
    try:
        yield f"{database.url}{'&' if '?' in database.url else '?'}user={role}"
    finally:
        database.rows(f"DROP ROLE {role}")


@contextmanager
def held_up(database: TestDatabase, work: str, statement: str) -> Iterator[Callable[[], None]]:
    """Runs a statement that must wait for the end of another session's work; gives what cancels it."""
    with database.connect() as other, database.connect() as connection, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN")
        other.execute(work.encode())
        running = pool.submit(connection.execute, statement.encode())

        def cancel() -> None:
            connection.cancel()
            assert isinstance(running.exception(timeout=30), psycopg.errors.QueryCanceled)

        try:
            yield cancel
        finally:
            other.close()
