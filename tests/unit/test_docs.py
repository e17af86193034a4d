"""The documents say what the code does, and lead somewhere."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from migratekit.commands import VERBS
from migratekit.errors import ExitCode
from migratekit.settings import _KEYS
from support import ROOT
from write_docs import COMMANDS_PAGE, commands_page, help_text

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^(`{3,}|~{3,}).*?^\1[`~]*\s*?$", re.MULTILINE | re.DOTALL)
LINK = re.compile(
    r"(?<!`)!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE
)
# Where packages come from, and folders that are on one person's machine only.
PRIVATE = re.compile(
    r"/(?:root|work|Users/\w+|home/\w+)/"
    r"|\b(?:pypi|pythonhosted|npmjs|ghcr|quay|docker|artifactory|jfrog)\.(?:org|com|io)\b"
    r"|\b(?:extra-)?index[-]url\b|\bfind[-]links\b|\b(?:proxy|sum)\.golang\.org\b",
    re.IGNORECASE,
)


def text_of(path: Path) -> str:
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def links(path: Path) -> Iterator[str]:
    for match in LINK.finditer(text_of(path)):
        target = match[1] or match[2]
        if not re.match(r"[a-z][a-z+.-]*:|//", target):
            yield target


def anchors(path: Path) -> set[str]:
    """What a heading is called in a link to it."""
    headings = re.findall(r"^#+\s+(.*?)\s*#*$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def tracked_texts() -> Iterator[tuple[str, str]]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in content:
            yield name, content.decode("utf-8", "replace")


def command_table() -> list[str]:
    """The verbs in the table of README.md whose first column is headed Command."""
    table = re.search(
        r"^\|\s*Command\s*\|.*\n\|[-:| ]+\|?\s*\n((?:\|.*\n?)+)", text_of(ROOT / "README.md"), re.MULTILINE
    )
    assert table is not None, "README.md has no table headed `| Command | …`"
    cells = [re.match(r"\|\s*`(?:migratekit )?([a-z-]+)\b", row) for row in table[1].splitlines()]
    assert all(cells), f"a row of the table does not begin with a verb: {table[1]}"
    return [cell[1] for cell in cells if cell]


def test_the_readme_lists_each_verb_once() -> None:
    assert sorted(command_table()) == sorted(VERBS)


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    expected = commands_page()
    assert COMMANDS_PAGE.read_text(encoding="utf-8") == expected, "run .venv/bin/python tests/write_docs.py"


@pytest.mark.parametrize("verb", VERBS)
def test_the_page_of_commands_has_the_help_of_each_verb(verb: str) -> None:
    assert f"```text\n{help_text('migratekit', verb, '--help')}```" in COMMANDS_PAGE.read_text(encoding="utf-8")


def test_help_names_each_exit_code() -> None:
    codes = help_text("migratekit", "--help").partition("exit codes:")[2]
    assert {int(code) for code in re.findall(r"(?:^|\s)(\d+) [a-z]", codes)} == {int(code) for code in ExitCode}


@pytest.mark.parametrize("key", _KEYS)
def test_each_key_of_an_environment_is_explained(key: str) -> None:
    page = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")
    assert f"`{key}`" in page
    if _KEYS[key].variable:
        assert _KEYS[key].variable in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    dead = []
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for name, text in tracked_texts()
        for number, line in enumerate(text.splitlines(), 1)
        if PRIVATE.search(line)
    ]
    assert found == []
