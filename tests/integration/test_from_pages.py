"""What the pages for those who come from other tools say to do is done, on a database as that tool left it."""

import shutil
from collections.abc import Callable, Iterator

import pytest

from alembic_project import from_alembic
from conventions import FIRST_TIME
from former_tools import empty, use_former, write_files
from from_pages import PAGES, Says, Walk
from local_server import clean_up
from migratekit.errors import ExitCode
from outcomes import NOWHERE
from page_steps import adopted, does, elsewhere, late, made, pairs, parsed, then
from support import ROOT, Project, TestDatabase

PENDING, REFUSED, DIRTY = ExitCode.PENDING, ExitCode.REFUSED, ExitCode.DIRTY
TYPED = "development"
FIRST = FIRST_TIME

# What `status` says of a database that another tool has migrated.
FOREIGN = "has applied migrations here"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with a server of its own, which starts at its first use."""
    project = Project(tmp_path_factory.mktemp("own"))
    (project.folder / "environments").mkdir()
    (project.folder / "environments" / "development.yaml").write_text("embedded: true\n")
    project.migrations.mkdir()
    yield project
    clean_up(project.folder)


def goose(walk: Walk, project: Project, database: TestDatabase) -> None:
    walk.file()
    walk.block(FOREIGN, *adopted("goose"))
    walk.row("`goose reset`", "4 migrations undone; development is at no version")
    walk.row("`goose up-by-one`", "1 migration applied; development is at version 1")
    walk.row("`goose up-to 3`", "2 migrations applied; development is at version 3")
    walk.row("`goose up`", "1 migration applied; development is at version 4")
    walk.row("`goose down`", "1 migration undone; development is at version 3")
    walk.row("`goose status`", "1 pending")
    walk.row("`goose version`", "3\n")
    walk.row("`goose redo`", "2 migrations run; development is at version 3")
    walk.row("`goose validate`", "4 migrations: 0 errors")
    setting = "CREATE TABLE told AS SELECT current_setting('statement_timeout');"
    project.write({"005_told.sql": f"-- +goose Up\n{setting}\n-- +goose Down\nDROP TABLE told;\n"})
    walk.row("`goose -timeout 1m up`", lambda _: database.rows("TABLE told") == [("1min",)])
    walk.row("`goose down-to 3`", "2 migrations undone; development is at version 3")
    (project.migrations / "005_told.sql").unlink()
    walk.row("`goose -s create add_x sql`", made(walk, 1))
    walk.row("`goose create add_x sql`", lambda said: (project.folder / said.strip()).name.startswith("20"))
    walk.row("`goose fix`", does(walk, "migratekit up", "2 migrations applied; development is at version 20"))
    walk.run("migratekit down --to 4")
    next(project.migrations.glob("20*")).unlink()
    walk.row("`goose -allow-missing up`", *late(walk, "1 migration applied; development is at version 4"))
    elsewhere(walk, "`goose -table NAME up`", "`goose -dir DIR up`, `GOOSE_MIGRATION_DIR`")
    empty(database)
    project.url = ""
    walk.row(
        '`goose postgres "$URL" up`, `GOOSE_DBSTRING`',
        "4 migrations applied",
        lambda name: walk.run(f'{name}="$URL" migratekit version', "4\n"),
    )
    project.url = database.url
    pairs(walk)


def dbmate(walk: Walk, project: Project, database: TestDatabase) -> None:
    walk.file()
    walk.block(*adopted("dbmate", FIRST + 2))
    walk.row("`dbmate rollback`, `dbmate down`", f"1 migration undone; development is at version {FIRST + 3}")
    walk.row("`dbmate status`", "1 pending")
    walk.row("`dbmate status --exit-code`, `--quiet`", Says("1 pending", PENDING), Says(lambda said: not said, PENDING))
    walk.row("`dbmate migrate`", f"1 migration applied; development is at version {FIRST + 4}")
    walk.row("`dbmate new add_x`", made(walk, 1))
    late(walk)
    walk.row("`dbmate --strict up`", Says("is late and was never applied", REFUSED))
    walk.row("`dbmate drop`", Says("development is at no version", typed=TYPED))
    walk.row("`dbmate wait`, `dbmate --wait up`", "answers", "4 migrations applied")
    walk.row("`dbmate up`", "nothing to do", does(walk, "dropdb app"))
    walk.row("`dbmate create`", does(walk, "dropdb app"), "runs; its data are in")
    before = database.digest()
    schema = project.folder / "schema.sql"
    walk.row("`dbmate dump`", lambda said: "TABLE public.users" in said and schema.write_text(said), "backup")
    empty(database)
    walk.row("`dbmate load`", lambda _: database.digest() == before, Says("is as it was at", typed=TYPED))
    project.url = ""
    walk.row(
        "`dbmate --url URL`, `--env VARIABLE`",
        "nothing to do",
        lambda key: walk.key(key, "URL", "migratekit version", f"{FIRST + 4}\n"),
    )
    project.url = database.url
    elsewhere(walk, "`dbmate --migrations-table NAME`", "`dbmate --migrations-dir DIR`")
    pairs(walk)


def prisma(walk: Walk, project: Project, database: TestDatabase) -> None:
    walk.file()
    walk.block(FOREIGN, *adopted("prisma", FIRST + 2))
    walk.run("migratekit down")
    walk.row("`prisma migrate status`", "1 pending", Says("1 pending", PENDING))
    walk.row("`prisma migrate deploy`", f"1 migration applied; development is at version {FIRST + 4}")
    walk.row("`prisma migrate dev --create-only`", made(walk, 2))
    x = "SELECT count(*) FROM information_schema.columns WHERE column_name = 'x'"
    walk.row("`prisma migrate dev --name add_x`", "/migration.sql", lambda _: database.value(x) == 1)
    walk.row(
        "`prisma migrate diff` for a way back",
        lambda name: list(walk.files.glob(f"*_add_x_to_users/{name}")),
        lambda verb: walk.run(f"migratekit {verb} add_y_to_users --columns y:text", made(walk, 2)),
    )
    walk.run("migratekit down")
    shutil.rmtree(next(walk.files.glob("*_add_x_to_users")))
    prisma_failures(walk, database)
    walk.row("`prisma migrate reset`", "new and empty", Says("at no version", typed=TYPED), "4 migrations applied")
    empty(database)
    database.rows("CREATE TABLE users (id int)")
    walk.row("a baseline: `resolve --applied` for each", f"{FIRST + 1}")
    walk.run("migratekit up", "3 migrations applied")
    database.rows("CREATE TABLE currencies (code text PRIMARY KEY, name text)")
    walk.row(
        "`prisma db seed`",
        lambda said: walk.run("migratekit up") and database.rows("TABLE currencies") == [("EUR", "Euro")],
        Says("teams 100", typed=TYPED),
    )
    shutil.rmtree(next(walk.files.glob("*_seed_currencies")))
    (walk.files.parent / "schema.prisma").write_text("model User {}\n")
    walk.row("`prisma generate`", does(walk, "migratekit validate --files-only", "4 migrations: 0 errors"))
    pairs(walk)


def prisma_failures(walk: Walk, database: TestDatabase) -> None:
    """The rows about a migration that failed, and cannot run in a transaction."""
    index = walk.files / f"{FIRST + 5}_index"
    index.mkdir()
    (index / "migration.sql").write_text("CREATE UNIQUE INDEX CONCURRENTLY once ON teams (name);")
    database.rows("INSERT INTO teams VALUES (1, 'a'), (2, 'a')")
    fails = does(walk, "migratekit up", Says("dirty", DIRTY))
    at_four = f"version {FIRST + 4}"
    assert fails("")
    walk.row(
        "`prisma migrate resolve --rolled-back NAME`",
        Says(lambda said: at_four in said and fails(said), typed=TYPED),
        Says(at_four, typed=TYPED),
    )
    assert fails("")
    database.rows("DROP INDEX once; DELETE FROM teams; CREATE UNIQUE INDEX once ON teams (name)")
    walk.row(
        "`prisma migrate resolve --applied NAME`",
        Says(lambda _: database.state() == [(FIRST + 5, False)], typed=TYPED),
        f"development is at version {FIRST + 1}; nothing was run",
    )
    shutil.rmtree(index)


def numbered_pool(walk: Walk, project: Project, database: TestDatabase) -> None:
    walk.file()
    walk.block(FOREIGN, *adopted("commented"))
    walk.row(
        "the down part, copied out of the comments and run by hand", "1 migration undone; development is at version 3"
    )
    walk.row("`SELECT * FROM schema_migrations`", "1 pending", "down 004_create_tags applied")
    walk.row("`DatabaseManager().run_migrations()`", "1 migration applied; development is at version 4")
    walk.row("migrations when FastAPI starts", "nothing to do; development is at version 4")
    walk.row("the next number, by hand", made(walk, 1))
    health: dict[str, object] = {}
    walk.row(
        "`GET /health/database`",
        lambda said: health.update(parsed(said)) or health["status"] == "healthy",
        lambda key: key in health,
        lambda key: health[key] == database.name,
        lambda key: walk.run(
            f"migratekit --database {NOWHERE} health --json", Says(lambda said: "refused" in parsed(said)[key], 1)
        ),
        lambda key: "max" in str(health[key]),
        lambda key: key not in health,
    )
    walk.row(
        "`INSERT INTO schema_migrations …` by hand",
        then("is at version 3", lambda: empty(database)),
        "development is at version 3; 3 migrations count as applied",
    )
    numbered_pool_settings(walk, project, database)
    numbered_pool_class(walk, database)
    late(walk)
    walk.row("migrations of a feature branch", "missed", "1 migration applied; development is at version 4")
    pairs(walk)


def numbered_pool_settings(walk: Walk, project: Project, database: TestDatabase) -> None:
    """The rows about what was in JSON, and about several environments."""
    environments = project.folder / "environments"
    walk.row(
        "`config/*.json`: `timeout`",
        lambda name: walk.run(
            f"migratekit --database '{database.url}&{name}=x' version", Says(f"bad value for {name}", 1)
        ),
        "1 migration applied; development is at version 4",
    )
    (environments / "own.yaml").write_text("source: commented\n")
    walk.row(
        "`config/*.json`: `database.url`",
        lambda name: walk.run(f'{name}="$URL" migratekit --env own version', "4\n"),
        lambda path: (project.folder / path.replace("NAME", "own")).is_file(),
        lambda key: walk.key(key, "URL", "migratekit version", "4\n"),
    )
    database.rows("CREATE SCHEMA staging")
    project.env["STAGING_DATABASE_URL"] = f"{database.url}&search_path=staging"
    (environments / "staging.yaml").write_text("source: commented\nurl_variable: STAGING_DATABASE_URL\n")
    walk.run("migratekit down")
    walk.row("one state for each environment", "4 migrations applied; staging is at version 4")
    walk.run("migratekit version", "3\n")
    database.rows("DROP SCHEMA staging CASCADE")


def numbered_pool_class(walk: Walk, database: TestDatabase) -> None:
    """The class, and what it reads."""
    walk.run("migratekit goto 4")
    walk.file(("postgresql://…", database.url))
    program = "from migratekit.compat.database_manager import DatabaseManager as M; m = M(); p = m.pool; m.close(); "
    walk.row(
        "`config/*.json`: `pool_min_size`, `pool_max_size`",
        does(walk, f"{program}print(p.min_size, p.max_size, p.timeout)", "1 10 30"),
    )
    walk.block("4")
    walk.run("migratekit down")


def rollback_files(walk: Walk, project: Project, database: TestDatabase) -> None:
    walk.file()
    walk.block("connected to", FOREIGN, *adopted("rollback"))
    undone, again = "1 migration undone; development is at version ", "applied; development is at version 4"
    walk.row("`migrate down --version=003_add_x`", f"{undone}3", f"{undone}2")
    walk.row("`migrate status`", "2 pending")
    walk.row("`migrate up`", again)
    walk.row("`migrate.py --action=down --migration=003_add_x`", f"{undone}3")
    walk.row("`migrate.py --action=status`", "1 pending")
    walk.row("`migrate.py --action=up`", again)
    walk.row("`DatabaseMigrator().migrate_down(version)`", f"{undone}3")
    walk.row("`DatabaseMigrator().get_status()`", lambda said: parsed(said)["pending"] == 1)
    walk.row("`DatabaseMigrator().migrate_up()`", again)
    walk.block("undone 004_")
    walk.file()
    walk.block("1 pending", "1 applied")
    walk.row("`test-connection`", f"database {database.name} as")
    walk.row("`health`", "development is healthy", lambda said: parsed(said)["status"] == "healthy")
    walk.row(
        "`stats`", "created", lambda said: {"open", "created", "closed", "failed"} <= {*parsed(said)["connections"]}
    )
    walk.row("`create-sample-data --count=N`", "users 100", Says("users 100", typed=TYPED))
    assert database.value("SELECT count(*) FROM users") == 200
    rollback_files_settings(walk, project, database)
    walk.row("hints for permission denied, time-outs and what already exists", lambda line: hinted(walk, line))
    use_former(walk.name, database)
    walk.run("migratekit adopt")
    walk.run("migratekit init")
    project.env["PRODUCTION_DATABASE_URL"] = database.url
    walk.row("the release checklist", Says("production is at version 4", typed="production"), "kept")
    pairs(walk)


def rollback_files_settings(walk: Walk, project: Project, database: TestDatabase) -> None:
    """The rows about where the database is, and about files that were changed."""
    project.url = ""
    parts = {f"DB_{name[2:]}": value for name, value in walk.libpq.items()} | {"DB_PASSWORD": "not asked for"}
    parts["DB_NAME"] = parts.pop("DB_DATABASE")
    dotenv = project.folder / ".env"
    lines = "".join(f"{name}='{value}'\n" for name, value in parts.items())
    walk.row(
        "`DB_HOST`, `DB_PORT`, `DB_NAME`, `DB_USER`, `DB_PASSWORD`",
        lambda _: walk.run(f"{' '.join(lines.splitlines())} migratekit version", "4\n"),
        lambda name: dotenv.write_text(lines) and walk.run("migratekit version", "4\n"),
        lambda key: walk.key(key, "OTHER_URL", "migratekit version", Says("OTHER_URL", ExitCode.USAGE)),
        lambda name: walk.run(f'{name}="$URL" DB_HOST=/nowhere migratekit version', "4\n"),
    )
    dotenv.write_text(lines.replace("DB_HOST", "DB_CONNECTION_NAME"))
    walk.row(
        "`DB_CONNECTION_NAME`",
        does(walk, "migratekit version", "4\n"),
        does(walk, "DB_CONNECTION_NAME=a:b:c migratekit version", Says("/cloudsql/a:b:c", 1)),
    )
    dotenv.unlink()
    project.url = database.url
    use_former(walk.name, database)
    first = walk.files / "001_create_users.sql"
    text = first.read_text()
    first.write_text(f"-- Edited before.\n{text}")
    walk.row(
        "a warning for a checksum that does not fit",
        then("001_create_users.sql is not what was applied", lambda: first.write_text(f"{text}-- Edited.\n")),
        "changed",
        Says(then("is not what was applied [changed]", lambda: first.write_text(text)), DIRTY),
    )


def hinted(walk: Walk, line: str) -> bool:
    """True if what fails for each of the three reasons tells what to do."""
    fifth, said = walk.files / "005_fails.sql", []
    walk.run("migratekit repair --accept --yes")
    walk.run("migratekit up")
    for statement in (
        "SET ROLE pg_monitor; DROP TABLE users;",
        "SET statement_timeout = '1ms'; SELECT pg_sleep(1);",
        "CREATE TABLE users (id int);",
    ):
        fifth.write_text(f"BEGIN;\n{statement}\nCOMMIT;\n")
        said.append(walk.run("migratekit up", Says(line, 1)))
    fifth.unlink()
    reasons = ("must be owner", "statement timeout", "already exists")
    return all(reason in each for reason, each in zip(reasons, said, strict=True))


def up_down_sections(walk: Walk, project: Project, database: TestDatabase) -> None:
    walk.file()
    walk.block(*adopted("updown", FIRST + 2))
    walk.row("`migrate down`", f"1 migration undone; development is at version {FIRST + 3}")
    walk.row("`migrate down N`", f"2 migrations undone; development is at version {FIRST + 1}")
    walk.row("`migrate status`", "3 pending")
    walk.row(
        "pending migrations, from a program",
        lambda said: parsed(said)["pending"] == 3,
        lambda said: len(parsed(said)) == 3,
    )
    walk.row("`migrate`", "3 migrations applied")
    walk.run("migratekit down")
    walk.row("`migrate up`", f"1 migration applied; development is at version {FIRST + 4}")
    walk.row("migrate, from a program", "nothing to do")
    walk.row("`migrate validate`", "4 migrations: 0 errors", "development: 0 checks, 0 errors")
    walk.row("validate, from a program", lambda said: {each["level"] for each in parsed(said)} == {"warning"})
    walk.row("`migrate create add_x`", made(walk, 1))
    walk.row("`migrate reset`", "new and empty", Says("at no version", typed=TYPED), "4 migrations applied")
    fails = walk.files / f"{FIRST + 5}_fails.sql"
    fails.write_text("-- UP\nSELECT missing;\n")
    walk.row("`DEBUG=true migrate …`", Says("Traceback", 1))
    fails.unlink()
    other = walk.files / f"{FIRST + 4}_other.sql"
    other.write_text("-- UP\nSELECT 1;\n")
    walk.row(
        "two people's migrations collide",
        Says(lambda said: f"{FIRST + 4}_create_tags.sql" in said and other.name in said, 1),
    )
    other.unlink()
    late(walk)
    walk.row("migrations arrive out of order", "missed", f"1 migration applied; development is at version {FIRST + 4}")
    walk.run("migratekit down 2")
    walk.run("migratekit init")
    project.env["PRODUCTION_DATABASE_URL"] = database.url
    walk.row(
        "dump, up, validate, start",
        "backup",
        "2 migrations applied",
        "4 migrations: 0 errors",
        Says(f"production is at version {FIRST + 4}", typed="production"),
        "kept",
    )
    pairs(walk)


def golang_migrate(walk: Walk, project: Project, database: TestDatabase) -> None:
    makefile = project.folder / "Makefile"
    makefile.write_text("migrate-up:\n\techo by hand\n")
    there = project.folder / "installed"
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--no-cache-dir", "--disable-pip-version-check"]
    walk.stand_in["FOLDER"] = [*offline, "--target", str(there), str(ROOT)]
    walk.block(
        lambda _: (there / "bin" / "migratekit").is_file(),
        then("include migratekit.mk", lambda: makefile.write_text("include migratekit.mk\n")),
        "development is at version 2; 2 pending",
    )
    at = "development is at version "
    project.env["STAGING_DATABASE_URL"] = database.url
    walk.row(
        "`make migrate-up`",
        then(f"2 migrations applied; {at}4", lambda: walk.run("migratekit down 2")),
        f"1 migration applied; {at}3",
        "1 migration applied; staging is at version 4",
    )
    walk.row("`make migrate-down`", f"1 migration undone; {at}3", f"2 migrations undone; {at}1")
    walk.row("`make migrate-status`", "3 pending")
    walk.row("`make migrate-validate`", "4 migrations: 0 errors")
    walk.row(
        "`make migrate-force VERSION=3`",
        lambda said: (
            f"{at}3; nothing was run" in said
            and database.rows("UPDATE schema_migrations SET version = 2, dirty = true RETURNING 1")
        ),
        Says(lambda _: database.state() == [(1, False)], typed=TYPED),
    )
    walk.row(
        "`make migrate-create NAME=create_x_table`",
        made(walk, 2, "CREATE TABLE x"),
        lambda given: walk.run(f"make migrate-create NAME=create_y_table {given}", made(walk, 2, "name text NOT NULL")),
    )
    walk.row("checks before a migration, by hand", "0 to put right first")
    walk.row("a backup by hand", "backup", Says("is as it was at", typed=TYPED))
    golang_migrate_itself(walk, database)
    walk.run("migratekit up 2")
    project.env["PRODUCTION_DATABASE_URL"] = database.url
    walk.row("a release by hand", Says("production is at version 4", typed="production"))


def golang_migrate_itself(walk: Walk, database: TestDatabase) -> None:
    """The rows about `migrate`, which stays what it was; `migratekit` does the same."""
    migrate = 'migrate -path migrations -database "$DATABASE_URL"'

    def same(words: str, version: int, undo: str = "") -> Callable[[str], bool]:
        def check(_: str) -> bool:
            walk.run(f"{migrate} {words}")
            good = database.state() == [(version, False)]
            return good and (not undo or bool(walk.run(f"migratekit {undo}")))

        return check

    walk.row(f"`{migrate} up`", same("up", 4, "down 2"), "2 migrations applied")
    walk.run("migratekit down --all")
    walk.row("`migrate … up N`", same("up 2", 2), "2 migrations applied")
    walk.row("`migrate … down N`, `down -all`", same("down 2", 2, "up 1"), "2 migrations undone", "1 migration undone")
    walk.row("`migrate … goto V`", same("goto 2", 2), "1 migration applied")
    walk.row("`migrate … force V`", same("force 2", 2), "nothing was run")
    walk.row("`migrate … version`", lambda _: walk.run(f"{migrate} version", "3"), "3\n")
    walk.row(
        "`migrate create -ext sql -dir migrations -seq NAME`",
        lambda _: walk.run("migrate create -ext sql -dir migrations -seq create_x_table", made(walk, 2, "")),
        made(walk, 2, "CREATE TABLE x"),
    )
    walk.row(
        "`migrate … drop`",
        lambda _: walk.run(f"{migrate} drop -f") or database.tables() == set(),
        Says("at no version", typed=TYPED),
    )


STORIES = {
    "alembic": from_alembic,
    "dbmate": dbmate,
    "golang-migrate": golang_migrate,
    "goose": goose,
    "numbered-pool": numbered_pool,
    "prisma": prisma,
    "rollback-files": rollback_files,
    "up-down-sections": up_down_sections,
}


@pytest.mark.parametrize("name", STORIES)
def test_each_page_can_be_done_as_it_says(name: str, project: Project, database: TestDatabase, own: Project) -> None:
    walk = Walk(name, project, database, own)
    write_files(name, project, walk.folder)
    use_former(name, database)
    STORIES[name](walk, project, database)
    assert walk.left() == []


def test_each_page_has_its_story() -> None:
    assert STORIES.keys() == PAGES.keys()
