"""A release with scripts/production-migrate.sh: each stage, what stops it, and how the database gets back."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import zygote
from outcomes import write_three
from runs import WAIT, Done, finish, gate, version, wait_for_line
from support import BIN, CLEAN, ROOT, Project, TestDatabase
from terminal import talk

SCRIPT = "scripts/production-migrate.sh"
FAILING = "CREATE TABLE d (id int);\nSELECT missing;"


@pytest.fixture
def release(project: Project) -> Project:
    """Three pending migrations, the script, and the environment production as they are shipped."""
    write_three(project)
    for name in (SCRIPT, "environments/production.yaml"):
        (project.folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, project.folder / name)
    project.env = {"PRODUCTION_DATABASE_URL": project.url}
    project.url = ""
    calls(project, zygote.launchers(CLEAN))
    return project


@pytest.fixture
def installed(release: Project) -> Project:
    """The same with the command as it is installed, for where a terminal matters."""
    calls(release, BIN)
    return release


def calls(project: Project, commands: Path) -> None:
    """Has the script find these commands."""
    project.env["PATH"] = f"{commands}:{os.environ['PATH']}"


def rules(project: Project, *lines: str) -> None:
    """Adds lines to the rules of production."""
    path = project.folder / "environments" / "production.yaml"
    path.write_text(path.read_text() + "\n".join(lines) + "\n")


def start(project: Project, *words: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(project.folder / SCRIPT), *words],
        cwd=project.folder.parent,
        env=CLEAN | project.env,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def call(project: Project, *words: str) -> Done:
    """The script without a terminal, called from another folder."""
    return finish(start(project, *words))


def newest(project: Project, pattern: str) -> Path:
    return max(project.folder.glob(pattern), key=lambda path: path.stem)


def record(project: Project) -> dict[str, Any]:
    """The record of the last release."""
    document: dict[str, Any] = json.loads(newest(project, "reports/*.json").read_text())
    return document


def log(project: Project) -> str:
    return newest(project, "logs/*.log").read_text()


def stages(project: Project) -> list[tuple[str, int]]:
    return [(stage["verb"], stage["exit_code"]) for stage in record(project)["stages"]]


@pytest.fixture
def masked() -> Iterator[None]:
    """A umask that hides nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_dry_run_changes_nothing_and_the_release_does_it_all(
    release: Project, database: TestDatabase, masked: None
) -> None:
    before = database.digest()
    done = call(release, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert "CREATE TABLE b (id int);" in done.stdout
    assert (database.digest(), database.state()) == (before, None)
    assert record(release)["kind"] == "rehearsal"
    assert not (release.folder / "backups").exists()

    done = call(release, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert database.tables() == {"a", "b", "c"}
    assert stages(release) == [(verb, 0) for verb in ("preflight", "plan", "backup", "up", "verify")]
    document = record(release)
    assert (document["kind"], document["exit_code"]) == ("release", 0)
    assert document["state"]["version"] == 3
    assert "3 migrations applied; production is at version 3" in log(release)
    for path in [*release.folder.glob("logs/*"), *release.folder.glob("reports/*"), *release.folder.glob("backups/*")]:
        assert path.stat().st_mode & 0o077 == 0, path

    done = call(release, "--yes")
    assert done.returncode == 0
    assert stages(release) == [("preflight", 0), ("plan", 0)]


def test_whoever_is_at_a_terminal_types_the_name(installed: Project, database: TestDatabase) -> None:
    script = str(installed.folder / SCRIPT)
    talked = talk(installed, script, answer="staging\n", prompt="Type production to go on: ")
    assert talked.code == 3
    assert "not confirmed; nothing was done" in talked.shown
    assert version(database) == 0
    talked = talk(installed, script, answer="production\n", prompt="Type production to go on: ")
    assert talked.code == 0
    assert "will run 001_create_a, 002_create_b, 003_create_c" in talked.shown
    assert version(database) == 3


def test_a_ctrl_c_at_the_question_ends_the_release(installed: Project, database: TestDatabase) -> None:
    talked = talk(installed, str(installed.folder / SCRIPT), answer="\x03", prompt="Type production to go on: ")
    assert talked.code == 130
    assert database.state() is None


def test_without_a_terminal_yes_is_needed(release: Project, database: TestDatabase) -> None:
    done = call(release)
    assert done.returncode == 64
    assert "there is no terminal to confirm at" in done.stderr
    assert database.state() is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--what"], "what is --what?"),
        (["--env"], "--env needs a value"),
        (["--yes", "--env", ""], "--env needs a value"),
        (["--yes", "--commit", ""], "--commit needs a value"),
        (["--yes", "--to", "x"], "'x' is no version"),
        (["--yes", "--on-failure", "x"], "invalid choice: 'x'"),
        (["--yes", "--skip-backup", "  "], "--skip-backup needs a reason"),
        (["--yes", "--env", "nowhere"], "nowhere"),
    ],
)
def test_wrong_usage(release: Project, database: TestDatabase, words: list[str], says: str) -> None:
    done = call(release, *words)
    assert done.returncode == 64
    assert says in done.stderr
    assert (database.state(), (release.folder / "backups").exists()) == (None, False)


def test_a_stage_that_the_environment_forbids_is_known_beforehand(release: Project, database: TestDatabase) -> None:
    path = release.folder / "environments" / "production.yaml"
    path.write_text(path.read_text().replace(" verify,", ""))
    done = call(release, "--yes")
    assert done.returncode == 3
    assert "does not allow `verify`, which a release needs" in done.stderr
    assert database.state() is None


def test_a_release_stays_in_its_project(release: Project, database: TestDatabase, tmp_path: Path) -> None:
    (tmp_path / "other" / "scripts").mkdir(parents=True)
    variables = CLEAN | release.env | {"CDPATH": str(tmp_path / "other")}
    subprocess.run(["bash", SCRIPT, "--dry-run"], cwd=release.folder, env=variables, check=True, capture_output=True)
    assert record(release)["kind"] == "rehearsal"


def test_a_late_file_is_something_to_run_and_the_way_back_knows_it(release: Project, database: TestDatabase) -> None:
    rules(release, "rules: {missed: warn}")
    late = {path.name: path.read_text() for path in release.migrations.glob("002_*")}
    for name in late:
        (release.migrations / name).unlink()
    assert call(release, "--yes").returncode == 0
    release.write({**late, "004_create_d.up.sql": FAILING, "004_create_d.down.sql": "DROP TABLE d;"})
    done = call(release, "--yes")
    assert done.returncode == 12
    assert "b" in database.tables()
    assert "late and applied below version 3, where `goto` leaves them: 002_create_b" in done.stderr
    assert "`migratekit --env production goto" not in done.stderr


def test_help_names_every_exit_code(release: Project) -> None:
    done = call(release, "--help")
    assert done.returncode == 0
    for code in ("10", "11", "12", "13", "64", "130"):
        assert f" {code} " in done.stdout


def test_a_failed_preflight_stops_it(release: Project, database: TestDatabase) -> None:
    rules(release, "limits: {free_disk: 9000TB}")
    done = call(release, "--yes")
    assert done.returncode == 10
    assert stages(release) == [("preflight", 1)]
    assert (database.state(), (release.folder / "backups").exists()) == (None, False)


def test_a_failed_backup_stops_it(release: Project, database: TestDatabase) -> None:
    rules(release, "backup: {command: ['false']}")
    done = call(release, "--yes")
    assert done.returncode == 11
    assert stages(release)[-1] == ("backup", 1)
    assert database.state() is None


def test_a_release_without_a_backup_says_why(release: Project, database: TestDatabase) -> None:
    rules(release, "preflight: {backup: warn}")
    assert call(release, "--yes", "--skip-backup", "snapshot 4711").returncode == 0
    assert record(release)["without_backup"] == "snapshot 4711"
    assert version(database) == 3


def test_a_failed_migration_leaves_the_old_version_clean_and_the_way_back_works(
    release: Project, database: TestDatabase
) -> None:
    assert call(release, "--yes", "--to", "1").returncode == 0
    before = database.digest()
    release.write({"003_create_c.up.sql": FAILING})
    done = call(release, "--yes")
    assert done.returncode == 12
    assert database.state() == [(2, False)]
    assert "003_create_c.up.sql:2" in log(release)
    assert "nothing of the file was kept; the database is at version 2, clean" in log(release)
    back, restore = (part.split("`")[1] for part in done.stderr.partition("way back: ")[2].splitlines()[:2])
    assert back == "migratekit --env production goto 1"
    assert subprocess.run(
        [*back.split(), "--yes"], cwd=release.folder, env=CLEAN | release.env, check=True, capture_output=True
    )
    assert (database.digest(), database.state()) == (before, [(1, False)])
    assert restore.startswith("migratekit --env production restore ")
    assert Path(restore.split()[-1]).exists()


def test_rollback_undoes_what_the_release_applied(release: Project, database: TestDatabase) -> None:
    before = database.digest()
    release.write({"003_create_c.up.sql": FAILING})
    done = call(release, "--yes", "--on-failure", "rollback")
    assert done.returncode == 12
    assert (database.digest(), database.state()) == (before, [])
    assert "the database was at version 2, clean" in done.stderr
    assert "the 2 migrations of this run were undone; the database is at no version again" in done.stderr
    assert [step["direction"] for step in record(release)["stages"][-1]["rollback"]["applied"]] == ["down", "down"]


def test_a_rollback_that_cannot_be_says_so(release: Project, database: TestDatabase) -> None:
    release.write({"002_create_b.down.sql": "DROP TABLE nothing;", "003_create_c.up.sql": FAILING})
    done = call(release, "--yes", "--on-failure", "rollback")
    assert done.returncode == 12
    assert "the database was at version 2, clean" in done.stderr
    assert "it was tried and failed; the database is at version 2, clean" in done.stderr
    assert database.state() == [(2, False)]


def test_a_failed_verification_is_told(release: Project, database: TestDatabase) -> None:
    release.write({"003_create_c.up.sql": "CREATE TABLE c (id int); CREATE TABLE broken AS SELECT 1;"})
    (release.folder / "checks").mkdir()
    (release.folder / "checks" / "nothing_broken.sql").write_text("SELECT * FROM broken")
    assert call(release, "--yes").returncode == 13
    assert stages(release)[-1] == ("verify", 1)
    assert version(database) == 3


def test_one_release_at_a_time(release: Project, database: TestDatabase) -> None:
    release.write({"002_create_b.up.sql": f"CREATE TABLE b (); {WAIT}"})
    with gate(database) as closed:
        first = start(release, "--yes")
        closed.wait()
        second = call(release, "--yes")
        assert second.returncode == 3
        assert "another release of production is at work" in second.stderr
        closed.open()
        assert finish(first).returncode == 0
    assert version(database) == 3


@pytest.mark.parametrize(
    ("tell", "number"),
    [(os.kill, signal.SIGTERM), (os.kill, signal.SIGINT), (os.killpg, signal.SIGINT)],
    ids=["SIGTERM", "SIGINT", "as a terminal does"],
)
def test_a_signal_lets_the_file_finish(
    release: Project, database: TestDatabase, tell: Callable[[int, int], None], number: signal.Signals
) -> None:
    if tell is os.killpg:
        calls(release, BIN)
    release.write({"002_create_b.up.sql": f"CREATE TABLE b (); {WAIT}"})
    with gate(database) as closed:
        process = start(release, "--yes")
        closed.wait()
        tell(process.pid, number)
        wait_for_line(process, "stopping after the running migration; a second signal cancels it")
        closed.open()
        done = finish(process)
    assert done.returncode == 130
    assert database.state() == [(2, False)]
    assert record(release)["exit_code"] == 130


def test_no_password_is_left_anywhere(release: Project, database: TestDatabase) -> None:
    url = release.env["PRODUCTION_DATABASE_URL"]
    joint = "&" if "?" in url else "?"
    release.env["PRODUCTION_DATABASE_URL"] = f"{url}{joint}password=canary-4711"
    release.write({"002_create_b.up.sql": "CREATE ROLE r_canary PASSWORD 'canary-0815'; SELECT 1 / 0;"})
    done = call(release, "--yes")
    assert done.returncode == 12
    texts = [path.read_bytes() for path in release.folder.rglob("*") if path.is_file() and path.suffix != ".sql"]
    history = str(database.rows("SELECT h::text FROM schema_migrations_history h"))
    for text in (*texts, done.stdout.encode(), done.stderr.encode(), history.encode()):
        assert b"canary-" not in text


@pytest.mark.long
def test_a_release_beside_a_workload(release: Project, database: TestDatabase) -> None:
    pgbench = database.server.binaries.tool("pgbench") or shutil.which("pgbench")
    if pgbench is None:
        pytest.skip("this server comes without pgbench")
    initialise = [str(pgbench), "-q", "-i", "-s", "5", release.env["PRODUCTION_DATABASE_URL"]]
    subprocess.run(initialise, check=True, capture_output=True)
    release.write(
        {
            "001_create_a.up.sql": "ALTER TABLE pgbench_accounts ADD COLUMN note text;",
            "002_create_b.up.sql": "CREATE INDEX CONCURRENTLY accounts_note ON pgbench_accounts (note);",
            "003_create_c.up.sql": "ALTER TABLE pgbench_tellers ADD CHECK (tbalance > -1000000000) NOT VALID;",
        }
    )
    workload = subprocess.Popen(
        [str(pgbench), "-n", "-c", "4", "-T", "3600", release.env["PRODUCTION_DATABASE_URL"]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        before = database.digest()
        assert call(release, "--dry-run").returncode == 0
        assert (database.digest(), database.state()) == (before, None)
        done = call(release, "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert workload.poll() is None
    finally:
        workload.terminate()
        errors = workload.communicate()[1]
    assert "ERROR" not in errors
    assert version(database) == 3
