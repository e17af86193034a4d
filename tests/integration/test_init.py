"""`migratekit init` in repositories, from the checkout and from the wheel."""

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from support import BIN, CLEAN, ROOT, Project, TestDatabase

FILES = {
    ".gitignore",
    "Makefile",
    "checks/.gitkeep",
    "environments/development.yaml",
    "environments/production.yaml",
    "environments/staging.yaml",
    "environments/test.yaml",
    "migratekit.mk",
    "migrations/.gitkeep",
    "scripts/production-migrate.sh",
    "templates/README.md",
}
PATH = {"PATH": f"{BIN}:{os.environ['PATH']}"}


def content(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file under the folder but git's own: its bytes, mode and time."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if not path.is_dir()}
    return {
        name: (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
        for name, path in found.items()
        if not name.startswith((".git/", ".venv/"))
    }


def call(folder: Path, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What a user types in the folder."""
    return subprocess.run(
        argv, cwd=folder, env=CLEAN | PATH | env, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    """An empty repository, in a folder with blanks."""
    folder = tmp_path / "a repository"
    folder.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=folder, env=CLEAN, check=True)
    return Project(folder)


def test_an_empty_repository_gets_everything_once(repository: Project) -> None:
    dry = repository.migratekit("init", "--dry-run")
    assert (dry.returncode, content(repository.folder)) == (0, {})
    done = repository.migratekit("init")
    assert (done.returncode, done.stderr) == (0, "")
    assert dry.stdout == done.stdout.replace("written", "would be written")
    assert {line.removeprefix("written  ") for line in done.stdout.splitlines()[:-1]} == FILES
    made = content(repository.folder)
    assert made.keys() == FILES
    assert {name for name, (_, mode, _) in made.items() if mode & 0o111} == {"scripts/production-migrate.sh"}
    assert made["Makefile"][0].count(b"\n") == 2
    again = repository.migratekit("init")
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "0 files written, 11 kept")
    assert content(repository.folder) == made


def test_its_makefile_lists_the_targets_that_this_one_has(repository: Project) -> None:
    repository.migratekit("init")
    listed = call(repository.folder, "make").stdout
    ours = call(ROOT, "make", "help").stdout
    assert listed.replace("\nENV=NAME picks", "\n##@\nENV=NAME picks").split("##@")[0] in ours
    assert "migrate-up " in listed and "migratekit-ready" not in listed


def test_what_is_there_stays_to_the_byte_and_what_to_add_is_told(repository: Project) -> None:
    there = {
        "Makefile": b"VERSION := 1.2\nall: ; @echo $(VERSION) $$VERSION\nmigrate-up: ; @echo mine\n",
        ".gitignore": b".env*\n/logs",
        "environments/development.yaml": b"region: not ours\r\n",
        "migratekit.mk": b"",
    }
    (repository.folder / "environments").mkdir()
    for name, text in there.items():
        (repository.folder / name).write_bytes(text)
    before = content(repository.folder)
    done = repository.migratekit("init", env={"MIGRATEKIT_ENV": "nowhere"})
    assert (done.returncode, done.stderr) == (0, "")
    after = content(repository.folder)
    assert {name: after[name] for name in before} == before
    assert after.keys() == FILES
    told = done.stdout.split("\n\n")
    assert told[0].endswith(f"{len(FILES) - 4} files written, 4 kept")
    assert told[1:] == [
        "to be added at the top of Makefile, for the targets:\n  include migratekit.mk",
        "Makefile has targets of these names, which win as long as they are there:\n  migrate-up",
        "to be added to .gitignore, for what must not be committed:\n  .venv/\n  .migratekit/\n  backups/\n  reports/",
        "not as in this version of migratekit; remove them and call init again to have them anew:\n  migratekit.mk\n",
    ]


def test_a_makefile_that_includes_the_targets_goes_on_as_it_was(repository: Project) -> None:
    makefile = repository.folder / "Makefile"
    makefile.write_text("include migratekit.mk\nVERSION = 1.2\nENV ?= theirs\nall: ; @echo $(VERSION) $(ENV)\n")
    assert "to be added at the top" not in repository.migratekit("init").stdout
    assert call(repository.folder, "make").stdout == "1.2 theirs\n"
    assert call(repository.folder, "make", "VERSION=3", "ENV=x").stdout == "3 x\n"
    for target, text in (("migrate-goto", "$(shell touch pwned)"), ("migrate-create", '"; touch pwned; "')):
        done = call(repository.folder, "make", target, f"VERSION={text}", f"NAME={text}", f"ENV={text}")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: "), done.stderr
    assert not (repository.folder / "pwned").exists()


def test_without_migratekit_the_targets_say_what_to_install(repository: Project) -> None:
    repository.migratekit("init")
    done = call(repository.folder, "make", "migrate-up", PATH="/usr/bin:/bin")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("migratekit is neither in .venv nor on the PATH: python3 -m venv .venv && ")


@pytest.mark.parametrize("name", ["environments", "migrations", "scripts"])
def test_nothing_is_written_outside_of_the_project(repository: Project, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repository.folder / name).symlink_to(outside)
    done = repository.migratekit("init")
    assert (done.returncode, done.stdout) == (3, "")
    assert f"{name} leads out of the project; nothing was written" in done.stderr
    assert list(outside.iterdir()) == []
    assert {path.name for path in repository.folder.iterdir()} == {".git", name}


def test_a_link_in_the_place_of_a_file_is_kept_and_not_followed(repository: Project, tmp_path: Path) -> None:
    (repository.folder / "migratekit.mk").symlink_to(tmp_path / "nowhere")
    done = repository.migratekit("init", "--into", str(repository.folder))
    assert done.returncode == 0
    assert "kept as it is  migratekit.mk" in done.stdout
    assert not (tmp_path / "nowhere").exists()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(argv, cwd=ROOT, env=CLEAN, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture
def install(wheel: Path) -> Callable[[Path], None]:
    """Makes .venv in a folder, with the wheel in it; what it depends on is borrowed from our own."""

    def install(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
        python = str(folder / ".venv" / "bin" / "python")
        packages = next((folder / ".venv").glob("lib/python*/site-packages"))
        (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
        argv = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps"]
        done = subprocess.run(
            [*argv, "--ignore-installed", str(wheel)], env=CLEAN, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    return install


def test_the_wheel_holds_all_that_the_checkout_has(wheel: Path) -> None:
    package = ROOT / "scripts" / "migratekit"
    ours = {f"migratekit/{path.relative_to(package)}" for path in package.rglob("*.*") if path.suffix != ".pyc"}
    ours |= {f"migratekit/{path.relative_to(ROOT)}" for path in (ROOT / "templates").rglob("*.*")}
    assert ours - set(ZipFile(wheel).namelist()) == set()


def test_the_wheel_alone_makes_a_project_that_works(
    repository: Project, database: TestDatabase, install: Callable[[Path], None]
) -> None:
    folder = repository.folder
    install(folder)
    env = {"DATABASE_URL": database.url, "PATH": "/usr/bin:/bin"}
    place = call(folder, ".venv/bin/python", "-c", "import migratekit; print(migratekit.__file__)").stdout
    assert Path(place.strip()).is_relative_to(folder)

    assert call(folder, ".venv/bin/migratekit", "init").stdout.splitlines()[-1] == "11 files written, 0 kept"
    made = content(folder)
    assert {
        made[name][0] == (ROOT / name).read_bytes() for name in made if (ROOT / name).is_file() and "/" in name
    } == {True}
    for name, columns in (
        ("create_projects_table", "name:text!"),
        ("create_tasks_table", "project:references(projects)"),
    ):
        done = call(folder, "make", "migrate-create", f"NAME={name}", f"COLS={columns}", **env)
        assert done.returncode == 0, done.stderr
    up = call(folder, "make", "migrate-up", **env)
    assert (up.returncode, up.stdout.splitlines()[-1]) == (0, "2 migrations applied; development is at version 2")
    assert database.tables() == {"projects", "tasks"}
    status = call(folder, "make", "migrate-status", **env).stdout
    assert re.findall(r"(\w+) +applied", status) == ["create_projects_table", "create_tasks_table"]
    verified = call(folder, "make", "migrate-validate", **env)
    assert verified.stdout.splitlines()[-1] == "2 migrations: 0 errors, 0 warnings"
    released = call(folder, "scripts/production-migrate.sh", "--env", "development", "--dry-run", **env)
    assert released.returncode == 0, released.stdout + released.stderr
    tracked = call(folder, "git", "status", "--porcelain", "--untracked-files=all").stdout
    assert {line[3:].split("/")[0] for line in tracked.splitlines()} == {name.split("/")[0] for name in FILES}


PROGRAM = """
import psycopg
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from migratekit import AsyncMigrator, MigratekitError, Migrator, Progress, Run


def show(progress: Progress) -> None:
    print(progress.number / progress.total, progress.message)


def program(pool: ConnectionPool) -> int | None:
    try:
        run: Run = Migrator(pool, "migrations", on_progress=show, lock_wait=5).up()
    except MigratekitError as error:
        raise SystemExit(error.exit_code) from error
    with psycopg.connect("") as connection:
        assert Migrator(connection).status().is_current
    return run.version


async def later(pool: AsyncConnectionPool) -> str:
    step = (await AsyncMigrator(pool, environment="staging").plan())[0]
    return step.sql
"""


def test_a_program_that_uses_the_wheel_is_checked_by_mypy(repository: Project, install: Callable[[Path], None]) -> None:
    folder = repository.folder
    install(folder)
    (folder / "program.py").write_text(PROGRAM)
    (folder / "wrong.py").write_text("from migratekit import Migrator\nMigrator(5).up().versions\n")
    python = str(folder / ".venv" / "bin" / "python")
    argv = (sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "--cache-dir", ".cache")
    right, wrong = call(folder, *argv, "program.py"), call(folder, *argv, "wrong.py")
    assert (right.returncode, wrong.returncode) == (0, 1), right.stdout
    assert {line.rpartition("[")[2] for line in wrong.stdout.splitlines()[:-1]} == {"arg-type]", "attr-defined]"}
