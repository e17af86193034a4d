"""The kinds of migrations that are about rows, partitions and privileges: what they do to what is there."""

import re

import psycopg
import pytest

from migratekit.errors import ExitCode
from outcomes import NOWHERE, bad, good
from runs import COMMANDS, fresh_role, run
from support import Project, TestDatabase

# Quotes, a dollar quote, what templates, formats and RAISE read, comments, another statement, a newline.
ODD = "Ü \"x\" 'y' $$ {{ 1 }} %s %I --; DROP TABLE u; /*\n"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def create(project: Project, name: str, *words: str, **inputs: str) -> None:
    good(project.migratekit("create", name, *words, *(w for key, v in inputs.items() for w in ("--set", f"{key}={v}"))))


def go(project: Project, *words: str, command: str = "migratekit") -> str:
    done = run(project, command, *words)
    assert done.returncode == ExitCode.DONE, done.stderr
    return done.stderr


def refused(project: Project, name: str, *words: str) -> str:
    said = bad(project.migratekit("create", name, *words), ExitCode.USAGE)
    assert list(project.migrations.iterdir()) == []
    return said


def test_seeded_rows_leave_others_as_they_are(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE roles (name text PRIMARY KEY, note text); INSERT INTO roles VALUES ('admin', 'mine')")
    create(
        project, "seed_roles", "--columns", "name note", rows="('admin', 'all'), ('guest', 'none'), ('staff', 'some')"
    )
    go(project, "up")
    database.rows("UPDATE roles SET note = 'changed' WHERE name = 'staff'")
    assert database.rows("SELECT * FROM roles ORDER BY name") == [
        ("admin", "mine"),
        ("guest", "none"),
        ("staff", "changed"),
    ]
    go(project, "down")
    assert database.rows("SELECT * FROM roles ORDER BY name") == [("admin", "mine"), ("staff", "changed")]
    go(project, "up")
    assert database.value("SELECT count(*) FROM roles") == 3


def test_a_reference_is_brought_up_to_date_any_number_of_times(project: Project, database: TestDatabase) -> None:
    table = "CREATE TABLE units (code text PRIMARY KEY, name text, factor numeric); INSERT INTO units VALUES"
    database.rows(f"{table} ('kg', 'Kilo', 1), ('lb', 'Pound', 0.45), ('st', 'Stone', 6.35)")
    create(
        project,
        "update_units_reference",
        "--columns",
        "code name factor",
        rows="('kg', 'Kilogram', 1), ('t', 'Ton', 1000)",
        remove="('lb'), ('oz')",
    )
    (up,) = project.migrations.glob("*.up.sql")
    (down,) = project.migrations.glob("*.down.sql")
    units = "SELECT string_agg(format('%s %s %s', code, name, factor), ', ' ORDER BY code) FROM units"
    for _ in range(2):
        database.rows(up.read_text())
        assert database.value(units) == "kg Kilogram 1, st Stone 6.35, t Ton 1000"
    for _ in range(2):
        database.rows(down.read_text())
        assert database.value(units) == "kg Kilo 1, lb Pound 0.45, st Stone 6.35"


def test_what_was_there_before_is_asked_for_where_no_database_tells(project: Project) -> None:
    project.url = NOWHERE
    words = ["--columns", "code name", "--set", "rows=('a', 'b')"]
    said = refused(project, "update_units_reference", *words)
    assert "needs former" in said
    assert "--set former=" in said
    create(project, "update_units_reference", *words, "--set", "former=none")


def test_a_transform_needs_a_way_back_or_keeps_the_values(project: Project, database: TestDatabase) -> None:
    said = refused(project, "transform_users_email", "--set", "value=lower(email)")
    assert "undo" in said
    database.rows(
        "CREATE TABLE users (id int PRIMARY KEY, email text); INSERT INTO users VALUES (1, 'Ann'), (2, 'bob')"
    )
    create(project, "transform_users_email", value="lower(email)", keep="yes")
    for command in COMMANDS:
        go(project, "up", command=command)
        assert database.rows("SELECT * FROM users ORDER BY id") == [(1, "ann"), (2, "bob")]
        go(project, "down", "1", command=command)
        assert database.rows("SELECT * FROM users ORDER BY id") == [(1, "Ann"), (2, "bob")]
    assert good(project.migratekit("kept", "list")) == ["nothing is kept on development"]


def test_a_transform_that_leaves_rows_is_rolled_back(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE items (id int PRIMARY KEY, price int); INSERT INTO items VALUES (1, 5)")
    create(project, "transform_items_price", value="price * 100", undo="price = price / 100", undo_where="price > 99")
    done = project.migratekit("up")
    assert done.returncode == ExitCode.FAILED
    assert "1 rows of table items in schema public are not changed" in done.stderr
    assert database.value("SELECT price FROM items") == 5


PARTITIONS = {
    "range": ("at timestamptz", "RANGE (at)", {"from": "2026-01-01", "to": "2026-02-01"}, "'2025-12-31'"),
    "open range": ("at int", "RANGE (at)", {"from": "minvalue", "to": "100"}, "100"),
    "expression": ("at text", "RANGE (lower(at))", {"from": "a", "to": "m"}, "'Zoe'"),
    "list": ("at text", "LIST (at)", {"values": "it's, %s, null"}, "'other'"),
    "nothing but null": ("at int", "LIST (at)", {"values": "null"}, "1"),
    "numbers": ("at int", "LIST (at)", {"values": "1,2"}, "3"),
}


@pytest.mark.every_server(older=["expression", "list"])
@pytest.mark.parametrize(("column", "by", "bound", "other"), PARTITIONS.values(), ids=PARTITIONS)
def test_the_default_partition_is_not_read_under_the_long_lock(
    project: Project, database: TestDatabase, column: str, by: str, bound: dict[str, str], other: str
) -> None:
    database.rows(
        f"CREATE TABLE events ({column}) PARTITION BY {by}; CREATE TABLE rest PARTITION OF events DEFAULT;"
        f"INSERT INTO events VALUES ({other})"
    )
    create(project, "create_events_1_partition_of_events", **bound)
    texts = [path.read_text() for path in sorted(project.migrations.glob("*.up.sql"))]
    assert len(texts) == 3
    told: list[str] = []
    with database.connect() as session:
        session.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        session.execute("SET client_min_messages = debug1")
        for text in texts:
            session.execute(text.encode())
    proven = 'updated partition constraint for default partition "rest" is implied by existing constraints'
    assert proven in told
    assert database.value("SELECT count(*) FROM pg_constraint WHERE conrelid = 'rest'::regclass AND contype = 'c'") == 0


def test_rows_in_the_default_partition_stop_it_before_the_lock(project: Project, database: TestDatabase) -> None:
    database.rows(
        "CREATE TABLE events (n int) PARTITION BY RANGE (n); CREATE TABLE rest PARTITION OF events DEFAULT;"
        "INSERT INTO events VALUES (5)"
    )
    create(project, "create_events_1_partition_of_events", **{"from": "0", "to": "10"})
    done = project.migratekit("up")
    assert done.returncode == ExitCode.FAILED
    assert 'check constraint "rest_events_1_check" of relation "rest" is violated by some row' in done.stderr
    assert database.state() == [(1, False)]


def test_the_rows_of_a_partition_are_kept(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE events (n int, PRIMARY KEY (n)) PARTITION BY RANGE (n)")
    create(project, "create_events_1_partition_of_events", **{"from": "0", "to": "10", "keep": "yes"})
    go(project, "up")
    database.rows("INSERT INTO events VALUES (1), (9)")
    go(project, "redo")
    assert database.value("SELECT count(*) FROM events") == 0
    (copy,) = re.findall(r"^001_events_1_\S+", project.migratekit("kept", "list").stdout, re.M)
    good(project.migratekit("kept", "restore", copy))
    assert database.rows("SELECT n FROM events ORDER BY n") == [(1,), (9,)]


GRANTS = {
    "all": ("grant_all_on_users_to_public", [], "all is no privilege on it"),
    "misspelt": ("grant_selct_on_users_to_public", [], "selct is no privilege on it"),
    "of another thing": ("grant_select_on_app_schema_to_public", [], "select is no privilege on it"),
    "columns of a schema": ("grant_usage_on_app_schema_to_public", ["--columns", "a"], "only a table has columns"),
    "delete of columns": ("grant_delete_on_users_to_public", ["--columns", "a"], "delete is no privilege on it"),
    "two things": ("grant_usage_on_app_schema_to_public", ["--table", "x"], "on one table, one sequence or one schema"),
    "handed on by all": ("grant_select_on_users_to_public", ["--set", "grantable=yes"], "cannot be handed on"),
}


@pytest.mark.parametrize(("name", "words", "says"), GRANTS.values(), ids=GRANTS)
def test_a_grant_that_makes_no_sense_is_refused(project: Project, name: str, words: list[str], says: str) -> None:
    assert says in refused(project, name, *words)


def test_a_grant_takes_nothing_away_that_was_there_before(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE users (id int)")
    with fresh_role(database) as role:
        database.rows(f"GRANT SELECT ON users TO {role}")
        create(project, "grant_select_and_insert_on_users_to_x", role=role)
        done = project.migratekit("up")
        assert done.returncode == ExitCode.FAILED
        assert f"role {role} has 1 of these privileges on table users in schema public already" in done.stderr
        database.rows(f"REVOKE SELECT ON users FROM {role}")
        go(project, "up")
        assert database.value(f"SELECT has_table_privilege('{role}', 'users', 'SELECT')") is True
        go(project, "down")
        assert database.value(f"SELECT has_table_privilege('{role}', 'users', 'SELECT')") is False


OF_ODD_TABLES = {
    "backfill": ("backfill_odd", {"value": "lower({c})", "where": "{c} <> lower({c})", "key": "{k}"}),
    "cleanup": ("clean_up_odd", {"where": "{k} = 1", "keep": "yes", "key": "{k}"}),
    "transform": ("transform_odd", {"value": "lower({c})", "keep": "yes"}),
    "seed": ("seed_odd", {"rows": "('a', 7)"}),
    "reference": ("update_odd_reference", {"rows": "('a', 1), ('b', 8)", "key": "{k}", "remove": "(2)"}),
    "grant": ("grant_update_on_odd_to_pg_monitor", {}),
}


@pytest.mark.parametrize("kind", OF_ODD_TABLES)
def test_any_name_is_quoted(project: Project, database: TestDatabase, kind: str) -> None:
    name, inputs = OF_ODD_TABLES[kind]
    table, column, key = quoted(ODD), quoted(ODD[:40]), quoted(f"k {ODD}"[:40])
    # What a migration's short name cannot say is given on the command line.
    database.rows(f"CREATE TABLE {table} ({column} text, {key} int PRIMARY KEY)")
    database.rows(f"INSERT INTO {table} VALUES ('A', 1), ('B', 2)")
    before = database.rows(f"SELECT * FROM {table} ORDER BY 2")
    columns = f"{column} {key}" if kind in ("seed", "reference") else column
    words = ["--table", table, *(["--columns", columns] if kind != "cleanup" else [])]
    create(project, name, "--kind", kind, *words, **{i: text.format(c=column, k=key) for i, text in inputs.items()})
    for way in (["up"], ["down", "1"], ["up"]):
        go(project, *way)
        if way[0] == "down" and kind not in ("backfill", "grant"):
            assert database.rows(f"SELECT * FROM {table} ORDER BY 2") == before
    assert database.tables() == {ODD}


def test_any_name_of_a_partition_and_a_procedure_is_quoted(project: Project, database: TestDatabase) -> None:
    table, part, column = quoted(ODD), quoted(f"p {ODD}"[:50]), quoted(ODD[:40])
    database.rows(f"CREATE TABLE {table} ({column} text) PARTITION BY LIST ({column})")
    database.rows(f"CREATE TABLE {quoted('d ' + ODD)} PARTITION OF {table} DEFAULT")
    create(project, "odd", "--kind", "partition", "--table", table, partition=part, values="it's; $$ %s --, b\nc")
    create(project, "odd too", "--kind", "procedure", procedure=part, body="BEGIN PERFORM '$$; --'; END")
    for way in (["up"], ["down", "4"], ["up"]):
        go(project, *way)
    assert database.value(f"SELECT count(*) FROM pg_inherits WHERE inhrelid = {psycopg.sql.quote(part)}::regclass") == 1


ESCAPES = {
    "where": ("clean_up_users", "where=true); DROP TABLE users; --"),
    "a comment": ("clean_up_users", "where=true -- and so on"),
    "value": ("backfill_users_email", "value=1; DROP TABLE users"),
    "set": ("backfill_users_email", "set=email = (1"),
    "undo": ("backfill_users_email", "undo=email = 'x"),
    "rows": ("seed_users", "rows=(1); DROP TABLE users"),
    "a row": ("seed_users", "rows=1, 2"),
    "batch": ("backfill_users_email", "batch=1; DROP TABLE users"),
    "no batch": ("backfill_users_email", "batch=0"),
    "pause": ("backfill_users_email", "pause=1s'; DROP TABLE users; --"),
    "lag": ("backfill_users_email", "lag=soon"),
    "keep": ("clean_up_users", "keep=perhaps"),
}


@pytest.mark.parametrize(("name", "setting"), ESCAPES.values(), ids=ESCAPES)
def test_what_would_leave_its_place_is_refused(project: Project, name: str, setting: str) -> None:
    project.url = NOWHERE
    given = {"value": "lower(email)"} if "backfill" in name and not setting.startswith(("value", "set")) else {}
    words = ["--set", setting, *(w for key, text in given.items() for w in ("--set", f"{key}={text}"))]
    columns = ["--columns", "id"] if name.startswith("seed") else []
    assert setting.partition("=")[0] in refused(project, name, *words, *columns)


def test_a_procedure_that_is_not_written_is_refused(project: Project, database: TestDatabase) -> None:
    create(project, "create_move_rows_procedure", arguments="many:int=10")
    done = project.migratekit("up")
    assert done.returncode == ExitCode.FAILED
    assert "the body of move_rows is not written yet" in done.stderr
    (up,) = project.migrations.glob("*.up.sql")
    up.write_text(up.read_text().replace("RAISE EXCEPTION 'move_rows is not written yet'", "COMMIT"))
    go(project, "up")
    database.rows("CALL move_rows()")
