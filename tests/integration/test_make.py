"""The Make targets, in a copy of the project whose path holds blanks."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import zygote
from support import CLEAN, ROOT

NOBODY = 65534
LAST = 14


@dataclass(frozen=True)
class Copy:
    """A copy of the project, and `make` called in it."""

    folder: Path
    user: int | None = None
    env: dict[str, str] = field(default_factory=dict)
    # What it calls for .venv/bin/migratekit.
    command: Path | None = None

    def make(self, *words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs make; `variables` are put into the environment."""
        instead = [f"MIGRATEKIT={self.command}"] if self.command else []
        return subprocess.run(
            ["make", *words, *instead],
            cwd=self.folder,
            env=CLEAN | self.env | variables,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )

    def done(self, *words: str, **variables: str) -> list[str]:
        """The lines of a call that went well."""
        done = self.make(*words, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    def files(self) -> list[Path]:
        """What is in the folder and among the migrations."""
        return sorted([*self.folder.iterdir(), *self.folder.glob("migrations/*"), *self.folder.glob("environments/*")])


def copy_project(folder: Path) -> Path:
    """Copies what is, or would be, under version control."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Copy:
    """A copy in which nothing is installed."""
    return Copy(copy_project(tmp_path / "a folder with space"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy with everything installed; its embedded server is stopped at the end."""
    copy = Copy(copy_project(tmp_path_factory.mktemp("make") / "a folder with space"))
    done = copy.make("install")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr.startswith("installing into .venv ...\n")
    yield copy
    clean(copy)


def clean(copy: Copy) -> None:
    """Runs `make clean`, behind which nothing may be left."""
    data = Path(re.findall("its data are in (.+)", copy.done("db-start")[0])[0])
    assert data.is_dir()
    copy.done("clean")
    assert not data.parent.exists()
    assert not {".venv", ".migratekit"} & {path.name for path in copy.folder.iterdir()}


@pytest.fixture
def quick(installed: Copy) -> Copy:
    """The same, with a command that need not be loaded at each call."""
    return replace(installed, command=zygote.launchers(CLEAN) / "migratekit")


@pytest.fixture
def made(quick: Copy) -> Copy:
    """The same, with an empty database."""
    quick.done("db-reset")
    return quick


def test_make_alone_lists_the_targets_in_groups(bare: Copy) -> None:
    lines = bare.done()
    groups = [line for line in lines if line and not line.startswith((" ", "ENV"))]
    assert [group.partition(" (")[0] for group in groups] == [
        "Migrations",
        "Database of your own",
        "Working on migratekit",
    ]
    listed = {line.split()[0] for line in lines if line.startswith("  ")}
    text = "".join((bare.folder / name).read_text() for name in ("Makefile", "migratekit.mk"))
    phony = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert listed == set(" ".join(phony).split()) - {".venv/.installed", "migratekit-ready"}
    assert "ENV=NAME picks environments/NAME.yaml (development)." in lines
    assert not (bare.folder / ".venv").exists()


def test_up_applies_the_whole_chain_and_status_shows_it(installed: Copy) -> None:
    installed.done("db-reset")
    lines = installed.done("migrate-up")
    assert lines[-1] == f"{LAST} migrations applied; development is at version {LAST}"
    status = installed.done("migrate-status")
    assert status[1].split()[:3] == ["001", "create_plans_table", "applied"]
    assert status[-1] == f"development is at version {LAST}; 0 pending"
    assert installed.done("migrate-version") == [str(LAST)]


def test_steps_and_versions_are_taken_from_the_command_line(made: Copy) -> None:
    made.done("migrate-up")
    assert made.done("migrate-down", "STEPS=3")[-1] == f"3 migrations undone; development is at version {LAST - 3}"
    assert made.done("migrate-up", "STEPS=1")[-1] == f"1 migration applied; development is at version {LAST - 2}"
    assert made.done("migrate-down")[-1] == f"1 migration undone; development is at version {LAST - 3}"
    assert made.done("migrate-goto", "VERSION=003")[-1].endswith("development is at version 3")
    assert made.done("migrate-redo")[-1] == "2 migrations run; development is at version 3"
    assert made.done("migrate-force", "VERSION=001") == ["development is at version 1; nothing was run"]


def test_env_picks_the_environment(made: Copy) -> None:
    assert made.done("migrate-version", "ENV=test") == ["none"]
    refused = made.make("migrate-drop", "ENV=production")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "environment production does not allow `drop`" in refused.stderr


def test_create_makes_the_next_pair(made: Copy) -> None:
    paths = made.done("migrate-create", "NAME=add due dates")
    try:
        assert paths == [f"migrations/{LAST + 1:03}_add_due_dates.{way}.sql" for way in ("up", "down")]
        assert made.done("migrate-validate")[-1].startswith(f"{LAST + 1} migrations: 0 errors")
    finally:
        for path in paths:
            (made.folder / path).unlink()


def test_what_create_makes_from_a_name_and_columns_runs_as_it_is(made: Copy) -> None:
    columns = "name:text! description:text"
    paths = made.done("migrate-create", "NAME=create_projects_table", f"COLS={columns}", COLUMNS="80")
    try:
        assert made.done("migrate-validate")[-1] == f"{LAST + 1} migrations: 0 errors, 0 warnings"
        assert made.done("migrate-up")[-1] == f"{LAST + 1} migrations applied; development is at version {LAST + 1}"
        assert made.done("migrate-down")[-1] == f"1 migration undone; development is at version {LAST}"
    finally:
        for path in paths:
            (made.folder / path).unlink()


def test_drop_asks(made: Copy) -> None:
    made.done("migrate-up", "STEPS=1")
    done = made.make("migrate-drop", stdin="development\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nobody is there to confirm it" in done.stderr
    assert made.done("migrate-version") == ["1"]


def test_the_database_is_started_entered_emptied_and_stopped(made: Copy) -> None:
    made.done("migrate-up", "STEPS=1")
    assert made.done("db-stop") == ["PostgreSQL stopped"]
    assert made.done("db-stop") == ["PostgreSQL was not running"]
    assert made.done("db-start")[0].startswith("PostgreSQL ")
    assert made.make("db-shell", stdin="SELECT 6 * 7 AS answer;\n").stdout.split()[:3] == ["answer", "--------", "42"]
    assert made.done("migrate-version") == ["1"]
    assert made.done("db-reset") == ["database development is new and empty"]
    assert made.done("migrate-version") == ["none"]


def test_nothing_is_installed_twice(installed: Copy) -> None:
    before = {name: (installed.folder / ".venv" / name).stat().st_mtime_ns for name in (".installed", ".place")}
    for target in ("install", "migrate-version"):
        done = installed.make(target)
        assert (done.returncode, done.stderr) == (0, "")
    after = {name: (installed.folder / ".venv" / name).stat().st_mtime_ns for name in (".installed", ".place")}
    assert after == before


VARIABLES = {
    "migrate-create": "NAME",
    "migrate-goto": "VERSION",
    "migrate-force": "VERSION",
    "migrate-up": "STEPS",
    "migrate-status": "ENV",
    "migrate-baseline": "VERSION",
    "migrate-wait": "VERSION",
}
INJECTIONS = [
    'x"; touch pwned; "',
    "x'; touch pwned; '",
    "x; touch pwned",
    "$(shell touch pwned)",
    "$$(touch pwned)",
    "`touch pwned`",
    "${shell touch pwned}",
    "$(error pwned)",
    "x\n\ttouch pwned",
]


@pytest.mark.parametrize("text", INJECTIONS, ids=ascii)
def test_what_is_given_on_the_command_line_is_only_text(quick: Copy, text: str) -> None:
    before = quick.files()
    for target, variable in VARIABLES.items():
        done = quick.make(target, f"{variable}={text}")
        assert (done.returncode, done.stdout) == (2, ""), target
        assert done.stderr.startswith("error: "), target
    assert quick.files() == before


@pytest.mark.parametrize("text", INJECTIONS, ids=ascii)
def test_what_a_new_migration_is_made_of_is_only_text(quick: Copy, text: str) -> None:
    before = quick.files()
    for variable in ("COLS", "KIND", "SET", "KEEP"):
        done = quick.make("migrate-create", "NAME=create_x_table", f"{variable}={text}")
        assert (done.returncode, done.stdout) == (2, ""), variable
        assert done.stderr.startswith("error: "), variable
    assert quick.files() == before


@pytest.mark.parametrize("text", ["--help", "-h", "1 --all", "--yes"])
def test_what_looks_like_an_option_is_none(quick: Copy, text: str) -> None:
    for target in ("migrate-goto", "migrate-force", "migrate-up", "migrate-down", "migrate-status"):
        variable = VARIABLES.get(target, "STEPS")
        done = quick.make(target, f"{variable}={text}")
        assert (done.returncode, done.stdout) == (2, ""), target


def test_what_is_in_the_environment_is_not_run(quick: Copy) -> None:
    before = quick.files()
    for text in INJECTIONS:
        done = quick.make("migrate-create", **dict.fromkeys(("NAME", "VERSION", "STEPS", "ENV"), text))
        assert (done.returncode, done.stdout) == (2, ""), text
    assert quick.files() == before


def test_values_of_the_environment_are_not_taken(made: Copy) -> None:
    assert made.done("migrate-up", STEPS="1", ENV="production")[-1].startswith(
        f"{LAST} migrations applied; development"
    )
    for target, variable in (("migrate-create", "NAME"), ("migrate-goto", "VERSION"), ("migrate-force", "VERSION")):
        done = made.make(target, **{variable: "3"})
        assert (done.returncode, done.stdout) == (2, "")
    assert made.done("migrate-version") == [str(LAST)]


PYTHONS = {
    "no venv module": ("*venv*", "migratekit needs the venv module of Python: apt install python3-venv"),
    "too old": ("*version_info*", "migratekit needs Python 3.11 or newer: make PYTHON=python3.12 ..."),
}


@pytest.mark.parametrize(("failing", "told"), PYTHONS.values(), ids=PYTHONS)
def test_a_python_that_does_not_do_is_told_in_one_line(bare: Copy, failing: str, told: str) -> None:
    fake = bare.folder / "fake-python"
    fake.write_text(f'#!/bin/sh\ncase "$2" in {failing}) exit 1;; esac\nexec python3 "$@"\n')
    fake.chmod(0o755)
    done = bare.make("migrate-up", "PYTHON=./fake-python")
    assert (done.returncode, done.stdout) == (2, "")
    assert [line for line in done.stderr.splitlines() if not line.startswith("make: ")] == [told]
    assert not (bare.folder / ".venv").exists()


@pytest.fixture
def ordinary() -> Iterator[Copy]:
    """A copy that belongs to an ordinary user, with the .venv that was in the folder it was copied from."""
    root = Path(tempfile.mkdtemp(prefix="migratekit-make-"))
    root.chmod(0o755)
    folder = copy_project(root / "a folder with space")
    (folder / ".venv").mkdir()
    (folder / ".venv" / ".place").write_text("/elsewhere\n")
    (folder / ".venv" / ".installed").touch()
    (root / "home").mkdir()
    env = {"HOME": str(root / "home")}
    if os.geteuid() == 0:
        # The PATH of root may lead into folders that only root can enter.
        env["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        for path in (root, *root.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    copy = Copy(folder, NOBODY if os.geteuid() == 0 else None, env)
    yield copy
    clean(copy)
    shutil.rmtree(root)


def test_an_ordinary_user_runs_the_chain_in_a_folder_that_was_copied(ordinary: Copy) -> None:
    done = ordinary.make("migrate-up")
    assert done.returncode == 0, done.stderr
    assert "installing into .venv" in done.stderr
    assert done.stdout.splitlines()[-1] == f"{LAST} migrations applied; development is at version {LAST}"
    assert ordinary.done("migrate-down", "STEPS=2")[-1].endswith(f"at version {LAST - 2}")
    owners = {path.stat().st_uid for path in (ordinary.folder / ".venv", ordinary.folder / ".migratekit")}
    assert owners == {NOBODY if os.geteuid() == 0 else os.getuid()}
