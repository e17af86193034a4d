"""What the outside gets to know of a run: figures, a log of JSON, webhooks; and no secret by any of these ways."""

import json
import os
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from migratekit.errors import ExitCode
from receiver import receiving
from runs import finish
from support import Project, TestDatabase, wait_for

CANARY = "c4naryC4nary"
WHO = "CREATE TABLE who AS SELECT application_name AS name FROM pg_stat_activity WHERE pid = pg_backend_pid()"
BROKEN = "DO $$BEGIN RAISE EXCEPTION 'table a lacks rows'; END$$"


def figures(project: Project) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels but the environment's."""
    text = (project.folder / "figures/migratekit-development.prom").read_text()
    return {
        (
            sample.name,
            *(value for label, value in sorted(sample.labels.items()) if label != "environment"),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def signalling(project: Project, *urls: str, more: str = "") -> None:
    """Has the project tell of its runs in every way."""
    names = [f"HOOK{number}" for number, _ in enumerate(urls)]
    hooks = ", ".join(f"{{url_variable: {name}}}" for name in names)
    (project.folder / "environments").mkdir()
    (project.folder / "figures").mkdir()
    (project.folder / "environments/development.yaml").write_text(f"metrics: figures\nwebhooks: [{hooks}]\n{more}")
    project.env |= dict(zip(names, urls, strict=True))
    project.env["no_proxy"] = "127.0.0.1"


def entries(text: str) -> list[dict[str, Any]]:
    """The lines of a log of JSON."""
    return [json.loads(line) for line in text.splitlines()]


def test_figures_of_runs(project: Project) -> None:
    signalling(project)
    project.chain("CREATE TABLE a AS SELECT generate_series(1, 500)", "SELECT 1", "SELECT 1")
    assert project.migratekit("up", "2").returncode == ExitCode.DONE
    found = figures(project)
    assert found["migratekit_migration_rows", "up", "1"] == 500
    assert found["migratekit_migration_wal_bytes", "up", "1"] > 500 * 32
    assert found["migratekit_migration_lock_wait_seconds", "up", "2"] == 0
    assert found["migratekit_schema_version",] == 2
    assert found["migratekit_pending_migrations",] == 1
    assert found["migratekit_last_run_success",] == 1
    project.write({"3_m3.up.sql": BROKEN})
    assert project.migratekit("up").returncode == ExitCode.FAILED
    later = figures(project)
    counted = ("migratekit_runs_total", "migratekit_errors_total", "migratekit_last_run_success")
    assert [later[name,] for name in counted] == [2, 1, 0]
    same = "migratekit_last_success_timestamp_seconds"
    assert later[same,] == found[same,] < later["migratekit_last_run_timestamp_seconds",]
    project.write({"4_m4.up.sql": "SELECT 1"})
    assert project.migratekit("status", "--metrics", "--quiet").returncode == ExitCode.PENDING
    assert figures(project)["migratekit_pending_migrations",] == 2


def test_a_version_that_a_lost_connection_left_dirty_is_told_as_it_is(project: Project) -> None:
    signalling(project, more="reports: true\nlog_format: json\n")
    project.chain("SELECT 1", "DO $$BEGIN COMMIT; PERFORM pg_terminate_backend(pg_backend_pid()); END$$")
    done = project.migratekit("up")
    assert done.returncode == ExitCode.DIRTY
    found = figures(project)
    assert (found["migratekit_schema_version",], found["migratekit_schema_dirty",]) == (2, 1)
    (failed,) = [line for line in entries(done.stderr) if line["event"] == "failed"]
    assert (failed["at_version"], failed["dirty"]) == (2, True)
    (report,) = (project.folder / "reports").glob("*.json")
    assert json.loads(report.read_text())["stages"][0]["run"]["after"] == {"version": 2, "dirty": True}


def test_figures_that_cannot_be_written_fail_no_run(project: Project, database: TestDatabase) -> None:
    signalling(project)
    pipe = project.folder / "figures/migratekit-development.prom"
    os.mkfifo(pipe)
    project.chain("CREATE TABLE a (id int)")
    done = project.migratekit("up")
    assert (done.returncode, database.tables()) == (ExitCode.DONE, {"a"})
    assert done.stderr == f"warning: Metrics: {pipe}: this is no file\n"
    pipe.unlink()
    pipe.parent.rmdir()
    done = project.migratekit("up")
    assert done.returncode == ExitCode.DONE
    assert re.fullmatch(r"warning: Metrics: \S+/figures: there is no such folder\n", done.stderr)


def test_one_run_has_one_name_everywhere(project: Project, database: TestDatabase) -> None:
    with receiving() as receiver:
        signalling(project, receiver.url(), more="log_format: json\nreports: true\n")
        project.chain(WHO, "SELECT 1")
        done = project.migratekit("up", env={"MIGRATEKIT_LOG": str(project.folder / "log")})
    (run,) = {str(run) for (run,) in database.rows("SELECT run FROM schema_migrations_history")}
    lines = entries(done.stderr)
    assert {line["run"] for line in lines} == {run}
    assert {each["run"] for each in receiver.got} == {run}
    assert database.value("SELECT name FROM who") == f"migratekit up {run[:8]}"
    assert figures(project)["migratekit_last_run_info", run, "up"] == 1
    (report,) = (project.folder / "reports").glob("*.json")
    assert json.loads(report.read_text())["stages"][0]["run"]["id"] == run
    events = ["started", *["migration-started", "migration-done"] * 2, "done"]
    assert [line["event"] for line in lines][: len(events)] == events
    assert lines[2].items() >= {"level": "info", "environment": "development", "migration": "1_m1"}.items()
    assert lines[2]["figures"]["rows"] == 1
    kept = entries((project.folder / "log").read_text())
    assert [each for each in kept if each["event"] != "output"] == lines
    assert [each["message"] for each in kept if each["event"] == "output"] == done.stdout.splitlines()


def test_everything_on_stderr_is_json_where_that_is_wanted(project: Project) -> None:
    signalling(project)
    notice = "DO $$BEGIN RAISE NOTICE 'backfill a: 1 of 1 rows'; RAISE NOTICE 'so'; END$$"
    project.write({"1_a.up.sql": f"-- Migration: a\n-- Script: tell.py\n{notice};"})
    (project.migrations / "tell.py").write_text("import sys; print('said'); sys.exit('and failed')")
    failed = project.migratekit("--log-format", "json", "up")
    lines = entries(failed.stderr)
    assert [line["message"] for line in lines if line["event"] == "program"] == ["said", "and failed"]
    assert [line["event"] for line in lines][-2:] == ["failed", "error"]
    assert lines[-1].items() >= {"level": "error", "exit_code": failed.returncode}.items()
    assert {"where", "hint"} <= lines[-1].keys()
    (project.migrations / "tell.py").write_text("")
    assert project.migratekit("repair", "--yes", "--as", "undone").returncode == ExitCode.DONE
    lines = entries(project.migratekit("up", env={"MIGRATEKIT_LOG_FORMAT": "json"}).stderr)
    assert {"progress", "note", "done"} <= {line["event"] for line in lines}
    (wrong,) = entries(project.migratekit("--log-format=json", "upp").stderr)
    assert (wrong["event"], wrong["level"]) == ("error", "error")


def test_an_endpoint_hears_how_it_ended(project: Project) -> None:
    with receiving() as receiver:
        signalling(project, receiver.url(), more="on_failure: rollback\n")
        project.chain("CREATE TABLE a (id int)", BROKEN)
        assert project.migratekit("up").returncode == ExitCode.FAILED
    assert receiver.events == ["started", "integrity-violation", "failed", "rolled-back"]
    started, violated, failed, back = receiver.got
    assert started["migrations"] == ["1_m1", "2_m2"]
    assert violated["message"].startswith("2_m2: table a lacks rows")
    expected = {"version": 2, "migration": "2_m2", "sqlstate": "P0001", "rolled_back": True, "at_version": 1}
    assert failed.items() >= expected.items()
    assert (back["verb"], back["at_version"]) == ("rollback", None)
    assert len({each["id"] for each in receiver.got}) == 4
    assert [failed["run"] == back["run"], figures(project)["migratekit_last_run_success",]] == [False, 0]


def test_an_endpoint_hears_of_a_lock_timeout_once(project: Project, database: TestDatabase) -> None:
    more = "lock_timeout: 50ms\nwatch: {retries: 100, retry_pause: 10ms, retry_limit: 20ms}\n"
    database.rows("CREATE TABLE a (id int)")
    with receiving() as receiver, database.connect() as blocker:
        signalling(project, receiver.url(), more=more)
        project.chain("ALTER TABLE a ADD COLUMN b int")
        blocker.execute("BEGIN; LOCK TABLE a")
        process = project.start("migratekit", "up")
        wait_for(lambda: "lock-timeout" in receiver.events, "the event")
        blocker.execute("ROLLBACK")
        assert finish(process).returncode == ExitCode.DONE
    assert receiver.events == ["started", "lock-timeout", "done"]
    assert figures(project)["migratekit_retries_total",] >= 1


def test_a_run_that_cannot_begin_is_told_too(project: Project) -> None:
    with receiving() as receiver:
        signalling(project, receiver.url())
        project.chain("SELECT 1")
        project.url = "postgres://nobody@127.0.0.1:1/nothing"
        code = project.migratekit("up").returncode
    assert [(each["event"], each["exit_code"]) for each in receiver.got] == [("failed", code)]


def test_no_endpoint_holds_a_run_up(project: Project, database: TestDatabase) -> None:
    with receiving() as sleeping, receiving() as fine:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            dead = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        signalling(project, sleeping.url(), fine.url(), dead)
        project.chain("CREATE TABLE a (id int)", "SELECT 1")
        sleeping.awake.clear()
        process = project.start("migratekit", "up")
        # All is done while the first event has no answer yet.
        wait_for(lambda: fine.events == ["started", "done"] and database.sessions() == 0, "the end of the run")
        assert (sleeping.asked.is_set(), sleeping.events, database.state()) == (True, [], [(2, False)])
        sleeping.awake.set()
        done = finish(process)
    assert (done.returncode, done.stderr) == (0, "warning: webhook HOOK2: 2 of 2 not sent: Connection refused\n")
    assert "2 migrations applied" in done.stdout


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_gets_out_by_any_way(project: Project, database: TestDatabase, form: str) -> None:
    with receiving() as receiver:
        hook = receiver.url(f"/services/{CANARY}?key={CANARY}")
        signalling(project, hook, more=f"log_format: {form}\nreports: true\n")
        url = f"{project.url}&password={CANARY}"
        project.chain(
            f"DO $$BEGIN RAISE NOTICE 'PASSWORD ''{CANARY}'''; RAISE NOTICE '{CANARY}'; END$$;",
            f"CREATE ROLE {database.name} PASSWORD '{CANARY}' nosuch;",
        )
        env = {"DATABASE_URL": url, "MIGRATEKIT_LOG": str(project.folder / "log"), "DEBUG": "true"}
        done = project.migratekit("up", env=env)
        shown = [project.migratekit(*words, env=env) for words in (["report"], ["history", "--verbose"], ["config"])]
    assert done.returncode == ExitCode.FAILED
    assert [each.returncode for each in shown] == [0, 0, 0]
    assert receiver.events == ["started", "failed"]
    written = [*(project.folder / "reports").iterdir(), project.folder / "log", *(project.folder / "figures").iterdir()]
    assert {path.suffix for path in written} == {".json", ".html", "", ".prom"}
    texts = {str(path): path.read_text() for path in written} | {"webhook": json.dumps(receiver.got)}
    texts["history"] = str(database.rows("SELECT * FROM schema_migrations_history"))
    texts["printed"] = "".join(each.stdout + each.stderr for each in (done, *shown))
    assert [name for name, text in texts.items() if CANARY in text] == []


def test_promtool_has_nothing_to_remark(project: Project) -> None:
    import shutil
    import subprocess

    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed")
    signalling(project)
    project.chain("SELECT 1")
    assert project.migratekit("up").returncode == ExitCode.DONE
    text = (project.folder / "figures/migratekit-development.prom").read_bytes()
    assert subprocess.run([tool, "check", "metrics"], input=text, capture_output=True, check=True).stdout == b""
    rules = Path(__file__).parents[2] / "docs/examples/prometheus/migratekit-alerts.yml"
    subprocess.run([tool, "check", "rules", str(rules)], capture_output=True, check=True)
