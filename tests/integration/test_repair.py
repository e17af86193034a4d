"""`migratekit repair`: every way of getting dirty, its true state, and the way on without hand-written SQL."""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
import pytest

from migratekit.errors import ExitCode
from migratekit.server import Server
from runs import WAIT, Done, either, finish, fresh_database, gate, run
from support import Project, TestDatabase, wait_for

# Fails until somebody puts a row into `ready`, as a file does that meets data it does not like.
NEEDS_READY = "SELECT 1 / count(*) FROM ready;"
MEND = "INSERT INTO ready VALUES (1)"
FIRST = {"1_ready.up.sql": "CREATE TABLE ready (id int);", "1_ready.down.sql": "DROP TABLE ready;"}
DUPLICATES = "CREATE TABLE t (id int); INSERT INTO t VALUES (1), (1);"


def ended(done: Done, code: int = ExitCode.DONE) -> Done:
    """The call, which must have ended so; never with a fault of migratekit."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def failed(done: Done) -> Done:
    """The call, which must have left the database dirty."""
    assert done.returncode in (ExitCode.FAILED, ExitCode.DIRTY), done.stdout + done.stderr
    return done


def pair(number: int, up: str, down: str = "SELECT 1;") -> dict[str, str | bytes]:
    return {f"{number}_m{number}.up.sql": up, f"{number}_m{number}.down.sql": down}


@dataclass(frozen=True)
class Case:
    """How a chain gets dirty at `words`, what repair says of it, and what leads on once the cause is mended."""

    files: dict[str, str | bytes]
    words: tuple[str, ...]
    dirty: int
    says: str
    mend: str = MEND
    before: tuple[tuple[str, ...], ...] = ()
    on: tuple[tuple[str, ...], ...] = (("up",),)
    ends_at: int = 2
    commands: tuple[str, ...] = field(default=("migrate", "migratekit"))


CASES = {
    "fails after its own COMMIT": Case(
        pair(2, f"CREATE TABLE a (id int);\nCOMMIT;\n{NEEDS_READY}\nCREATE TABLE b (id int);", "DROP TABLE a, b;"),
        ("up",),
        2,
        "the first 2 of 4 statements are there",
        on=(("up",),),
    ),
    "fails in the second of three transactions": Case(
        pair(
            2,
            f"BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\nBEGIN;\nALTER TABLE a ADD b int;\n{NEEDS_READY}\nCOMMIT;\n"
            "BEGIN;\nCREATE INDEX a_b ON a (b);\nCOMMIT;",
        ),
        ("up",),
        2,
        "run the rest of 2_m2 from line 4",
    ),
    "fails in front of everything": Case(
        pair(2, f"{NEEDS_READY}\nCOMMIT;\nCREATE TABLE a (id int);"),
        ("up",),
        2,
        "nothing of 2_m2 is there",
        commands=("migratekit",),
    ),
    "CREATE INDEX CONCURRENTLY fails": Case(
        {**pair(2, DUPLICATES), **pair(3, "CREATE UNIQUE INDEX CONCURRENTLY u ON t (id);", "DROP INDEX u;")},
        ("up",),
        3,
        "clear away the INVALID index",
        mend="DELETE FROM t WHERE ctid IN (SELECT min(ctid) FROM t)",
        ends_at=3,
    ),
    "migrate's own dirty after a plain error": Case(
        pair(2, f"CREATE TABLE a (id int);\n{NEEDS_READY}"),
        ("up",),
        2,
        "nothing of 2_m2 is there",
        commands=("migrate",),
    ),
    "a failed down": Case(
        {**pair(2, "CREATE TABLE a (id int);"), **pair(3, "CREATE TABLE b (id int);", f"DROP TABLE b;{NEEDS_READY}")},
        ("down", "1"),
        2,
        "set version 3, clean",
        before=(("up",),),
        on=(("down", "1"),),
        commands=("migrate",),
    ),
    "a down that failed after its own COMMIT": Case(
        pair(2, "CREATE TABLE a (id int); CREATE TABLE b (id int);", f"DROP TABLE b;COMMIT;{NEEDS_READY}DROP TABLE a;"),
        ("down", "1"),
        1,
        "the first 2 of 4 statements are there",
        before=(("up",),),
        on=(),
        ends_at=1,
    ),
    "a failed first down": Case(
        {},
        ("down", "1"),
        -1,
        "set version 1, clean",
        before=(("up",),),
        on=(("down", "1"),),
        ends_at=0,
        commands=("migrate",),
    ),
}


@pytest.fixture
def chain(project: Project) -> Project:
    project.write(FIRST)
    return project


_undisturbed: dict[str, str] = {}


def undisturbed(project: Project, server: Server, name: str) -> str:
    """What the schema is like where nothing went wrong."""
    if name not in _undisturbed:
        _undisturbed[name] = schema_after(project, server, CASES[name])
    return _undisturbed[name]


def schema_after(project: Project, server: Server, case: Case) -> str:
    with fresh_database(server) as other:
        there = Project(project.folder, other.url)
        if case.ends_at:
            ended(there.migrate("up", "1"))
            other.rows(MEND)
        if case.mend != MEND:
            ended(there.migrate("up", "1"))
            other.rows(case.mend)
        if case.ends_at > 1:
            there.migrate("goto", str(case.ends_at))
        assert (other.state() or [(0, False)]) == [(case.ends_at, False)]
        return other.digest()


WAYS = [(name, command) for name, case in CASES.items() for command in case.commands]


@pytest.mark.parametrize("history", [False, True], ids=["without history", "with history"])
@pytest.mark.parametrize(("name", "command"), WAYS)
def test_every_dirty_state_has_one_way_out(
    chain: Project, database: TestDatabase, server: Server, name: str, command: str, history: bool
) -> None:
    case = CASES[name]
    chain.write(case.files)
    if name == "a failed first down":
        chain.write({"1_ready.down.sql": f"{NEEDS_READY} DROP TABLE ready;"})
    wanted = undisturbed(chain, server, name)
    if history:
        # Only migratekit makes the table; from then on migrate writes into it.
        ended(chain.migratekit("up", "1"))
    for words in case.before:
        ended(run(chain, command, *words))
        database.rows("DELETE FROM ready")
    failed(run(chain, command, *case.words))
    assert database.state() == [(case.dirty, True)]
    assert chain.migratekit("status").returncode == ExitCode.DIRTY
    before = database.digest()
    database.rows(case.mend)

    shown = chain.migratekit("repair", "--dry-run")
    assert shown.returncode == ExitCode.DIRTY, shown.stdout + shown.stderr
    assert case.says in shown.stdout
    assert (database.digest(), database.state()) == (before, [(case.dirty, True)])
    ended(chain.migratekit("repair", "--yes"))
    assert not any(dirty for _, dirty in database.state() or [])
    for words in case.on:
        ended(chain.migratekit(*words))

    assert database.digest() == wanted
    assert chain.migratekit("repair").stdout.startswith("nothing to repair")
    assert outcomes(chain).count("repaired") == 1


def outcomes(project: Project) -> list[str]:
    return [row["outcome"] for row in json.loads(ended(project.migratekit("history", "--json")).stdout)]


def killed(chain: Project, database: TestDatabase, command: str, *words: str) -> None:
    """`kill -9` of a run that stands at the gate; returns when its server process is gone too."""
    with gate(database) as closed:
        process = chain.start(command, *words)
        closed.wait()
        os.kill(process.pid, signal.SIGKILL)
        finish(process)
        wait_for(lambda: database.sessions() <= 1, "the server to notice")


@pytest.mark.every_server
@either
def test_after_a_kill_the_rest_of_a_file_is_run(chain: Project, database: TestDatabase, command: str) -> None:
    chain.write(pair(2, f"CREATE TABLE a (id int);\nCOMMIT;\n{WAIT}\nCREATE TABLE b (id int);"))
    killed(chain, database, command, "up")
    assert database.state() == [(2, True)]

    done = ended(chain.migratekit("repair", "--yes"))

    assert "run the rest of 2_m2 from line 3" in done.stdout
    assert (database.state(), database.tables()) == ([(2, False)], {"ready", "a", "b"})
    if command == "migratekit":
        assert outcomes(chain) == ["applied", "interrupted", "repaired"]


@pytest.mark.every_server(long=True)
@either
@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_an_index_that_was_being_built_is_built_again(
    chain: Project, database: TestDatabase, command: str, end: str
) -> None:
    chain.write({**pair(2, "CREATE TABLE t (id int);"), **pair(3, "CREATE INDEX CONCURRENTLY i ON t (id);")})
    ended(run(chain, command, "up", "2"))
    with database.connect() as blocker:
        blocker.execute("BEGIN")
        blocker.execute("INSERT INTO t VALUES (1)")
        process = chain.start(command, "up")
        wait_for(lambda: building(database), "the index to wait for the other transaction")
        if end == "kill":
            os.kill(process.pid, signal.SIGKILL)
        else:
            database.rows(f"SELECT pg_terminate_backend({building(database)})")
        finish(process)
        wait_for(lambda: not building(database), "the server process to end")
        blocker.execute("COMMIT")
    assert database.state() == [(3, True)]
    assert database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") is False

    done = ended(chain.migratekit("repair", "--yes"))
    assert 'clear away the INVALID index "public"."i"' in done.stdout
    assert database.value("SELECT to_regclass('i')") is None
    ended(chain.migratekit("up"))

    assert database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") is True
    assert database.state() == [(3, False)]


def building(database: TestDatabase) -> int:
    """The server process that builds an index, or 0."""
    rows = database.rows(
        "SELECT pid FROM pg_stat_activity WHERE query ~ 'CREATE INDEX CONCURRENTLY' AND state = 'active'"
        " AND wait_event_type = 'Lock' AND datname = current_database()"
    )
    return int(str(rows[0][0])) if rows else 0


def test_a_run_that_is_still_at_work_is_waited_for_or_ended(chain: Project, database: TestDatabase) -> None:
    chain.write(pair(2, f"CREATE TABLE a (id int);\nCOMMIT;\n{WAIT}\nCREATE TABLE b (id int);"))
    with gate(database) as closed:
        process = chain.start("migratekit", "up")
        pid = closed.wait()
        shown = ended(chain.migratekit("repair", "--yes", "--lock-wait", "1s"), ExitCode.LOCKED)
        assert f"held by pid {pid}" in shown.stderr
        assert "running now" in chain.migratekit("status").stdout

        repair = chain.start("migratekit", "repair", "--yes", "--terminate")
        finish(process)
        wait_for(lambda: closed.standing() not in ([], [pid]), "the rest of the file to stand at the gate")
        closed.open()
        ended(finish(repair))

    assert (database.state(), database.tables()) == ([(2, False)], {"ready", "a", "b"})


def test_what_cannot_be_seen_is_asked_for(chain: Project, database: TestDatabase) -> None:
    chain.write(
        pair(
            2,
            f"INSERT INTO ready VALUES (2); {NEEDS_READY.replace('count(*)', 'count(*) - 1)').replace('1 /', '1 / (')}",
        )
    )
    failed(chain.migrate("up"))

    done = ended(chain.migratekit("repair", "--yes"), ExitCode.DIRTY)
    assert "not clear how far 2_m2 came" in done.stderr
    assert "--as undone" in done.stderr
    ended(chain.migratekit("repair", "--yes", "--as", "undone"))

    assert database.state() == [(1, False)]


def test_nobody_there_to_confirm_means_nothing_is_done(chain: Project, database: TestDatabase) -> None:
    chain.write(pair(2, f"CREATE TABLE a (id int);\n{NEEDS_READY}"))
    failed(chain.migrate("up"))

    done = ended(chain.migratekit("repair"), ExitCode.REFUSED)

    assert "proposal: set version 1, clean" in done.stdout
    assert database.state() == [(2, True)]


def test_a_rest_that_fails_leaves_the_state_known(chain: Project, database: TestDatabase) -> None:
    chain.write(
        pair(
            2,
            f"CREATE TABLE a (id int);\nCOMMIT;\nCREATE TABLE b (id int);\nCOMMIT;\n{NEEDS_READY}\nCREATE TABLE c ();",
        )
    )
    failed(chain.migratekit("up"))

    ended(chain.migratekit("repair", "--yes"), ExitCode.DIRTY)
    assert database.state() == [(2, True)]
    database.rows(MEND)
    done = ended(chain.migratekit("repair", "--yes"))

    assert "from line 5" in done.stdout
    assert database.tables() == {"ready", "a", "b", "c"}


def test_settings_of_the_session_hold_for_the_rest(chain: Project, database: TestDatabase) -> None:
    needs_ready = NEEDS_READY.replace("ready", "public.ready")
    text = f"SET search_path TO app;\nCREATE TABLE a (id int);\nCOMMIT;\n{needs_ready}\nCREATE TABLE b ();"
    chain.write({**pair(2, "CREATE SCHEMA app;"), **pair(3, text)})
    failed(chain.migratekit("up"))
    database.rows(MEND)

    ended(chain.migratekit("repair", "--yes"))

    assert database.value("SELECT to_regclass('app.b') IS NOT NULL") is True


def test_an_invalid_index_of_an_applied_file_is_rebuilt(chain: Project, database: TestDatabase) -> None:
    chain.write({**pair(2, DUPLICATES), **pair(3, "CREATE UNIQUE INDEX CONCURRENTLY u ON t (id);")})
    failed(chain.migratekit("up"))
    ended(chain.migratekit("force", "3"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.rows("CREATE UNIQUE INDEX CONCURRENTLY stranger ON t (id)")
    database.rows("DELETE FROM t")

    done = ended(chain.migratekit("repair", "--yes"))

    assert 'REINDEX INDEX CONCURRENTLY "public"."u"' in done.stdout
    assert 'index "public"."stranger" on "public"."t" is INVALID' in done.stdout
    assert "no migration makes this index; it is left alone" in done.stderr
    assert database.rows("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid") == [("stranger",)]


Change = Callable[[Project], None]


def edit(project: Project) -> None:
    project.write({"2_m2.up.sql": "CREATE TABLE a (id bigint);"})


def rename(project: Project) -> None:
    for way in ("up", "down"):
        (project.migrations / f"2_m2.{way}.sql").rename(project.migrations / f"2_other.{way}.sql")


def lose(project: Project) -> None:
    for way in ("up", "down"):
        (project.migrations / f"2_m2.{way}.sql").unlink()


@pytest.mark.parametrize("change", [edit, rename, lose])
def test_changed_files_can_be_accepted(chain: Project, database: TestDatabase, change: Change) -> None:
    chain.write({**pair(2, "CREATE TABLE a (id int);"), **pair(3, "CREATE TABLE b (id int);")})
    ended(chain.migratekit("up"))
    chain.write(pair(4, "CREATE TABLE c (id int);"))
    change(chain)
    ended(chain.migratekit("up"), ExitCode.REFUSED)
    ended(chain.migratekit("validate"), ExitCode.DIRTY)

    assert "nothing to repair" in ended(chain.migratekit("repair", "--yes")).stdout
    ended(chain.migratekit("repair", "--accept"), ExitCode.REFUSED)
    ended(chain.migratekit("repair", "--accept", "--yes"))

    ended(chain.migratekit("validate"))
    ended(chain.migratekit("up"))
    assert database.state() == [(4, False)]


def test_a_clean_database_needs_no_repair(chain: Project, database: TestDatabase) -> None:
    done: Done = ended(chain.migratekit("repair"))
    assert done.stdout == "nothing to repair; development is at no version, clean\n"
    assert database.state() is None


def test_a_file_that_was_committed_behind_a_killed_client(chain: Project, database: TestDatabase) -> None:
    """golang-migrate marks first: when it is killed, its server process goes on and commits the file."""
    chain.write(pair(2, "CREATE TABLE a (id int);", "DROP TABLE a;"))
    ended(chain.migrate("up"))
    database.rows("UPDATE schema_migrations SET dirty = true")

    done = ended(chain.migratekit("repair", "--yes"))

    assert "set version 2, clean, for all of 2_m2 is there" in done.stdout
    assert database.state() == [(2, False)]
    ended(chain.migratekit("status", "--exit-code"))


def test_a_first_file_that_was_rolled_back(chain: Project, database: TestDatabase) -> None:
    chain.write({"1_ready.up.sql": "CREATE TABLE ready (id int); SELECT 1 / 0;"})
    failed(chain.migrate("up"))
    assert database.state() == [(1, True)]

    done = ended(chain.migratekit("repair", "--yes"))

    assert "set no version, clean, for nothing of 1_ready is there" in done.stdout
    assert database.state() == []


@pytest.mark.every_server
def test_a_partition_that_is_detached_by_half_is_detached(chain: Project, database: TestDatabase) -> None:
    tables = (
        "CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);"
    )
    chain.write({**pair(2, tables), **pair(3, "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;")})
    ended(chain.migratekit("up", "2"))
    with database.connect() as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT * FROM p")
        process = chain.start("migratekit", "up")
        waiting = "SELECT pid FROM pg_stat_activity WHERE query ~ 'DETACH' AND wait_event_type = 'Lock'"
        wait_for(lambda: database.rows(f"{waiting} AND datname = current_database()"), "the DETACH to wait")
        database.rows(f"SELECT pg_terminate_backend(pid) FROM ({waiting}) AS w")
        finish(process)
        reader.execute("COMMIT")
    assert database.state() == [(3, True)]

    done = ended(chain.migratekit("repair", "--yes"))

    assert "the half-done detach of public.p1" in done.stdout
    assert database.value("SELECT NOT relispartition FROM pg_class WHERE relname = 'p1'") is True
    assert database.state() == [(3, False)]


def test_a_batch_job_that_may_be_run_again_is_run_again(chain: Project, database: TestDatabase) -> None:
    job = "DO $$ BEGIN INSERT INTO ready VALUES (7); COMMIT; PERFORM pg_advisory_xact_lock(4711); END $$;"
    chain.write(pair(2, f"-- migratekit: resumable\n{job}"))
    killed(chain, database, "migratekit", "up")
    assert database.state() == [(2, True)]

    ended(chain.migratekit("repair", "--yes"))
    ended(chain.migratekit("up"))

    assert database.state() == [(2, False)]
    assert database.value("SELECT count(*) FROM ready") == 2


TWICE = "BEGIN;\nUPDATE ready SET id = id + 1;\nCOMMIT;\nBEGIN;\nUPDATE ready SET id = id + 10 / (id - {});\nCOMMIT;\n"


@pytest.fixture
def one(chain: Project, database: TestDatabase) -> Project:
    """A row with a 1, which each transaction of a file adds to, once."""
    ended(chain.migratekit("up"))
    database.rows("INSERT INTO ready VALUES (1)")
    return chain


def test_a_file_that_was_changed_where_it_ran_is_not_judged_by_what_ran(one: Project, database: TestDatabase) -> None:
    one.write(pair(2, TWICE.format(2)))
    failed(one.migratekit("up"))
    one.write(pair(2, "SET work_mem = '8MB';\nSET work_mem = '9MB';\n" + TWICE.format(1)))

    told = ended(one.migratekit("repair", "--yes"), ExitCode.DIRTY)

    assert "was changed in front of the place where it failed" in told.stderr
    assert database.rows("SELECT id FROM ready") == [(2,)]


def test_a_file_that_is_mended_behind_that_place_goes_on_once(one: Project, database: TestDatabase) -> None:
    one.write(pair(2, "SET work_mem = '8MB';\n" + TWICE.format(2)))
    failed(one.migratekit("up"))
    failed(one.migratekit("repair", "--yes"))
    one.write(pair(2, "SET work_mem = '8MB';\n" + TWICE.format(1)))

    ended(one.migratekit("repair", "--yes"))

    assert database.rows("SELECT id FROM ready") == [(12,)]
    assert database.state() == [(2, False)]


def test_a_repair_that_was_cut_short_voids_what_was_known(one: Project, database: TestDatabase) -> None:
    one.write(pair(2, TWICE.format(2) + f"BEGIN;\n{WAIT}\nUPDATE ready SET id = id + 100;\nCOMMIT;\n"))
    failed(one.migratekit("up"))
    one.write(pair(2, TWICE.format(1) + f"BEGIN;\n{WAIT}\nUPDATE ready SET id = id + 100;\nCOMMIT;\n"))
    killed(one, database, "migratekit", "repair", "--yes")
    assert database.rows("SELECT id FROM ready") == [(12,)]

    told = ended(one.migratekit("repair", "--yes"), ExitCode.DIRTY)

    assert "not clear how far 2_m2 came" in told.stderr
    assert database.rows("SELECT id FROM ready") == [(12,)]


def test_after_a_failed_repair_undone_is_still_the_version_before(one: Project, database: TestDatabase) -> None:
    text = "BEGIN;\nCREATE TABLE m ();\nCOMMIT;\nBEGIN;\nSELECT 1 / 0;\nCOMMIT;\n"
    one.write(pair(2, text))
    failed(one.migratekit("up"))
    failed(one.migratekit("repair", "--yes"))

    ended(one.migratekit("repair", "--yes", "--as", "undone"))

    assert database.state() == [(1, False)]
    assert "moved" not in one.migratekit("history").stdout


@either
def test_what_was_there_before_is_not_called_done(one: Project, database: TestDatabase, command: str) -> None:
    database.rows("CREATE TABLE a ()")
    one.write(pair(2, "CREATE TABLE a ();\nCOMMIT;\nINSERT INTO ready VALUES (7);"))
    failed(run(one, command, "up"))

    told = ended(one.migratekit("repair", "--yes"), ExitCode.DIRTY)

    assert "do not agree" in told.stderr
    assert database.state() == [(2, True)]


def test_a_file_that_is_gone_is_not_called_done(one: Project, database: TestDatabase) -> None:
    one.write(pair(2, TWICE.format(2)))
    failed(one.migratekit("up"))
    for way in ("up", "down"):
        (one.migrations / f"2_m2.{way}.sql").unlink()

    assert "its file is gone" in ended(one.migratekit("repair", "--yes"), ExitCode.DIRTY).stderr
    assert database.state() == [(2, True)]


def test_a_job_that_commits_as_it_goes_is_not_called_undone(one: Project, database: TestDatabase) -> None:
    one.write(
        pair(2, "DO $$ BEGIN FOR i IN 1..3 LOOP INSERT INTO ready VALUES (1 / (3 - i)); COMMIT; END LOOP; END $$;")
    )
    failed(one.migratekit("up"))

    assert "a part of its work" in ended(one.migratekit("repair", "--yes"), ExitCode.DIRTY).stderr
    assert database.state() == [(2, True)]


def test_without_a_history_a_down_is_not_taken_for_an_up(chain: Project, database: TestDatabase) -> None:
    down = f"DELETE FROM ready;{NEEDS_READY}"
    chain.write({**pair(2, "CREATE TABLE a ();"), **pair(3, "INSERT INTO ready VALUES (3);", down)})
    ended(chain.migrate("up"))
    failed(chain.migrate("down", "1"))

    told = ended(chain.migratekit("repair", "--yes"), ExitCode.DIRTY)

    assert "the down of version 3" in told.stderr
    assert database.state() == [(2, True)]


def test_a_down_that_leaves_its_index_invalid_keeps_the_index(chain: Project, database: TestDatabase) -> None:
    chain.write({**pair(2, "CREATE TABLE t (id int);")})
    chain.write(pair(3, "CREATE INDEX CONCURRENTLY i ON t (id);", "DROP INDEX CONCURRENTLY i;"))
    ended(chain.migratekit("up"))
    with database.connect() as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM t")
        failed(chain.migratekit("down", "--lock-timeout", "1s"))
        reader.execute("COMMIT")

    ended(chain.migratekit("repair", "--yes"))

    assert database.state() == [(3, False)]
    assert database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") is True
