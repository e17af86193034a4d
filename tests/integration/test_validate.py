"""`migratekit validate`: each rule with what it finds and what it passes over, and how findings are told."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from migratekit.checks._findings import RULES
from migratekit.errors import ExitCode
from outcomes import NOWHERE, bad, good, write_three
from runs import Done, fresh_role
from support import ROOT, Project, TestDatabase, wait_for

Files = dict[str, str | bytes]
RAISES = "DO $$ BEGIN RAISE EXCEPTION 'not there'; END $$;"
MAX = 2**63 - 1
OBJECT_RULES = {"invalid-index", "unvalidated-constraint"}
HISTORY_RULES = {"dirty", "changed", "renamed", "missing", "missed", "order"}


@pytest.fixture
def files(tmp_path: Path) -> Project:
    """A project without any database."""
    project = Project(tmp_path / "project")
    project.migrations.mkdir(parents=True)
    return project


@pytest.fixture
def three(project: Project) -> Project:
    return write_three(project)


def up(version: str, body: str = "SELECT 1;", more: str = "") -> str:
    """An up file that no rule objects to, but perhaps for its body."""
    return f"-- Version: {version}\n-- Description: x\n{more}{body}"


def pair(number: str, body: str = "SELECT 1;", title: str = "a") -> Files:
    return {f"{number}_{title}.up.sql": up(number, body), f"{number}_{title}.down.sql": "SELECT 1;"}


def pairs(*numbers: str) -> Files:
    return {name: text for number in numbers for name, text in pair(number).items()}


def findings(done: Done) -> list[dict[str, Any]]:
    """What --json tells; the exit code must fit it."""
    assert done.stderr == ""
    told: list[dict[str, Any]] = json.loads(done.stdout)
    errors = any(finding["level"] == "error" for finding in told)
    assert done.returncode == (ExitCode.FAILED if errors else ExitCode.DONE)
    assert all(finding["problem"] and finding["remedy"] for finding in told)
    return told


def places(told: list[dict[str, Any]]) -> set[tuple[str, str, int | None, int | None]]:
    return {(finding["rule"], finding["file"], finding["line"], finding["column"]) for finding in told}


def check(project: Project) -> list[dict[str, Any]]:
    return findings(project.migratekit("validate", "--files-only", "--json"))


class Case(NamedTuple):
    """Files that a rule objects to, in which file and where; and files that it passes over, though it could err."""

    shown: Files
    file: str
    silent: Files
    line: int | None = None
    column: int | None = None


FILE_RULES = {
    "duplicate": Case({**pair("001"), "01_b.up.sql": up("1")}, "01_b.up.sql", pair("001")),
    "version": Case({f"{MAX + 1}_a.up.sql": up(str(MAX + 1))}, f"{MAX + 1}_a.up.sql", pair(str(MAX))),
    "encoding": Case(
        pair("001", "SELECT\n") | {"001_a.down.sql": b"--\n-- f\xfcr"}, "001_a.down.sql", pair("1", "/*ü*/"), 2
    ),
    "section": Case(
        {"1_a.sql": "-- migrate:up\nSELECT 1;\n\n-- migrate:up\n"},
        "1_a.sql",
        {"1_a.sql": f"-- migrate:up\n{up('1')}\n\n-- migrate:down\nSELECT 1;\n"},
        4,
    ),
    "syntax": Case(
        pair("001", "SELECT 'ü'; CREATE TABL x;"), "001_a.up.sql", pair("001", "SELECT 'CREATE TABL';"), 3, 20
    ),
    "psql": Case(pair("001", "SELECT 1;\n\\d it's\n"), "001_a.up.sql", pair("001", "SELECT '\n\\d';"), 4, 1),
    "copy": Case(pair("001", "COPY a FROM STDIN;\n1\n\\.\n"), "001_a.up.sql", pair("001", "COPY a FROM '/tmp/a';")),
    "transaction": Case(pair("001", "BEGIN; SELECT 1;"), "001_a.up.sql", pair("001", "BEGIN; SELECT 1; COMMIT;")),
    "dependency": Case(
        pair("001") | {"002_b.up.sql": up("002", more="-- Dependencies: 003\n"), "002_b.down.sql": "SELECT 1;"},
        "002_b.up.sql",
        pair("001") | {"002_b.up.sql": up("002", more="-- Dependencies: 001\n"), "002_b.down.sql": "SELECT 1;"},
    ),
    "rollback": Case(pair("001", "BEGIN; ROLLBACK;"), "001_a.up.sql", pair("001", "BEGIN; ROLLBACK TO a; COMMIT;")),
    "empty": Case(pair("001", ""), "001_a.up.sql", pair("001", "-- kept for its number\n")),
    "pair": Case({"001_a.up.sql": up("001")}, "001_a.up.sql", pair("001") | {"001_a.down.sql": "-- nothing to do"}),
    "stray": Case(
        {"003-add.up.sql": ""}, "003-add.up.sql", {"README.md": "", ".1_a.up.sql": "", "seed.sql": "", "9": ""}
    ),
    "name": Case(
        {"001_a.down.sql": "SELECT 1;", "001_a.up.SQL": up("001")}, "001_a.up.SQL", pair("001", title="2_users")
    ),
    "gap": Case(pairs("001", "002", "004"), "004_a.up.sql", pairs("10", "20", "30", "31")),
    "width": Case(pairs("9", "010"), "010_a.up.sql", pairs("001", "002", "20240102030405")),
    "header": Case(pair("001") | {"001_a.up.sql": "-- Version: 1\nSELECT 1;"}, "001_a.up.sql", pair("001")),
    "header-version": Case(
        pair("001") | {"001_a.up.sql": up("002")}, "001_a.up.sql", pair("001") | {"001_a.up.sql": up("1")}
    ),
    "validation": Case(
        pair("001", "ALTER TABLE a ADD b int;"), "001_a.up.sql", pair("001", f"BEGIN; DROP TABLE a; {RAISES} END;")
    ),
}


def test_each_rule_is_shown_and_passed_over_here() -> None:
    assert FILE_RULES.keys() | {"file"} | OBJECT_RULES == RULES.keys() - HISTORY_RULES


@pytest.mark.parametrize("rule", FILE_RULES)
def test_a_rule_finds_what_it_is_for(files: Project, rule: str) -> None:
    case = FILE_RULES[rule]
    files.write(case.shown)
    told = [finding for finding in check(files) if finding["rule"] == rule]
    assert places(told) == {(rule, case.file, case.line, case.column)}
    assert {finding["level"] for finding in told} == {str(RULES[rule].default)}


@pytest.mark.parametrize("rule", FILE_RULES)
def test_a_rule_passes_over_what_is_right(files: Project, rule: str) -> None:
    files.write(FILE_RULES[rule].silent)
    assert check(files) == []


def test_a_file_that_cannot_be_read_is_found(files: Project) -> None:
    files.write(pairs("001", "002"))
    (files.migrations / "001_a.up.sql").unlink()
    (files.migrations / "001_a.up.sql").symlink_to("nowhere")
    (files.migrations / "002_a.down.sql").unlink()
    os.mkfifo(files.migrations / "002_a.down.sql")
    told = check(files)
    assert places(told) == {("file", "001_a.up.sql", None, None), ("file", "002_a.down.sql", None, None)}
    assert {finding["version"] for finding in told} == {1, 2}


WRONG: dict[str, tuple[Files, str, str]] = {
    "no PostgreSQL": (pair("1", "SELECT FROM FROM a;"), "syntax", 'syntax error at or near "FROM"'),
    "an open quote": (pair("1", "SELECT 'a;\n" + "more\n" * 99), "syntax", "unterminated quoted string"),
    "an open comment": (pair("1", "SELECT 1; /* a;"), "syntax", "unterminated /* comment"),
    "an open parenthesis": (pair("1", "SELECT (1;"), "syntax", 'syntax error at or near ";"'),
    "an open identifier": (pair("1", 'SELECT "a'), "syntax", "unterminated quoted identifier"),
    "UTF-16": (pair("1") | {"1_a.up.sql": "SELECT 1;".encode("utf-16")}, "encoding", "holds a NUL byte"),
    "a byte order mark": (pair("1") | {"1_a.up.sql": b"\xef\xbb\xbf"}, "encoding", "starts with a byte order mark"),
    "beyond 64 bits": ({f"{2**64}_a.up.sql": ""}, "stray", "is passed over: its version does not fit 64 bits"),
    "no direction": ({**pair("1"), "2_a.sql": ""}, "stray", "is passed over: its name is not VERSION_title.up.sql"),
    "no lower case": ({"1_a.UP.sql": ""}, "stray", "is passed over: its name is not VERSION_title.up.sql"),
    "two titles": (
        {"1_a.up.sql": up("1"), "1_b.down.sql": "SELECT 1;"},
        "name",
        "its up file is called 1_a.up.sql",
    ),
    "two spellings": (
        {"01_a.up.sql": up("1"), "1_a.down.sql": "SELECT 1;"},
        "name",
        "its up file is called 01_a.up.sql",
    ),
    "a wide gap": (pairs("1", "2", "3", "7"), "gap", "there are no versions 4 to 6 in front of it"),
    "no header": (
        pair("1") | {"1_a.up.sql": "SELECT 1;"},
        "header",
        "its header has no Version and no Description",
    ),
    "an unknown directive": (
        pair("1") | {"1_a.up.sql": up("1", more="-- migratekit: alow-changed\n")},
        "header",
        "`-- migratekit: alow-changed` means nothing, did you mean allow-changed?",
    ),
    "a copied down file": (
        pair("2") | {"2_a.down.sql": "-- Rollback for: 001_b\nSELECT 1;"},
        "header-version",
        "its header says Rollback for: 001_b",
    ),
    "a header and nothing else": (
        pair("1") | {"1_a.down.sql": "-- Rollback for: 1_a\n"},
        "empty",
        "holds no statement",
    ),
}


@pytest.mark.parametrize(("made", "rule", "problem"), WRONG.values(), ids=WRONG)
def test_a_finding_says_what_is_wrong(files: Project, made: Files, rule: str, problem: str) -> None:
    files.write(made)
    assert [(f["rule"], f["problem"]) for f in check(files) if f["rule"] != "pair"] == [(rule, problem)]


DDL = "CREATE TABLE a (id int);"
UNPROVEN = {
    "nothing": "",
    "a notice": "DO $$ BEGIN RAISE NOTICE 'a'; END $$;",
    "a comment": "DO $$ BEGIN -- RAISE EXCEPTION 'it''s';\n/* RAISE 'b' */ NULL; END $$;",
    "a text": "DO $$ BEGIN EXECUTE 'RAISE EXCEPTION'; END $$;",
    "a function": "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a'; END $$;",
}
PROVEN = {
    "an exception": RAISES,
    "in capitals or not": "do language plpgsql $x$ begin raise 'a'; end $x$;",
    "a condition": "DO $$ BEGIN RAISE unique_violation; END $$;",
    "an assertion": "DO $$ BEGIN ASSERT to_regclass('a') IS NOT NULL, 'a is not there'; END $$;",
    "in plain quotes": "DO 'BEGIN RAISE EXCEPTION ''a''; END';",
    "behind a comment": "DO $$ BEGIN -- it's\nRAISE EXCEPTION 'a'; END $$;",
}


@pytest.mark.parametrize("proof", UNPROVEN.values(), ids=UNPROVEN)
def test_what_cannot_raise_proves_nothing(files: Project, proof: str) -> None:
    files.write(pair("1", DDL + proof))
    assert [finding["rule"] for finding in check(files)] == ["validation"]


@pytest.mark.parametrize("proof", PROVEN.values(), ids=PROVEN)
def test_a_block_that_can_raise_is_a_validation(files: Project, proof: str) -> None:
    files.write(pair("1", DDL + proof))
    assert check(files) == []


@pytest.mark.parametrize(
    "body",
    [
        "CREATE INDEX CONCURRENTLY ON a (id);",
        "BEGIN; DROP TABLE a; COMMIT; BEGIN; DROP TABLE b; COMMIT;",
        "CREATE TEMP TABLE a (id int);",
        "UPDATE a SET text = 'CREATE TABLE';",
        "INSERT INTO a VALUES (1); -- no CREATE, no DROP",
    ],
)
def test_no_validation_is_wanted_where_there_is_no_transaction_or_no_change(files: Project, body: str) -> None:
    files.write(pair("1", body))
    assert check(files) == []


@pytest.mark.parametrize(
    "body",
    ["SELECT " + "1 + " * 50_000 + "1;", "SELECT " + "'a' || " * 300 + "'a';", "SELECT 1 " + "UNION SELECT 1 " * 5_000],
    ids=["sum", "text", "union"],
)
def test_a_long_expression_is_no_trouble(files: Project, body: str) -> None:
    files.write(pair("1", body))
    assert check(files) == []


def test_the_chain_of_this_repository_is_free_of_findings(project: Project, database: TestDatabase) -> None:
    shown = ["--path", str(ROOT / "migrations")]
    assert good(project.migratekit("validate", *shown, "--files-only")) == ["14 migrations: 0 errors, 0 warnings"]
    good(project.migratekit("up", *shown))
    assert good(project.migratekit("validate", *shown)) == ["14 migrations: 0 errors, 0 warnings"]


def test_what_create_makes_is_free_of_findings(files: Project) -> None:
    good(files.migratekit("create", "add_complexity_analysis"))
    assert places(check(files)) == set()


def test_findings_are_lines_for_people(files: Project) -> None:
    files.write({"1_a.up.sql": "SELECT 1;", "1_a.down.sql": "SELECT FROM FROM;"})
    done = files.migratekit("validate", "--files-only")
    assert (done.returncode, done.stderr) == (ExitCode.FAILED, "")
    assert done.stdout.splitlines() == [
        'error: 1_a.down.sql:1:13: syntax error at or near "FROM" [syntax]',
        "  hint: mend the file",
        "",
        "warning: 1_a.up.sql: its header has no Version and no Description [header]",
        "  hint: begin it with `-- Version: 001` and `-- Description: What it does`, as `migratekit create` does",
        "",
        "1 migration: 1 error, 1 warning",
    ]


def test_many_findings_of_one_rule_are_cut_short_unless_all_are_wanted(files: Project) -> None:
    for number in range(1, 31):
        files.write(pair(f"{number:03}") | {f"{number:03}_a.up.sql": "SELECT 1;"})
    lines = good(files.migratekit("validate", "--files-only"))
    assert [line.split(":")[1] for line in lines[:5]] == [f" 00{number}_a.up.sql" for number in range(1, 6)]
    assert lines[5] == "  … and 25 more [header] (--all shows them)"
    assert lines[6].startswith("  hint: ")
    assert lines[7:] == ["", "30 migrations: 0 errors, 30 warnings"]
    assert len(good(files.migratekit("validate", "--files-only", "--all"))) == 33
    assert len(check(files)) == 30


def test_the_environment_says_what_a_rule_counts(files: Project) -> None:
    (files.folder / "environments").mkdir()
    rules = files.folder / "environments" / "development.yaml"
    files.write(pair("1") | {"1_a.up.sql": "", "1_a.down.sql": "SELECT FROM FROM;"})
    rules.write_text("rules: {empty: error, syntax: warn}\n")
    assert [(f["level"], f["rule"]) for f in check(files)] == [("error", "empty"), ("warning", "syntax")]
    rules.write_text("rules:\n  empty: off\n  syntax: off\n")
    assert check(files) == []
    shown = json.loads(files.migratekit("config", "--json").stdout)["rules"]
    assert shown == {"value": "empty: off, syntax: off", "origin": "environments/development.yaml"}
    rules.write_text("rules: {emtpy: off}\n")
    told = bad(files.migratekit("validate", "--files-only"), ExitCode.USAGE)
    assert "rules names 'emtpy', which is no rule, did you mean 'empty'?" in told


def test_where_there_is_no_database_that_is_said(files: Project) -> None:
    files.write(pair("1"))
    done = files.migratekit("validate")
    assert (done.returncode, done.stdout) == (ExitCode.DONE, "1 migration: 0 errors, 0 warnings\n")
    assert done.stderr == ("the database was not looked at: environment development names none (see --files-only)\n")
    files.write({"1_a.up.sql": b"\0"})
    assert files.migratekit("validate").returncode == ExitCode.FAILED


def test_only_without_files_only_is_a_database_needed(files: Project) -> None:
    files.write(pair("1"))
    files.url = NOWHERE
    assert good(files.migratekit("validate", "--files-only")) == ["1 migration: 0 errors, 0 warnings"]
    assert "127.0.0.1" in bad(files.migratekit("validate"), ExitCode.FAILED)


def test_a_folder_that_is_not_there_is_no_chain_without_findings(files: Project) -> None:
    told = bad(files.migratekit("validate", "--files-only", "--path", "elsewhere"), ExitCode.FAILED)
    assert "elsewhere: the migrations cannot be read" in told


@pytest.mark.every_server(long=True)
def test_the_server_has_the_last_word_on_what_the_parser_refuses(project: Project, database: TestDatabase) -> None:
    """SYSTEM_USER is a word like any other up to PostgreSQL 15."""
    made = f"CREATE TABLE t (system_user text); {RAISES}"
    project.write(pair("1", made) | {"1_a.down.sql": "DROP TABLE precious; SELECT FROM FROM;"})
    database.rows("CREATE TABLE precious (id int)")
    told = findings(project.migratekit("validate", "--json"))
    wrong = {("syntax", "1_a.down.sql", 1, 34)}
    assert places(told) == (wrong if database.major == 15 else wrong | {("syntax", "1_a.up.sql", 3, 17)})
    assert (database.tables(), database.state()) == ({"precious"}, None)


@pytest.mark.every_server(long=True)
def test_nothing_of_a_file_runs_when_the_server_is_asked(project: Project, database: TestDatabase) -> None:
    """With this setting a backslash escapes the quote, for the server alone; it then warns of that."""
    body = "COMMIT; SELECT nextval('precious'); DROP SEQUENCE precious; COMMIT; SELECT 'it\\'s';"
    project.write(pair("1", body))
    database.rows("CREATE SEQUENCE precious")
    assert [f["rule"] for f in check(project)] == ["syntax"]
    database.rows(f"ALTER DATABASE {database.name} SET standard_conforming_strings = off")
    # Not even an operator of one's own lets a statement through.
    database.rows("CREATE FUNCTION one(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'")
    database.rows("CREATE OPERATOR / (FUNCTION = one, LEFTARG = int, RIGHTARG = int)")
    database.rows(f"ALTER DATABASE {database.name} SET search_path = public, pg_catalog")
    assert good(project.migratekit("validate")) == ["1 migration: 0 errors, 0 warnings"]
    assert database.value("SELECT is_called FROM precious") is False


def object_findings(project: Project, **options: object) -> list[tuple[str, str, str]]:
    told = findings(project.migratekit("validate", "--json", **options))
    assert {finding["level"] for finding in told} <= {"warning"}
    return [(finding["rule"], finding["file"], finding["remedy"]) for finding in told]


@pytest.mark.every_server(long=True)
def test_an_invalid_index_is_found_but_not_one_that_is_being_built(project: Project, database: TestDatabase) -> None:
    database.rows('CREATE SCHEMA "My"; CREATE TABLE "My".a (id int); INSERT INTO "My".a VALUES (1), (1)')
    with fresh_role(database) as role:
        as_role = {"env": {"PGOPTIONS": f"-c role={role}"}}
        with database.connect() as writer, database.connect() as builder:
            writer.execute('BEGIN; LOCK TABLE "My".a IN ROW EXCLUSIVE MODE')
            builder.pgconn.send_query(b'CREATE UNIQUE INDEX CONCURRENTLY "A" ON "My".a (id)')
            wait_for(lambda: database.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 1, "the index")
            assert object_findings(project) == []
            assert object_findings(project, **as_role) == []
            writer.execute("COMMIT")
            while builder.pgconn.get_result():
                pass  # a duplicate row: the build fails and leaves the index behind
        expected = [("invalid-index", '"My"."A"', "migratekit repair")]
        assert object_findings(project) == expected
        assert object_findings(project, **as_role) == expected
    database.rows('DELETE FROM "My".a; REINDEX INDEX "My"."A"')
    assert object_findings(project) == []


@pytest.mark.every_server(long=True)
def test_an_index_that_not_every_partition_has_is_found(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE p (id int) PARTITION BY LIST (id)")
    database.rows("CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)")
    database.rows("CREATE INDEX p_id ON ONLY p (id)")
    [(rule, name, remedy)] = object_findings(project)
    assert (rule, name) == ("invalid-index", "public.p_id")
    assert "ATTACH PARTITION" in remedy
    database.rows("CREATE INDEX p1_id ON p1 (id)")
    database.rows("ALTER INDEX p_id ATTACH PARTITION p1_id")
    assert object_findings(project) == []


@pytest.mark.every_server(long=True)
def test_an_unvalidated_constraint_is_found_once_with_what_mends_it(project: Project, database: TestDatabase) -> None:
    database.rows(
        'CREATE SCHEMA "My"; CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE "My".b (a_id int, c int);'
        'ALTER TABLE "My".b ADD CONSTRAINT "To a" FOREIGN KEY (a_id) REFERENCES a NOT VALID,'
        "  ADD CONSTRAINT c CHECK (c > 0) NOT VALID, ADD CONSTRAINT checked CHECK (c < 9);"
        "CREATE DOMAIN d AS int; CREATE TABLE e (d d);"
        "ALTER DOMAIN d ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;"
        "CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
        "ALTER TABLE p ADD CONSTRAINT many CHECK (id > 0) NOT VALID"
    )
    if database.major >= 18:
        database.rows("ALTER TABLE a ADD CONSTRAINT never CHECK (id > 0) NOT ENFORCED")
        database.rows('ALTER TABLE "My".b ADD CONSTRAINT given NOT NULL c NOT VALID')
    with fresh_role(database) as role:
        told = object_findings(project, env={"PGOPTIONS": f"-c role={role}"})
    expected = {
        '"My".b."To a"': 'ALTER TABLE "My".b VALIDATE CONSTRAINT "To a";',
        '"My".b.c': 'ALTER TABLE "My".b VALIDATE CONSTRAINT c;',
        "public.d.positive": "ALTER DOMAIN public.d VALIDATE CONSTRAINT positive;",
        "public.p.many": "ALTER TABLE public.p VALIDATE CONSTRAINT many;",
    }
    if database.major >= 18:
        expected['"My".b.given'] = 'ALTER TABLE "My".b VALIDATE CONSTRAINT given;'
    assert {name: remedy.removeprefix("in a new migration: ") for _, name, remedy in told} == expected
    assert len(told) == len(expected)
    for statement in expected.values():
        database.rows(statement)
    assert object_findings(project) == []


def test_more_objects_than_one_result_holds_are_all_found(project: Project, database: TestDatabase) -> None:
    database.rows(
        "DO $$ BEGIN FOR n IN 1..1100 LOOP EXECUTE format('CREATE TABLE t%s (a int);"
        " ALTER TABLE t%s ADD CHECK (a > 0) NOT VALID', n, n); END LOOP; END $$"
    )
    assert len(object_findings(project)) == 1100


def test_validate_writes_nothing_and_waits_for_nobody(three: Project, database: TestDatabase) -> None:
    good(three.migratekit("up", "2"))
    three.write({"003_create_c.up.sql": "SELECT FROM FROM;"})
    before = sorted((path, path.read_bytes()) for path in three.folder.rglob("*.sql"))
    with database.connect() as other:
        other.execute("BEGIN; LOCK TABLE a, schema_migrations IN SHARE ROW EXCLUSIVE MODE")
        assert three.migratekit("validate").returncode == ExitCode.FAILED
    assert database.state() == [(2, False)]
    assert sorted((path, path.read_bytes()) for path in three.folder.rglob("*.sql")) == before
