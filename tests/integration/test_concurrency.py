"""Several runners on one database: one works, the others wait, and say for whom."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from migratekit.lock import lock_id
from runs import COMMANDS, WAIT, Done, applied, either, finish, gate, nothing_left, version, wait_for_line
from support import Project, TestDatabase, wait_for

CHAIN = (
    "CREATE TABLE a (id int); INSERT INTO a SELECT generate_series(1, 1000);",
    "CREATE INDEX CONCURRENTLY a_id ON a (id);",
    "BEGIN; CREATE TABLE b (id int); COMMIT;",
    "CREATE UNIQUE INDEX CONCURRENTLY b_id ON b (id);",
    "REINDEX INDEX CONCURRENTLY a_id;",
    "DROP INDEX CONCURRENTLY b_id;",
)
TEAMS = {
    "two of migrate": ["migrate"] * 2,
    "two of migratekit": ["migratekit"] * 2,
    "one of each": ["migrate", "migratekit"],
    "eight of migrate": ["migrate"] * 8,
    "eight of migratekit": ["migratekit"] * 8,
    "four of each": ["migrate", "migratekit"] * 4,
}


@pytest.mark.parametrize("team", TEAMS.values(), ids=TEAMS.keys())
def test_one_of_many_runners_applies_and_all_of_them_succeed(
    project: Project, database: TestDatabase, team: Sequence[str]
) -> None:
    project.chain(*CHAIN)

    done = [finish(process) for process in [project.start(command, "up") for command in team]]

    assert [each.stderr for each in done if each.returncode != 0] == []
    everything = list(range(1, len(CHAIN) + 1))
    assert sorted(applied(each) for each in done) == [[]] * (len(team) - 1) + [everything]
    assert (version(database), database.tables()) == (len(CHAIN), {"a", "b"})
    assert database.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0
    assert_no_deadlock(database)
    nothing_left(database)


def assert_no_deadlock(database: TestDatabase) -> None:
    assert database.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0


@pytest.mark.every_server(older=["migrate-migratekit"])
@pytest.mark.parametrize("waiting", COMMANDS)
@either
def test_a_concurrent_index_does_not_wait_for_those_who_wait(
    project: Project, database: TestDatabase, command: str, waiting: str
) -> None:
    project.chain("CREATE TABLE a (id int);", f"SELECT 1; {WAIT}", "CREATE INDEX CONCURRENTLY a_id ON a (id);")
    with gate(database) as closed:
        first = project.start(command, "up")
        closed.wait()
        second = project.start(waiting, "up")
        wait_for(lambda: database.sessions() == 3, "the second runner to connect")
        closed.open()
        done = [finish(first), finish(second)]

    assert [each.returncode for each in done] == [0, 0], done
    assert version(database) == 3
    assert_no_deadlock(database)


@either
def test_two_single_steps_at_once_are_two_steps(project: Project, database: TestDatabase, command: str) -> None:
    project.chain("CREATE TABLE a ();", "CREATE TABLE b ();", "CREATE TABLE c ();")

    done = [finish(process) for process in [project.start(command, "up", "1") for _ in range(2)]]

    assert [each.returncode for each in done] == [0, 0]
    assert sorted(applied(each) for each in done) == [[1], [2]]
    assert (version(database), database.tables()) == (2, {"a", "b"})


def ids_of(database: TestDatabase) -> dict[str, int]:
    """Both numbers of golang-migrate, its command's and its library's."""
    return {
        "command": lock_id(f"/{database.name}", "public", "schema_migrations"),
        "library": lock_id(database.name, "public", "schema_migrations"),
    }


@contextmanager
def held(database: TestDatabase, number: int) -> Iterator[int]:
    """A lock held by another session; gives its pid."""
    with database.connect() as other:
        other.execute(f"SELECT pg_advisory_lock({number})".encode())
        yield other.info.backend_pid


def refused_by(project: Project, command: str) -> Done:
    if command == "migrate":
        return project.migrate("-lock-timeout", "1", "up")
    return project.migratekit("up", "--lock-wait", "1s")


@pytest.mark.parametrize("whose", ["command", "library"])
def test_migratekit_names_who_holds_the_lock(project: Project, database: TestDatabase, whose: str) -> None:
    project.chain("CREATE TABLE a ();")
    with held(database, ids_of(database)[whose]) as pid:
        done = refused_by(project, "migratekit")

    assert done.returncode == 5
    assert f"it is held by pid {pid}, user postgres, test, from this machine" in done.stderr
    assert (version(database), database.tables()) == (0, set())


@pytest.mark.parametrize("whose", ["command", "library"])
def test_migrate_gives_up_as_golang_migrate_does(project: Project, database: TestDatabase, whose: str) -> None:
    project.chain("CREATE TABLE a ();")
    with held(database, ids_of(database)[whose]):
        done = refused_by(project, "migrate")

    assert done.returncode == 1
    assert done.stderr.endswith("error: timeout: can't acquire database lock\n")
    assert (version(database), database.tables()) == (0, set())


@either
def test_a_runner_goes_on_once_the_lock_is_free(project: Project, database: TestDatabase, command: str) -> None:
    project.chain("CREATE TABLE a ();")
    with held(database, ids_of(database)["library"]):
        process = project.start(command, "up")
        wait_for_line(process, "waiting for the ")
        assert database.tables() == set()

    assert finish(process).returncode == 0
    assert (version(database), database.tables()) == (1, {"a"})
    nothing_left(database)


@either
def test_a_runner_that_waited_on_an_empty_database_sees_what_the_other_one_did(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain("CREATE TABLE a ();", "CREATE TABLE b ();")
    with held(database, ids_of(database)["command"]):
        process = project.start(command, "up")
        wait_for_line(process, "waiting for the ")
        database.rows("CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)")
        database.rows("CREATE TABLE a (); INSERT INTO schema_migrations VALUES (1, false)")

    done = finish(process)
    assert done.returncode == 0, done.stderr
    assert applied(done) == [2]
    assert (version(database), database.tables()) == (2, {"a", "b"})


@pytest.mark.every_server
@either
def test_both_locks_of_golang_migrate_are_held_while_a_file_runs(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain(WAIT)
    with gate(database) as closed:
        process = project.start(command, "up")
        pid = closed.wait()
        seen = database.rows(
            "SELECT DISTINCT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted"
            f" AND mode = 'ExclusiveLock' AND classid = 0 AND objsubid = 1 AND pid = {pid}"
        )
        closed.open()

    assert {number for (number,) in seen} == set(ids_of(database).values())
    assert finish(process).returncode == 0
    nothing_left(database)


def test_the_numbers_are_those_of_golang_migrate() -> None:
    # A value that golang-migrate itself expects of its function for these three names.
    assert lock_id("database_name", "schema_name_1", "schema_name_2") == 3743845847


@either
def test_status_and_version_answer_while_a_file_runs(project: Project, database: TestDatabase, command: str) -> None:
    project.chain("CREATE TABLE old ();", f"CREATE TABLE a (); {WAIT}")
    with gate(database) as closed:
        process = project.start(command, "up")
        closed.wait()
        status = project.migratekit("status")
        answers = [project.migratekit("version").stdout, project.migrate("version").stderr]
        assert process.poll() is None
        closed.open()

    assert finish(process).returncode == 0
    assert status.returncode == 0
    counted = {"migrate": "1 pending", "migratekit": "0 pending, 1 running now"}
    assert f"development is at version 1; {counted[command]}\n" in status.stdout
    assert answers == ["1\n", "1\n"]


def test_status_of_a_fresh_database_answers_while_the_lock_is_held(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE a ();")
    with held(database, ids_of(database)["command"]):
        done = project.migratekit("status")

    assert done.returncode == 0
    assert "at no version; 1 pending" in done.stdout
    assert database.state() is None
