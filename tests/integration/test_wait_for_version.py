"""`migratekit wait-for-version`, as a pod calls it that must not start before its database is ready."""

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from histories import TABLE
from migratekit.answers import ConnectionFailed
from migratekit.arrival import may_come
from migratekit.errors import ExitCode
from migratekit.reachability import is_transient
from outcomes import NOWHERE, bad, good, write_three
from proxy import Proxy
from runs import WAIT, Done, either, finish, gate, wait_for_line
from standby import standby_of
from support import Project, TestDatabase, create_database, wait_for

LONG = ("--timeout", "1h")
# What a look asks of the server; nothing else may be sent.
READS = re.compile(r"(BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY|SELECT|ROLLBACK)\b")


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


@contextmanager
def waiting(project: Project, *words: str, until: str) -> Iterator["subprocess.Popen[str]"]:
    """Waits for a version, and has said for what; killed in the end if it still does."""
    process = project.start("migratekit", "wait-for-version", *LONG, *words)
    try:
        wait_for_line(process, until)
        yield process
    finally:
        process.kill()
        process.wait()


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    done = finish(process)
    return done.returncode, done.stdout, done.stderr


@contextmanager
def as_application(project: Project, database: TestDatabase) -> Iterator[str]:
    """The project connects as a role that may do nothing yet."""
    role = f"{database.name}_application"
    database.rows(f"CREATE ROLE {role} LOGIN")
    owner, project.url = project.url, database.url.replace("postgres@", f"{role}@")
    try:
        yield role
    finally:
        project.url = owner
        database.rows(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


def test_it_ends_when_the_last_file_is_applied_by_another(three: Project, database: TestDatabase) -> None:
    with waiting(three, until="waiting up to 60 min 0 s for version 3 of development: there is no version") as process:
        assert database.state() is None
        good(three.migratekit("up", "2"))
        assert process.poll() is None
        good(three.migratekit("up"))
        assert ended(process) == (0, "development is at version 3; no file is pending\n", "")


def test_a_version_needs_no_files_and_a_later_one_will_do(three: Project) -> None:
    good(three.migratekit("up"))
    for file in three.migrations.iterdir():
        file.unlink()
    three.migrations.rmdir()
    assert good(three.migratekit("wait-for-version", "003", *LONG)) == ["development is at version 3; waited for 3"]
    assert good(three.migratekit("wait-for-version", "2", *LONG)) == ["development is at version 3; waited for 2"]


def test_nothing_to_wait_for_is_no_success(project: Project) -> None:
    assert "no migrations" in bad(project.migratekit("wait-for-version"), ExitCode.USAGE)
    project.migrations.rmdir()
    assert "cannot be read" in bad(project.migratekit("wait-for-version"), ExitCode.FAILED)


def test_when_the_time_is_over_the_code_says_whether_the_server_answered(three: Project) -> None:
    good(three.migratekit("up", "1"))
    told = bad(three.migratekit("wait-for-version", "3", "--timeout", "0"), ExitCode.PENDING)
    assert "version 3 of development is not there: the database is at version 1" in told
    done = three.migratekit("wait-for-version", "--timeout", "300ms")
    assert (done.returncode, done.stdout) == (ExitCode.PENDING, "")
    assert re.fullmatch(r"waiting up to .*\nerror: .* not there after 300 ms: .*\nhint: .*\n", done.stderr)
    told = bad(three.migratekit("wait-for-version", "--timeout", "0", "--database", NOWHERE), ExitCode.FAILED)
    assert "Connection refused" in told


@either
def test_it_waits_on_while_a_run_is_at_work_on_a_dirty_version(
    project: Project, database: TestDatabase, command: str
) -> None:
    project.chain("SELECT 1;", f"CREATE TABLE a (); COMMIT; {WAIT}")
    with gate(database) as closed:
        run = project.start(command, "up")
        pid = closed.wait()
        assert database.state() == [(2, True)]
        told = f"version 2 is marked dirty while a run is at work: pid {pid}"
        with waiting(project, "1", until=told) as process:
            seen = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'migratekit wait-for-version%'"
            # It has gone, and looks again.
            wait_for(lambda: database.value(seen) == 0, "the first look to end")
            wait_for(lambda: database.value(seen) != 0, "the next look")
            closed.open()
            assert ended(process) == (0, "development is at version 2; waited for 1\n", "")
        assert finish(run).returncode == 0


def test_dirty_with_nobody_at_work_ends_it(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    database.rows("UPDATE schema_migrations SET dirty = true")
    told = bad(three.migratekit("wait-for-version", "1", *LONG), ExitCode.DIRTY)
    assert "version 3 is dirty" in told
    assert "`migratekit repair`" in told


def test_a_table_that_makes_no_sense_ends_it(three: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE schema_migrations (version text PRIMARY KEY)")
    assert "another tool's table" in bad(three.migratekit("wait-for-version", *LONG), ExitCode.DIRTY)
    database.rows("DROP TABLE schema_migrations")
    good(three.migratekit("up"))
    database.rows("INSERT INTO schema_migrations VALUES (2, false)")
    assert "2 rows" in bad(three.migratekit("wait-for-version", *LONG), ExitCode.DIRTY)


@pytest.mark.every_server(long=True)
def test_a_role_needs_no_more_than_to_read_the_version_table(three: Project, database: TestDatabase) -> None:
    database.rows("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    with as_application(three, database) as role:
        told = bad(three.migratekit("wait-for-version", "--timeout", "0"), ExitCode.PENDING)
        assert f"role {role} has no schema that it may use" in told
        owner = Project(three.folder, database.url)
        good(owner.migratekit("up"))
        database.rows(f"GRANT USAGE ON SCHEMA public TO {role}")
        told = bad(three.migratekit("wait-for-version", "--timeout", "0"), ExitCode.PENDING)
        grants = re.findall(r"hint: (GRANT .*)", told)[0]
        with waiting(three, until="may not read the version table") as process:
            database.rows(grants)
            assert ended(process)[0] == 0
        assert not database.value(f"SELECT has_table_privilege('{role}', '{TABLE}', 'SELECT')")


def test_late_files_are_waited_for_where_the_history_can_be_read(three: Project, database: TestDatabase) -> None:
    late = {way: three.migrations / f"002_create_b.{way}.sql" for way in ("up", "down")}
    texts = {path: path.read_text() for path in late.values()}
    for path in texts:
        path.unlink()
    good(three.migratekit("up"))
    for path, text in texts.items():
        path.write_text(text)
    told = bad(three.migratekit("wait-for-version", "--timeout", "0"), ExitCode.PENDING)
    assert "002_create_b.up.sql came late and is not applied" in told
    assert three.migratekit("wait-for-version", "3").returncode == 0
    assert three.migratekit("up", "--allow-missing").returncode == 0
    good(three.migratekit("wait-for-version"))


def test_it_waits_for_server_and_database(three: Project, database: TestDatabase) -> None:
    line = Proxy(database.url.replace(database.name, f"{database.name}_later"))
    three.url = line.url
    # The server comes up behind the wait, and then without the database.
    with waiting(three, until="No such file or directory") as process, line:
        wait_for(lambda: line.messages, "the first one that gets through")
        create_database(database.server, f"{database.name}_later")
        try:
            good(Project(three.folder, line.url).migratekit("up"))
            assert ended(process) == (0, "development is at version 3; no file is pending\n", "")
        finally:
            database.rows(f"DROP DATABASE {database.name}_later WITH (FORCE)")


def test_each_look_only_reads_and_hangs_up(three: Project, database: TestDatabase) -> None:
    with Proxy(database.url) as line:
        three.url = line.url
        with waiting(three, "2", until="there is no version table") as process:
            wait_for(lambda: [m.kind for m in line.messages].count("startup") > 1, "the next look")
            good(Project(three.folder, database.url).migratekit("up", "2"))
            assert ended(process)[0] == 0
        kinds = [message.kind for message in line.messages]
        assert kinds.count("startup") == kinds.count("X")
        assert set(kinds) == {"startup", "Q", "X"}
        sent = [message.body.decode().rstrip("\0") for message in line.messages if message.kind == "Q"]
        assert [text for text in sent if not READS.match(text)] == []
    # Nothing that is asked takes a lock.
    assert not any("advisory_lock" in text for text in sent)


@pytest.mark.parametrize(
    ("number", "told"), [(signal.SIGTERM, "terminated"), (signal.SIGINT, "interrupted")], ids=["SIGTERM", "SIGINT"]
)
def test_a_signal_ends_it_at_once(three: Project, number: signal.Signals, told: str) -> None:
    with waiting(three, until="there is no version table") as process:
        process.send_signal(number)
        code, out, err = ended(process)
    assert (code, out) == (ExitCode.INTERRUPTED, "")
    assert told in err
    assert "after the running migration" not in err


def test_a_signal_ends_it_while_the_server_is_silent(three: Project, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / ".s.PGSQL.5432"))
        listener.listen()
        three.url = f"postgresql://postgres@/db?host={tmp_path}"
        process = three.start("migratekit", "wait-for-version", *LONG)
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(1024)
            process.send_signal(signal.SIGTERM)
            assert ended(process)[0] == ExitCode.INTERRUPTED


PASSING = (
    'FATAL:  database "shop" does not exist',
    "FATAL:  sorry, too many clients already",
    'FATAL:  too many connections for role "app"',
    "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
    "FATAL:  the database system is not yet accepting connections",
    'FATAL:  database "shop" is not currently accepting connections',
    "failed to resolve host 'db': [Errno -3] Temporary failure in name resolution",
    'connection to server at "10.0.0.7", port 5432 failed: No route to host',
)
FINAL = (
    'FATAL:  password authentication failed for user "app"',
    'FATAL:  role "app" does not exist',
    'FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "app", database "shop", no encryption',
    "server does not support SSL, but SSL was required",
)


def test_what_may_pass_is_waited_through_and_what_will_not_ends_it(three: Project, database: TestDatabase) -> None:
    failed = {text: ConnectionFailed(text, where="", transient=is_transient(text)) for text in (*PASSING, *FINAL)}
    assert [text for text, error in failed.items() if may_come(error)] == list(PASSING)
    three.url = database.url.replace("postgres@", "nobody_of_that_name@")
    assert "does not exist" in bad(three.migratekit("wait-for-version", *LONG), ExitCode.FAILED)


def test_a_time_without_its_unit_is_told_so(three: Project) -> None:
    for verb in ("wait", "wait-for-version"):
        assert "'5' is no duration: write it with a unit" in bad(
            three.migratekit(verb, "--timeout", "5"), ExitCode.USAGE
        )


@pytest.mark.long
def test_a_standby_can_be_asked(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up"))
    with standby_of(database.server) as standby:
        three.url = standby.url(database.name)
        good(three.migratekit("wait-for-version"))
        database.rows("UPDATE schema_migrations SET dirty = true")
        standby.catch_up()
        # Whoever is at work holds the lock in the primary.
        done: Done = three.migratekit("wait-for-version", "--timeout", "1s")
        assert done.returncode == ExitCode.PENDING
        assert "a standby cannot tell whether a run is at work" in done.stderr
