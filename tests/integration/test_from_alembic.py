"""Alembic's projects: converted by Alembic itself, adopted, and gone on with; nothing may be lost in silence."""

import json
import shutil

import pytest

from alembic_project import GOLDEN, Revision, alembic, write_alembic
from golden_projects import contents
from histories import states
from migratekit.errors import ExitCode
from migratekit.server import Server
from outcomes import bad, good
from runs import fresh_database
from support import Project, TestDatabase

MERGE = "c40e7b2f8d16"


def test_what_alembic_began_is_gone_on_with(project: Project, database: TestDatabase, server: Server) -> None:
    with fresh_database(server) as other:
        alembic(GOLDEN, other.url, "upgrade", "head")
        reached = contents(other)
    shutil.copytree(GOLDEN, project.folder, dirs_exist_ok=True)
    alembic(project.folder, database.url, "upgrade", MERGE)
    said = good(project.migratekit("convert", "--from", "alembic", "--to", "pairs"))
    assert said == [
        "left out: Alembic's own statements about alembic_version",
        "2024_01_30-3b6f17c2d805_create_orders.py: asks for the connection: compare its SQL with its Python",
        f"2024_04_20-{MERGE}_merge_payments_and_audit.py: left out: it only merges 91c7e05d4ab8 and b3f19a7d05c2",
        "012_orders_can_be_returned.down.sql: its downgrade() does nothing, and so does the file",
        "016_products_have_a_number_of_their_own.up.sql: becomes 3 pairs, for some of its statements have to stand"
        " alone",
        "022_fold_addresses.down.sql: its downgrade() does nothing, and so does the file",
        "26 pairs of alembic written to pairs: 52 files",
    ]
    (project.folder / "environments").mkdir()
    (project.folder / "environments" / "development.yaml").write_text("migrations: pairs\n")
    before = database.tables()
    assert good(project.migratekit("adopt", "--dry-run"))[-1].endswith("adopted, nothing was changed")
    assert (
        good(project.migratekit("adopt"))[-1]
        == "development is at version 11; 11 migrations of alembic adopted, none ran"
    )
    good(project.migratekit("adopt", "--undo"))
    assert database.tables() == before
    good(project.migratekit("adopt"))
    assert good(project.migratekit("up", "head"))[-1] == "15 migrations applied; development is at version 26"
    assert contents(database) == reached
    # Alembic's table stays for the way back, and is no part of the schema.
    assert "alembic_version" not in project.migratekit("docs", "--file", "-").stdout
    # A revision that became three files is three steps.
    assert good(project.migratekit("down", "-3"))[-1] == "3 migrations undone; development is at version 23"
    assert good(project.migratekit("up", "+1"))[-1] == "1 migration applied; development is at version 24"
    assert good(project.migratekit("up"))[-1] == "2 migrations applied; development is at version 26"
    assert contents(database) == reached
    assert set(states(project).values()) == {"applied"}
    good(project.migratekit("down", "base"))
    assert database.tables() == {"alembic_version"}
    good(project.migratekit("up"))
    assert contents(database) == reached


HEADER = """-- Version: 001
-- Description: Split customers' names
-- Date: 2024-05-06 07:08:09
-- Revision: a1
-- Revises: none

"""
TABLE = 'op.create_table("t", sa.Column("id", sa.Integer), sa.Column("name", sa.Text))'
LOOP = """op.add_column("t", sa.Column("length", sa.Integer))
for row in op.get_bind().execute(sa.text("SELECT id FROM t")):
    op.execute(f"UPDATE t SET length = 1 WHERE id = {row.id}")"""
SWITCH = """op.execute("SELECT 1")
if not context.is_offline_mode():
    op.execute("UPDATE t SET id = 2")"""
SETTING = """op.execute("SET work_mem = '64MB'")
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY t_id ON t (id)")"""
ODD = (
    Revision("a1", "Split customers' names", TABLE, 'raise NotImplementedError("keeps its table")'),
    Revision("b2", "Fill lengths", LOOP, 'op.drop_column("t", "length")'),
    Revision("c3", "Only on a database", SWITCH),
    Revision("d4", "Index in peace", SETTING, 'op.execute("DROP INDEX t_id; DELETE FROM alembic_version")'),
    Revision("f6", "Backslashes", "op.execute(sa.text('UPDATE t SET name = :n').bindparams(n='a' + chr(92)))"),
    Revision("g7", "Ask", 'if op.get_bind().execute(sa.text("SELECT 1")):\n    op.execute("DELETE FROM t")'),
    Revision("e5", "Tabs", "op.execute(\"INSERT INTO t VALUES (1, 'a\\tb')\")", 'op.execute("DELETE FROM t")'),
)


def test_what_cannot_be_had_fails_until_it_is_written(project: Project, database: TestDatabase) -> None:
    write_alembic(
        project.folder, ODD, {"    with context": '    context.execute("SET search_path = shop")\n    with context'}
    )
    done = project.migratekit("convert", "--from", "alembic", "--to", "pairs", "--path", "scripts")
    stopped = [
        *("002_fill_lengths.up.sql", "003_only_on_a_database.up.sql", "004_index_in_peace.up.sql"),
        *("005_backslashes.up.sql", "006_ask.up.sql"),
    ]
    assert done.returncode == ExitCode.FAILED
    assert f"5 files of pairs could not be converted, and will fail if they run: {', '.join(stopped)}" in done.stderr
    assert done.stdout.splitlines() == [
        "env.py: left out, for it stands in front of all: SET search_path = shop",
        "left out: Alembic's own statements about alembic_version",
        "d4_.py: speaks of alembic_version, which nobody keeps any more: see to it",
        "e5_.py: has tabs in its texts, which Alembic prints as four blanks: see to it",
        "001_split_customers_names.up.sql: has no way back, so there is no down file",
        "002_fill_lengths.up.sql: NOT CONVERTED: TypeError: 'NoneType' object is not iterable",
        "003_only_on_a_database.up.sql: NOT CONVERTED: it asks whether it runs offline, so this may not be all that it"
        " does on a database",
        "003_only_on_a_database.down.sql: its downgrade() does nothing, and so does the file",
        "004_index_in_peace.up.sql: NOT CONVERTED: has a setting, SET work_mem = '64MB', and statements that cannot"
        " stay in one file with it",
        "005_backslashes.up.sql: NOT CONVERTED: its values have backslashes, which SQLAlchemy before 2.1 prints twice:"
        " compare them with the Python",
        "005_backslashes.down.sql: its downgrade() does nothing, and so does the file",
        "006_ask.up.sql: NOT CONVERTED: it asks SELECT 1, and what it does with the answer is not printed",
        "006_ask.down.sql: its downgrade() does nothing, and so does the file",
        "7 pairs of alembic written to pairs: 13 files",
    ]
    pairs = project.folder / "pairs"
    assert (pairs / "001_split_customers_names.up.sql").read_text().startswith(f"{HEADER}CREATE TABLE t (")
    assert "\n-- ALTER TABLE t ADD COLUMN length INTEGER;\n" in (pairs / stopped[0]).read_text()
    told = project.migratekit("up", "--path", "pairs")
    assert told.returncode == ExitCode.FAILED
    assert "revision b2 is not converted: upgrade() of b2_.py is to be written here in SQL" in told.stderr
    assert database.state() == [(1, False)]
    for name in stopped:
        (pairs / name).write_text("SELECT 1;")
    assert project.migratekit("up", "--path", "pairs").returncode == ExitCode.DONE


REFUSED = {
    "each % is doubled": ({'dialect_opts={"paramstyle": "named"},': ""}, "twice", "paramstyle"),
    "it does not begin": (
        {"target_metadata = None": "raise KeyError('SHOP_URL')"},
        "KeyError: 'SHOP_URL'",
        "--alembic",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_wrong_as_a_whole_is_not_written(name: str, project: Project, database: TestDatabase) -> None:
    changes, told, hint = REFUSED[name]
    write_alembic(project.folder, [Revision("a1", "percents", "op.execute(\"SELECT 'a' LIKE '%'\")")], changes)
    said = bad(project.migratekit("convert", "--from", "alembic", "--to", "pairs"), ExitCode.FAILED)
    assert told in said
    assert hint in said
    assert not (project.folder / "pairs").exists()


def write_branches(project: Project) -> None:
    """What converting two branches gives, where the merge of them has no file."""
    below = {1: ("a", "none"), 2: ("b1", "a"), 3: ("c1", "a"), 4: ("b2", "b1"), 5: ("d", "b2, c1")}
    for number, (name, revises) in below.items():
        merge = "-- Merge: m of b2, c1\n" if number == 4 else ""
        head = f"-- Revision: {name}\n-- Revises: {revises}\n{merge}"
        project.write(
            {f"00{number}_{name}.up.sql": f"{head}CREATE TABLE {name} ();", f"00{number}_{name}.down.sql": ""}
        )


BRANCHES = {"m": [1, 2, 3, 4], "d": [1, 2, 3, 4, 5], "b1": [1, 2], "a": [1]}


def test_a_revision_stands_on_its_own_branch_alone(project: Project, database: TestDatabase) -> None:
    write_branches(project)
    database.rows("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    for head, versions in BRANCHES.items():
        database.rows(f"TRUNCATE alembic_version; INSERT INTO alembic_version VALUES ('{head}')")
        found = json.loads(project.migratekit("adopt", "--dry-run", "--json").stdout)
        assert [each["version"] for each in found["migrations"]] == versions
    database.rows("UPDATE alembic_version SET version_num = 'b2'")
    assert "never applied, though later ones are: 003_c1.up.sql" in bad_adopt(project)
    (project.migrations / "002_b1.up.sql").unlink()
    assert "applied, but without a file: b1" in bad_adopt(project)


def test_revisions_are_understood_where_files_know_them(project: Project, database: TestDatabase) -> None:
    write_branches(project)
    cut = "-- Part of: 005\nCREATE INDEX CONCURRENTLY d_i ON d ((1));"
    project.write({"006_d_2.up.sql": cut, "006_d_2.down.sql": "DROP INDEX d_i;"})
    assert good(project.migratekit("up", "b1"))[-1] == "2 migrations applied; development is at version 2"
    # Behind c1 in the row of files, though not in Alembic's.
    assert "revision b2 does not stand on 003_c1" in bad(project.migratekit("up", "--to", "b2"), ExitCode.REFUSED)
    assert good(project.migratekit("goto", "m"))[-1].endswith("development is at version 4")
    assert good(project.migratekit("down", "a"))[-1].endswith("development is at version 1")
    assert good(project.migratekit("stamp", "d"))[-1] == "development is at version 6; nothing was run"
    assert good(project.migratekit("plan", "--brief", "--to", "d")) == ["nothing to do on development"]
    assert "b begins 2 revisions: b1, b2" in bad(project.migratekit("stamp", "b"), ExitCode.USAGE)
    for words in (("stamp", "ae1027a6acf"), ("up", "ae1027a6acf"), ("down", "--to", "ae1027a6acf")):
        message = bad(project.migratekit(*words), ExitCode.USAGE)
        assert "'ae1027a6acf' is no number, and no file says that it was this revision" in message
    # All digits, and yet no number of steps.
    project.write(
        {"007_n.up.sql": "-- Revision: 475210938471\n-- Revises: d\nCREATE TABLE n ();", "007_n.down.sql": ""}
    )
    assert good(project.migratekit("up", "475210938471"))[-1] == "1 migration applied; development is at version 7"
    assert "nothing to do" in good(project.migratekit("down", "475210938471"))[-1]
    for words in (("down", "20261121093000"), ("up", "20261121093000"), ("plan", "20261121093000")):
        assert "'20261121093000' is no number of steps" in bad(project.migratekit(*words), ExitCode.USAGE)
    for verb, now in (("upgrade", "`migratekit up`"), ("heads", "`migratekit validate --files-only`")):
        message = bad(project.migratekit(verb, "head"), ExitCode.USAGE)
        assert message.splitlines()[0] == f"error: there is no verb '{verb}', so nothing was done"
        assert now in message and "docs/from-alembic.md" in message


def bad_adopt(project: Project) -> str:
    done = project.migratekit("adopt")
    assert done.returncode == ExitCode.REFUSED
    return done.stderr


def test_alembics_habits_are_understood(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE a ();", "CREATE TABLE b ();", "CREATE TABLE c ();")
    assert good(project.migratekit("stamp", "head"))[-1] == "development is at version 3; nothing was run"
    assert good(project.migratekit("stamp", "base"))[-1] == "development is at no version; nothing was run"
    assert good(project.migratekit("up", "+2"))[-1] == "2 migrations applied; development is at version 2"
    assert good(project.migratekit("current")) == ["2"]
    assert good(project.migratekit("down", "-1"))[-1] == "1 migration undone; development is at version 1"
    for words in (("up", "-1"), ("down", "+1"), ("up", "base"), ("down", "head"), ("up", "head", "--to", "2")):
        bad(project.migratekit(*words), ExitCode.USAGE)
    assert good(project.migratekit("revision", "-m", "Tidy up: users' names"))[0].endswith(
        "4_tidy_up_users_names.up.sql"
    )
    assert good(project.migratekit("revision", "-m", "Straße über Ærø"))[0].endswith("5_strasse_uber_aero.up.sql")
    assert "lack the letters добавить;" in bad(project.migratekit("revision", "-m", "x добавить"), ExitCode.USAGE)
    assert "`diff`" in bad(project.migratekit("revision", "--autogenerate", "-m", "all"), ExitCode.REFUSED)
    bad(project.migratekit("revision"), ExitCode.USAGE)


def test_channel_binding_is_for_libpq_to_demand(project: Project, database: TestDatabase) -> None:
    project.url = ""
    project.chain("SELECT 1;")
    env = project.folder / ".env"
    env.write_text(f"DATABASE_URL={database.url}&sslmode=require&channel_binding=prefer\n")
    good(project.migratekit("up"))
    env.write_text(f"DATABASE_URL={database.url}&sslmode=require&channel_binding=require\n")
    for verb in ("test-connection", "up", "backup"):
        said = bad(project.migratekit(verb), ExitCode.FAILED)
        assert "channel binding required" in said
        assert "wants TLS" in said
