"""The examples for Compose and Kubernetes: taken by the commands, and run as they would be, without containers."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from migratekit.cli import _parser
from migratekit.errors import ExitCode
from outcomes import good
from runs import finish, wait_for_line
from support import ROOT, Project, TestDatabase, drop_database

EXAMPLES = ROOT / "docs" / "examples"
PAGE = ROOT / "docs" / "deploying.md"
COMPOSE: dict[str, Any] = yaml.safe_load((EXAMPLES / "compose.yaml").read_text(encoding="utf-8"))
KUBERNETES: list[dict[str, Any]] = list(yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text(encoding="utf-8")))
URL = "PRODUCTION_DATABASE_URL"


def one(kind: str) -> dict[str, Any]:
    (found,) = [each for each in KUBERNETES if each["kind"] == kind]
    return found


JOB, DEPLOYMENT = one("Job")["spec"], one("Deployment")["spec"]
MIGRATE = JOB["template"]["spec"]["containers"][0]
WAIT = DEPLOYMENT["template"]["spec"]["initContainers"][0]
CONTAINERS = [MIGRATE, WAIT, *DEPLOYMENT["template"]["spec"]["containers"]]
SERVICE = COMPOSE["services"]["migrate"]


def secret(container: dict[str, Any]) -> dict[str, str]:
    """By variable, the Secret that fills it."""
    return {each["name"]: each["valueFrom"]["secretKeyRef"]["name"] for each in container["env"]}


def test_each_command_is_taken() -> None:
    examples = [SERVICE["command"], MIGRATE["command"], WAIT["command"]]
    shown = re.findall(r"^ {4}(migratekit .*?)(?: +#.*)?$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(shown) >= 3
    for program, *words in [*examples, *(line.split() for line in shown)]:
        assert program == "migratekit"
        _parser(words).parse_args(words)


def test_each_image_is_pinned_and_none_names_its_host() -> None:
    text = (EXAMPLES / "Dockerfile").read_text(encoding="utf-8")
    images = [service["image"] for service in COMPOSE["services"].values()] + [each["image"] for each in CONTAINERS]
    for image in (*images, *re.findall(r"^FROM (\S+)", text, re.MULTILINE)):
        assert re.fullmatch(r"[a-z-]+:\d[\w.-]*", image)
    assert "'migratekit>=0.1,<0.2'" in text


def test_the_job_may_do_more_than_the_pods_that_wait_for_it() -> None:
    secrets = {each["metadata"]["name"] for each in KUBERNETES if each["kind"] == "Secret"}
    assert secrets == {"shop-migrations-database", "shop-database"}
    assert (secret(MIGRATE), secret(WAIT)) == ({URL: "shop-migrations-database"}, {URL: "shop-database"})
    assert MIGRATE["image"] == WAIT["image"] == SERVICE["image"]
    for container in CONTAINERS:
        assert container["resources"].keys() == {"requests", "limits"}
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert not container["securityContext"]["allowPrivilegeEscalation"]
    assert all(spec["template"]["spec"]["securityContext"]["runAsNonRoot"] for spec in (JOB, DEPLOYMENT))


def test_the_job_gives_up_where_trying_again_does_not_help() -> None:
    (codes,) = [rule["onExitCodes"] for rule in JOB["podFailurePolicy"]["rules"] if "onExitCodes" in rule]
    assert codes["values"] == [ExitCode.USAGE, ExitCode.REFUSED, ExitCode.DIRTY]
    assert codes["containerName"] == MIGRATE["name"]
    assert JOB["template"]["spec"]["restartPolicy"] == "Never"


def test_compose_starts_the_application_behind_the_migrations() -> None:
    services = COMPOSE["services"]
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["application"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


@contextmanager
def shop(database: TestDatabase) -> Iterator[dict[str, str]]:
    """The URLs of the two roles; they and their database are made by the statements of the page, later."""
    names = {name: f"{database.name}_{name}" for name in ("shop_migrations", "shop")}
    urls = {name: database.server.url(names["shop"]).replace("postgres@", f"{role}@") for name, role in names.items()}
    try:
        yield urls
    finally:
        drop_database(database.server, names["shop"])
        for role in names.values():
            database.rows(f"DROP ROLE IF EXISTS {role}")


def statements(database: TestDatabase, number: int) -> list[str]:
    """The statements of a block of the page, for this test's own database and roles."""
    block = re.findall(r"^```sql\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[number]
    return [re.sub(r"\bshop", f"{database.name}_shop", text) for text in block.split(";\n") if text.strip()]


@pytest.mark.parametrize("job", [SERVICE["command"], MIGRATE["command"]], ids=["Compose", "Kubernetes"])
def test_pods_that_come_first_wait_for_the_job(project: Project, database: TestDatabase, job: list[str]) -> None:
    shutil.copytree(ROOT / "environments", project.folder / "environments")
    project.chain("CREATE TABLE orders (id int);", "CREATE INDEX CONCURRENTLY ON orders (id);")
    with shop(database) as urls:
        project.env[URL] = urls["shop"]
        for text in statements(database, 0):
            if "DATABASE" not in text:
                database.rows(text)
        pod = project.start(*WAIT["command"])
        try:
            wait_for_line(pod, "does not exist")
            database.rows(statements(database, 0)[-1])
            there = TestDatabase(f"{database.name}_shop", database.server, database.major)
            for text in statements(database, 1):
                there.rows(text)
            done = project.migratekit(*job[1:], env={URL: urls["shop_migrations"]})
            assert done.returncode == ExitCode.DONE, done.stderr
            finished = finish(pod)
        finally:
            pod.kill()
        assert (finished.returncode, finished.stdout) == (0, "production is at version 2; no file is pending\n")
        # Its role can wait, and can do nothing else to what is ours.
        assert project.migratekit(*job[1:]).returncode == ExitCode.DONE
        rights = "SELECT string_agg(r, ' ') FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) r"
        held = f"{rights} WHERE has_table_privilege('{there.name}', 'schema_migrations', r)"
        assert there.value(held) == "SELECT"


def test_two_grants_are_enough(project: Project, database: TestDatabase) -> None:
    project.chain("CREATE TABLE orders (id int);")
    good(project.migratekit("up"))
    database.rows("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    role = f"{database.name}_shop"
    database.rows(f"CREATE ROLE {role} LOGIN")
    try:
        for text in statements(database, 2):
            database.rows(text)
        project.url = database.url.replace("postgres@", f"{role}@")
        good(project.migratekit("wait-for-version", "1"))
    finally:
        database.rows(f"DROP OWNED BY {role}; DROP ROLE {role}")
