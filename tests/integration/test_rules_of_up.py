"""What was changed, renamed, lost or came late: status and validate say it, up refuses, and each way on works."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from histories import rows, states, story
from migratekit.errors import ExitCode
from outcomes import Done, bad, good, without_times, write_three
from support import Project, TestDatabase


@dataclass(frozen=True)
class Trouble:
    """An edit of the files of three applied migrations, and what is to be said of it."""

    edit: Callable[[Project], object]
    version: int
    state: str
    rule: str
    said: str
    # The option that lets `up` go on, and what that one runs before what is pending.
    option: str
    late: tuple[int, ...] = ()


def move(project: Project, old: str, new: str) -> None:
    for way in ("up", "down"):
        path = project.migrations / f"{old}.{way}.sql"
        path.rename(path.with_name(f"{new}.{way}.sql"))


def remove(project: Project, name: str) -> None:
    for way in ("up", "down"):
        (project.migrations / f"{name}.{way}.sql").unlink()


TROUBLES = {
    "changed": Trouble(
        lambda p: p.write({"002_create_b.up.sql": "CREATE TABLE b (id bigint);"}),
        2,
        "changed",
        "changed",
        "002_create_b.up.sql: is not what was applied",
        "--allow-changed",
    ),
    "another title": Trouble(
        lambda p: move(p, "002_create_b", "002_make_b"),
        2,
        "renamed",
        "renamed",
        "002_make_b.up.sql: was applied as create_b",
        "--allow-changed",
    ),
    "deleted": Trouble(
        lambda p: remove(p, "002_create_b"),
        2,
        "file missing",
        "missing",
        "2_create_b: is applied, but has no file",
        "--allow-missing",
    ),
    "late": Trouble(
        lambda p: p.write({"0021_late.up.sql": "CREATE TABLE late ();", "0021_late.down.sql": "DROP TABLE late;"}),
        21,
        "missed",
        "missed",
        "0021_late.up.sql: is late and was never applied: later ones were",
        "--allow-missing",
        (21,),
    ),
}


each_trouble = pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)


@pytest.fixture
def applied(project: Project, database: TestDatabase) -> Project:
    """Versions 1, 2 and 30 are applied, 40 is pending."""
    write_three(project)
    move(project, "003_create_c", "030_create_c")
    good(project.migratekit("up"))
    project.write({"040_create_d.up.sql": "CREATE TABLE d ();", "040_create_d.down.sql": "DROP TABLE d;"})
    return project


def findings(project: Project) -> list[dict[str, object]]:
    """What `validate` says of the history."""
    found = json.loads(project.migratekit("validate", "--json").stdout)
    return [f for f in found if f["rule"] in ("changed", "renamed", "missing", "missed", "order", "dirty")]


def run_pending(project: Project, *words: str) -> Done:
    """A run that goes on: 40 is applied at its end, and warnings are on stderr."""
    done = project.migratekit("up", *words)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "up   040_create_d" in without_times(done.stdout)
    return done


@each_trouble
def test_status_and_validate_say_what_it_is(applied: Project, trouble: Trouble) -> None:
    assert findings(applied) == []
    trouble.edit(applied)
    assert states(applied)[trouble.version] == trouble.state
    assert [v for v, state in states(applied).items() if state not in ("applied", "pending")] == [trouble.version]
    assert applied.migratekit("status").returncode == ExitCode.DONE
    assert applied.migratekit("status", "--exit-code").returncode == ExitCode.DIRTY
    done = applied.migratekit("validate")
    assert done.returncode == ExitCode.DIRTY
    assert f"error: {trouble.said} [{trouble.rule}]" in done.stdout
    (finding,) = findings(applied)
    assert (finding["level"], finding["rule"], finding["version"]) == ("error", trouble.rule, trouble.version)
    assert finding["remedy"]


@pytest.mark.parametrize(
    "text", ["CREATE TABLE b (id int); ", "create table b (id int);", "CREATE TABLE b (id int)", ""]
)
def test_any_other_byte_is_a_change(applied: Project, text: str) -> None:
    applied.write({"002_create_b.up.sql": text})
    assert states(applied)[2] == "changed"


def test_a_down_file_may_change(applied: Project) -> None:
    applied.write({"002_create_b.down.sql": "DROP TABLE IF EXISTS b;"})
    assert states(applied)[2] == "applied"
    good(applied.migratekit("up"))


@each_trouble
def test_up_refuses_and_runs_nothing(applied: Project, database: TestDatabase, trouble: Trouble) -> None:
    trouble.edit(applied)
    other = "--allow-missing" if trouble.option == "--allow-changed" else "--allow-changed"
    before = (database.state(), database.tables(), rows(database))
    for words in (["up"], ["up", other]):
        told = bad(applied.migratekit(*words), ExitCode.REFUSED)
        assert f"error: {trouble.said}; nothing was run\n" in told
    assert (database.state(), database.tables(), rows(database)) == before


@pytest.mark.parametrize("words", ["up 1", "up --to 40", "goto 40", "up --dry-run", "plan", "plan --to 40"])
def test_whatever_goes_up_refuses(applied: Project, database: TestDatabase, words: str) -> None:
    TROUBLES["late"].edit(applied)
    assert "is late and was never applied" in bad(applied.migratekit(*words.split()), ExitCode.REFUSED)
    assert database.state() == [(30, False)]


@each_trouble
def test_migrate_goes_its_own_way(applied: Project, database: TestDatabase, trouble: Trouble) -> None:
    trouble.edit(applied)
    assert applied.migrate("up").returncode == 0
    assert (database.state(), database.tables()) == ([(40, False)], {"a", "b", "c", "d"})
    assert states(applied)[trouble.version] == trouble.state


@each_trouble
def test_the_way_back_is_open(applied: Project, database: TestDatabase, trouble: Trouble) -> None:
    trouble.edit(applied)
    assert without_times(applied.migratekit("down").stdout)[0] == "down 030_create_c"
    assert database.tables() == {"a", "b"}


@each_trouble
def test_up_goes_on_once_all_is_as_it_was(applied: Project, database: TestDatabase, trouble: Trouble) -> None:
    before = {path.name: path.read_bytes() for path in applied.migrations.iterdir()}
    trouble.edit(applied)
    for path in applied.migrations.iterdir():
        path.unlink()
    applied.write(before)
    assert good(applied.migratekit("up"))[-1] == "1 migration applied; development is at version 40"
    assert applied.migratekit("status", "--exit-code").returncode == ExitCode.DONE


@each_trouble
def test_an_option_lets_up_go_on_this_once(applied: Project, database: TestDatabase, trouble: Trouble) -> None:
    trouble.edit(applied)
    done = run_pending(applied, trouble.option)
    assert done.stderr == f"warning: {trouble.said}\n"
    assert len(story(applied)) == 4 + len(trouble.late)
    assert database.state() == [(40, False)]
    assert ("late" in database.tables()) == bool(trouble.late)
    assert states(applied)[trouble.version] == ("applied" if trouble.late else trouble.state)


@each_trouble
@pytest.mark.parametrize("policy", ["warn", "off"])
def test_an_environment_lets_up_go_on(applied: Project, database: TestDatabase, trouble: Trouble, policy: str) -> None:
    trouble.edit(applied)
    set_rules(applied, f"{trouble.rule}: {policy}")
    done = run_pending(applied)
    assert done.stderr == (f"warning: {trouble.said}\n" if policy == "warn" else "")
    assert ("late" in database.tables()) == (bool(trouble.late) and policy == "warn")
    assert database.state() == [(40, False)]


def set_rules(project: Project, *rules: str) -> None:
    (project.folder / "environments").mkdir(exist_ok=True)
    lines = "".join(f"  {rule}\n" for rule in rules)
    (project.folder / "environments" / "development.yaml").write_text(f"url_variable: DATABASE_URL\nrules:\n{lines}")


@pytest.mark.parametrize("rule", ["changed", "missed"])
def test_an_option_is_stronger_than_the_environment(applied: Project, database: TestDatabase, rule: str) -> None:
    trouble = TROUBLES["late" if rule == "missed" else rule]
    trouble.edit(applied)
    set_rules(applied, f"{rule}: off")
    run_pending(applied, trouble.option)
    assert ("late" in database.tables()) == bool(trouble.late)


def test_a_file_may_say_that_it_changes(applied: Project, database: TestDatabase) -> None:
    applied.write({"002_create_b.up.sql": "-- migratekit: allow-changed\nCREATE TABLE b (id bigint);"})
    assert findings(applied) == []
    assert states(applied)[2] == "applied"
    assert run_pending(applied).stderr == ""


def test_a_file_may_say_that_it_comes_late(applied: Project, database: TestDatabase) -> None:
    applied.write({"0021_late.up.sql": "-- migratekit: allow-missing\nCREATE TABLE late ();"})
    set_rules(applied, "missed: off")
    assert findings(applied) == []
    assert without_times(run_pending(applied).stdout)[0] == "up   0021_late"
    assert "late" in database.tables()


def test_a_directive_excuses_no_other_file(applied: Project) -> None:
    applied.write({"0021_late.up.sql": "-- migratekit: allow-missing, allow-changed\nSELECT 1;"})
    TROUBLES["changed"].edit(applied)
    assert "002_create_b.up.sql" in bad(applied.migratekit("up"), ExitCode.REFUSED)


def test_a_late_file_runs_first_and_takes_its_place(applied: Project, database: TestDatabase) -> None:
    TROUBLES["late"].edit(applied)
    applied.write({"0022_later.up.sql": "SELECT 1;", "0022_later.down.sql": "SELECT 1;"})
    plan = json.loads(applied.migratekit("plan", "--json", "--allow-missing").stdout)
    assert [(step["version"], step["leads_to"]) for step in plan] == [(21, 30), (22, 30), (40, 40)]
    assert without_times(applied.migratekit("up", "1", "--allow-missing").stdout) == [
        "up   0021_late",
        "1 migration applied; development is at version 30",
    ]
    assert states(applied) == {1: "applied", 2: "applied", 21: "applied", 22: "missed", 30: "applied", 40: "pending"}
    assert without_times(applied.migratekit("up", "--allow-missing").stdout)[:2] == [
        "up   0022_later",
        "up   040_create_d",
    ]
    assert [(f["level"], f["rule"], f["version"]) for f in findings(applied)] == [
        ("warning", "order", 21),
        ("warning", "order", 22),
    ]
    assert applied.migratekit("validate").returncode == ExitCode.DONE
    assert applied.migratekit("status", "--exit-code").returncode == ExitCode.DONE
    assert without_times(applied.migratekit("down", "4").stdout) == [
        "down 040_create_d",
        "down 030_create_c",
        "down 0022_later",
        "down 0021_late",
        "4 migrations undone; development is at version 2",
    ]
    assert database.tables() == {"a", "b"}


def test_a_late_file_that_fails_leaves_the_version_as_it_was(applied: Project, database: TestDatabase) -> None:
    applied.write({"0021_late.up.sql": "CREATE TABLE late (); SELECT 1 / 0;"})
    assert applied.migratekit("up", "--allow-missing").returncode == ExitCode.FAILED
    assert (database.state(), database.tables()) == ([(30, False)], {"a", "b", "c"})
    assert states(applied)[21] == "missed"


def test_a_late_file_that_fails_half_way_is_the_dirty_one(applied: Project, database: TestDatabase) -> None:
    applied.write({"0021_late.up.sql": "CREATE TABLE late (); COMMIT; SELECT 1 / 0;"})
    assert applied.migratekit("up", "--allow-missing").returncode == ExitCode.DIRTY
    assert database.state() == [(30, True)]
    assert {v: s for v, s in states(applied).items() if s != "applied"} == {21: "dirty", 40: "pending"}


def test_a_file_that_was_ignored_when_it_came_late_stays_out_of_the_way_down(
    applied: Project, database: TestDatabase
) -> None:
    TROUBLES["late"].edit(applied)
    set_rules(applied, "missed: off")
    run_pending(applied)
    assert without_times(applied.migratekit("down", "--to", "2").stdout)[:2] == [
        "down 040_create_d",
        "down 030_create_c",
    ]
    assert without_times(applied.migratekit("up").stdout)[:3] == [
        "up   0021_late",
        "up   030_create_c",
        "up   040_create_d",
    ]


def test_a_file_with_another_version_is_told_where_it_went(applied: Project, database: TestDatabase) -> None:
    move(applied, "002_create_b", "035_create_b")
    assert states(applied) == {1: "applied", 2: "file missing", 30: "applied", 35: "pending", 40: "pending"}
    (finding,) = findings(applied)
    assert (finding["rule"], finding["problem"]) == (
        "missing",
        "is applied, but has no file; its text is now version 35, create_b",
    )
    told = bad(applied.migratekit("up"), ExitCode.REFUSED)
    assert "its text is now version 35, create_b; nothing was run" in told
    move(applied, "035_create_b", "002_create_b")
    run_pending(applied)


def test_all_troubles_are_named_together(applied: Project) -> None:
    for name in ("changed", "late"):
        TROUBLES[name].edit(applied)
    remove(applied, "001_create_a")
    done = applied.migratekit("up")
    assert (done.returncode, done.stdout) == (ExitCode.REFUSED, "")
    assert done.stderr.splitlines()[:4] == [
        "error: files and history of development do not agree, so nothing was run:",
        "  002_create_b.up.sql: is not what was applied",
        "  1_create_a: is applied, but has no file",
        "  0021_late.up.sql: is late and was never applied: later ones were",
    ]
    hints = done.stderr.partition("hint: ")[2].splitlines()
    assert [hint.split(":")[0].strip() for hint in hints] == ["changed", "missing", "missed"]
    run_pending(applied, "--allow-changed", "--allow-missing")


def test_only_up_and_its_likes_care(applied: Project, database: TestDatabase) -> None:
    for name in ("changed", "late"):
        TROUBLES[name].edit(applied)
    for words in (["redo"], ["goto", "2"], ["force", "30"]):
        assert applied.migratekit(*words).returncode == ExitCode.DONE
    assert database.state() == [(30, False)]
