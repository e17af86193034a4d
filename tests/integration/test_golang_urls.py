"""What `migrate` reads from its database URL and from the environment of libpq."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from guarded import SECRET, Guarded, guarded_server
from support import Project, TestDatabase


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded_server(tmp_path_factory) as server:
        yield server


@pytest.fixture
def one(project: Project) -> Project:
    """One migration that makes the table a."""
    project.write({"1_a.up.sql": "CREATE TABLE a (id int);", "1_a.down.sql": "DROP TABLE a;"})
    return project


def failed(project: Project, *words: str) -> str:
    done = project.migrate(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert SECRET not in done.stderr
    return done.stderr


def test_the_version_table_may_have_another_name(one: Project, database: TestDatabase) -> None:
    one.url += "&x-migrations-table=odd.name"
    assert one.migrate("up").returncode == 0
    assert database.rows('SELECT version, dirty FROM public."odd.name"') == [(1, False)]
    assert database.state() is None


def test_the_version_table_may_be_quoted_with_its_schema(one: Project, database: TestDatabase) -> None:
    database.rows('CREATE SCHEMA "my ops"')
    url = one.url
    one.url = f"{url}&x-migrations-table={quote(chr(34) + 'my ops' + chr(34) + '.' + chr(34) + 'v' + chr(34))}"
    one.url += "&x-migrations-table-quoted=true"
    assert one.migrate("up").returncode == 0
    assert database.rows('SELECT version, dirty FROM "my ops".v') == [(1, False)]
    one.url = f"{url}&x-migrations-table=bare&x-migrations-table-quoted=1"
    told = failed(one, "up")
    assert told.startswith("error: failed to open database: x-migrations-table must be quoted")
    assert told.endswith("current value is: bare\n")


def test_a_file_may_be_cut_into_its_statements(one: Project, database: TestDatabase) -> None:
    one.write({"1_a.up.sql": "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON a (id);\nSELECT nope;\n"})
    one.url += "&x-multi-statement=true"
    told = failed(one, "up")
    assert 'migration failed: column "nope" does not exist (column 8) in line 2: \nSELECT nope; (details:' in told
    assert database.value("SELECT to_regclass('i')::text") == "i"
    assert database.state() == [(1, True)]


def test_a_file_may_have_a_time_limit(one: Project, database: TestDatabase) -> None:
    one.write({"1_a.up.sql": "SELECT pg_sleep(60);"})
    one.url += "&x-statement-timeout=100"
    assert "canceling statement due to user request" in failed(one, "up")
    assert database.state() == [(1, True)]


@pytest.mark.parametrize(
    "query", ["x-multi-statement=maybe", "x-statement-timeout=soon", "x-multi-statement-max-size=big"]
)
def test_a_wish_that_makes_no_sense_is_refused(one: Project, database: TestDatabase, query: str) -> None:
    one.url += f"&{query}"
    told = failed(one, "up")
    assert told.startswith("error: failed to open database: ")
    assert query.partition("=")[0] in told
    assert database.state() is None


def test_other_parameters_are_settings_of_the_session(one: Project, database: TestDatabase) -> None:
    database.rows("CREATE SCHEMA s")
    one.url += "&search_path=s&statement_timeout=7000"
    one.write({"1_a.up.sql": "CREATE TABLE a AS SELECT current_setting('statement_timeout') AS t;"})
    assert one.migrate("up").returncode == 0
    assert database.value("SELECT t FROM s.a") == "7s"
    assert database.rows("SELECT version FROM s.schema_migrations") == [(1,)]


def test_without_sslmode_tls_is_demanded(one: Project, guarded: Guarded) -> None:
    one.url = guarded.url(query="")
    told = failed(one, "version")
    assert told.startswith("error: failed to open database: ")
    assert "SSL" in told
    one.url = guarded.url()
    assert failed(one, "version") == "error: no migration\n"


def test_sslmode_may_come_from_the_environment(one: Project, guarded: Guarded) -> None:
    one.url = guarded.url(query="")
    one.env["PGSSLMODE"] = "disable"
    assert failed(one, "version") == "error: no migration\n"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "pgx", "pgx4", "pgx5"])
def test_each_scheme_leads_to_the_database(one: Project, guarded: Guarded, scheme: str) -> None:
    one.url = guarded.url(scheme=scheme)
    assert failed(one, "version") == "error: no migration\n"


def test_pgx_without_a_user_is_an_unknown_driver(one: Project) -> None:
    one.url = "pgx5://127.0.0.1/db"
    unknown = "error: failed to open database: database driver: unknown driver pgx5 (forgotten import?)\n"
    assert failed(one, "version") == unknown


def test_the_environment_fills_what_the_url_leaves_open(one: Project, guarded: Guarded) -> None:
    one.env |= {"PGHOST": "127.0.0.1", "PGPORT": str(guarded.port), "PGUSER": "ann", "PGPASSWORD": SECRET}
    one.env |= {"PGDATABASE": "postgres", "PGSSLMODE": "disable"}
    one.url = "postgres://"
    assert failed(one, "version") == "error: no migration\n"
    one.url = "postgres:///nothing"
    assert 'database "nothing" does not exist' in failed(one, "version")


def test_a_password_is_not_shown(one: Project, guarded: Guarded) -> None:
    one.url = guarded.url(f"x{SECRET}")
    told = failed(one, "-verbose", "up")
    assert "password authentication failed" in told
    assert "c4n" not in told
