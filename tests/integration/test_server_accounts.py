"""Root and ordinary users: PostgreSQL refuses to run as root, so root's server runs as somebody else."""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import migratekit
from local_server import NEWEST, ask, clean_up
from migratekit.server import Server
from migratekit.server.binaries import find_binaries

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

NOBODY = 65534
COMMAND = """
import sys
from pathlib import Path
from migratekit.errors import ServerError
from migratekit.server import Server
server = Server(Path(sys.argv[2]), wanted=sys.argv[3])
try:
    if sys.argv[1] == "start":
        server.start()
        print(server.url("postgres"))
    else:
        server.stop()
except ServerError as error:
    sys.exit(f"ServerError: {error}")
"""


class Nobody:
    """An ordinary user, with a project and a library of their own."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.project.mkdir()
        os.chown(self.project, NOBODY, NOBODY)
        self.packages = folder / "library"
        shutil.copytree(Path(migratekit.__file__).parent, self.packages / "migratekit")
        self.python = next(path for path in (sys.executable, "/usr/bin/python3") if self.can_run(path))

    def run(self, *argv: str, path: str = os.defpath) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            argv,
            cwd="/",
            env={"PYTHONPATH": str(self.packages), "PATH": path},
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def can_run(self, python: str) -> bool:
        with contextlib.suppress(PermissionError, FileNotFoundError):
            return self.run(python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))").returncode == 0
        return False

    def start(self) -> "subprocess.CompletedProcess[str]":
        return self.run(self.python, "-c", COMMAND, "start", str(self.project), nobodys_binaries())

    def stop(self) -> None:
        self.run(self.python, "-c", COMMAND, "stop", str(self.project), nobodys_binaries())


def nobodys_binaries() -> str:
    return str(find_binaries().bindir)


@pytest.fixture
def nobody() -> Iterator[Nobody]:
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="open-", dir="/tmp"))
    folder.chmod(0o755)
    user = Nobody(folder)
    yield user
    user.stop()
    shutil.rmtree(folder)


@pytest.fixture
def root_project(tmp_path: Path) -> Iterator[Path]:
    """A project in a folder that only root can enter."""
    path = tmp_path / "hidden" / "project"
    path.mkdir(parents=True)
    path.parent.chmod(0o700)
    yield path
    clean_up(path)


def test_root_uses_a_project_in_a_folder_that_only_root_can_enter(root_project: Path) -> None:
    server = Server(root_project, wanted=NEWEST)
    server.start()
    assert server.data.stat().st_uid != 0
    assert ask(server.url("postgres")) == 1
    assert stat.S_IMODE((root_project / ".migratekit/server.json").stat().st_mode) == 0o600


def test_root_uses_programs_in_a_folder_that_only_root_can_enter(root_project: Path) -> None:
    server = Server(root_project, wanted=str(hidden_copy_of_the_wheel(root_project.parent / "python")))
    server.start()
    first = program_of(server)
    server.stop()
    server.start()
    try:
        assert ask(server.url("postgres"), "SHOW server_version") == server.binaries.version
        assert program_of(server) == first
    finally:
        shutil.rmtree(first.parents[3])


def program_of(server: Server) -> Path:
    program = Path((server.data / "postmaster.opts").read_text().split()[0])
    assert program.is_relative_to("/var/lib/migratekit/binaries")
    return program


def hidden_copy_of_the_wheel(target: Path) -> Path:
    """As `pip install` with umask 077 would leave it, without what only compilers need."""
    bindir = find_binaries("embedded").bindir
    install, package = bindir.parent, bindir.parents[1]
    ignored = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(install, target / package.name / install.name, ignore=ignored)
    libraries = package.with_name(package.name + ".libs")
    shutil.copytree(libraries, target / libraries.name)
    for path in target.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
    return target / package.name / install.name / "bin"


def test_an_ordinary_user_keeps_the_data_in_the_project(nobody: Nobody) -> None:
    done = nobody.start()
    assert done.returncode == 0, done.stderr
    data = nobody.project / ".migratekit/postgres"
    assert ask(done.stdout.strip(), "SHOW data_directory") == str(data)
    assert data.stat().st_uid == NOBODY


def test_root_and_an_ordinary_user_each_have_a_server_in_one_project(nobody: Nobody) -> None:
    server = Server(nobody.project, wanted=NEWEST)
    server.start()
    try:
        done = nobody.start()
        assert done.returncode == 0, done.stderr
        assert ask(server.url("postgres"), "SHOW data_directory") == str(server.data)
        theirs = str(nobody.project / ".migratekit/postgres")
        assert ask(done.stdout.strip(), "SHOW data_directory") == theirs
    finally:
        clean_up(nobody.project)


def test_a_directory_of_path_that_one_may_not_enter_does_not_count(nobody: Nobody, root_project: Path) -> None:
    find = "from migratekit.server.binaries import find_binaries; find_binaries('99')"
    done = nobody.run(nobody.python, "-c", find, path=str(root_project))
    assert "no PostgreSQL 99 server was found" in done.stderr


def test_a_project_that_one_may_not_write_in_is_one_clear_error(nobody: Nobody) -> None:
    os.chown(nobody.project, 0, 0)
    done = nobody.start()
    assert done.stderr.startswith("ServerError: ")
    assert "Permission denied" in done.stderr
    assert "Traceback" not in done.stderr
