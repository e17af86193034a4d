"""A branch is a copy, a rehearsal touches nothing else, and only what was made as a branch is dropped."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import zygote
from backups import CANARY, COUNTED, ROWS, Tools, databases, refused
from migratekit.branching.marks import database_of
from migratekit.catalog import snapshot
from migratekit.database import Database
from migratekit.errors import ExitCode
from migratekit.url import parse, text_for
from outcomes import bad, good
from runs import Done, finish, fresh_role, wait_for_line
from support import CLEAN, ROOT, Project, TestDatabase, drop_database, wait_for

# What belongs to a database itself, but for its comment.
PROPERTIES = """
    SELECT datconnlimit, datacl::text, pg_get_userbyid(datdba), datcollate,
           (SELECT string_agg(line, E'\\n' ORDER BY line)
              FROM pg_db_role_setting, concat_ws(' ', setrole::regrole, setconfig) AS line WHERE setdatabase = d.oid)
      FROM pg_database d WHERE datname = current_database()
"""
TABLES = """
    SELECT oid::regclass::text FROM pg_class
     WHERE relkind = 'r' AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY 1
"""
ROWS_OF = "SELECT string_agg(concat_ws(' ', ctid, xmin, t), E'\\n' ORDER BY ctid) FROM {} AS t"
# What a file calls before it runs: whichever way it finds a database, it is to be the branch.
PROGRAM = """
import os
assert os.environ["SHOP_URL"] == os.environ["DATABASE_URL"], os.environ
assert "_branch_try?" in os.environ["DATABASE_URL"]
"""
# Plays a service that makes branches, on the server of the test.
SERVICE = """
import os, sys
what, name, url = sys.argv[1], sys.argv[2], os.environ["DATABASE_URL"]
of = url.rpartition("/")[2].partition("?")[0]
branch = of if name == "itself" else f"{of}_{name}"

def run(statement):
    import psycopg
    return psycopg.connect(url, dbname="postgres", autocommit=True).execute(statement)

if name == "broken":
    sys.exit("no quota is left")
if what == "create" and name != "itself":
    run(f'CREATE DATABASE "{branch}" TEMPLATE "{of}"')
    print("postgres://postgres:s3cr3t-canary@made/it")
elif what == "drop":
    run(f'DROP DATABASE "{branch}"')
elif what == "list":
    print([name for (name,) in run(f"SELECT datname FROM pg_database WHERE datname LIKE '{of}_%'")])
elif what == "url":
    print("here it is:", url.replace(f"/{of}?", f"/{branch}?"))
"""


@pytest.fixture
def filled(database: TestDatabase) -> Iterator[TestDatabase]:
    database.rows(ROWS)
    yield database
    for name in databases(database):
        drop_database(database.server, name)


@pytest.fixture
def chain(project: Project, database: TestDatabase) -> Iterator[Project]:
    """A project at version 1 of 3; the second file rewrites a table."""
    project.chain(
        "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t SELECT g, g FROM generate_series(1, 1000) AS g;",
        "ALTER TABLE t ALTER n TYPE bigint; CREATE INDEX t_n ON t (n);",
        "CREATE TABLE u (id int);",
    )
    good(project.migratekit("up", "1"))
    yield project
    for name in databases(database):
        drop_database(database.server, name)


def called(database: TestDatabase, name: str) -> TestDatabase:
    """The database of a branch."""
    return TestDatabase(database_of(database.name, name), database.server, database.major)


def whole(database: TestDatabase) -> list[object]:
    """Catalog and rows to the byte, with where each row is and who wrote it."""
    session = Database.connect(parse(database.url), {})
    try:
        rows = [database.value(ROWS_OF.format(table)) for (table,) in database.rows(TABLES)]
        return [snapshot(session), rows, database.rows(PROPERTIES)]
    finally:
        session.close()


@pytest.mark.every_server(long=True)
def test_a_branch_has_what_the_database_has_however_it_is_copied(project: Project, filled: TestDatabase) -> None:
    name = filled.name
    filled.rows(
        f"""ALTER DATABASE {name} SET search_path = "$user", public, "Odd ""one"; ALTER DATABASE {name} SET app.x = 'y';
        ALTER ROLE CURRENT_USER IN DATABASE {name} SET work_mem = '5MB'; ALTER DATABASE {name} CONNECTION LIMIT 77;
        REVOKE CONNECT ON DATABASE {name} FROM PUBLIC; GRANT SELECT ON users TO pg_monitor; ANALYZE"""
    )
    schema, rows, properties = whole(filled)[0], filled.rows(COUNTED), filled.rows(PROPERTIES)
    told = good(project.migratekit("branch", "create", "alone"))[0]
    assert "copied by CREATE DATABASE … TEMPLATE: no session was open in it" in told
    with filled.connect():
        told = good(project.migratekit("branch", "create", "--lock-wait", "1m", "Busy.1"))[0]
        assert "copied by pg_dump and pg_restore: 1 session is open in it" in told
        refused(project.migratekit("branch", "create", "other", "--by", "template"), "1 session is open in it")
    for each in ("alone", "Busy.1"):
        branch = called(filled, each)
        assert (whole(branch)[0], branch.rows(COUNTED), branch.rows(PROPERTIES)) == (schema, rows, properties)
    assert filled.rows(COUNTED) == rows

    listed = json.loads(project.migratekit("branch", "list", "--json").stdout)
    assert [(each["name"], each["by"], each["version"], each["dirty"]) for each in listed] == [
        ("Busy.1", "dump", 12, False),
        ("alone", "template", 12, False),
    ]
    assert all(each["bytes"] > 1 << 20 and 0 <= each["age"] < 600 for each in listed)
    assert good(project.migratekit("branch", "drop", "alone")) == ["branch alone is dropped"]
    assert databases(filled) == {f"{name}_branch_Busy.1"}


def test_the_url_hides_its_password_until_it_is_asked_for(project: Project, filled: TestDatabase) -> None:
    project.url = f"{filled.url}&password={CANARY}"
    tools = Tools(project, filled)
    with filled.connect():
        process = project.start("migratekit", "branch", "create", "try", installed=True)
        done = finish(process)
    assert (done.returncode, done.stderr) == (0, "")
    assert b"--dbname" in tools.said.read_bytes()
    assert CANARY.encode() not in done.stdout.encode() + tools.said.read_bytes()
    assert CANARY not in project.migratekit("branch", "url", "try").stdout
    printed = project.migratekit("branch", "url", "try", "--password").stdout.strip()
    assert printed == text_for(parse(project.url), f"{filled.name}_branch_try")
    assert parse(printed).parameters["password"] == CANARY
    project.url = f"{filled.url}&sslpassword={CANARY}"
    assert CANARY not in project.migratekit("branch", "url", "try").stdout


def test_only_what_was_made_as_this_branch_is_dropped(project: Project, filled: TestDatabase) -> None:
    name = filled.name
    refused(project.migratekit("branch", "drop", "try"), f"{name} has no branch try")
    filled.rows(f"CREATE DATABASE {name}_branch_mine")
    for action in ("create", "drop"):
        refused(project.migratekit("branch", action, "mine"), f"{name}_branch_mine")
    good(project.migratekit("branch", "create", "try"))
    refused(project.migratekit("branch", "create", "try"), "there is a branch try already")
    # One that took the branch's comment, or the branch under another name, or in the place of another.
    comment = called(filled, "try").value(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    )
    filled.rows(f"COMMENT ON DATABASE {name}_branch_mine IS '{comment}'")
    refused(project.migratekit("branch", "drop", "mine"), "nothing proves that it is branch mine")
    filled.rows(f"ALTER DATABASE {name}_branch_try RENAME TO {name}_app")
    filled.rows(f"ALTER DATABASE {name}_branch_mine RENAME TO {name}_branch_try")
    refused(project.migratekit("branch", "drop", "try"), "nothing proves that it is branch try")
    assert project.migratekit("branch", "list").stdout == "there are no branches\n"
    assert databases(filled) == {f"{name}_app", f"{name}_branch_try"}
    for wrong in ("2", "-x", "a/b", "a b"):
        assert project.migratekit("branch", "create", "--", wrong).returncode == ExitCode.USAGE


def test_long_names_are_cut_and_not_taken_for_each_other(project: Project, filled: TestDatabase) -> None:
    long = "x" * 70
    good(project.migratekit("branch", "create", long))
    good(project.migratekit("branch", "create", f"{long}y"))
    found = databases(filled)
    assert [len(name.encode()) for name in found] == [63, 63]
    good(project.migratekit("branch", "drop", long))
    assert databases(filled) == {database_of(filled.name, f"{long}y")}


def test_rights_and_rules_are_said_before_anything(project: Project, filled: TestDatabase) -> None:
    with fresh_role(filled) as role:
        project.url = filled.url.replace("postgres@", f"{role}@", 1)
        message = bad(project.migratekit("branch", "create", "try"), ExitCode.REFUSED)
        assert f"role {role} may not make databases: it needs CREATEDB" in message
    project.url = filled.url
    project.write({"12_there.up.sql": "SELECT 1;", "13_pending.up.sql": "SELECT 1;"})
    (project.folder / "environments").mkdir()
    settings = project.folder / "environments" / "development.yaml"
    settings.write_text("confirm: [branch]\nlimits: {free_disk: 900000TB}\n")
    for words in (("branch", "create", "try"), ("up", "--on-branch")):
        assert "nobody is there to confirm it" in bad(project.migratekit(*words), ExitCode.REFUSED)
        assert "there is no room for a branch" in bad(project.migratekit(*words, "--yes"), ExitCode.REFUSED)
    settings.write_text("verbs: [up]\n")
    for words in (("branch", "list"), ("up", "--on-branch")):
        assert "does not allow `branch`" in bad(project.migratekit(*words), ExitCode.REFUSED)
    refused(project.migratekit("up", "--keep"), "--keep is for --on-branch")
    assert databases(filled) == set()


def test_a_rehearsal_tells_what_happens_and_happens_elsewhere(chain: Project, database: TestDatabase) -> None:
    (chain.folder / "checks").mkdir()
    (chain.folder / "checks" / "all_there.sql").write_text("SELECT id FROM t WHERE n IS NULL;")
    (chain.folder / "environments").mkdir()
    chain.env["SHOP_URL"] = database.url
    asking = "url_variable: SHOP_URL\nconfirm: [up]\nreports: true\nwebhooks: [{url_variable: NOBODY_SET_IT}]\n"
    (chain.folder / "environments" / "development.yaml").write_text(asking)
    chain.write({"program.py": PROGRAM, "4_p.up.sql": "-- Script: program.py\nSELECT 1;", "4_p.down.sql": ""})
    before = whole(database)

    done = chain.migratekit("up", "--on-branch=try")

    assert done.returncode == 0, done.stderr
    assert whole(database) == before
    assert "3 migrations applied; development-branch-try is at version 4" in done.stdout
    assert "public.t (ACCESS EXCLUSIVE, " in done.stdout
    assert "rewritten or emptied: public.t (" in done.stdout
    assert "checks: 1 of 1 hold" in done.stdout
    assert "branch try is dropped; the database of development was not touched" in done.stderr
    assert len(list((chain.folder / "reports").glob("*-development-branch-try.json"))) == 1
    assert databases(database) == set()

    # Whoever applies it gets no green exit from `verify` behind it, and none here.
    (chain.folder / "checks" / "none_odd.sql").write_text("SELECT id FROM t WHERE n % 2 = 1;")
    done = chain.migratekit("up", "--on-branch=try")
    assert done.returncode == ExitCode.FAILED
    assert "check none_odd.sql: 500 rows that should not be\nchecks: 1 of 2 hold" in done.stdout
    assert "error: the files run, but `verify` would end with 1 behind them" in done.stderr
    assert (whole(database), databases(database)) == (before, set())
    (chain.folder / "checks" / "none_odd.sql").write_text("-- Level: warn\nSELECT id FROM t WHERE n % 2 = 1;")

    kept = chain.migratekit("up", "1", "--on-branch=try", "--keep")
    assert kept.returncode == 0, kept.stderr
    assert called(database, "try").state() == [(2, False)]
    assert whole(database) == before


def test_a_failed_rehearsal_ends_as_up_would_and_leaves_nothing(chain: Project, database: TestDatabase) -> None:
    chain.write({"3_m3.up.sql": "SELECT n / 0 FROM t;"})
    before = whole(database)
    done = chain.migratekit("up", "--on-branch")
    assert done.returncode == ExitCode.FAILED
    assert "division by zero" in done.stderr
    assert "way back: none is needed: this was branch rehearsal-" in done.stderr
    assert (whole(database), databases(database)) == (before, set())
    # What `up` refuses before it begins is refused in a rehearsal too.
    (chain.migrations / "1_m1.up.sql").write_text("SELECT 1;")
    assert chain.migratekit("up", "--on-branch").returncode == chain.migratekit("up").returncode == ExitCode.REFUSED
    assert (whole(database), databases(database)) == (before, set())


def test_what_a_copy_does_not_keep_apart_is_refused_before_it_is_made(chain: Project, database: TestDatabase) -> None:
    role = f"{database.name}_role"
    chain.write({"3_m3.up.sql": f"-- roles\nDO $$ BEGIN CREATE ROLE {role}; END $$;"})
    message = bad(chain.migratekit("up", "--on-branch"), ExitCode.REFUSED)
    assert "3_m3, line 2: CREATE ROLE" in message
    # Not hidden by a comment, nor by what the block does to its own database.
    own = "EXECUTE format('ALTER DATABASE %I SET x.y = 1', current_database());"
    for text in (f"CREATE /* it's */ ROLE {role};", f"DO $$ BEGIN {own} CREATE ROLE {role}; END $$;"):
        chain.write({"3_m3.up.sql": text})
        assert "3_m3, line 1: CREATE ROLE" in bad(chain.migratekit("up", "--on-branch"), ExitCode.REFUSED)
    chain.write({"3_m3.up.sql": "COPY t TO\nPROGRAM 'cat';"})
    assert "3_m3, line 1: COPY t TO PROGRAM" in bad(chain.migratekit("up", "--on-branch"), ExitCode.REFUSED)
    assert database.rows(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'") == []
    # What is done to the database in which the file runs is done to the branch, its comment too.
    own = "EXECUTE format('COMMENT ON DATABASE %I IS NULL', current_database());"
    chain.write({"3_m3.up.sql": f"DO $$ BEGIN {own} END $$;"})
    before = whole(database)
    assert chain.migratekit("up", "--on-branch").returncode == 0
    assert (whole(database), databases(database)) == (before, set())
    chain.write({"3_m3.up.sql": f"CREATE ROLE {role};"})
    assert chain.migratekit("up", "--on-branch", "--allow-shared").returncode == 0
    database.rows(f"DROP ROLE {role}")
    good(chain.migratekit("up"))
    database.rows(f"DROP ROLE {role}")
    assert good(chain.migratekit("up", "--on-branch")) == ["nothing to do on development, and no branch was made"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_rehearsal_leaves_nothing(
    chain: Project, database: TestDatabase, number: signal.Signals
) -> None:
    chain.write({"3_m3.up.sql": "SELECT pg_sleep(60);"})
    before, branch = whole(database), called(database, "try")
    process = chain.start("migratekit", "up", "--on-branch=try")
    at_work = f"FROM pg_stat_activity WHERE datname = '{branch.name}' AND wait_event = 'PgSleep'"
    # Not in the database itself: no session in it shall hinder the copy.
    elsewhere = TestDatabase("postgres", database.server, database.major)
    wait_for(lambda: elsewhere.rows(f"SELECT 1 {at_work}"), "the third file to run")
    process.send_signal(number)
    wait_for_line(process, "a second signal cancels it")
    process.send_signal(number)
    done = finish(process)
    assert done.returncode == ExitCode.INTERRUPTED
    assert (whole(database), databases(database)) == (before, set())


STAND_STILL: dict[str, Callable[[Tools], None]] = {
    "pg_dump": lambda tools: tools.write("pg_dump", "stand_still"),
    "pg_restore": lambda tools: tools.write("pg_restore", "stand_still"),
}


@pytest.mark.parametrize("tool", STAND_STILL)
def test_an_interrupted_copy_leaves_nothing(project: Project, filled: TestDatabase, tool: str) -> None:
    tools = Tools(project, filled)
    STAND_STILL[tool](tools)
    with filled.connect():
        process = project.start("migratekit", "branch", "create", "try")
        try:
            pid = tools.wait()
            process.send_signal(signal.SIGINT)
            done = finish(process)
        finally:
            tools.end()
    assert (done.returncode, databases(filled)) == (ExitCode.INTERRUPTED, set())
    assert "no branch was made" in done.stderr
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_copy_that_the_server_waits_with_is_given_up(
    project: Project, filled: TestDatabase, number: signal.Signals
) -> None:
    with filled.connect() as session:
        # Who makes a database waits for whoever changes its template.
        session.execute("BEGIN; COMMENT ON DATABASE template0 IS 'unmodifiable empty database'")
        process = project.start("migratekit", "branch", "create", "try", installed=True)
        waiting = (
            "FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%migratekit_unnamed_%' AND wait_event_type = 'Lock'"
        )
        wait_for(lambda: filled.rows(f"SELECT 1 {waiting}"), "the server to wait")
        process.send_signal(number)
        done = finish(process)
        session.execute("ROLLBACK")
    assert databases(filled) == set()
    unnamed = "SELECT datname FROM pg_database WHERE datname ~ '^migratekit_unnamed_'"
    if number == signal.SIGTERM:
        assert (done.returncode, filled.rows(unnamed)) == (ExitCode.INTERRUPTED, [])
        return
    # Nobody is left to take it away, or to say what it is, but for its name.
    wait_for(lambda: filled.rows(unnamed), "the server to make it all the same")
    wait_for(lambda: not filled.rows("SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%'"), "its end")
    good(project.migratekit("branch", "create", "try"))
    assert filled.rows(unnamed) == []
    assert databases(filled) == {called(filled, "try").name}


def test_what_people_made_is_no_leftover_whatever_it_is_called(project: Project, filled: TestDatabase) -> None:
    # The first is also what branch abc123456789 of a database called migratekit is called.
    names = ["migratekit_branch_abc123456789", "migratekit_unnamed_abc123456789"]
    for name in names:
        drop_database(filled.server, name)
    try:
        with filled.connect() as session:
            for name in names:
                session.execute(f"CREATE DATABASE {name}".encode())
        good(project.migratekit("branch", "create", "try"))
        there = filled.rows("SELECT datname FROM pg_database WHERE datname LIKE 'migratekit_%abc123456789' ORDER BY 1")
        assert there == [(name,) for name in names]
    finally:
        for name in names:
            drop_database(filled.server, name)


def test_a_tool_that_fails_leaves_nothing_and_says_why(project: Project, filled: TestDatabase) -> None:
    tools = Tools(project, filled)
    for tool, script in (
        ("pg_restore", "echo 'pg_restore: error: the disk is full' >&2; exit 1"),
        ("pg_dump", '"$real" "$@" | head -c 200000; echo \'pg_dump: error: the line is cut\' >&2; exit 1'),
    ):
        tools.write("pg_restore", 'exec "$real" "$@"')
        tools.write(tool, script)
        message = bad(project.migratekit("branch", "create", "try", "--by", "dump"), ExitCode.FAILED)
        assert f"{tool} failed with exit code 1: the " in message
        assert databases(filled) == set()


def test_a_service_is_driven_by_the_same_verbs(chain: Project, database: TestDatabase) -> None:
    (chain.folder / "service.py").write_text(SERVICE)
    (chain.folder / "environments").mkdir()
    program = [sys.executable, "service.py"]
    programs = {what: [*program, what, "{name}"] for what in ("create", "drop", "url")}
    programs["list"] = [*program, "list", "-"]
    settings = chain.folder / "environments" / "development.yaml"
    settings.write_text(json.dumps({"branch": programs}))
    before = whole(database)

    done = chain.migratekit("branch", "create", "try")
    assert (done.returncode, done.stderr) == (0, "")
    assert CANARY not in done.stdout
    branch = f"{database.name}_try"
    assert branch in chain.migratekit("branch", "list").stdout
    assert parse(chain.migratekit("branch", "url", "try").stdout.strip()).parameters["dbname"] == branch
    assert chain.migratekit("--database", chain.url.replace(database.name, branch), "up").returncode == 0
    assert good(chain.migratekit("branch", "drop", "try")) == ["branch try is dropped"]

    rehearsed = chain.migratekit("up", "--on-branch")
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert "is at version 3" in rehearsed.stdout

    assert "no quota is left" in bad(chain.migratekit("branch", "create", "broken"), ExitCode.FAILED)
    for words in (("create", "itself"), ("drop", "itself")):
        refused(chain.migratekit("branch", *words), "the database itself")
    database.rows(f"CREATE DATABASE {database.name}_mine")
    refused(chain.migratekit("branch", "drop", "mine"), "nothing proves that it is branch mine")
    assert databases(database) == {f"{database.name}_mine"}
    assert whole(database) == before
    settings.write_text(json.dumps({"branch": {"create": ["neonctl", "branches", "create"]}}))
    assert "branch needs url, drop too" in bad(chain.migratekit("branch", "list"), ExitCode.USAGE)


INJECTIONS = ["$(shell touch pwned)", 'x"; touch pwned; "']


def test_the_targets_take_names_as_text(project: Project, filled: TestDatabase) -> None:
    command = zygote.launchers(CLEAN) / "migratekit"
    (project.folder / "Makefile").write_text(f"MIGRATEKIT = {command}\ninclude {ROOT / 'migratekit.mk'}\n")

    def make(*words: str) -> Done:
        env = project.environment()
        return subprocess.run(
            ["make", *words], cwd=project.folder, env=env, capture_output=True, text=True, check=False
        )

    assert make("migrate-branch", "NAME=try").returncode == 0
    assert called(filled, "try").name in make("migrate-branch").stdout
    for text in INJECTIONS:
        assert "is no name of a branch" in make("migrate-branch", f"NAME={text}").stderr
    assert not (project.folder / "pwned").exists()
