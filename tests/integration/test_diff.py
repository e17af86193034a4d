"""`diff`: files that bring the schema to that of models, or of a file; proved in a shadow before they are written."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from migratekit.errors import ExitCode
from migratekit.server import Server
from outcomes import bad, good
from support import Project, TestDatabase

FIRST = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(50), age int, note text,
                    feeling mood);
CREATE TABLE posts (id serial PRIMARY KEY, user_id bigint, title text NOT NULL, old text NOT NULL);
CREATE INDEX posts_title ON posts (title);
CREATE VIEW titles AS SELECT p.id, p.title, u.name FROM posts p JOIN users u ON u.id = p.user_id;
GRANT SELECT ON titles TO PUBLIC;
COMMENT ON VIEW titles IS 'what is there';
"""
ROWS = """
INSERT INTO users (name, age, feeling) VALUES ('Ada', 36, 'ok');
INSERT INTO posts (user_id, title, old) VALUES (1, 't', 'o');
"""
MODELS = """
import enum
from sqlalchemy import BigInteger, CheckConstraint, Enum, ForeignKey, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

print("what models print is not taken for SQL")


class Mood(enum.Enum):
    sad = 1
    meh = 2
    ok = 3
    glad = 4


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    __table_args__ = (CheckConstraint("age > 0 AND name NOT LIKE 'a%'", name="sane"),)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    age: Mapped[int | None] = mapped_column(BigInteger, server_default="7")
    remark: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, server_default=text("'plain'"))
    feeling = mapped_column(Enum(Mood, name="mood"))


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), index=True)
    title: Mapped[str] = mapped_column(Text)


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(ForeignKey("users.name"))
    color = mapped_column(Enum("red", "blue", name="color"), server_default="red")
"""
WITH_SQLMODEL = """
import enum
from sqlalchemy import BigInteger, CheckConstraint, Column, Enum, Text, text
from sqlmodel import Field, SQLModel


class Mood(enum.Enum):
    sad = 1
    meh = 2
    ok = 3
    glad = 4


class User(SQLModel, table=True):
    __tablename__ = "users"
    __table_args__ = (CheckConstraint("age > 0 AND name NOT LIKE 'a%'", name="sane"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    name: str = Field(unique=True, sa_type=Text)
    age: int | None = Field(default=None, sa_type=BigInteger, sa_column_kwargs={"server_default": "7"})
    remark: str | None = Field(default=None, sa_type=Text)
    kind: str = Field(sa_type=Text, sa_column_kwargs={"server_default": text("'plain'")})
    feeling: Mood | None = Field(default=None, sa_column=Column(Enum(Mood, name="mood")))


class Post(SQLModel, table=True):
    __tablename__ = "posts"
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", index=True, sa_type=BigInteger)
    title: str = Field(sa_type=Text)


class Tag(SQLModel, table=True):
    __tablename__ = "tags"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(foreign_key="users.name", sa_type=Text)
    color: str | None = Field(
        default=None, sa_column=Column(Enum("red", "blue", name="color"), server_default="red")
    )
"""
BEFORE = """
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN app.pos AS int CHECK (VALUE > 0);
CREATE TABLE app.t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, size app.pos, m app.mood,
                    at date, CONSTRAINT named CHECK (name <> ''));
CREATE TABLE app.gone (id serial PRIMARY KEY, t_id bigint REFERENCES app.t, n int);
CREATE INDEX by_name ON app.t (name);
CREATE VIEW app.v AS SELECT id, name FROM app.t;
CREATE VIEW app.over AS SELECT name FROM app.v;
CREATE MATERIALIZED VIEW app.mv AS SELECT count(*) AS n FROM app.t;
CREATE UNIQUE INDEX mv_n ON app.mv (n);
CREATE FUNCTION app.f(a int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN a; END';
CREATE FUNCTION app.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.tf();
CREATE TRIGGER gone BEFORE UPDATE ON app.gone FOR EACH ROW EXECUTE FUNCTION app.tf();
CREATE SEQUENCE app.s;
GRANT SELECT ON app.v TO PUBLIC;
COMMENT ON TABLE app.t IS 'things';
ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.t USING (name = current_user);
"""
AFTER = """
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'glad');
CREATE TYPE app.color AS ENUM ('red');
CREATE DOMAIN app.pos AS int DEFAULT 1 CONSTRAINT small CHECK (VALUE BETWEEN 1 AND 9);
CREATE TABLE app.t (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name varchar(80) NOT NULL DEFAULT 'it''s',
                    size app.pos, m app.mood DEFAULT 'glad', at timestamptz, c app.color[],
                    up int GENERATED ALWAYS AS (size * 2) STORED, CONSTRAINT named CHECK (name <> 'x'));
CREATE TABLE app.other (id serial PRIMARY KEY, t_id bigint NOT NULL REFERENCES app.t ON DELETE CASCADE, parent int
                        REFERENCES app.other DEFERRABLE, UNIQUE (t_id, parent)) WITH (fillfactor = 70);
CREATE TABLE app.log (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE app.log_1 PARTITION OF app.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON app.log (at);
CREATE INDEX by_name ON app.t (lower(name)) WHERE size > 3;
CREATE VIEW app.v AS SELECT name, id, size FROM app.t;
CREATE VIEW app.over AS SELECT name FROM app.v WHERE id > 0;
CREATE MATERIALIZED VIEW app.mv AS SELECT count(*) AS n FROM app.other;
CREATE UNIQUE INDEX mv_n ON app.mv (n);
CREATE FUNCTION app.f(a int, b int DEFAULT 1) RETURNS bigint LANGUAGE sql
BEGIN ATOMIC SELECT count(*) + a FROM app.other; END;
CREATE FUNCTION app.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN

  PERFORM $$CREATE VIEW$$;
  RETURN OLD;
END';
CREATE PROCEDURE app.pr() LANGUAGE plpgsql AS 'BEGIN END';
CREATE TRIGGER tr BEFORE UPDATE OF name ON app.t FOR EACH ROW WHEN (OLD.at IS NULL) EXECUTE FUNCTION app.tf();
CREATE SEQUENCE app.s INCREMENT 5;
GRANT SELECT ON app.v TO pg_monitor WITH GRANT OPTION; GRANT UPDATE (name) ON app.t TO PUBLIC;
REVOKE EXECUTE ON FUNCTION app.f FROM PUBLIC;
COMMENT ON TABLE app.t IS 'other things'; COMMENT ON COLUMN app.t.up IS 'upper';
ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.t FOR SELECT USING (at IS NOT NULL);
"""
PROVED = re.compile(r"\d+ pairs? ran in a shadow, up and down: the files then make what (\S+) says")


@pytest.fixture
def drafting(project: Project, server: Server) -> Project:
    """A project without a database, whose shadows are on the server of the test."""
    project.env["MIGRATEKIT_SHADOW_URL"] = server.url("postgres")
    return replace(project, url="")


def file(project: Project, name: str, text: str) -> str:
    (project.folder / name).write_text(text, encoding="utf-8")
    return name


def ups(project: Project) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(project.migrations.glob("*.up.sql"))}


@pytest.mark.every_server(long=True)
@pytest.mark.parametrize(
    ("models", "base"), [(MODELS, "Base"), (WITH_SQLMODEL, "SQLModel")], ids=["own base", "SQLModel"]
)
def test_models_are_brought_over_with_rows_and_back(
    project: Project, drafting: Project, database: TestDatabase, models: str, base: str
) -> None:
    project.chain(FIRST)
    assert project.migratekit("up").returncode == ExitCode.DONE
    database.rows(ROWS)
    before = database.digest()
    file(project, "shop.py", models)
    words = ("--models", f"shop:{base}", "--rename", "users.note=remark", "--allow-destructive")
    *_, last = good(drafting.migratekit("diff", "change", *words))
    assert PROVED.fullmatch(last)
    assert good(drafting.migratekit("diff", "again", "--models", f"shop:{base}", "--exit-code")) == [
        f"the files make what shop:{base} says"
    ]
    assert project.migratekit("up").returncode == ExitCode.DONE
    assert database.rows("SELECT name, age, kind, feeling::text FROM users") == [("Ada", 36, "plain", "ok")]
    assert database.rows("SELECT * FROM titles") == [(1, "t", "Ada")]
    assert database.value("SELECT has_table_privilege('public', 'titles', 'SELECT')")
    database.rows("INSERT INTO users (name) VALUES ('Bob'); DELETE FROM posts")
    number = len(ups(project)) - 1
    assert project.migratekit("down", str(number)).returncode == ExitCode.DONE
    assert database.digest() == before
    assert database.rows("SELECT name, age FROM users ORDER BY id") == [("Ada", 36), ("Bob", 7)]


def test_long_work_is_done_while_reads_and_writes_go_on(drafting: Project) -> None:
    drafting.chain(FIRST)
    file(drafting, "shop.py", MODELS)
    assert drafting.migratekit("diff", "change", "--models", "shop:Base").returncode == ExitCode.DONE
    texts = ups(drafting)
    assert list(texts) == [
        "1_m1.up.sql",
        "2_add_glad_to_mood.up.sql",
        "3_add_meh_to_mood.up.sql",
        "4_change.up.sql",
        "5_validate_change.up.sql",
        "6_create_index_ix_posts_user_id.up.sql",
        "7_create_index_users_name_key.up.sql",
        "8_drop_index_posts_title.up.sql",
        "9_attach_keys_for_change.up.sql",
    ]
    assert "FOREIGN KEY (user_id) REFERENCES public.users(id) NOT VALID;" in texts["4_change.up.sql"]
    assert "CHECK (name IS NOT NULL) NOT VALID;" in texts["4_change.up.sql"]
    assert "VALIDATE CONSTRAINT posts_user_id_fkey;" in texts["5_validate_change.up.sql"]
    assert texts["7_create_index_users_name_key.up.sql"].endswith(
        "\nCREATE UNIQUE INDEX CONCURRENTLY users_name_key ON public.users USING btree (name);\n"
    )
    assert "UNIQUE USING INDEX users_name_key;" in texts["9_attach_keys_for_change.up.sql"]


@pytest.mark.every_server(long=True)
def test_a_schema_file_is_brought_over_and_back(drafting: Project) -> None:
    drafting.chain(BEFORE)
    there, wanted = file(drafting, "before.sql", BEFORE), file(drafting, "after.sql", AFTER)
    *_, last = good(drafting.migratekit("diff", "change", "--schema", wanted, "--allow-destructive"))
    assert PROVED.fullmatch(last)
    assert good(drafting.migratekit("diff", "again", "--schema", wanted)) == ["the files make what after.sql says"]
    done = drafting.migratekit("diff", "back", "--schema", there, "--allow-destructive", "--ignore", "type app.mood")
    assert PROVED.fullmatch(good(done)[-1])
    last_up = list(ups(drafting).values())
    assert any("-- DESTRUCTIVE\nDROP TABLE app.other;" in text for text in last_up)


def test_rows_are_not_dropped_unless_that_is_allowed(drafting: Project) -> None:
    drafting.chain("CREATE TYPE mood AS ENUM ('a'); CREATE TABLE a (id int, m mood NOT NULL); CREATE TABLE b (id int);")
    wanted = file(drafting, "wanted.sql", "CREATE TABLE a (id int, n int);")
    done = drafting.migratekit("diff", "change", "--schema", wanted)
    assert done.returncode == ExitCode.DONE
    assert done.stderr.splitlines() == [
        "left out, because rows would be lost: ALTER TABLE public.a DROP COLUMN m",
        "left out, because rows would be lost: DROP TABLE public.b",
        "hint: --allow-destructive writes that too",
    ]
    assert done.stdout.splitlines()[-1] == (
        "1 pair ran in a shadow, up and down: but for what is named above, the files then make what wanted.sql says"
    )
    [text] = [text for name, text in ups(drafting).items() if "change" in name]
    assert "\n-- DROP TABLE public.b; -- rows would be lost\n" in text
    again = drafting.migratekit("diff", "again", "--schema", wanted, "--exit-code", "--preview")
    assert again.returncode == ExitCode.DIRTY
    assert PROVED.fullmatch(good(drafting.migratekit("diff", "rest", "--schema", wanted, "--allow-destructive"))[-1])


def test_what_a_sequence_has_counted_is_not_dropped_unless_that_is_allowed(drafting: Project) -> None:
    drafting.chain("CREATE SEQUENCE s; CREATE TABLE a (id int DEFAULT nextval('s'), n serial);")
    wanted = file(drafting, "wanted.sql", "CREATE TABLE a (id int, n int NOT NULL); DROP EXTENSION plpgsql;")
    done = drafting.migratekit("diff", "change", "--schema", wanted)
    assert [line.rpartition(": ")[2] for line in done.stderr.splitlines()[:-1]] == [
        "DROP EXTENSION plpgsql",
        "DROP SEQUENCE public.a_n_seq",
        "DROP SEQUENCE public.s",
    ]
    assert not any("\nDROP " in text for text in ups(drafting).values())
    words = ("--allow-destructive", "--ignore", "extension *")
    assert PROVED.fullmatch(good(drafting.migratekit("diff", "rest", "--schema", wanted, *words))[-1])


KNOWS_MOOD = """
CREATE FUNCTION shown(m mood) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT m::text';
CREATE TABLE a (m mood DEFAULT 'x' CHECK (m <> 'z'), several mood[]);
CREATE VIEW v AS SELECT shown(m) FROM a;
COMMENT ON VIEW v IS 'shown';
CREATE INDEX i ON a (m) WHERE m = 'x';
"""


@pytest.mark.every_server(long=True)
def test_values_of_an_enum_come_and_go_though_views_and_indexes_know_it(
    project: Project, drafting: Project, database: TestDatabase
) -> None:
    project.chain(f"CREATE TYPE mood AS ENUM ('x', 'z', 'w'); {KNOWS_MOOD}")
    assert project.migratekit("up").returncode == ExitCode.DONE
    before = database.digest()
    database.rows("INSERT INTO a VALUES ('x', '{z}')")
    wanted = file(drafting, "wanted.sql", f"CREATE TYPE mood AS ENUM ('x', 'y', 'z'); {KNOWS_MOOD}")
    left = drafting.migratekit("diff", "new", "--schema", wanted)
    assert left.stderr.splitlines()[0] == (
        "left out, because rows that have a value that goes make it fail:"
        " CREATE TYPE public.mood AS ENUM ('x', 'y', 'z'), in the place of the old one"
    )
    assert PROVED.fullmatch(good(drafting.migratekit("diff", "rest", "--schema", wanted, "--allow-destructive"))[-1])
    assert project.migratekit("up").returncode == ExitCode.DONE
    assert database.value("SELECT enum_range(NULL::mood)::text") == "{x,y,z}"
    database.rows("UPDATE a SET m = 'y'")
    assert project.migratekit("down", "1").returncode == ExitCode.DONE
    refused = project.migratekit("down", "1")
    assert refused.returncode == ExitCode.FAILED
    assert 'invalid input value for enum mood: "y"' in refused.stderr
    assert database.rows("SELECT m::text, several::text FROM a") == [("y", "{z}")]
    database.rows("UPDATE a SET m = 'x'")
    assert project.migratekit("down", "1").returncode == ExitCode.DONE
    assert database.digest() == before


def test_a_value_that_cannot_be_taken_away_again_gets_no_way_down(drafting: Project) -> None:
    table = "CREATE TABLE a (m mood) PARTITION BY LIST (m);"
    drafting.chain(f"CREATE TYPE mood AS ENUM ('x'); {table}")
    wanted = file(drafting, "wanted.sql", f"CREATE TYPE mood AS ENUM ('x', 'y'); {table}")
    done = drafting.migratekit("diff", "change", "--schema", wanted)
    assert done.returncode == ExitCode.DONE
    assert "no way down is written for the value y of type public.mood: cannot alter column" in done.stderr
    assert "up and down, but for what has no way down: the files then make what wanted.sql says" in done.stdout
    assert [path.name for path in sorted(drafting.migrations.glob("2_*"))] == ["2_change.up.sql"]


STORED = """
CREATE FUNCTION low(a text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN public.plain(a); END';
CREATE TABLE t (x text CONSTRAINT sane CHECK (plain(x) <> ''));
CREATE INDEX i ON t (low(x));
"""
PLAIN = "CREATE FUNCTION plain(a text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT {}(a)';"


@pytest.mark.every_server(long=True)
def test_what_is_stored_of_a_function_is_worked_out_anew_with_it(
    project: Project, drafting: Project, database: TestDatabase
) -> None:
    project.chain(PLAIN.format("lower") + STORED)
    assert project.migratekit("up").returncode == ExitCode.DONE
    database.rows("INSERT INTO t VALUES ('Ada')")
    wanted = file(drafting, "wanted.sql", PLAIN.format("upper") + STORED)
    done = drafting.migratekit("diff", "change", "--schema", wanted)
    assert (done.returncode, len(ups(drafting))) == (ExitCode.DONE, 1)
    assert done.stderr.splitlines()[0] == (
        "left out, because what it gave is stored, and may become wrong: table public.t: constraint sane,"
        " table public.t: index i: CREATE OR REPLACE FUNCTION public.plain(text)"
    )
    assert PROVED.fullmatch(good(drafting.migratekit("diff", "change", "--schema", wanted, "--allow-destructive"))[-1])
    database.rows(f"ALTER DATABASE {database.name} SET enable_seqscan = off")
    by_index = "SELECT count(*) FROM t WHERE low(x) = '{}'"
    assert project.migratekit("up").returncode == ExitCode.DONE
    assert database.value(by_index.format("ADA")) == 1
    assert project.migratekit("down", str(len(ups(drafting)) - 1)).returncode == ExitCode.DONE
    assert database.value(by_index.format("ada")) == 1


def test_there_is_always_an_index_and_a_foreign_key_finds_another_key(drafting: Project) -> None:
    comment = "COMMENT ON CONSTRAINT fk ON b IS 'why'; COMMENT ON INDEX i IS 'fast';"
    tables = "CREATE TABLE a (id int {}, u int {}); CREATE TABLE b (a int CONSTRAINT fk REFERENCES a (u));"
    drafting.chain(tables.format("PRIMARY KEY", "NOT NULL UNIQUE") + "CREATE INDEX i ON b (a);" + comment)
    made = tables.format("NOT NULL", "PRIMARY KEY") + "CREATE INDEX i ON b (a DESC);" + comment
    assert PROVED.fullmatch(good(drafting.migratekit("diff", "change", "--schema", file(drafting, "w.sql", made)))[-1])
    assert list(ups(drafting))[1:] == [
        "2_change.up.sql",
        "3_create_index_a_pkey_new.up.sql",
        "4_create_index_i_new.up.sql",
        "5_drop_index_i.up.sql",
        "6_attach_keys_for_change.up.sql",
        "7_finish_change.up.sql",
    ]


def test_generated_columns_are_worked_out_anew(project: Project, drafting: Project, database: TestDatabase) -> None:
    table = (
        "CREATE TABLE t (a {}, g text GENERATED ALWAYS AS (upper(a)) STORED, h int {} (length(a) {}) STORED UNIQUE);"
    )
    rest = "CREATE INDEX i ON t (g); COMMENT ON COLUMN t.g IS 'loud'; COMMENT ON INDEX i IS 'fast';"
    rest += "CREATE STATISTICS s ON a, g, h FROM t; CREATE TABLE u (h int REFERENCES t (h));"
    rest += "GRANT SELECT ON t TO pg_monitor; CREATE VIEW v AS TABLE t; GRANT SELECT ON v TO PUBLIC;"
    owned = "ALTER VIEW v OWNER TO pg_monitor;"
    project.chain(table.format("varchar(3)", "GENERATED ALWAYS AS", "") + rest + owned)
    assert project.migratekit("up").returncode == ExitCode.DONE
    before = database.digest()
    database.rows("INSERT INTO t VALUES ('a')")
    wanted = file(drafting, "wanted.sql", table.format("text", "GENERATED ALWAYS AS", "+ 1") + rest)
    assert PROVED.fullmatch(good(drafting.migratekit("diff", "change", "--schema", wanted))[-1])
    assert project.migratekit("up").returncode == ExitCode.DONE
    assert database.rows("SELECT * FROM v") == [("a", "A", 2)]
    # A view reads with the rights of its owner, of whom dumps without owners say nothing.
    owner = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'v'"
    assert database.value(owner) == "pg_monitor"
    assert project.migratekit("down", str(len(ups(drafting)) - 1)).returncode == ExitCode.DONE
    assert database.rows("SELECT * FROM v") == [("a", "A", 1)]
    assert (database.digest(), database.value(owner)) == (before, "pg_monitor")


def test_a_function_whose_results_are_in_rows_is_left_to_people(drafting: Project) -> None:
    table = "CREATE TABLE t (x text, low text GENERATED ALWAYS AS (plain(x)) STORED"
    drafting.chain(f"{PLAIN.format('lower')} {table});")
    wanted = file(drafting, "wanted.sql", f"{PLAIN.format('upper')} {table}, n int);")
    done = drafting.migratekit("diff", "change", "--schema", wanted, "--allow-destructive")
    assert done.returncode == ExitCode.FAILED
    assert done.stderr.startswith(
        "not brought over: function public.plain(text): table public.t: column low has stored what it gave:"
        " make a function of another name, and the column anew with that\n"
    )
    assert "ADD COLUMN n integer" in ups(drafting)["2_change.up.sql"]


def test_values_are_not_cut(project: Project, drafting: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE t (a timestamptz, b varchar(9), c int, d text);")
    assert project.migratekit("up").returncode == ExitCode.DONE
    database.rows("INSERT INTO t VALUES ('2026-01-01', 'too long', 1, 'too long')")
    text = "CREATE DOMAIN short AS varchar(3); CREATE TABLE t (a date, b varchar(3), c bigint, d short);"
    wanted = file(drafting, "wanted.sql", text)
    done = drafting.migratekit("diff", "change", "--schema", wanted)
    assert [line.rpartition(": ")[2] for line in done.stderr.splitlines()[:-1]] == [
        "ALTER TABLE public.t ALTER COLUMN a TYPE date",
        "ALTER TABLE public.t ALTER COLUMN b TYPE character varying(3)",
        "ALTER TABLE public.t ALTER COLUMN d TYPE public.short",
    ]
    for column in "bd":
        words = ("--allow-destructive", "--ignore", "*: column a", "--ignore", f"*: column {'bd'.replace(column, '')}")
        good(drafting.migratekit("diff", "rest", "--schema", wanted, *words))
        failed = project.migratekit("up")
        assert failed.returncode == ExitCode.FAILED
        assert "value too long for type character varying(3)" in failed.stderr
        for path in drafting.migrations.glob("3_*"):
            path.unlink()
    assert database.value("SELECT d FROM t") == "too long"


def test_what_does_not_run_is_named_and_all_else_is_written(drafting: Project) -> None:
    table = "CREATE TABLE p (id {} PRIMARY KEY) PARTITION BY LIST (id); CREATE TABLE a (n {}, d int DEFAULT f(1){});"
    function = "CREATE FUNCTION f({} int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
    drafting.chain(function.format("a") + table.format("int", "int", ""))
    wanted = file(drafting, "wanted.sql", function.format("b") + table.format("bigint", "bigint", ", more text"))
    done = drafting.migratekit("diff", "change", "--schema", wanted)
    assert done.returncode == ExitCode.FAILED
    told = done.stderr.splitlines()
    assert [line.partition(": it does not run: ")[0] for line in told[:-1]] == [
        "not brought over: function public.f(integer)",
        "not brought over: table public.p: column id",
    ]
    assert "cannot drop function f(integer) because other objects depend on it: default value" in told[0]
    text = ups(drafting)["2_change.up.sql"]
    assert "ADD COLUMN more text;" in text
    assert "ALTER COLUMN n TYPE bigint;" in text
    assert "\n-- Not brought over, to be written by hand:\n" in text


@pytest.mark.every_server(long=True)
def test_a_type_comes_with_a_function_that_takes_it(drafting: Project) -> None:
    made = "CREATE TYPE mood AS ENUM ('x'); CREATE FUNCTION f(a int, b mood[]) RETURNS int LANGUAGE sql AS 'SELECT 1';"
    done = drafting.migratekit("diff", "come", "--schema", file(drafting, "wanted.sql", made))
    assert PROVED.fullmatch(good(done)[-1])


def test_what_cannot_be_brought_over_is_said_and_is_no_success(drafting: Project) -> None:
    drafting.chain("CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE a (id int); CREATE TABLE apart (id serial);")
    text = "CREATE TYPE mood AS ENUM ('b'); CREATE TABLE a (id int, n int);"
    text += "CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);"
    wanted, alone = file(drafting, "wanted.sql", text), ("--ignore", "table *.apart", "--allow-destructive")
    done = drafting.migratekit("diff", "change", "--schema", wanted, *alone)
    assert done.returncode == ExitCode.FAILED
    assert "not brought over: aggregate public.total(integer)\n" in done.stderr
    assert "but for what is named above" in done.stdout
    words = (*alone, "--ignore", "type *", "--ignore", "aggregate *", "--exit-code")
    good(drafting.migratekit("diff", "again", "--schema", wanted, *words))


def test_a_preview_writes_nothing(drafting: Project) -> None:
    wanted = file(drafting, "wanted.sql", "CREATE TABLE a (id int);")
    shown = drafting.migratekit("diff", "first", "--schema", wanted, "--preview", "--exit-code")
    assert (shown.returncode, shown.stderr) == (ExitCode.DIRTY, "")
    assert "==> migrations/001_first.up.sql <==" in shown.stdout
    assert "CREATE TABLE public.a (\n    id integer\n);" in shown.stdout
    assert ups(drafting) == {}


def test_a_server_is_made_where_none_is_named(tmp_path: Path) -> None:
    project = Project(tmp_path / "alone")
    project.folder.mkdir()
    (project.folder / "db").mkdir()
    table = "from sqlalchemy import *\nm = MetaData()\nTable('a', m, Column('id', Integer), schema='x')"
    file(project, "db/tables.py", table)
    done = project.migratekit("revision", "--autogenerate", "-m", "First tables!", "--models", "db.tables:m")
    assert PROVED.fullmatch(good(done)[-1])
    assert "CREATE SCHEMA x;" in ups(project)["001_first_tables.up.sql"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--models", "shop"), ExitCode.USAGE, "is not module:attribute"),
        (("--models", "nowhere:Base"), ExitCode.FAILED, "No module named 'nowhere'"),
        (("--models", "json:dumps"), ExitCode.FAILED, "json:dumps is function, which has no MetaData"),
        (("--schema", "wrong.sql"), ExitCode.FAILED, 'wrong.sql:2: relation "nothing" does not exist'),
        (("--schema", "missing.sql"), ExitCode.FAILED, "missing.sql: cannot be read"),
        (("--schema", "good.sql", "--rename", "b=c"), ExitCode.USAGE, "the files make no table or column b"),
        (("--schema", "good.sql", "--rename", "a.id=n"), ExitCode.USAGE, "'a.id=n': public.a has a column n already"),
        (("--schema", "good.sql", "--rename", "a=v"), ExitCode.USAGE, "'a=v': public.v is there already"),
    ],
)
def test_what_is_wrong_is_said(drafting: Project, words: tuple[str, ...], code: ExitCode, said: str) -> None:
    drafting.chain("CREATE TABLE a (id int, n int); CREATE VIEW v AS SELECT 1;")
    file(drafting, "wrong.sql", "CREATE TABLE a (id int);\nALTER TABLE nothing ADD x int;")
    file(drafting, "good.sql", "CREATE TABLE c (id int);")
    assert said in bad(drafting.migratekit("diff", "change", *words), code)
    assert list(ups(drafting)) == ["1_m1.up.sql"]
