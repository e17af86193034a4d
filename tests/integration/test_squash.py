"""`migratekit squash`: one pair makes what many made, and every database agrees on where it is."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from migratekit.errors import ExitCode
from migratekit.server import Server, throwaway_server
from outcomes import bad, good, write_three
from runs import fresh_database, nothing_left
from support import ROOT, Project, TestDatabase

LATER = {
    "015_later.up.sql": "-- Dependencies: 003, 014\nCREATE TABLE later ();",
    "015_later.down.sql": "DROP TABLE later;",
}


@pytest.fixture(scope="module")
def elsewhere(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server for shadows."""
    with throwaway_server(tmp_path_factory.mktemp("shadows"), server.binaries.major) as made:
        yield made.url("postgres")


@pytest.fixture(autouse=True)
def shadows(project: Project, elsewhere: str) -> None:
    project.env["MIGRATEKIT_SHADOW_URL"] = elsewhere


@pytest.fixture
def example(project: Project, database: TestDatabase) -> Project:
    """The worked chain, applied."""
    shutil.copytree(ROOT / "migrations", project.migrations, dirs_exist_ok=True)
    good(project.migratekit("up"))
    return project


def at(project: Project, database: TestDatabase) -> Project:
    """The same files, on another database."""
    return Project(project.folder, database.url)


def names(project: Project) -> list[str]:
    return sorted(path.name for path in project.migrations.iterdir())


def states(project: Project) -> dict[int, str]:
    document = json.loads(project.migratekit("status", "--json").stdout)
    return {each["version"]: each["state"] for each in document["migrations"]}


def test_old_new_and_half_way_databases_end_equal(example: Project, database: TestDatabase, server: Server) -> None:
    with fresh_database(server) as half, fresh_database(server) as golang, fresh_database(server) as new:
        good(at(example, half).migratekit("up", "7"))
        assert at(example, golang).migrate("up", "12").returncode == 0
        before = names(example)
        planned = good(example.migratekit("squash", "14", "--dry-run"))
        assert names(example) == before
        done = good(example.migratekit("squash", "14"))
        assert (
            done[0]
            == "014_baseline.up.sql and 014_baseline.down.sql written, and proved: 14 migrations, 4 rows of 1 table"
        )
        assert planned[0] == done[0].replace("written", "would be written")
        assert names(example) == ["014_baseline.down.sql", "014_baseline.up.sql", "squashed"]
        assert sorted(path.name for path in (example.migrations / "squashed").iterdir()) == before

        # Where all was applied nothing changes.
        assert states(example) == {14: "applied"}
        example.write(LATER)
        assert example.migratekit("validate").returncode == ExitCode.DONE
        assert good(example.migratekit("up"))[-1] == "1 migration applied; development is at version 15"
        # Half-way there is one way on, and no other.
        for each, version in ((half, 7), (golang, 12)):
            behind = at(example, each)
            refused = bad(behind.migratekit("up", "--allow-missing"), ExitCode.REFUSED)
            assert f"at version {version}, half-way through what 014_baseline.up.sql stands for" in refused
            assert "`migratekit --path migrations/squashed up`" in refused
            assert behind.migratekit("down").returncode == ExitCode.REFUSED
            assert behind.migratekit("validate").returncode == ExitCode.DIRTY
            assert behind.migrate("up").returncode == 1
            assert each.state() == [(version, False)]
            good(behind.migratekit("--path", "migrations/squashed", "up"))
            good(behind.migratekit("up"))
        good(at(example, new).migratekit("up"))
        assert states(at(example, new)) == {14: "applied", 15: "applied"}
        assert {each.digest() for each in (database, half, golang, new)} == {database.digest()}
        assert new.rows("SELECT * FROM task_statuses ORDER BY 1") == half.rows("SELECT * FROM task_statuses ORDER BY 1")

        good(at(example, new).migratekit("down"))
        for call in (["down"], ["down", "2"], ["redo"]):
            refused = bad(at(example, new).migratekit(*call), ExitCode.REFUSED)
            assert "014_baseline stands for 14 migrations: its way back drops all that they made" in refused
        good(at(example, new).migratekit("down", "--all"))
        assert (new.tables(), new.state()) == (set(), [])
        assert at(example, new).migrate("up").returncode == 0
        assert new.state() == [(15, False)]
        assert new.digest() == database.digest()
    nothing_left(database)


@pytest.mark.every_server(long=True)
def test_rows_and_sequences_are_kept_and_a_second_squash_takes_in_the_first(
    project: Project, database: TestDatabase, server: Server
) -> None:
    project.write(
        {
            "1_a.up.sql": "CREATE TABLE a (id serial PRIMARY KEY, t text, at timestamptz DEFAULT now());"
            " CREATE TABLE log (t text);"
            " CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN INSERT INTO log VALUES (new.t); RETURN new; END $$;"
            " CREATE TRIGGER noted AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION noted();",
            "1_a.down.sql": "DROP TABLE a, log; DROP FUNCTION noted;",
            "2_rows.up.sql": "INSERT INTO a (t) VALUES ('it''s'), (E'two\\nlines'), ('DROP TABLE a; --');",
            "2_rows.down.sql": "DELETE FROM a; DELETE FROM log;",
            "3_view.up.sql": "CREATE VIEW v AS SELECT a.*, log.t AS l FROM a, log; ALTER VIEW v OWNER TO pg_monitor;"
            " DELETE FROM a WHERE id = 3;",
            "3_view.down.sql": "DROP VIEW v;",
        }
    )
    good(project.migratekit("up"))
    refused = bad(project.migratekit("squash", "2", "--rows", "5"), ExitCode.REFUSED)
    assert "the files make 6 rows, 3 of them in public.a" in refused
    good(project.migratekit("squash", "2"))
    good(project.migratekit("squash", "3"))
    assert names(project) == ["3_baseline.down.sql", "3_baseline.up.sql", "squashed"]
    assert states(project) == {3: "applied"}
    with fresh_database(server) as new:
        good(at(project, new).migratekit("up"))
        assert new.rows("SELECT id, t FROM a") == [(1, "it's"), (2, "two\nlines")]
        assert new.value("SELECT count(*) FROM log") == 3
        assert new.value("SELECT nextval('a_id_seq')") == 4
        assert new.value("SELECT viewowner FROM pg_views WHERE viewname = 'v'") == "pg_monitor"
    # What was squashed is still a chain, without the first baseline.
    left = sorted(path.name for path in (project.migrations / "squashed").iterdir())
    assert left == sorted(f"{name}.{way}.sql" for name in ("1_a", "2_rows", "3_view") for way in ("up", "down"))

    # Another text than what was squashed had been applied there.
    database.rows("UPDATE schema_migrations_history SET checksum = repeat('0', 64) WHERE version = 2")
    assert states(project) == {2: "changed", 3: "applied"}
    assert "is not what the baseline was made of" in bad(project.migratekit("up"), ExitCode.REFUSED)
    assert good(project.migratekit("plan", "--to", "3", "--allow-changed")) == ["nothing to do on development"]


def test_what_a_database_never_had_of_it_is_missed(project: Project, database: TestDatabase, server: Server) -> None:
    write_three(project)
    late = [project.migrations / f"002_create_b.{way}.sql" for way in ("up", "down")]
    texts = [path.read_text() for path in late]
    with fresh_database(server) as other:
        for path in late:
            path.unlink()
        good(at(project, other).migratekit("up"))
        project.write({path.name: text for path, text in zip(late, texts, strict=True)})
        good(project.migratekit("up"))
        good(project.migratekit("squash", "3"))
        behind = at(project, other)
        assert states(behind) == {2: "missed", 3: "applied"}
        refused = bad(behind.migratekit("up"), ExitCode.REFUSED)
        assert "`migratekit --path migrations/squashed up --allow-missing`" in refused
        assert behind.migratekit("--path", "migrations/squashed", "up", "--allow-missing").returncode == ExitCode.DONE
        assert (states(behind), other.digest()) == ({3: "applied"}, database.digest())


@pytest.mark.parametrize(
    ("files", "call", "what"),
    [
        ({"2_b.up.sql": "DO $$ BEGIN CREATE ROLE x; END $$"}, "2", "2_b.up.sql: says CREATE ROLE x, and no dump"),
        ({"2_b.up.sql": "ALTER DATABASE x RENAME TO y"}, "2", "2_b.up.sql: says ALTER DATABASE x, and no dump"),
        ({"2_b.up.sql": "-- Script: 2_b.py\nSELECT 1"}, "2", "2_b.up.sql: calls a program"),
        ({"2_b.up.sql": ""}, "1", "is all there is up to version 1"),
        ({"2_b.up.sql": ""}, "2", "is at version 1, and could not go on"),
    ],
)
def test_what_cannot_be_squashed_is_refused(
    project: Project, database: TestDatabase, files: dict[str, str], call: str, what: str
) -> None:
    project.write({"1_a.up.sql": "CREATE TABLE a ();", "1_a.down.sql": "DROP TABLE a;", "2_b.down.sql": "", **files})
    project.migratekit("up", "1")
    before = names(project)
    assert what in bad(project.migratekit("squash", call), ExitCode.REFUSED)
    assert names(project) == before


AROUND = """
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO pg_monitor WITH GRANT OPTION;
CREATE TABLE a (id int);
COMMENT ON SCHEMA public IS 'ours';
ALTER SCHEMA public OWNER TO pg_read_all_data;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pg_monitor;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor REVOKE ALL ON TYPES FROM PUBLIC;
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET timezone TO ''Europe/Rome''', current_database());
    EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' SET search_path TO "$user", public, ''odd 1%''';
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), 'ROLE');
END $$;
"""
# What is there of it.
AROUND_FOUND = """
SELECT n.nspowner::regrole::text, n.nspacl::text, obj_description(n.oid, 'pg_namespace'),
       (SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = d.oid AND setrole = 0),
       (SELECT array_agg(line ORDER BY line) FROM pg_default_acl,
               concat_ws(' ', defaclrole::regrole, defaclnamespace, defaclobjtype, defaclacl) AS line),
       d.datacl::text
  FROM pg_namespace n, pg_database d WHERE nspname = 'public' AND datname = current_database()
"""


@contextmanager
def role_called(name: str, *urls: str) -> Iterator[None]:
    """A role on several servers."""
    with ExitStack() as stack:
        for url in urls:
            admin = stack.enter_context(psycopg.connect(url, autocommit=True))
            admin.execute(f'CREATE ROLE "{name}"'.encode())
            stack.callback(admin.execute, f'DROP OWNED BY "{name}"; DROP ROLE "{name}"'.encode())
        yield


@pytest.mark.every_server(long=True)
def test_what_lies_around_the_tables_is_carried_both_ways(
    project: Project, database: TestDatabase, server: Server, elsewhere: str
) -> None:
    after = "CREATE TABLE b (id int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
    # The baseline asks for the database's name in a format of its own.
    role = f"{database.name} 5%1$I"
    around = AROUND.replace("'ROLE'", f"'{role}'")
    project.write({"1_a.up.sql": around, "1_a.down.sql": "", "2_b.up.sql": after, "2_b.down.sql": ""})
    with role_called(role, database.url, elsewhere), fresh_database(server) as new:
        good(project.migratekit("up"))
        [before] = new.rows(AROUND_FOUND)
        good(project.migratekit("squash", "2"))
        good(at(project, new).migratekit("up"))
        assert new.rows(AROUND_FOUND) == database.rows(AROUND_FOUND) != [before]
        good(at(project, new).migratekit("down", "--all"))
        [undone] = new.rows(AROUND_FOUND)
        assert undone[:-1] == before[:-1]
        # What everybody may do without being told is written down now.
        assert "=Tc/" in str(undone[-1])


def test_what_does_not_prove_equal_is_not_written(project: Project, database: TestDatabase) -> None:
    # pg_dump passes over an index that is not valid.
    invalid = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass;"
    project.write({"1_a.up.sql": "CREATE TABLE a (id int);", "2_b.up.sql": f"CREATE INDEX i ON a (id); {invalid}"})
    good(project.migratekit("up"))
    done = project.migratekit("squash", "2")
    assert done.returncode == ExitCode.FAILED
    assert (
        "the baseline does not make what the files make; nothing was written\n  - table public.a: index i"
        in done.stderr
    )
    assert names(project) == ["1_a.up.sql", "2_b.up.sql"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("GRANT pg_monitor TO postgres;", "says GRANT pg_monitor TO postgres, and no dump"),
        (
            "DO $$ BEGIN EXECUTE 'REVOKE ALL ON DATABASE x FROM PUBLIC'; END $$",
            "says REVOKE ALL ON DATABASE x, and the shadow",
        ),
        ("ALTER DATABASE x SET work_mem = '5MB';", "says ALTER DATABASE x, and the shadow"),
        ("SELECT lo_create(4711);", "the files make large objects"),
    ],
)
def test_what_a_dump_leaves_out_is_not_lost(project: Project, text: str, what: str) -> None:
    rights = "CREATE TABLE role (); GRANT SELECT ON role TO PUBLIC;"
    project.write({"1_a.up.sql": f"{rights}\nREVOKE SELECT ON TABLE role FROM PUBLIC;", "2_b.up.sql": text})
    assert what in bad(project.migratekit("squash", "2"), ExitCode.REFUSED)
    assert names(project) == ["1_a.up.sql", "2_b.up.sql"]


def test_who_began_with_the_first_baseline_goes_on_after_a_second(
    project: Project, database: TestDatabase, server: Server
) -> None:
    write_three(project).write({"004_d.up.sql": "CREATE TABLE d ();", "004_d.down.sql": "DROP TABLE d;"})
    good(project.migratekit("up"))
    good(project.migratekit("squash", "2"))
    with fresh_database(server) as beyond, fresh_database(server) as between:
        good(at(project, beyond).migratekit("up"))
        good(at(project, between).migratekit("up", "2"))
        good(project.migratekit("squash", "4"))
        assert states(at(project, beyond)) == {4: "applied"}
        assert good(at(project, beyond).migratekit("up")) == ["nothing to do; development is at version 4"]
        # For that one the files as they were begin too far down.
        for call in ("up", "validate"):
            told = at(project, between).migratekit(call)
            assert "in a checkout from before the squash" in told.stdout + told.stderr
            assert "squashed" not in told.stdout + told.stderr


def test_what_comes_late_below_a_baseline_is_missed_and_nothing_else(
    project: Project, database: TestDatabase, server: Server
) -> None:
    write_three(project)
    late = {path.name: path.read_text() for path in project.migrations.glob("002_*")}
    for name in late:
        (project.migrations / name).unlink()
    with fresh_database(server) as between:
        good(at(project, between).migratekit("up", "1"))
        project.write({"004_d.up.sql": "CREATE TABLE d ();", "004_d.down.sql": "DROP TABLE d;"})
        good(project.migratekit("up"))
        good(project.migratekit("squash", "3"))
        project.write(late)
        assert states(project) == {2: "missed", 3: "applied", 4: "applied"}
        assert "`migratekit renumber`" in bad(project.migratekit("up"), ExitCode.REFUSED)
        assert "half-way through what 003_baseline" in bad(at(project, between).migratekit("up"), ExitCode.REFUSED)
    assert project.migratekit("up", "--allow-missing").returncode == ExitCode.DONE
    assert "its way back drops all" in bad(project.migratekit("goto", "2"), ExitCode.REFUSED)
    # Under a number that the baseline stands for it is not taken for what was applied as that.
    project.write({"001_other.up.sql": "CREATE TABLE other ();", "001_other.down.sql": ""})
    assert states(project)[1] == "changed"
    assert "001_other.up.sql" in bad(project.migratekit("up"), ExitCode.REFUSED)


KILLED_AT = """
import os, sys
from migratekit.cli import main

left = [int(sys.argv.pop(1))]

def count(event, details):
    if event == "os.rename" and "/migrations/" in str(details[0]):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), 9)

sys.addaudithook(count)
sys.exit(main())
"""


@pytest.mark.parametrize("renames", [3, 9])
def test_a_kill_leaves_files_with_which_nothing_runs_until_it_is_put_right(
    project: Project, database: TestDatabase, server: Server, renames: int
) -> None:
    write_three(project)
    good(project.migratekit("up"))
    before = {path.read_text() for path in project.migrations.iterdir()}
    call = [sys.executable, "-c", KILLED_AT, str(renames), "squash", "3"]
    done = subprocess.run(call, cwd=project.folder, env=project.environment(), capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert before < {path.read_text() for path in project.migrations.rglob("*.sql")}
    with fresh_database(server) as new:
        assert "003_baseline" in bad(at(project, new).migratekit("up"), ExitCode.FAILED)
        assert at(project, new).migrate("up").returncode == 1
        assert new.tables() == set()
    hidden = [path.name for path in project.migrations.iterdir() if path.name.startswith(".")]
    assert project.migratekit("renumber", "003_baseline", "--files-only", "--dry-run").returncode == ExitCode.REFUSED
    assert hidden == [path.name for path in project.migrations.iterdir() if path.name.startswith(".")] != []
    told = project.migratekit("squash", "3").stderr
    assert told.startswith("a killed call had begun to change the files here; they are as they were before it\n")
    assert names(project) == ["003_baseline.down.sql", "003_baseline.up.sql", "squashed"]
    assert before == {path.read_text() for path in (project.migrations / "squashed").iterdir()}
