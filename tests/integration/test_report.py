"""The record of a release or a run, and its page."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migratekit.errors import ExitCode
from outcomes import NOWHERE, Done, bad, good, write_three
from pages import Page
from runs import finish
from support import Project, TestDatabase, wait_for

EVIL = "<script>alert('x')</script>"
HELD_UP = (
    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    " AND clock_timestamp() - query_start > interval '2 s'"
)


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def call(project: Project, *words: str) -> Done:
    """A call in a process of its own, which has the umask of the test."""
    return finish(project.start("migratekit", *words))


def keep_reports(project: Project) -> Project:
    (project.folder / "environments").mkdir()
    (project.folder / "environments" / "development.yaml").write_text("reports: true\n", encoding="utf-8")
    return project


def reports(project: Project, suffix: str) -> list[Path]:
    return sorted((project.folder / "reports").glob(f"*{suffix}"))


def the_record(project: Project) -> dict[str, Any]:
    (path,) = reports(project, ".json")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def the_page(project: Project) -> Page:
    (path,) = reports(project, ".html")
    return Page(path)


def modes(project: Project) -> set[str]:
    return {stat.filemode(path.stat().st_mode) for path in [*reports(project, ""), project.folder / "reports"]}


def eight(project: Project, database: TestDatabase) -> None:
    """Eight migrations, of which the fourth locks one table and then wants another that was there before."""
    database.rows("CREATE TABLE before (id int)")
    for number in range(1, 9):
        sql = f"CREATE TABLE t{number} AS SELECT generate_series(1, {number}) AS id;"
        name = f"{number}_{'<script>' if number == 7 else f'm{number}'}"
        if number == 4:
            sql = f"-- {EVIL}, PASSWORD 'canary'\nALTER TABLE t3 ADD note text;\nALTER TABLE before ADD note text;"
        project.write({f"{name}.up.sql": sql, f"{name}.down.sql": "SELECT 1;"})


def release(project: Project, *up: str) -> Done:
    """What scripts/production-migrate.sh does about the record, around `up`."""
    project.env["MIGRATEKIT_RELEASE"] = good(project.migratekit("--yes", "release", "start"))[0]
    project.migratekit("preflight")
    good(project.migratekit("plan", "--brief"))
    done = finish(project.start("migratekit", "up", *up))
    project.migratekit("report", "--end", "12" if done.returncode else "0", project.env["MIGRATEKIT_RELEASE"])
    return done


def test_the_file_that_was_held_up_is_seen_among_eight(
    project: Project, database: TestDatabase, no_umask: None
) -> None:
    eight(project, database)
    name = good(call(project, "--yes", "release", "start"))[0]
    project.env["MIGRATEKIT_RELEASE"] = name
    call(project, "preflight")
    call(project, "plan", "--brief")
    with database.connect() as blocker:
        blocker.execute("BEGIN")
        blocker.execute("LOCK TABLE before IN ACCESS SHARE MODE")
        running = project.start("migratekit", "up")
        wait_for(lambda: database.rows(HELD_UP), "the fourth file to wait for two seconds")
        blocker.execute("COMMIT")
    assert finish(running).returncode == ExitCode.DONE
    good(call(project, "report", "--end", "0", name))
    document, page = the_record(project), the_page(project)
    assert [stage["verb"] for stage in document["stages"]] == ["preflight", "plan", "up"]
    assert document["state"] == {"version": 8, "dirty": False, "pending": 0}
    run = document["stages"][-1]["run"]
    assert [attempt["outcome"] for attempt in run["attempts"]] == ["applied"] * 8
    assert [attempt["rows"] for attempt in run["attempts"]] == [1, 2, 3, 0, 5, 6, 7, 8]
    waits = {attempt["version"]: attempt["lock_wait"] or 0 for attempt in run["attempts"]}
    assert max(waits, key=lambda version: waits[version]) == 4
    assert waits[4] >= 2
    assert "t3" in run["attempts"][3]["figures"]["locks"]["ACCESS EXCLUSIVE"]
    assert page.marked["span word good"] == ["Done"]
    assert "8 migrations applied: development went from no version to version 8" in page.text
    assert len(page.marked["rect wait"]) == 3, "in the files, among the locks, in the legend"
    assert page.marked["rect all"], "what kept everybody from t3 meanwhile"
    assert len(page.marked["span note warn"]) == 1
    assert page.marked["td n warn"] == page.marked["span note warn"][0].removeprefix("waited ").split("\n")
    assert "Waited for pid" in page.text
    assert EVIL in page.text
    assert "7_<script>" in page.text
    assert "canary" not in page.source + json.dumps(document)
    assert modes(project) == {"-rw-------", "drwx------"}


def test_a_run_that_failed_tells_where_and_which_way_leads_back(project: Project, no_umask: None) -> None:
    keep_reports(project)
    project.chain(
        "CREATE TABLE a ();", f"DO $$ BEGIN RAISE EXCEPTION '{EVIL.replace(chr(39), '')}'; END $$;", "SELECT 1;"
    )
    done = call(project, "up")
    assert done.returncode == ExitCode.FAILED
    (path,) = reports(project, ".html")
    assert f"report: {path}" in done.stderr
    document, page = the_record(project), the_page(project)
    run = document["stages"][0]["run"]
    assert [attempt["outcome"] for attempt in run["attempts"]] == ["applied", "failed"]
    assert run["attempts"][1]["sqlstate"] == "P0001"
    assert run["attempts"][0]["sql"] == "CREATE TABLE a ();"
    assert [step["version"] for step in run["not_run"]] == [3]
    assert document["stages"][0]["error"]["way_back"] in done.stderr
    assert page.marked["span word bad"] == ["Failed"]
    assert "Failed at 2_m2" in page.text
    assert "1 of 3 migrations was applied; development is at version 1." in page.text
    assert "<script>alert(x)</script>" in page.text
    assert "Way back: migratekit --env development down --all undoes the 1 migration" in page.text
    assert modes(project) == {"-rw-------", "drwx------"}


def test_a_release_that_was_rolled_back_says_so(project: Project) -> None:
    project.chain("SELECT 1;", "CREATE TABLE a ();", "SELECT 1 / 0;")
    good(project.migratekit("up", "1"))
    assert release(project, "--on-failure", "rollback").returncode == ExitCode.FAILED
    page = the_page(project)
    assert page.marked["span word warn"] == ["Rolled back"]
    assert "Failed at 3_m3, and rolled back" in page.text
    assert "The 1 migration before it was undone; development is at version 1, as before." in page.text
    assert page.text.count("undone") >= 2
    rows = [line.split() for line in good(project.migratekit("report", "--list"))]
    assert rows[1][4:6] == ["rolled", "back"]


def test_an_old_run_is_told_from_the_history_alone(project: Project) -> None:
    write_three(project)
    good(project.migratekit("up", "2"))
    project.migratekit("up")
    assert not (project.folder / "reports").exists(), "nobody asked for a record"
    runs = [event["run"] for event in json.loads(project.migratekit("history", "--json").stdout)]
    (project.migrations / "002_create_b.up.sql").write_text("CREATE TABLE b (id bigint);", encoding="utf-8")
    lines = good(project.migratekit("report", runs[0][:8]))
    assert lines[0] == "done: 2 migrations applied: development went from no version to version 2"
    page = Page(Path(lines[1].removeprefix("report: ")))
    assert "001_create_a" in page.text
    assert "CREATE TABLE a (id int);" in page.text
    assert "CREATE TABLE b" not in page.text, "that is not what was run"
    document = json.loads(project.migratekit("report", "--json", runs[0].replace("-", "")).stdout)
    assert document["source"] == "history"
    assert [attempt["version"] for attempt in document["stages"][0]["run"]["attempts"]] == [1, 2]
    newest = json.loads(project.migratekit("report", "--json").stdout)
    assert [attempt["version"] for attempt in newest["stages"][0]["run"]["attempts"]] == [3]
    assert "no such record or run" in bad(project.migratekit("report", "abcdef0123"), ExitCode.USAGE)


def test_the_end_of_a_release_is_recorded_without_its_database(project: Project) -> None:
    project.chain("SELECT 1;")
    name = good(project.migratekit("--yes", "release", "start"))[0]
    done = project.migratekit("report", "--end", "12", name, env={"DATABASE_URL": NOWHERE})
    assert done.returncode == ExitCode.DONE
    document = the_record(project)
    assert document["exit_code"] == 12
    assert "error" in document["state"]
    assert "Where the database is could not be asked" in the_page(project).text
    lost = project.migratekit("report", "--end", "12", "20010101T000000Z-nothing")
    assert (lost.returncode, lost.stderr.partition(":")[0]) == (ExitCode.DONE, "warning")


def test_a_record_that_cannot_be_written_changes_no_exit_code(project: Project, database: TestDatabase) -> None:
    keep_reports(project).chain("CREATE TABLE a ();")
    (project.folder / "reports").write_text("in the way", encoding="utf-8")
    done = project.migratekit("up")
    assert done.returncode == ExitCode.DONE
    assert "warning: the record could not be written" in done.stderr
    assert database.tables() == {"a"}


def test_the_project_can_have_a_page_of_its_own(project: Project) -> None:
    keep_reports(project).chain("SELECT 1;")
    own = project.folder / "templates" / "_report"
    own.mkdir(parents=True)
    (own / "page.html.j2").write_text("<!doctype html>{{ verdict.headline }}{{ nothing }}", encoding="utf-8")
    done = project.migratekit("up")
    assert done.returncode == ExitCode.DONE
    assert "templates/_report/page.html.j2:1: the template cannot be used: 'nothing' is undefined" in done.stderr
    (own / "page.html.j2").write_text("<!doctype html>{{ verdict.headline }}", encoding="utf-8")
    good(project.migratekit("report"))
    assert the_page(project).text == "1 migration applied: development went from no version to version 1"
