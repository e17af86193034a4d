"""Settings as a user gets them wrong, and as `migratekit config` shows them."""

import json
from pathlib import Path

import pytest

from migratekit.errors import ExitCode
from outcomes import NOWHERE, bad, good
from support import Project


@pytest.fixture
def files(tmp_path: Path) -> Project:
    """A project that names no database and has a folder for environments."""
    project = Project(tmp_path / "project", NOWHERE)
    project.migrations.mkdir(parents=True)
    (project.folder / "environments").mkdir()
    return project


def environment(project: Project, text: str, name: str = "development") -> None:
    (project.folder / "environments" / f"{name}.yaml").write_text(text)


BROKEN = {
    "broken YAML": ("verbs:\n\t- up\n", ["environments/development.yaml:2:1: this is not YAML"]),
    "unknown key": ("tabel: x\n", ["environments/development.yaml: unknown key 'tabel', did you mean 'table'?"]),
    "unknown key and wrong types": (
        "tabel: x\nembedded: 1\nlock_wait: soon\n",
        ["3 problems", "'tabel', did you mean 'table'", "true or false", "500ms"],
    ),
    "no keys": ("just a text\n", ["must hold keys and values"]),
}


@pytest.mark.parametrize(("text", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_environment_is_told_in_one_message(files: Project, text: str, told: list[str]) -> None:
    environment(files, text)
    for verb in ("up", "config", "validate"):
        message = bad(files.migratekit(verb), ExitCode.USAGE)
        assert [part for part in told if part not in message] == []


def test_an_environment_that_does_not_exist_is_told_with_those_that_do(files: Project) -> None:
    environment(files, "", "staging")
    environment(files, "", "production")
    told = bad(files.migratekit("up", "--env", "stagin"), ExitCode.USAGE)
    assert "environments there: production, staging" in told


def test_a_wrong_value_is_told_with_its_variable(files: Project) -> None:
    environment(files, "")
    told = bad(files.migratekit("up", env={"MIGRATEKIT_LOCK_WAIT": "5"}), ExitCode.USAGE)
    assert "MIGRATEKIT_LOCK_WAIT (environment)" in told


def test_config_shows_each_setting_with_its_origin(files: Project) -> None:
    environment(files, "lock_wait: 2m\nconfirm: [up, down]\n")
    (files.folder / ".env").write_text("MIGRATEKIT_TABLE=ops.versions\n")
    done = files.migratekit("config", "--json", "--statement-timeout", "1500ms")
    assert (done.returncode, done.stderr) == (0, "")
    shown = json.loads(done.stdout)
    assert shown["environment"]["value"] == "development"
    assert shown["database"] == {"value": NOWHERE, "origin": "DATABASE_URL (environment)"}
    assert shown["table"] == {"value": "ops.versions", "origin": "MIGRATEKIT_TABLE (.env)"}
    assert shown["lock_wait"] == {"value": "120 s", "origin": "environments/development.yaml"}
    assert shown["confirm"] == {"value": "up, down", "origin": "environments/development.yaml"}
    assert shown["statement_timeout"] == {"value": "1.5 s", "origin": "--statement-timeout"}
    assert shown["migrations"] == {"value": "migrations", "origin": "default"}


def test_config_is_a_table_for_people(files: Project) -> None:
    environment(files, "")
    lines = good(files.migratekit("config", "--table", "versions"))
    assert lines[0].split() == ["setting", "value", "origin"]
    assert ["table", "versions", "--table"] in [line.split() for line in lines]


def test_commands_find_the_project_from_a_folder_inside_of_it(files: Project) -> None:
    environment(files, "")
    files.write({"1_a.up.sql": "SELECT 1;", "1_a.down.sql": "SELECT 1;"})
    inside = Project(files.folder / "src" / "deep", NOWHERE)
    inside.folder.mkdir(parents=True)
    assert good(inside.migratekit("validate", "--files-only"))[-1].startswith("1 migration")


def test_no_output_shows_the_password_of_the_server_for_shadows(files: Project) -> None:
    environment(files, "shadow: postgres://ann:s3cret@h/db\n")
    shown = files.migratekit("config", "--json")
    assert json.loads(shown.stdout)["shadow"]["value"] == "postgres://ann@h/db"
    environment(files, "shadow: not:s3cret@a-url\ndrift: {ignore: s3cret, grant: true}\n")
    wrong = files.migratekit("config")
    assert "drift has no grant, but ignore, grants" in bad(wrong, ExitCode.USAGE)
    environment(files, "shadow: not:s3cret@a-url\n")
    refused = files.migratekit("drift")
    assert "environments/development.yaml: this is not a PostgreSQL URL" in bad(refused, ExitCode.USAGE)
    assert "s3cret" not in "".join(done.stdout + done.stderr for done in (shown, wrong, refused))


def test_config_shows_what_url_command_and_url_file_are(files: Project) -> None:
    files.url = ""
    (files.folder / "url").write_text("postgres://ann:s3cret@h/db")
    environment(files, "url_file: url")
    done = files.migratekit("config", "--json")
    assert json.loads(done.stdout)["database"] == {
        "value": "postgres://ann@h/db",
        "origin": "url_file url",
    }
    assert "s3cret" not in done.stdout + done.stderr
