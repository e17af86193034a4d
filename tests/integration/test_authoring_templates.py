"""A project's own templates, and `migratekit templates`, which lists them with ours."""

import json
from pathlib import Path

import pytest

from migratekit.errors import ExitCode
from outcomes import NOWHERE, bad, good
from support import Project


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A project without files; its database cannot be reached, for none is needed."""
    project = Project(tmp_path / "project", NOWHERE)
    project.migrations.mkdir(parents=True)
    return project


def write(project: Project, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = project.folder / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def texts(project: Project) -> dict[str, str]:
    return {path.name: path.read_text() for path in project.migrations.iterdir()}


def test_a_file_of_the_project_takes_the_place_of_ours(empty: Project) -> None:
    write(empty, {"_shared/header.up.sql.j2": "-- {{ name }} is ours\n"})
    good(empty.migratekit("create", "create_users_table"))
    made = texts(empty)
    assert made["001_create_users_table.up.sql"].startswith(
        "-- create_users_table is ours\n\nBEGIN;\n\nCREATE TABLE users ("
    )
    assert "Rollback for" in made["001_create_users_table.down.sql"]


OWN = {
    "tenant/kind.yaml": """
summary: a schema for a tenant
names: ["create_{tenant}_tenant"]
inputs:
  tenant: relation
  owner:
    type: name
    default: tenant.name ~ "_owner"
""",
    "tenant/up.sql.j2": """CREATE SCHEMA {{ tenant | ident }} AUTHORIZATION {{ owner | ident }};
SELECT {{ owner | literal }};
""",
    "tenant/down.sql.j2": "DROP SCHEMA {{ tenant | ident }};\n",
}


def test_a_kind_of_the_project_is_added(empty: Project) -> None:
    write(empty, OWN)
    good(empty.migratekit("create", "create_order_tenant", "--set", "owner=it's"))
    assert texts(empty) == {
        "001_create_order_tenant.up.sql": """CREATE SCHEMA "order" AUTHORIZATION "it's";\nSELECT 'it''s';\n""",
        "001_create_order_tenant.down.sql": 'DROP SCHEMA "order";\n',
    }
    good(empty.migratekit("create", "create_shop_tenant"))
    assert "AUTHORIZATION shop_owner" in texts(empty)["002_create_shop_tenant.up.sql"]


BROKEN = {
    "{{ nope }}": "'nope' is undefined",
    "{% if %}": "Expected an expression",
    "{{ ''.__class__.__mro__ }}": "access to attribute '__class__'",
    "\n{{ 1 + 'a' }}": "unsupported operand",
    "{% include 'nope.j2' %}": "there is no template nope.j2",
    "{% include '../../secret' %}": "there is no template",
}


@pytest.mark.parametrize(("template", "why"), BROKEN.items(), ids=BROKEN)
def test_a_broken_template_is_named_and_leaves_no_files(empty: Project, template: str, why: str) -> None:
    (empty.folder / "secret").write_text("secret")
    write(empty, {"raw/down.sql.j2": template})
    told = bad(empty.migratekit("create", "a"), ExitCode.FAILED)
    assert "templates/raw/down.sql.j2" in told
    assert why in told
    assert texts(empty) == {}


KINDS = {
    "names: [": "this is not YAML",
    "- a": "must hold keys and values",
    "nmaes: []": "unknown key 'nmaes'",
    "inputs: {a: table, B: text}": "must be a word of small letters",
    "inputs: {version: text}": "must have another name",
    "inputs: {a: nothing}": "must have one of the types",
    "inputs: {a: {type: text, defualt: x}}": "unknown key of input a",
    "names: ['add_{a}']": "unknown input in add_{a}",
    "names: ['Add.*']": "is no pattern",
    "pairs: [{file: ../../x}]": "makes no sense",
    "pairs: [{phase: later}]": "makes no sense",
}


@pytest.mark.parametrize(("text", "why"), KINDS.items(), ids=KINDS)
def test_a_kind_that_makes_no_sense_is_named(empty: Project, text: str, why: str) -> None:
    write(empty, {"own/kind.yaml": text})
    told = bad(empty.migratekit("create", "a"), ExitCode.FAILED)
    assert "templates/own/kind.yaml" in told
    assert why in told


def test_templates_lists_the_kinds(empty: Project) -> None:
    write(empty, OWN)
    lines = good(empty.migratekit("templates"))
    assert lines[0].split() == ["kind", "name", "writes"]
    assert "table" in [line.split()[0] for line in lines]
    (own,) = [line for line in lines if line.startswith("tenant ")]
    assert own.split() == ["tenant", "create_{tenant}_tenant", "a", "schema", "for", "a", "tenant", "yours"]


def test_templates_explains_a_kind(empty: Project) -> None:
    lines = good(empty.migratekit("templates", "not_null"))
    assert lines[0].startswith("not-null: ")
    for line in (
        "  make_{column}_not_null_on_{table}",
        "  VERSION_{name}  (phase expand)",
        "  not-null/1_require.up.sql.j2",
    ):
        assert line in lines


def test_templates_as_json(empty: Project) -> None:
    write(empty, OWN)
    kinds = {one["kind"]: one for one in json.loads(empty.migratekit("templates", "--json").stdout)}
    assert kinds["tenant"]["yours"] is True
    assert [one["flag"] for one in kinds["type"]["inputs"]][:1] == ["--table TABLE"]
    assert json.loads(empty.migratekit("templates", "tenant", "--json").stdout) == kinds["tenant"]


def test_a_kind_that_is_not_there(empty: Project) -> None:
    assert "did you mean index?" in bad(empty.migratekit("templates", "indxe"), ExitCode.USAGE)
