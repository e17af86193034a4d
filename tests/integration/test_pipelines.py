"""The example jobs for pipelines: they parse, and what they run does run."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import zygote
from support import CLEAN, ROOT, TestDatabase

EXAMPLES = ROOT / "docs" / "examples"


def github() -> list[str]:
    """The commands of the jobs, in their order."""
    document: dict[Any, Any] = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())
    assert set(document["jobs"]) == {"check", "release"}
    steps = [step for job in document["jobs"].values() for step in job["steps"]]
    assert all("uses" in step or "run" in step for step in steps)
    return [line for step in steps for line in step.get("run", "").splitlines()]


def gitlab() -> list[str]:
    """The commands of the jobs, in their order."""
    document: dict[str, Any] = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())
    jobs = [document[name] for name in ("check-migrations", "release-migrations")]
    assert [job["stage"] for job in jobs] == document["stages"]
    return [*document["default"]["before_script"], *(line for job in jobs for line in job["script"])]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone, with what is installed here in the place of an installation of its own."""
    folder = tmp_path / "checkout"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        if not name.startswith(("tests/", "docs/")) and (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all"]):
        subprocess.run(["git", *words], cwd=folder, env=CLEAN, check=True)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(zygote.launchers(CLEAN))
    return folder


@pytest.mark.parametrize("commands", [github, gitlab], ids=["github", "gitlab"])
def test_what_the_jobs_run_does_run(checkout: Path, database: TestDatabase, commands: Any) -> None:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True).stdout
    env = CLEAN | {
        "DATABASE_URL": database.url,
        "PRODUCTION_DATABASE_URL": database.url,
        "GITHUB_SHA": head.strip(),
        "CI_COMMIT_SHA": head.strip(),
    }
    for line in commands():
        # Make would install anew what was installed elsewhere.
        command = re.sub(r"^make migrate-", ".venv/bin/migratekit ", line)
        if command == "make install":
            continue
        done = subprocess.run(["sh", "-c", command], cwd=checkout, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert database.state() == [(14, False)]
    assert any((checkout / "reports").iterdir())
