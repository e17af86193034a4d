"""What an environment forbids, and what it wants to be confirmed."""

import pytest

from migratekit.errors import ExitCode
from outcomes import bad, good, write_three
from support import Project, TestDatabase
from terminal import Talk, talk

RULES = """
url_variable: DATABASE_URL
verbs: [up, down, goto, redo, force, status, version, config]
confirm: [up, down, goto, redo, force]
"""
PROMPT = "Type production to go on: "


@pytest.fixture
def production(project: Project) -> Project:
    """Three migrations and an environment that is careful."""
    write_three(project)
    (project.folder / "environments").mkdir()
    (project.folder / "environments" / "production.yaml").write_text(RULES)
    project.env["MIGRATEKIT_ENV"] = "production"
    return project


def typed(project: Project, *words: str, answer: str) -> Talk:
    return talk(project, "migratekit", *words, answer=answer, prompt=PROMPT)


def test_the_right_name_goes_on(production: Project, database: TestDatabase) -> None:
    talked = typed(production, "up", "2", answer="production\n")
    assert talked.code == ExitCode.DONE
    assert "up on production will run up 1, up 2. Type production to go on: " in talked.shown
    assert talked.stdout.splitlines()[-1] == "2 migrations applied; production is at version 2"
    assert database.state() == [(2, False)]


@pytest.mark.parametrize("answer", ["staging\n", "y\n", "yes\n", "\n", "Production\n", "production please\n", "\x04"])
def test_anything_else_refuses(production: Project, database: TestDatabase, answer: str) -> None:
    talked = typed(production, "up", answer=answer)
    assert (talked.code, talked.stdout) == (ExitCode.REFUSED, "")
    assert "not confirmed; nothing was done" in talked.shown
    assert database.state() is None


def test_control_c_at_the_question_interrupts(production: Project, database: TestDatabase) -> None:
    talked = typed(production, "up", answer="\x03")
    assert talked.code == ExitCode.INTERRUPTED
    assert database.state() is None


VERBS = {
    "up": "up on production will run up 3",
    "down": "down on production will run down 2",
    "down --all": "down on production will run down 2, down 1",
    "goto 1": "goto on production will run down 2",
    "redo": "redo on production will run down 2, up 2",
    "force 3": "force will set production to version 3 without running anything",
    "stamp none": "force will set production to no version without running anything",
}


@pytest.mark.parametrize(("words", "what"), VERBS.items(), ids=[*VERBS])
def test_each_verb_says_what_it_will_do(production: Project, database: TestDatabase, words: str, what: str) -> None:
    good(production.migratekit("up", "2", "--yes"))
    talked = typed(production, *words.split(), answer="no\n")
    assert talked.code == ExitCode.REFUSED
    assert f"{what}. {PROMPT}" in talked.shown
    assert database.state() == [(2, False)]


@pytest.mark.parametrize("words", ["up", "down", "goto 1", "redo", "force 3"])
def test_without_a_terminal_it_is_refused(production: Project, database: TestDatabase, words: str) -> None:
    good(production.migratekit("up", "2", "--yes"))
    told = bad(production.migratekit(*words.split(), input="production\n"), ExitCode.REFUSED)
    assert "nobody is there to confirm it" in told
    assert "--yes" in told
    assert database.state() == [(2, False)]


def test_yes_confirms_beforehand(production: Project, database: TestDatabase) -> None:
    good(production.migratekit("up", "--yes"))
    good(production.migratekit("--yes", "down", "--all"))
    good(production.migratekit("force", "2", "--yes"))
    assert database.state() == [(2, False)]


def test_nothing_is_asked_where_nothing_will_be_done(production: Project) -> None:
    production.migratekit("up", "--yes")
    assert good(production.migratekit("up")) == ["nothing to do; production is at version 3"]


def test_reading_is_not_asked_about(production: Project) -> None:
    for words in (["status"], ["version"], ["config"]):
        good(production.migratekit(*words))


@pytest.mark.parametrize("words", ["drop", "drop --yes", "create x", "validate", "wait", "db start", "db reset"])
def test_a_verb_that_is_not_allowed_is_refused(production: Project, database: TestDatabase, words: str) -> None:
    database.rows("CREATE TABLE precious (id int)")
    before = sorted(production.folder.rglob("*"))
    told = bad(production.migratekit(*words.split()), ExitCode.REFUSED)
    assert f"environment production does not allow `{words.split()[0]}`" in told
    assert "environments/production.yaml" in told
    assert database.tables() == {"precious"}
    assert sorted(production.folder.rglob("*")) == before


@pytest.mark.parametrize("spelling", ["force", "stamp"])
def test_another_name_of_a_verb_is_that_verb(production: Project, spelling: str) -> None:
    (production.folder / "environments" / "production.yaml").write_text("verbs: [up]\n")
    assert "does not allow `force`" in bad(production.migratekit(spelling, "1"), ExitCode.REFUSED)


@pytest.mark.parametrize("rule", ["verbs: [up, statsu]", "confirm: [donw]", "confirm: [UP]"])
def test_a_rule_about_a_verb_that_does_not_exist_is_refused(production: Project, rule: str) -> None:
    (production.folder / "environments" / "production.yaml").write_text(f"{rule}\n")
    told = bad(production.migratekit("up"), ExitCode.USAGE)
    assert rule.strip("]").split()[-1].strip("[") in told


def test_drop_asks_though_no_rule_says_so(project: Project, database: TestDatabase) -> None:
    database.rows("CREATE TABLE t (id int)")
    ask = {"prompt": "Type development to go on: "}
    assert talk(project, "migratekit", "drop", answer="no\n", **ask).code == ExitCode.REFUSED
    assert database.tables() == {"t"}
    assert talk(project, "migratekit", "drop", answer="development\n", **ask).code == ExitCode.DONE
    assert database.tables() == set()


def test_a_table_is_shown_on_a_terminal_too(production: Project) -> None:
    talked = typed(production, "status", answer="")
    assert talked.code == ExitCode.DONE
    assert "create_a" in talked.stdout
