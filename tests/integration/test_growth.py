"""What grows with the project, and how: ratios of what was measured side by side, and never a time by itself."""

import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from counted import counted
from runs import fresh_database
from support import BIN, Project, TestDatabase

pytestmark = pytest.mark.long

# Among many a migration may cost this much more: caches grow too small, and what is measured wavers. Whatever grows
# with the square costs five or ten times as much.
LINEAR = 1.6
MIB = 1 << 20


def cpu(project: Project, command: str, *words: str) -> float:
    """Seconds of the processor in the command itself; the clock would count what others do meanwhile."""
    argv = [str(BIN / command), *words]
    if command == "migrate":
        argv[1:1] = ["-path", str(project.migrations), "-database", project.url]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(argv, cwd=project.folder, env=project.environment(), capture_output=True, check=False)
    behind = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr[-500:]
    return behind.ru_utime - before.ru_utime + behind.ru_stime - before.ru_stime


def growth(measure: Callable[[int], float], few: int, many: int) -> float:
    """What a migration among many costs, by what one among few does; without what every call costs."""
    base, small, large = measure(1), measure(few), measure(many)
    return ((large - base) / many) / ((small - base) / few)


def chain(folder: Path, count: int) -> Project:
    """So many pairs that hardly give the server anything to do."""
    project = Project(folder / f"of_{count}")
    project.write({f"{n:06}_m{n}.up.sql": f"SELECT {n};\n" for n in range(1, count + 1)})
    project.write({f"{n:06}_m{n}.down.sql": f"SELECT -{n};\n" for n in range(1, count + 1)})
    return project


@pytest.mark.parametrize("command", ["migrate", "migratekit"])
def test_a_run_grows_with_its_files_and_no_faster(tmp_path: Path, database: TestDatabase, command: str) -> None:
    def up(count: int) -> float:
        with fresh_database(database.server) as fresh:
            project = chain(tmp_path, count)
            project.url = fresh.url
            return cpu(project, command, "up")

    assert growth(up, 1_000, 10_000) <= LINEAR


@pytest.mark.parametrize("verb", ["status", "plan", "version", "validate"])
def test_a_question_grows_with_files_and_history_and_no_faster(
    tmp_path: Path, database: TestDatabase, verb: str
) -> None:
    def ask(count: int) -> float:
        with fresh_database(database.server) as fresh:
            project = chain(tmp_path, count)
            project.url = fresh.url
            words = ["up", str(count - count // 2)] if verb == "plan" else ["up"]
            assert project.migratekit(*words).returncode == 0
            return min(cpu(project, "migratekit", verb) for _ in range(3))

    assert growth(ask, 1_000, 10_000) <= LINEAR


def test_a_hundred_thousand_files_are_listed_in_proportion(tmp_path: Path, database: TestDatabase) -> None:
    def ask(count: int) -> float:
        project = chain(tmp_path, count)
        project.url = database.url
        assert project.migrate("force", "1").returncode == 0
        return min(cpu(project, "migrate", "version") for _ in range(3))

    assert growth(ask, 10_000, 50_000) <= LINEAR


def test_memory_grows_by_little_for_each_file(tmp_path: Path, database: TestDatabase) -> None:
    """A file's own text is let go when it is done."""
    peaks = {}
    for count in (100, 10_000):
        with fresh_database(database.server) as fresh:
            project = chain(tmp_path, count)
            project.url = fresh.url
            peaks[count] = {command: counted(project, command, "up").peak for command in ("migrate", "migratekit")}
    for command, most in (("migrate", 3.0), ("migratekit", 10.0)):
        assert (peaks[10_000][command] - peaks[100][command]) * 1024 / 9_900 <= most, f"KiB a migration, {command}"


@pytest.mark.parametrize("command", ["migrate", "migratekit"])
@pytest.mark.parametrize("around", [("", ""), ("BEGIN;\n", "COMMIT;\n")], ids=["plain", "own transaction"])
def test_a_file_longer_than_any_message_is_held_once(
    project: Project, database: TestDatabase, command: str, around: tuple[str, str]
) -> None:
    """The server takes no message of a GiB; small statements are no dearer than long ones."""
    long, short = b"SELECT length('" + b"x" * MIB + b"');\n", b"INSERT INTO a VALUES (1);\n" * 4000
    project.write({"1_small.up.sql": "CREATE TABLE a (i int);"})
    with (project.migrations / "2_large.up.sql").open("wb") as file:
        file.write(around[0].encode())
        for _ in range(1000):
            file.write(long + short)
        file.write(around[1].encode())
    size = (project.migrations / "2_large.up.sql").stat().st_size / MIB
    assert size > 1024
    assert counted(project, command, "up", "1").peak < 64
    assert counted(project, command, "up").peak <= 1.2 * size + 64
    assert database.value("SELECT count(*) FROM a") == 4_000_000
