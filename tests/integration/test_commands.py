"""Each verb that moves the version, as its user sees it: output, streams and exit codes."""

import json
import signal

import pytest

from migratekit.errors import ExitCode
from migratekit.lock import lock_id
from outcomes import bad, good, next_line, without_times, write_three
from runs import WAIT, gate
from support import Project, TestDatabase, wait_for


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


def test_up_applies_all(three: Project, database: TestDatabase) -> None:
    assert good(three.migratekit("up")) == [
        "up   001_create_a",
        "up   002_create_b",
        "up   003_create_c",
        "3 migrations applied; development is at version 3",
    ]
    assert (database.tables(), database.state()) == ({"a", "b", "c"}, [(3, False)])


def test_up_with_nothing_pending_is_done(three: Project, database: TestDatabase) -> None:
    three.migratekit("up")
    assert good(three.migratekit("up")) == ["nothing to do; development is at version 3"]


def test_up_applies_so_many(three: Project, database: TestDatabase) -> None:
    assert good(three.migratekit("up", "2"))[-1] == "2 migrations applied; development is at version 2"
    assert good(three.migratekit("up", "0")) == ["nothing to do; development is at version 2"]
    assert database.tables() == {"a", "b"}


def test_up_says_when_there_are_fewer_than_asked_for(three: Project, database: TestDatabase) -> None:
    done = three.migratekit("up", "5")
    assert (done.returncode, done.stderr) == (0, "2 more were asked for than there were\n")
    assert database.state() == [(3, False)]


@pytest.mark.parametrize("version", ["2", "002"])
def test_up_goes_to_a_version(three: Project, database: TestDatabase, version: str) -> None:
    good(three.migratekit("up", "--to", version))
    assert (database.tables(), database.state()) == ({"a", "b"}, [(2, False)])


@pytest.mark.parametrize("words", [["up", "--to", "1"], ["down", "--to", "3"]], ids=" ".join)
def test_the_wrong_way_is_refused(three: Project, database: TestDatabase, words: list[str]) -> None:
    three.migratekit("up", "2")
    told = bad(three.migratekit(*words), ExitCode.USAGE)
    assert f"migratekit goto {words[-1]}" in told
    assert database.state() == [(2, False)]


@pytest.mark.parametrize(
    "words", [["up", "--to", "7"], ["goto", "7"], ["goto", "0"], ["down", "--to", "0"]], ids=" ".join
)
def test_a_version_without_file_is_no_goal(three: Project, database: TestDatabase, words: list[str]) -> None:
    three.migratekit("up", "2")
    assert f"no migration has version {words[-1]}" in bad(three.migratekit(*words), ExitCode.FAILED)
    assert database.state() == [(2, False)]


def test_down_undoes_the_last_one(three: Project, database: TestDatabase) -> None:
    three.migratekit("up")
    expected = ["down 003_create_c", "1 migration undone; development is at version 2"]
    assert good(three.migratekit("down")) == expected
    assert (database.tables(), database.state()) == ({"a", "b"}, [(2, False)])


def test_down_undoes_so_many(three: Project, database: TestDatabase) -> None:
    three.migratekit("up")
    assert good(three.migratekit("down", "2")) == [
        "down 003_create_c",
        "down 002_create_b",
        "2 migrations undone; development is at version 1",
    ]
    assert database.tables() == {"a"}


def test_down_goes_to_a_version(three: Project, database: TestDatabase) -> None:
    three.migratekit("up")
    good(three.migratekit("down", "--to", "001"))
    assert (database.tables(), database.state()) == ({"a"}, [(1, False)])


def test_down_undoes_all(three: Project, database: TestDatabase) -> None:
    three.migratekit("up")
    assert good(three.migratekit("down", "--all"))[-1] == "3 migrations undone; development is at no version"
    assert (database.tables(), database.state()) == (set(), [])
    assert good(three.migratekit("down")) == ["nothing to do; development is at no version"]


def test_goto_goes_either_way(three: Project, database: TestDatabase) -> None:
    assert good(three.migratekit("goto", "3"))[-1] == "3 migrations applied; development is at version 3"
    assert good(three.migratekit("goto", "001"))[-1] == "2 migrations undone; development is at version 1"
    assert good(three.migratekit("goto", "1")) == ["nothing to do; development is at version 1"]
    assert database.tables() == {"a"}


def test_redo_undoes_the_last_one_and_applies_it_again(three: Project, database: TestDatabase) -> None:
    three.migratekit("up", "2")
    database.rows("INSERT INTO b VALUES (1); INSERT INTO a VALUES (1)")
    lines = good(three.migratekit("redo"))
    assert lines == ["down 002_create_b", "up   002_create_b", "2 migrations run; development is at version 2"]
    assert database.rows("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)") == [(1, 0)]


def test_redo_of_nothing_is_done(three: Project, database: TestDatabase) -> None:
    assert good(three.migratekit("redo")) == ["nothing to do; development is at no version"]


@pytest.mark.parametrize("verb", ["force", "stamp"])
def test_force_sets_a_version_and_runs_nothing(three: Project, database: TestDatabase, verb: str) -> None:
    assert good(three.migratekit(verb, "002")) == ["development is at version 2; nothing was run"]
    assert (database.tables(), database.state()) == (set(), [(2, False)])
    assert good(three.migratekit(verb, "none")) == ["development is at no version; nothing was run"]
    assert database.state() == []


def test_force_cleans_a_dirty_version(three: Project, database: TestDatabase) -> None:
    three.migratekit("up", "1")
    database.rows("UPDATE schema_migrations SET dirty = true")
    good(three.migratekit("force", "1"))
    assert database.state() == [(1, False)]


def test_a_dirty_version_stops_and_is_shown(three: Project, database: TestDatabase) -> None:
    three.migratekit("up", "2")
    database.rows("UPDATE schema_migrations SET dirty = true")
    for words in (["up"], ["down"], ["goto", "3"], ["redo"]):
        told = bad(three.migratekit(*words), ExitCode.DIRTY)
        assert "version 2 is dirty" in told
        assert "migratekit repair" in told
    version, status = three.migratekit("version"), three.migratekit("status")
    assert (version.returncode, version.stdout) == (ExitCode.DIRTY, "2 (dirty)\n")
    assert status.returncode == ExitCode.DIRTY
    assert "002      create_b  dirty" in status.stdout
    assert json.loads(three.migratekit("status", "--json").stdout)["dirty"] is True
    assert database.tables() == {"a", "b"}


def test_a_failing_file_is_shown_with_its_line(three: Project, database: TestDatabase) -> None:
    three.write({"002_create_b.up.sql": "CREATE TABLE b (id int);\nSELECT 1,\n  nope FROM a;\n"})
    done = three.migratekit("up")
    assert done.returncode == ExitCode.FAILED
    assert without_times(done.stdout) == ["up   001_create_a"]
    assert 'column "nope" does not exist (SQLSTATE 42703)' in done.stderr
    assert f"{three.migrations}/002_create_b.up.sql:3:3: " in done.stderr
    assert "     3 |   nope FROM a;\n       |   ^\n" in done.stderr
    assert "version 1, clean" in done.stderr
    assert (database.tables(), database.state()) == ({"a"}, [(1, False)])


def test_notices_of_the_server_are_shown_on_stderr(three: Project, database: TestDatabase) -> None:
    three.write({"001_create_a.up.sql": "DO $$ BEGIN RAISE NOTICE 'hello'; RAISE WARNING 'careful'; END $$;"})
    done = three.migratekit("up", "1")
    assert done.stderr.split() == ["NOTICE:", "hello", "WARNING:", "careful"]


def test_a_lock_that_is_held_is_waited_for_and_its_holder_named(three: Project, database: TestDatabase) -> None:
    with database.connect() as holder:
        holder.execute(f"SELECT pg_advisory_lock({lock_id(f'/{database.name}', 'public', 'schema_migrations')})")
        told = bad(three.migratekit("up", "--lock-wait", "100ms"), ExitCode.LOCKED)
        assert f"pid {holder.info.backend_pid}, user postgres, test" in told
        for verb in ("version", "status"):
            assert three.migratekit(verb).returncode == 0
    assert database.state() is None
    good(three.migratekit("up", "--lock-wait", "100ms"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_behind_the_running_file(three: Project, database: TestDatabase, number: int) -> None:
    three.write({"002_create_b.up.sql": f"CREATE TABLE b (id int); {WAIT}"})
    with gate(database) as closed:
        process = three.start("migratekit", "up")
        closed.wait()
        process.send_signal(number)
        assert next_line(process.stderr) == "stopping after the running migration; a second signal cancels it\n"
        closed.open()
        out, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert without_times(out) == ["up   001_create_a", "up   002_create_b"]
    assert err == "interrupted after 2 migrations; development is at version 2, clean\n"
    assert database.state() == [(2, False)]


def test_a_second_signal_cancels_the_running_file(three: Project, database: TestDatabase) -> None:
    three.write({"002_create_b.up.sql": f"CREATE TABLE b (id int); {WAIT}"})
    with gate(database) as closed:
        process = three.start("migratekit", "up")
        closed.wait()
        process.send_signal(signal.SIGINT)
        next_line(process.stderr)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert (database.tables(), database.state()) == ({"a"}, [(1, False)])
    wait_for(lambda: database.sessions() == 0, "the session to end")


def test_versions_are_numbers_whatever_their_zeros(project: Project, database: TestDatabase) -> None:
    project.write({f"{name}_x.{way}.sql": "SELECT 1;" for name in ("001", "2", "0003") for way in ("up", "down")})
    good(project.migratekit("goto", "0002"))
    good(project.migratekit("up", "--to", "00000003"))
    assert [line.split()[:3] for line in good(project.migratekit("status"))[1:4]] == [
        ["001", "x", "applied"],
        ["2", "x", "applied"],
        ["0003", "x", "applied"],
    ]
    good(project.migratekit("down", "--to", "1"))
    assert database.state() == [(1, False)]
