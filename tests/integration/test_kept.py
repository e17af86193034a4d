"""Rows that are kept of what a migration drops, and `migratekit kept`, which shows them and puts them back."""

import json
from typing import Any

import pytest

from migratekit.errors import ExitCode
from outcomes import bad, good
from runs import either, fresh_role, run
from support import Project, TestDatabase


def create(project: Project, *words: str, keep: bool = True) -> None:
    good(project.migratekit("create", *words, *(["--keep"] if keep else [])))


def go(project: Project, *words: str, command: str = "migratekit") -> None:
    done = run(project, command, *words)
    assert done.returncode == ExitCode.DONE, done.stderr


def kept(project: Project) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(project.migratekit("kept", "list", "--json").stdout)
    return found


def restored(project: Project, *words: str) -> str:
    """Puts the only copy back; what is said about it."""
    (copy,) = kept(project)
    done = project.migratekit("kept", "restore", *words, copy["name"])
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")
    return done.stdout.replace(copy["name"], "COPY")


@pytest.mark.every_server(long=True)
@either
def test_the_rows_of_a_table_are_kept_and_come_back(project: Project, database: TestDatabase, command: str) -> None:
    create(project, "create_projects_table", "--columns", "name:text! size:int=3 tags:text[]")
    go(project, "up", command=command)
    database.rows("INSERT INTO projects (name, size) SELECT 'p' || n, n FROM generate_series(1, 3000) AS n")
    rows = database.rows("SELECT * FROM projects ORDER BY id")
    go(project, "down", "1", command=command)
    assert database.tables() == set()

    (copy,) = kept(project)
    assert copy == {
        "name": copy["name"],
        "schema": "public",
        "table": "projects",
        "columns": None,
        "keys": ["id"],
        "version": "001",
        "at": copy["at"],
        "rows": 3000,
        "bytes": copy["bytes"],
    }
    assert copy["name"].startswith("001_projects_")
    go(project, "up", command=command)
    said = restored(project)

    assert said == "3,000 of 3,000 rows of COPY are back; the copy stays until it is purged\n"
    assert database.rows("SELECT * FROM projects ORDER BY id") == rows
    assert database.rows("INSERT INTO projects (name) VALUES ('new') RETURNING id") == [(3001,)]


@pytest.mark.every_server(long=True)
def test_the_values_of_columns_are_kept_with_their_key(project: Project, database: TestDatabase) -> None:
    database.rows('CREATE TABLE users (team int, "no" text, name text, PRIMARY KEY ("no", team))')
    create(project, "add_email_and_phone_to_users", "--columns", "email:text phone:varchar(20)='none'")
    go(project, "up")
    database.rows("INSERT INTO users SELECT n % 3, n::text, 'u', 'e' || n, 'p' || n FROM generate_series(1, 10) AS n")
    rows = database.rows('SELECT * FROM users ORDER BY team, "no"')
    go(project, "down")
    (copy,) = kept(project)
    assert (copy["columns"], copy["keys"], copy["rows"]) == (["email", "phone"], ["no", "team"], 10)
    go(project, "up")
    gone = database.rows("DELETE FROM users WHERE \"no\" = '10' RETURNING 1")
    assert gone == [(1,)]

    said = restored(project)

    assert said.splitlines() == [
        "email, phone of 9 of 10 rows of COPY are back; the copy stays until it is purged",
        "  1 have no row to go to any more",
    ]
    assert database.rows('SELECT * FROM users ORDER BY team, "no"') == [row for row in rows if row[1] != "10"]


def test_what_is_dropped_on_the_way_up_is_kept_too(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE old (id int PRIMARY KEY, name text, note text); INSERT INTO old VALUES (1, 'a', 'b')")
    create(project, "drop_note_from_old")
    create(project, "drop_old_table", "--columns", "id:int:primary name:text")
    go(project, "up")
    assert [(copy["version"], copy["table"], copy["columns"]) for copy in kept(project)] == [
        ("001", "old", ["note"]),
        ("003", "old", None),
    ]
    names = [copy["name"] for copy in kept(project)]

    go(project, "down")
    early = bad(project.migratekit("kept", "restore", names[1]), ExitCode.FAILED)
    assert '"public"."old": it is not there' in early
    done = project.migratekit("kept", "restore", "--into", "old_dropped", names[1])
    assert done.returncode == ExitCode.DONE, done.stderr
    go(project, "down", "2")
    go(project, "down")
    good(project.migratekit("kept", "restore", names[0]))
    assert database.rows("SELECT id, name, note FROM old") == [(1, "a", "b")]


def test_any_name_and_any_type_is_kept(project: Project, database: TestDatabase) -> None:
    table = "ünd \"x\" 'y'; DROP TABLE z; -- %s %I {0}"
    quoted = '"' + table.replace('"', '""') + '"'
    long = "ß" * 31
    database.rows(
        f"""
        CREATE SCHEMA "od d";
        CREATE TYPE mood AS ENUM ('so;so', 'ok');
        CREATE DOMAIN short AS text CHECK (length(value) < 9);
        CREATE TABLE "od d".{quoted} (
            "the id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "a.b" mood, c short COLLATE "C", d mood[],
            e text[] COLLATE "C", f int GENERATED ALWAYS AS (length(c)) STORED, g json, h name, "%" point
        );
        INSERT INTO "od d".{quoted} ("a.b", c, d, e, g, h, "%") VALUES
            ('so;so', 'x''y', '{{ok,so;so}}', '{{"a,b",c}}', '{{"k": 1}}', 'n', '(1,2)'),
            (NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        CREATE TABLE {long} (id int PRIMARY KEY);
        INSERT INTO {long} VALUES (7);
        """
    )
    rows = database.rows(f'SELECT t::text FROM "od d".{quoted} AS t')
    definition = [
        '"the id":bigint:identity:primary',
        '"a.b":mood',
        "c:short",
        "d:mood[]",
        "e:text[]",
        "g:json",
        "h:name",
        '"%":point',
    ]
    create(project, "drop_odd", "--table", f'"od d".{quoted}', "--columns", " ".join(definition))
    create(project, "drop_long", "--table", long, "--columns", "id:int")
    go(project, "up")
    go(project, "down", "4")
    first, second = kept(project)
    assert (first["schema"], first["table"]) == ("od d", table)
    assert second["table"] == long
    assert len(second["name"].encode()) <= 63
    good(project.migratekit("kept", "restore", first["name"], second["name"]))
    columns = '"the id", "a.b", c, d, e, length(c), g, h, "%"'
    assert database.rows(f'SELECT ROW({columns})::text FROM "od d".{quoted}') == rows
    assert database.rows(f"SELECT id FROM {long}") == [(7,)]


def test_a_copy_keeps_no_type_from_being_dropped(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TYPE mood AS ENUM ('bad', 'good')")
    create(project, "create_days_table", "--columns", "mood:mood moods:mood[]")
    go(project, "up")
    database.rows("INSERT INTO days (mood, moods) VALUES ('good', '{bad,good}')")
    go(project, "down")
    database.rows("DROP TYPE mood; CREATE TYPE mood AS ENUM ('good', 'bad', 'new')")
    go(project, "up")
    restored(project)
    assert database.rows("SELECT mood::text, moods::text FROM days") == [("good", "{bad,good}")]


@either
def test_values_without_a_key_are_refused(project: Project, database: TestDatabase, command: str) -> None:
    database.rows("CREATE TABLE notes (body text)")
    create(project, "add_title_to_notes", "--columns", "title:text")
    go(project, "up")
    done = run(project, command, "down", "1")
    assert done.returncode != 0
    assert "table notes in schema public keeps no primary key" in done.stderr
    assert database.rows("SELECT column_name::text FROM information_schema.columns WHERE table_name = 'notes'") == [
        ("body",),
        ("title",),
    ]
    assert kept(project) == []


def test_rows_that_a_policy_hides_are_not_lost(project: Project, database: TestDatabase) -> None:
    create(project, "create_secrets_table", "--columns", "owner:text")
    with fresh_role(database) as role:
        database.rows(f"GRANT CREATE ON DATABASE {database.name} TO {role}")
        project.url = database.url.replace("postgres@", f"{role}@")
        go(project, "up")
        database.rows(
            "INSERT INTO secrets (owner) VALUES ('a'), ('b');"
            "ALTER TABLE secrets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
            "CREATE POLICY hidden ON secrets USING (owner = 'a')"
        )
        done = project.migratekit("down")
        assert done.returncode == ExitCode.FAILED
        assert "row-level security policy" in done.stderr
        assert database.value("SELECT count(*) FROM secrets") == 2


def test_each_down_keeps_a_copy_of_its_own(project: Project, database: TestDatabase) -> None:
    create(project, "create_projects_table", "--columns", "name:text")
    for name in ("first", "second"):
        go(project, "up")
        database.rows(f"INSERT INTO projects (name) VALUES ('{name}')")
        go(project, "down")
    assert len({copy["name"] for copy in kept(project)}) == 2
    lines = project.migratekit("kept", "list").stdout.splitlines()
    assert lines[0].split() == ["name", "of", "columns", "rows", "size", "when"]
    assert [line.split()[1:4] for line in lines[1:]] == [["public.projects", "all", "1"]] * 2


def test_rows_that_are_there_again_are_left_alone(project: Project, database: TestDatabase) -> None:
    create(project, "create_projects_table", "--columns", "name:text")
    go(project, "up")
    database.rows("INSERT INTO projects (name) VALUES ('old'), ('gone')")
    go(project, "redo")
    database.rows("INSERT INTO projects (name) VALUES ('new')")
    assert restored(project).splitlines()[1] == "  1 are left as they are in the table: their keys are there"
    assert database.rows("SELECT id, name FROM projects ORDER BY id") == [(1, "new"), (2, "gone")]
    # Once more changes nothing.
    assert restored(project).startswith("0 of 2 rows")


def test_columns_that_the_table_has_no_more_are_told(project: Project, database: TestDatabase) -> None:
    create(project, "create_projects_table", "--columns", "name:text size:int")
    go(project, "up")
    database.rows("INSERT INTO projects (name, size) VALUES ('a', 1)")
    go(project, "redo")
    database.rows("ALTER TABLE projects DROP COLUMN size, ADD COLUMN colour text DEFAULT 'red'")
    assert "the table has no size any more: that is in the copy alone" in restored(project)
    assert database.rows("SELECT name, colour FROM projects") == [("a", "red")]


def test_what_stands_in_the_way_is_told_and_nothing_is_changed(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE owners (id bigint PRIMARY KEY); INSERT INTO owners VALUES (1), (2)")
    create(project, "create_projects_table", "--columns", "owner:references(owners)")
    go(project, "up")
    database.rows("INSERT INTO projects (owner) VALUES (1), (2)")
    go(project, "down")
    (copy,) = kept(project)
    missing = bad(project.migratekit("kept", "restore", copy["name"]), ExitCode.FAILED)
    assert f'{copy["name"]} cannot be put back into "public"."projects": it is not there' in missing
    assert "migrate to where it is as before 001 dropped it" in missing
    go(project, "up")
    database.rows("DELETE FROM owners WHERE id = 2")
    refused = bad(project.migratekit("kept", "restore", copy["name"]), ExitCode.FAILED)
    assert 'Key (owner)=(2) is not present in table "owners".' in refused
    assert database.value("SELECT count(*) FROM projects") == 0


def test_columns_that_are_missing_are_told(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1)")
    create(project, "add_email_to_users", "--columns", "email:text")
    go(project, "up")
    go(project, "down")
    (copy,) = kept(project)
    refused = bad(project.migratekit("kept", "restore", copy["name"]), ExitCode.FAILED)
    assert 'cannot be put back into "public"."users": it has no column "email"' in refused


@pytest.fixture
def two(project: Project, database: TestDatabase) -> list[str]:
    """The names of two copies, beside tables in their schema that are none."""
    for name in ("a", "b"):
        create(project, f"create_{name}_table")
    go(project, "up")
    go(project, "down", "2")
    database.rows(
        """
        CREATE TABLE _migratekit_kept.plain (id int);
        CREATE TABLE _migratekit_kept.other (id int); COMMENT ON TABLE _migratekit_kept.other IS 'not ours';
        CREATE TABLE _migratekit_kept.half (id int); COMMENT ON TABLE _migratekit_kept.half IS '{"schema": "public"}';
        CREATE TABLE _migratekit_kept.list (id int); COMMENT ON TABLE _migratekit_kept.list IS '[1]';
        """
    )
    return [copy["name"] for copy in kept(project)]


def copies(database: TestDatabase) -> int:
    return int(
        str(database.value("SELECT count(*) FROM pg_class WHERE relnamespace = '_migratekit_kept'::regnamespace"))
    )


def test_purge_drops_what_is_named_once_that_is_confirmed(
    project: Project, database: TestDatabase, two: list[str]
) -> None:
    assert copies(database) == 6
    assert two[0] in bad(project.migratekit("kept", "purge", two[0]), ExitCode.REFUSED)
    assert copies(database) == 6
    assert good(project.migratekit("kept", "purge", "--yes", two[0])) == ["1 copy is gone"]
    assert [copy["name"] for copy in kept(project)] == [two[1]]
    assert good(project.migratekit("kept", "purge", "all", "--yes")) == ["1 copy is gone"]
    assert copies(database) == 4
    assert good(project.migratekit("kept", "purge", "all")) == ["0 copies are gone"]


def test_the_schema_goes_with_the_last_copy(project: Project, database: TestDatabase) -> None:
    create(project, "create_a_table")
    go(project, "up")
    go(project, "down")
    good(project.migratekit("kept", "purge", "all", "--yes"))
    assert database.value("SELECT to_regnamespace('_migratekit_kept')") is None
    assert good(project.migratekit("kept", "list")) == ["nothing is kept on development"]


WRONG = {
    "restore": "`kept restore` needs a name",
    "purge": "`kept purge` needs a name",
    "list x": "`kept list` takes no name",
    "restore x": "nothing that is kept is called 'x'",
    "restore plain": "nothing that is kept is called 'plain'",
    "purge all x": "nothing that is kept is called 'all'",
}


@pytest.mark.parametrize(("words", "says"), WRONG.items(), ids=WRONG)
def test_a_wrong_call_says_what_is_wrong(project: Project, two: list[str], words: str, says: str) -> None:
    assert says in bad(project.migratekit("kept", *words.split()), ExitCode.USAGE)


def test_a_kind_that_drops_nothing_keeps_nothing(project: Project) -> None:
    said = bad(project.migratekit("create", "create_active_users_view", "--keep"), ExitCode.USAGE)
    assert "a migration of the kind view takes no keep" in said


def test_without_keep_nothing_is_kept(project: Project, database: TestDatabase) -> None:
    create(project, "create_projects_table", keep=False)
    go(project, "up")
    go(project, "down")
    assert database.value("SELECT to_regnamespace('_migratekit_kept')") is None
