"""What the catalogs tell of a file that stopped half-way, on real servers."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
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
        ALTER TABLE shop.items SET SCHEMA "Audit2";
        """.replace('ALTER TABLE shop.items SET SCHEMA "Audit2";', "ALTER SCHEMA shop RENAME TO store;")
        + "ALTER TABLE store.shelf SET SCHEMA \"Audit\"; DROP SCHEMA store CASCADE;",
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
    ),
]


@pytest.fixture
def session(database: TestDatabase) -> Iterator[Database]:
    """A session of our own, as a command opens it."""
    with closing(Database.connect(url.parse(database.url), {})) as opened:
        yield opened


def text_of(sql: str, statement: Statement) -> str:
    return sql.encode()[statement.start : statement.end].decode()


def tells(statement: Statement) -> bool:
    """True if the catalogs differ before and after it, whatever was there."""
    return any(effect.before is not Before.ANY for effect in statement.effects)


def around(statements: list[Statement], boundary: int) -> set[int]:
    """The boundary, and those that no statement with an effect separates from it."""
    first = last = boundary
    while first and not tells(statements[first - 1]):
        first -= 1
    while last < len(statements) and not tells(statements[last]):
        last += 1
    return set(range(first, last + 1))


def step_by_step(database: TestDatabase, session: Database, case: Case) -> Iterator[tuple[int, Evidence]]:
    """What is found before the first statement, and after each one."""
    with database.connect() as connection:
        connection.execute(case.given.encode())
        evidence = examine(session, case.sql.encode())
        yield 0, evidence
        for number, seen in enumerate(evidence.statements, 1):
            connection.execute(text_of(case.sql, seen.statement).encode())
            yield number, examine(session, case.sql.encode())


def found(database: TestDatabase, session: Database, case: Case) -> list[tuple[int, ...]]:
    return [evidence.boundaries for _, evidence in step_by_step(database, session, case)]


# There a statement finds nothing to do, or makes again what was there: the catalogs show the same at two places.
TWICE = {
    "a constraint made anew": [(0,), (1,), (2,), (3,), (4,), (5,)],
}


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_how_far_a_file_got_is_found(database: TestDatabase, session: Database, case: Case) -> None:
    for boundary, evidence in step_by_step(database, session, case):
        statements = [seen.statement for seen in evidence.statements]
        print(case.name, boundary, evidence.boundaries, around(statements, boundary), [s.state.name for s in evidence.statements])
