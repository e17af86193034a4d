"""`migratekit render`: plain files from templates of the project's own."""

from pathlib import Path

import pytest

from migratekit.errors import ExitCode
from outcomes import NOWHERE, bad, good
from support import Project

TEMPLATE = """CREATE TABLE {{ table | ident }} (region text DEFAULT {{ region | literal }});
{% for n in partitions %}
CREATE TABLE p{{ n }} ();
{% endfor %}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path, NOWHERE)
    (tmp_path / "environments").mkdir()
    for name, region in (("development", "eu"), ("staging", "it's us")):
        (tmp_path / "environments" / f"{name}.yaml").write_text(
            f'variables: {{region: "{region}", partitions: [1, 2], table: Order}}\n'
        )
    (tmp_path / "004_x.up.sql.j2").write_text(TEMPLATE)
    return project


def test_each_environment_has_its_own_variables(project: Project) -> None:
    assert good(project.migratekit("render", "004_x.up.sql.j2", "--to", "out/eu")) == ["out/eu/004_x.up.sql"]
    good(project.migratekit("--env", "staging", "render", "004_x.up.sql.j2", "--to", "out/us"))

    eu, us = ((project.folder / "out" / name / "004_x.up.sql").read_text() for name in ("eu", "us"))
    assert eu == """CREATE TABLE "Order" (region text DEFAULT 'eu');\nCREATE TABLE p1 ();\nCREATE TABLE p2 ();\n"""
    assert "DEFAULT 'it''s us'" in us


def test_a_variable_of_the_command_line_goes_first(project: Project) -> None:
    good(project.migratekit("render", "004_x.up.sql.j2", "--to", "out", "--set", "region='); DROP TABLE x; --"))
    assert "DEFAULT '''); DROP TABLE x; --'" in (project.folder / "out" / "004_x.up.sql").read_text()


def test_what_is_there_and_differs_is_kept(project: Project) -> None:
    good(project.migratekit("render", "004_x.up.sql.j2", "--to", "out"))
    good(project.migratekit("render", "004_x.up.sql.j2", "--to", "out"))
    refused = bad(project.migratekit("--env", "staging", "render", "004_x.up.sql.j2", "--to", "out"), ExitCode.REFUSED)
    assert "out/004_x.up.sql is there and differs; nothing was written" in refused
    good(project.migratekit("--env", "staging", "render", "004_x.up.sql.j2", "--to", "out", "--force"))


@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        ("{{ unheard_of }}", (), "unheard_of"),
        ("{{ ''.__class__ }}", (), ""),
        ("{% if %}", (), "004_x.up.sql.j2"),
        ("x", ("--set", "nothing"), "is not NAME=VALUE"),
    ],
)
def test_a_template_that_is_wrong_writes_nothing(
    project: Project, text: str, words: tuple[str, ...], says: str
) -> None:
    (project.folder / "004_x.up.sql.j2").write_text(text)

    done = project.migratekit("render", "004_x.up.sql.j2", "--to", "out", *words)

    assert done.returncode in (ExitCode.FAILED, ExitCode.USAGE), done.stdout
    assert says in done.stderr
    assert not (project.folder / "out").exists()


def test_files_of_another_kind_are_no_templates(project: Project) -> None:
    (project.folder / "x.txt").write_text("x")
    assert "x.txt is no template" in bad(project.migratekit("render", "x.txt", "--to", "out"), ExitCode.USAGE)


def test_wrong_variables_are_an_error_of_the_settings(project: Project) -> None:
    (project.folder / "environments" / "development.yaml").write_text("variables: [1]\n")
    refused = bad(project.migratekit("render", "004_x.up.sql.j2", "--to", "out"), ExitCode.USAGE)
    assert "variables must give names their values" in refused
