"""Which statements reach beyond a database, and what the URL of another one is."""

import pytest

from migratekit.branching import beyond
from migratekit.branching.marks import database_of, read
from migratekit.url import parse, text_for

BEYOND = {
    "CREATE ROLE x;": "CREATE ROLE",
    "CREATE USER u": "CREATE USER",
    "GRANT a TO b;": "GRANT a TO",
    "REVOKE ALL ON DATABASE a FROM PUBLIC": "REVOKE ALL ON DATABASE",
    "ALTER DATABASE app SET x = 1;": "ALTER DATABASE",
    "COMMENT ON DATABASE app IS 'x'": "COMMENT ON DATABASE",
    "SELECT 1;\nDO $$ BEGIN EXECUTE 'create role x'; END $$": "create role",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity": "pg_terminate_backend(",
    "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p": "CREATE SUBSCRIPTION",
}
WITHIN = (
    "CREATE USER MAPPING FOR a SERVER b;",
    "GRANT SELECT ON t TO b;",
    "DO $$ BEGIN GRANT SELECT ON t TO b; END $$",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET a = b', current_database()); END $$;",
    "INSERT INTO t VALUES ('create role x');",
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'drop role x';",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x",
    "ALTER TABLE t OWNER TO bob",
)


@pytest.mark.parametrize("sql", BEYOND)
def test_what_all_databases_share_is_seen(sql: str) -> None:
    assert [one.words for one in beyond(sql.encode())] == [BEYOND[sql]]


@pytest.mark.parametrize("sql", WITHIN)
def test_what_stays_in_the_database_is_let_be(sql: str) -> None:
    assert list(beyond(sql.encode())) == []


URLS = (
    ("postgres://u:p?a@ss@h:1,h2:2/db?sslmode=disable&x-migrations-table=v", {"password": "p?a@ss", "port": "1,2"}),
    ("postgres://u@/db?host=/tmp/a b&dbname=other", {"host": "/tmp/a b"}),
    ("postgresql://h", {"host": "h"}),
)


@pytest.mark.parametrize(("text", "parts"), URLS)
def test_the_url_of_another_database_differs_in_nothing_else(text: str, parts: dict[str, str]) -> None:
    url, other = parse(text), parse(text_for(parse(text), "ß/x ?"))
    assert other.parameters == {**url.parameters, "dbname": "ß/x ?"}
    assert other.wishes == url.wishes
    assert parts.items() <= other.parameters.items()


def test_long_names_are_cut_between_characters() -> None:
    name = database_of("ß" * 40, "try")
    assert len(name.encode()) <= 63
    assert name != database_of("ß" * 40, "tray")


@pytest.mark.parametrize(
    "comment", [None, "", "ours", "migratekit branch", "migratekit branch {}", "migratekit branch 1"]
)
def test_other_comments_prove_nothing(comment: str | None) -> None:
    assert read("app", 1, comment) is None
