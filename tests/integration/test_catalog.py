"""Snapshots of the catalog: equal for equal schemas on every server, and what changed between two."""

from collections.abc import Iterator

import pytest

from migratekit.catalog import difference, snapshot
from migratekit.database import Database, SqlError
from migratekit.url import parse
from support import ROOT, TestDatabase

CASE = ROOT / "tests" / "cases" / "catalog"
OWN = [("public", "schema_migrations"), ("public", "schema_migrations_history")]
ODD = (
    "SET search_path = app; SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'; SET quote_all_identifiers = on;"
    "SET bytea_output = 'escape'; SET extra_float_digits = 0"
)
# Changes one after the other, and what of each is seen.
CHANGES = {
    "ALTER TABLE app.t ADD late int": "+ table app.t: column late integer",
    "ALTER TABLE app.t ALTER late TYPE bigint": """
- table app.t: column late integer
+ table app.t: column late bigint""",
    "ALTER TABLE app.t ALTER late SET NOT NULL, ALTER late SET DEFAULT 5": """
- table app.t: column late bigint
+ table app.t: column late bigint not null default 5""",
    "ALTER TABLE app.t DROP late": "- table app.t: column late bigint not null default 5",
    "ALTER TABLE app.pairs DROP a; ALTER TABLE app.pairs ADD a int": """
- table app.pairs: column order a, "b, c"
+ table app.pairs: column order "b, c", a""",
    "ALTER TABLE app.child VALIDATE CONSTRAINT big": """
- table app.child: constraint big CHECK ((n < 1000000)) NOT VALID
+ table app.child: constraint big CHECK ((n < 1000000))""",
    "DROP INDEX app.child_expr": """
- table app.child: index child_expr CREATE INDEX child_expr ON app.child USING btree (((n + 1))) WHERE (n > 5) statistics 1: 500
- table app.child: index child_expr comment 'i'""",  # noqa: E501
    "CREATE OR REPLACE VIEW app.v2 AS SELECT x.id, x.name FROM app.t x": """
- view app.v2: as SELECT x.id, x.name FROM (app.t x JOIN app.child c ON ((c.t_id = x.id)))
+ view app.v2: as SELECT id, name FROM app.t x""",
    "ALTER TYPE app.mood ADD VALUE 'glad'": """
- type app.mood: enum 'sad', 'meh', 'ok'
+ type app.mood: enum 'sad', 'meh', 'ok', 'glad'""",
    "ALTER DOMAIN app.pos DROP CONSTRAINT pos": """
- domain app.pos: constraint pos CHECK ((VALUE > 0))
- domain app.pos: constraint pos comment 'd'""",
    "ALTER TABLE app.t ENABLE ALWAYS TRIGGER tr": """
- table app.t: trigger tr CREATE TRIGGER tr BEFORE UPDATE OF name ON app.t FOR EACH ROW WHEN ((old.name IS DISTINCT FROM new.name)) EXECUTE FUNCTION app.tf() disabled
+ table app.t: trigger tr CREATE TRIGGER tr BEFORE UPDATE OF name ON app.t FOR EACH ROW WHEN ((old.name IS DISTINCT FROM new.name)) EXECUTE FUNCTION app.tf() enabled always""",  # noqa: E501
    "ALTER SEQUENCE app.s INCREMENT 7; SELECT nextval('app.s')": """
- sequence app.s: bigint, start 10, increment 5, from 1 to 9223372036854775807, cache 1
+ sequence app.s: bigint, start 10, increment 7, from 1 to 9223372036854775807, cache 1""",
    "ALTER POLICY pol ON app.t TO pg_monitor": """
- table app.t: policy pol permissive for select to PUBLIC using ((name <> ''::text))
+ table app.t: policy pol permissive for select to pg_monitor using ((name <> ''::text))""",
    "ALTER TABLE app.t FORCE ROW LEVEL SECURITY": """
- table app.t: permanent, row security
+ table app.t: permanent, row security, forced row security""",
    "REVOKE ALL ON app.child FROM PUBLIC; GRANT INSERT (n) ON app.child TO pg_monitor": """
+ table app.child: column n grant INSERT to pg_monitor
- table app.child: grant ALL to PUBLIC""",
    "COMMENT ON COLUMN app.t.name IS 'new'": """
- table app.t: column name comment 'it''s'
+ table app.t: column name comment 'new'""",
    "ALTER PUBLICATION pub SET (publish = 'insert')": """
- publication pub: publishes insert update delete truncate
+ publication pub: publishes insert""",
    "DROP TABLE app.to_parted; ALTER TABLE app.parted DETACH PARTITION app.parted_1": """
+ table app.parted_1: constraint parted_1_pkey PRIMARY KEY (at)
- table app.parted_1: index parted_1_pkey CREATE UNIQUE INDEX parted_1_pkey ON app.parted_1 USING btree (at) attached to app.parted_pkey
+ table app.parted_1: index parted_1_pkey CREATE UNIQUE INDEX parted_1_pkey ON app.parted_1 USING btree (at)
+ table app.parted_1: permanent
- table app.parted_1: permanent, partition of app.parted, FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2021-01-01 00:00:00+00')
- table app.to_parted: column at timestamp with time zone
- table app.to_parted: constraint to_parted_at_fkey FOREIGN KEY (at) REFERENCES app.parted(at)
- table app.to_parted: permanent""",  # noqa: E501
    "CREATE SCHEMA more": "+ schema more: exists",
    "DROP PROCEDURE app.pr()": """
- procedure app.pr(): (), language plpgsql, volatile, security definer, body 63ae322a81b00766
- procedure app.pr(): grant EXECUTE to PUBLIC""",
    # No change to be seen.
    "DROP INDEX app.again; CREATE INDEX again ON app.quick (n)": "",
    "ALTER VIEW app.v5 RENAME TO v6; ALTER VIEW app.v6 RENAME TO v5": "",
    "INSERT INTO app.quick (n) VALUES (1); ANALYZE; CREATE TABLE x (); DROP TABLE x": "",
}


@pytest.fixture
def connection(database: TestDatabase) -> Iterator[Database]:
    """A session of the toolkit, in a database with an object of each kind."""
    connected = Database.connect(parse(database.url), {})
    connected.run((CASE / "schema.sql").read_text(encoding="utf-8"))
    yield connected
    connected.close()


@pytest.mark.every_server
def test_a_snapshot_is_the_same_on_every_server_and_in_every_session(connection: Database) -> None:
    found = snapshot(connection, OWN)
    assert "\n".join(found) + "\n" == (CASE / "snapshot.txt").read_text(encoding="utf-8")
    connection.run(ODD)
    assert snapshot(connection, OWN) == found
    assert (connection.row("SHOW search_path"), connection.row("SHOW TimeZone")) == (("app",), ("Asia/Tokyo",))
    assert not connection.in_transaction


@pytest.mark.every_server
def test_each_change_is_in_the_difference_and_nothing_else(connection: Database) -> None:
    before = snapshot(connection, OWN)
    for change, expected in CHANGES.items():
        connection.run(change)
        after = snapshot(connection, OWN)
        assert "\n".join(difference(before, after)) == expected.strip("\n"), change
        before = after


def test_a_snapshot_does_not_wait_for_a_lock(connection: Database, database: TestDatabase) -> None:
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE app.t")
        with pytest.raises(SqlError) as caught:
            snapshot(connection)
    assert caught.value.sqlstate == "55P03"
    assert not connection.in_transaction
