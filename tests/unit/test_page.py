"""The page of a record: what it says of each end, whatever else a record holds or lacks."""

from pathlib import Path
from typing import Any

import pytest

from migratekit.page import render, verdict
from migratekit.page.bars import lock_plot
from migratekit.page.files import files
from migratekit.page.units import duration, plain, size
from pages import Page
from support import ROOT

BEGAN, ENDED = "2026-03-01T01:00:00.000+00:00", "2026-03-01T01:00:09.000+00:00"


def stage(verb: str, code: int = 0, **noted: Any) -> dict[str, Any]:
    return {"verb": verb, "began": BEGAN, "ended": ENDED, "seconds": 9.0, "exit_code": code, **noted}


def attempt(version: int, outcome: str = "applied", direction: str = "up", **more: Any) -> dict[str, Any]:
    label = f"{version:03}_m"
    return {"version": version, "name": "m", "direction": direction, "label": label, "outcome": outcome, **more}


def run(*attempts: dict[str, Any], before: int | None, after: int | None, **more: Any) -> dict[str, Any]:
    states = {"before": {"version": before, "dirty": False}, "after": {"version": after, "dirty": False}}
    return {"id": "ab", **states, "attempts": list(attempts), "not_run": [], **more}


def record(*stages: dict[str, Any], kind: str = "release", **more: Any) -> dict[str, Any]:
    facts = {"schema": "migratekit-report/1", "run": "r", "environment": "production", "kind": kind, "began": BEGAN}
    return {**facts, "stages": list(stages), **more}


UP = run(attempt(1), attempt(2), before=None, after=2)
HALTED = run(attempt(1), attempt(2, "failed"), before=None, after=1, not_run=[attempt(3)])
BACK = run(attempt(1, direction="down"), before=1, after=None)
HALF = {**HALTED, "after": {"version": 2, "dirty": True}}
CHECKS = [{"check": "disk", "level": "fail", "figure": "full"}, {"check": "server", "level": "ok", "figure": "15"}]
ENDS = {
    "Done: 2 migrations applied: production went from no version to version 2": record(
        stage("up", run=UP), exit_code=0
    ),
    "Failed: Failed at 002_m": record(stage("up", 1, run=HALTED), exit_code=12),
    "Failed, dirty: Failed half-way at 002_m": record(stage("up", 1, run=HALF), exit_code=12),
    "Rolled back: Failed at 002_m, and rolled back": record(stage("up", 1, run=HALTED, rollback=BACK), exit_code=12),
    "Failed: Failed at 002_m, and on the way back": record(
        stage("up", 1, run=HALTED, rollback=run(before=1, after=1)), exit_code=12
    ),
    "Failed afterwards: 2 migrations applied: production went from no version to version 2": record(
        stage("up", run=UP), stage("validate", 1), exit_code=13
    ),
    "Interrupted: Interrupted after 1 of 2 migrations": record(
        stage("up", 130, run=run(attempt(1), before=None, after=1, not_run=[attempt(2)])), kind="run"
    ),
    "Interrupted: The release was stopped before its first migration": record(stage("plan"), exit_code=130),
    "Not started: Pre-flight found 1 thing to put right first": record(
        stage("preflight", 1, checks=CHECKS), exit_code=10
    ),
    "Not started: The backup failed": record(stage("plan"), stage("backup", 1), exit_code=11),
    "Not started: The release was not confirmed": record(stage("plan"), exit_code=3),
    "Not ended: The release has no end": record(stage("plan")),
    "Not ended: The run has no end": record(kind="run"),
    "Rehearsed: 1 migration would run on production": record(
        stage("plan", plan=[attempt(1)]), kind="rehearsal", exit_code=0
    ),
    "Nothing to do: Nothing was pending: production is at version 7": record(
        stage("plan"), stage("status"), exit_code=0, state={"version": 7, "dirty": False, "pending": 0}
    ),
}


@pytest.mark.parametrize("told", ENDS)
def test_each_end_has_its_word_and_its_sentence(told: str, tmp_path: Path) -> None:
    found = verdict(ENDS[told])
    assert f"{found.word}: {found.headline}" == told
    (tmp_path / "page.html").write_text(render(ENDS[told], ROOT), encoding="utf-8")
    assert Page(tmp_path / "page.html").marked[f"span word {found.tone}"] == [found.word]


def test_whatever_other_verbs_note_is_shown_and_never_trusted(tmp_path: Path) -> None:
    evil = "<script>x</script>"
    figures = {
        "locks": {"AccessExclusiveLock": {evil: 1.5}, "SHARE": {"t": 0.25}, "odd": 3},
        "blocked_by": [{"pid": 7, "application": evil}],
        "kept_waiting": {"sessions": 2, "seconds": 1.25},
        "growth": {"t": 8192},
        "tries": 3,
    }
    held_up = attempt(1, started_at=BEGAN, seconds=2.0, lock_wait=1.0, figures=figures, sql=evil, message=evil)
    table = {"table": evil, "rows_before": 10, "rows_after": None, "exact": False, "bytes_before": 1, "bytes_after": 9}
    document = record(
        stage("preflight", checks=[{"check": evil, "level": "warn", "figure": evil, "hint": f"`{evil}`"}]),
        stage("backup", backup={"name": evil, "bytes": 1 << 40, "version": 3}),
        stage("up", run=run(held_up, before=None, after=1), tables=[table], catalog=["--- a", f"-{evil}", "+b", " c"]),
        stage(
            "validate", findings=[{"level": "warn", "problem": evil}], database={"url": evil, "settings": {"a": "1s"}}
        ),
        stage("verify", integrity=[{"check": evil, "rows": 2, "level": "error"}]),
        exit_code=0,
    )
    (tmp_path / "page.html").write_text(render(document, ROOT), encoding="utf-8")
    page = Page(tmp_path / "page.html")
    assert page.text.count(evil) >= 12
    assert "pid 7, application" in page.text
    assert "2 sessions, for up to 1.25 s" in page.text
    assert "ACCESS EXCLUSIVE" in page.text
    assert [len(page.marked[f"span {kind}"]) for kind in ("at", "minus", "plus", "same")] == [1, 1, 1, 1]


def test_a_lock_is_drawn_to_the_end_of_its_file_and_the_strongest_on_top() -> None:
    locks = {"ROW EXCLUSIVE": {"t": 4.0}, "ACCESS EXCLUSIVE": {"t": 1.0}}
    sent = attempt(1, started_at=BEGAN, seconds=4.0, figures={"locks": locks})
    plot = lock_plot(files(record(stage("up", run=run(sent, before=None, after=1)))))
    assert plot is not None
    (row,) = plot.rows
    assert [(bar.kind, bar.x, bar.width) for bar in row.bars] == [("mild", 0, 100), ("all", 75, 25)]
    assert (row.label, row.note, row.seconds, row.tone) == ("t", "ACCESS EXCLUSIVE", 1.0, "bad")


def test_figures_are_short_and_have_units() -> None:
    told = [plain(duration(seconds)) for seconds in (0.0004, 0.34, 2.345, 65.04, 121, 7400)]
    assert [text.replace("\N{NARROW NO-BREAK SPACE}", " ") for text in told] == [
        "0.4 ms", "340 ms", "2.35 s", "65.0 s", "2 min 1 s", "2 h 3 min",
    ]  # fmt: skip
    assert [size(count) for count in (0, 1536, -(5 << 20))] == [[("0", "bytes")], [("1.5", "kB")], [("−5.0", "MB")]]
