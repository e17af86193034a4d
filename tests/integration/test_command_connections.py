"""How `migratekit` finds its database, and what it says, without a secret, where it does not get there."""

import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from guarded import SECRET, Guarded, guarded_server
from local_server import NEWEST, clean_up
from migratekit.errors import ExitCode
from migratekit.reachability import hint_for
from migratekit.server import Server
from outcomes import NOWHERE, bad, good
from support import Project

WRONG = "wr0ng/c4n@ry#c4nary"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded_server(tmp_path_factory) as server:
        yield server


@pytest.fixture
def files(tmp_path: Path) -> Project:
    """A project that names no database."""
    project = Project(tmp_path / "project")
    project.migrations.mkdir(parents=True)
    (project.folder / "environments").mkdir()
    environment(project, "")
    return project


def environment(project: Project, text: str) -> None:
    (project.folder / "environments" / "development.yaml").write_text(text)


def without_secret(text: str) -> str:
    """The text, in which no part of a password is."""
    for part in ("c4n", "c4nary", "wr0ng", quote(SECRET, safe="")):
        assert part not in text
    return text


@pytest.mark.parametrize("password", [SECRET, quote(SECRET, safe="")], ids=["raw", "encoded"])
def test_a_password_may_hold_any_character(files: Project, guarded: Guarded, password: str) -> None:
    assert good(files.migratekit("version", env={"DATABASE_URL": guarded.url(password)})) == ["none"]


def test_a_password_among_the_arguments_is_warned_about(files: Project, guarded: Guarded) -> None:
    done = files.migratekit("version", "--database", guarded.url())
    assert (done.returncode, done.stdout) == (0, "none\n")
    assert re.fullmatch("warning: .*password.*\n", without_secret(done.stderr))


def test_dotenv_names_the_database_where_the_environment_does_not(files: Project, guarded: Guarded) -> None:
    (files.folder / ".env").write_text(f"DATABASE_URL='{guarded.url()}'\n")
    good(files.migratekit("version"))
    told = bad(files.migratekit("version", env={"DATABASE_URL": NOWHERE}), ExitCode.FAILED)
    assert "port 1 failed" in told


def test_dotenv_is_not_read_by_migrate(files: Project, guarded: Guarded) -> None:
    (files.folder / ".env").write_text(f"DATABASE_URL='{guarded.url()}'\nPGPASSWORD='{SECRET}'\n")
    done = files.migrate("version")
    assert (done.returncode, done.stderr) == (
        1,
        "error: failed to parse scheme from database URL: URL cannot be empty\n",
    )
    files.url = f"postgres://ann@127.0.0.1:{guarded.port}/postgres?sslmode=disable"
    assert "no password supplied" in files.migrate("version").stderr


def test_a_file_names_the_database(files: Project, guarded: Guarded) -> None:
    (files.folder / "url").write_text(f"{guarded.url()}\n")
    environment(files, "url_file: url")
    good(files.migratekit("version"))


def test_a_command_names_the_database(files: Project, guarded: Guarded) -> None:
    (files.folder / "url.py").write_text(f"print({guarded.url()!r})")
    environment(files, f"url_command: [{sys.executable}, url.py]")
    good(files.migratekit("version"))


def test_the_password_may_be_in_pgpassfile(files: Project, guarded: Guarded) -> None:
    passfile = files.folder / "pgpass"
    passfile.write_text(f"127.0.0.1:{guarded.port}:*:ann:{SECRET.replace(':', chr(92) + ':')}\n")
    passfile.chmod(0o600)
    url = f"postgres://ann@127.0.0.1:{guarded.port}/postgres?sslmode=disable"
    good(files.migratekit("version", "--database", url, env={"PGPASSFILE": str(passfile)}))


def test_the_password_may_be_in_pgpassword(files: Project, guarded: Guarded) -> None:
    url = f"postgres://ann@127.0.0.1:{guarded.port}/postgres?sslmode=disable"
    good(files.migratekit("version", "--database", url, env={"PGPASSWORD": SECRET}))


def test_everything_may_be_in_a_service(files: Project, guarded: Guarded) -> None:
    service = files.folder / "services.conf"
    service.write_text(
        f"[shop]\nhost=127.0.0.1\nport={guarded.port}\nuser=ann\npassword={SECRET}\ndbname=postgres\nsslmode=disable\n"
    )
    variables = {"PGSERVICEFILE": str(service)}
    good(files.migratekit("version", "--database", "postgres://", env=variables | {"PGSERVICE": "shop"}))
    good(files.migratekit("version", "--database", "postgres:///?service=shop", env=variables))


HINTS = {
    "permission denied for database": "GRANT CONNECT",
    "no pg_hba.conf entry for host": "pg_hba.conf",
    "channel binding required, but SSL not in use": "wants TLS",
    'root certificate file "/r" does not exist': "sslrootcert",
    "connection timeout expired": "connect_timeout",
    'connection to server on socket "/s" failed: Permission denied': "rights of its folder",
    "sorry, too many clients already": "when some are free",
    "the database system is starting up": "migratekit wait",
}


@pytest.mark.parametrize(("message", "hint"), HINTS.items())
def test_what_hinders_a_connection_is_told_with_what_helps(message: str, hint: str) -> None:
    assert hint in hint_for(f"FATAL:  {message}")


FAILURES = {
    "wrong password": (f"postgres://ann:{WRONG}@127.0.0.1:{{port}}/postgres", "password authentication failed"),
    "no password": ("postgres://ann@127.0.0.1:{port}/postgres", "no password supplied"),
    "no such role": (f"postgres://bob:{SECRET}@127.0.0.1:{{port}}/postgres", "password authentication failed"),
    "no such database": (f"postgres://ann:{SECRET}@127.0.0.1:{{port}}/nothing", '"nothing" does not exist'),
    "nobody listens": (f"postgres://ann:{SECRET}@127.0.0.1:1/postgres", "Connection refused"),
    "no such socket": (f"postgres://ann:{SECRET}@/postgres?host=/nowhere", "No such file"),
    "TLS demanded": (f"postgres://ann:{SECRET}@127.0.0.1:{{port}}/postgres?sslmode=require", "SSL"),
    "TLS demanded by its parameter": (
        f"postgresql://ann:{SECRET}@127.0.0.1:{{port}}/postgres?sslmode=prefer&channel_binding=require",
        "channel binding required",
    ),
    "no such sslmode": (f"postgres://ann:{SECRET}@127.0.0.1:{{port}}/postgres?sslmode=some", "sslmode"),
    "no such setting": (f"postgres://ann:{SECRET}@127.0.0.1:{{port}}/postgres?shine=on", "shine"),
    "no such service": (f"postgres://ann:{SECRET}@127.0.0.1/postgres?service=none", "none"),
}


@pytest.mark.parametrize(("url", "told"), FAILURES.values(), ids=FAILURES)
def test_a_database_that_is_not_reached_is_told_in_one_message(
    files: Project, guarded: Guarded, url: str, told: str
) -> None:
    done = files.migratekit("up", env={"DATABASE_URL": url.format(port=guarded.port)})
    assert told in without_secret(bad(done, ExitCode.FAILED))


def test_a_url_without_password_is_shown_where_it_fails(files: Project) -> None:
    told = bad(files.migratekit("up", env={"DATABASE_URL": NOWHERE}), ExitCode.FAILED)
    assert told.startswith(f"error: {NOWHERE}: ")


@pytest.mark.parametrize(
    "url",
    [
        f"postgres://ann:{WRONG}@127.0.0.1:99999/postgres",
        f"postgres://ann:{WRONG}@127.0.0.1:5432x/postgres",
        f"postgres://ann:{WRONG}@[::1/postgres",
        f"mysql://ann:{WRONG}@127.0.0.1/postgres",
        f"ann:{WRONG}@127.0.0.1/postgres",
        f"host=127.0.0.1 password={WRONG}",
    ],
)
@pytest.mark.parametrize("verb", ["up", "config", "wait"])
def test_what_is_no_url_is_told_without_it(files: Project, url: str, verb: str) -> None:
    done = files.migratekit(verb, env={"DATABASE_URL": url, "DEBUG": "true"})
    without_secret(done.stdout + done.stderr)
    if verb == "config":
        assert "(not a PostgreSQL URL)" in done.stdout
    else:
        assert done.returncode == ExitCode.USAGE


def test_no_url_at_all_is_told_with_its_variable(files: Project) -> None:
    environment(files, "url_variable: SHOP_URL")
    told = bad(files.migratekit("up"), ExitCode.USAGE)
    assert "development needs a database URL" in told
    assert "SHOP_URL" in told


def test_debug_shows_a_traceback_without_the_secret(files: Project, guarded: Guarded) -> None:
    done = files.migratekit("up", env={"DATABASE_URL": guarded.url(WRONG), "DEBUG": "true"})
    assert (done.returncode, done.stdout) == (ExitCode.FAILED, "")
    assert "Traceback (most recent call last)" in without_secret(done.stderr)
    assert "password authentication failed" in done.stderr


def test_a_secret_in_a_failing_file_is_masked(files: Project, guarded: Guarded) -> None:
    files.write({"1_role.up.sql": f"CREATE ROLE bob NOPE PASSWORD '{SECRET}';", "1_role.down.sql": ""})
    for variables in ({}, {"DEBUG": "true"}):
        done = files.migratekit("up", env={"DATABASE_URL": guarded.url(), **variables})
        assert done.returncode == ExitCode.FAILED
        assert "PASSWORD '***'" in without_secret(done.stderr)


@pytest.mark.parametrize("words", [["config"], ["config", "--json"], ["db", "url"], ["wait"]], ids=" ".join)
def test_the_password_is_shown_nowhere(files: Project, guarded: Guarded, words: list[str]) -> None:
    done = files.migratekit(*words, env={"DATABASE_URL": guarded.url(), "DEBUG": "true"})
    assert done.returncode == 0
    assert f"postgres://ann@127.0.0.1:{guarded.port}/postgres" in without_secret(done.stdout + done.stderr)


def test_the_password_is_in_no_argument_and_no_session(files: Project, guarded: Guarded) -> None:
    files.write({"1_look.up.sql": "CREATE TABLE seen AS SELECT query, application_name FROM pg_stat_activity;"})
    good(files.migratekit("up", env={"DATABASE_URL": guarded.url()}))
    with psycopg.connect(
        host="127.0.0.1", port=guarded.port, user="ann", password=SECRET, dbname="postgres"
    ) as session:
        rows = session.execute("SELECT query, application_name FROM seen").fetchall()
        session.execute("DROP TABLE seen, schema_migrations")
    assert any(re.fullmatch(r"migratekit up [0-9a-f]{8}", str(name)) for _, name in rows)
    without_secret(str(rows))


def test_wait_gives_up(files: Project) -> None:
    told = bad(files.migratekit("wait", "--timeout", "300ms", "--database", NOWHERE), ExitCode.FAILED)
    assert "Connection refused" in told


def test_wait_does_not_wait_for_a_password_to_become_right(files: Project, guarded: Guarded) -> None:
    done = files.migratekit("wait", "--timeout", "1h", env={"DATABASE_URL": guarded.url(WRONG)})
    assert "password authentication failed" in bad(done, ExitCode.FAILED)


def test_wait_waits_for_the_server(files: Project, tmp_path: Path) -> None:
    late = tmp_path / "late"
    late.mkdir()
    server = Server(late, wanted=NEWEST, settings={"fsync": "off"})
    try:
        with socket.create_server(("127.0.0.1", 0)) as door:
            port = door.getsockname()[1]
            files.url = f"postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable"
            files.env["PGPASSFILE"] = str(tmp_path / "pgpass")
            process = files.start("migratekit", "wait")
            # It knocks and is turned away, so now it waits.
            door.accept()[0].close()
        server.start(port=port)
        out, err = process.communicate(timeout=60)
    finally:
        clean_up(late)
    # The server answered, and wants a password.
    assert (process.returncode, out) == (ExitCode.FAILED, "")
    assert "no password supplied" in err
