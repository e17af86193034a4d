"""`migratekit headers`: what is not applied gets a header, and not a byte of it changes otherwise."""

from migratekit.errors import ExitCode
from support import Project, TestDatabase

SQL = "CREATE TABLE b (\r\n    id int -- ünique\n);\n\n"


def test_files_that_are_pending_get_a_header(project: Project, database: TestDatabase) -> None:
    project.write({"001_a.up.sql": "CREATE TABLE a ();", "001_a.down.sql": "DROP TABLE a;"})
    project.migratekit("up")
    project.write({"002_make_b.up.sql": SQL, "002_make_b.down.sql": "DROP TABLE b;"})
    project.write({"003_c.up.sql": "-- Version: 003\n-- Description: Mine\nSELECT 1;", "003_c.down.sql": ""})
    (project.migrations / "002_make_b.up.sql").chmod(0o640)

    listed = project.migratekit("headers", "--dry-run").stdout.splitlines()
    assert listed[:-1] == [f"migrations/{name}.sql" for name in ("002_make_b.up", "002_make_b.down", "003_c.down")]
    assert (project.migrations / "002_make_b.up.sql").read_bytes() == SQL.encode()
    assert project.migratekit("headers").returncode == ExitCode.DONE

    text = (project.migrations / "002_make_b.up.sql").read_bytes().decode()
    assert text.startswith("-- Version: 002\n-- Description: Make b\n-- Author: ")
    assert text.endswith(f"\n\n{SQL}")
    assert (project.migrations / "002_make_b.up.sql").stat().st_mode & 0o777 == 0o640
    down = (project.migrations / "002_make_b.down.sql").read_text()
    assert "-- Rollback for: 002_make_b\n" in down
    assert (project.migrations / "001_a.up.sql").read_text() == "CREATE TABLE a ();"
    assert project.migratekit("headers").stdout.startswith("0 files got a header")
    assert sorted(path.name for path in project.migrations.iterdir() if path.name.startswith(".")) == []


def test_the_files_still_run(project: Project, database: TestDatabase) -> None:
    project.write({"002_make_b.up.sql": SQL, "002_make_b.down.sql": "DROP TABLE b;"})
    project.migratekit("headers")

    assert project.migratekit("up").returncode == ExitCode.DONE
    assert project.migratekit("down").returncode == ExitCode.DONE
    assert database.tables() == set()
