"""The pages for those who come from other tools, read and done as they say."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from support import BIN, CLEAN, ROOT, Project, TestDatabase
from terminal import talk
from zygote import launchers

PAGES = {path.stem.removeprefix("from-"): path for path in sorted((ROOT / "docs").glob("from-*.md"))}
# What is typed; everything else between backticks is a name, a value, or a part of a URL.
_PROGRAMS = ("migratekit", "migrate", "make", "pip", "python", "createdb", "pg_dump", "psql")
# Those that know no URL: who uses them has the server in these variables.
_LIBPQ = ("createdb", "dropdb")
_PYTHON = re.compile(r"(from|import) [a-z]")
_ASSIGNED = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)", re.DOTALL)
_TABLE = re.compile(r"^\| Before \| Now \|\n\|[-| ]+\|\n((?:\|.*\n)+)", re.MULTILINE)
_FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^ {4}.*\n)(?:(?: *\n)*^ {4}.*\n)*", re.MULTILINE)


# A text that is to be found in the output; or what must be true, of the output and of whatever was changed.
Told = str | Callable[[str], object]


class Says(NamedTuple):
    """What is told by a command that does not end with 0, or that wants something typed at its question."""

    told: Told
    code: int = 0
    typed: str = ""


Check = Told | Says


def rows(page: Path) -> list[tuple[str, str]]:
    """The rows of the tables headed Before and Now."""
    tables = _TABLE.findall(page.read_text(encoding="utf-8"))
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for table in tables for line in table.splitlines()]
    return [(before.strip(), now.strip().replace("\\|", "|")) for before, now in cells]


def pieces(now: str) -> list[str]:
    """What a cell says to use now; the words of the cell itself where it names nothing."""
    spans = [match[2].strip() for match in re.finditer(r"(`+)(.+?)\1", now)]
    return ["the same", *spans] if now.lstrip("[").startswith("the same") else spans or [now]


def blocks(page: Path) -> list[str]:
    """The texts of the code blocks; in front of JSON, which has no comments, the file that was named last."""
    text = page.read_text(encoding="utf-8")
    fenced = [(match.start(), match[1]) for match in _FENCED.finditer(text)]
    bare = _FENCED.sub(lambda match: re.sub(r"[^\n]", ".", match[0]), text)
    indented = [(match.start(), re.sub(r"^ {4}", "", match[0], flags=re.M)) for match in _INDENTED.finditer(bare)]
    found = []
    for start, block in sorted((*fenced, *indented)):
        named = re.findall(r"`([\w./-]+\.json)`", text[:start])
        found.append(f"# {named[-1]}\n{block}" if block.startswith("{") and named else block)
    return found


def is_file(block: str) -> bool:
    """True for a block that is the content of a file, which its first line names."""
    return re.match(r"# \S+\.(ya?ml|json|py)\n", block) is not None


def lines(block: str) -> list[str]:
    """The commands of a block: each line, or a program in Python as a whole."""
    if _PYTHON.match(block):
        return [block]
    joined = block.replace("\\\n", " ")
    return [line for line in joined.splitlines() if shlex.split(line, comments=True)]


def is_command(piece: str) -> bool:
    """True for what can be run, as opposed to a name or a sentence."""
    if _PYTHON.match(piece) or piece.startswith("./"):
        return True
    words = [word for word in piece.split() if not _ASSIGNED.fullmatch(word)]
    return bool(words) and words[0] in _PROGRAMS


@dataclass
class Walk:
    """A reader of one page, in a project of that tool: does what it says, and knows what is left to do."""

    name: str
    project: Project
    database: TestDatabase
    # Where the server of the project's own is: commands about it are not for a database that has a URL.
    own: Project
    # What a user has in the place of a page's placeholders: the words for that word.
    stand_in: dict[str, list[str]] = field(default_factory=dict)
    _rows: dict[str, str] = field(init=False)
    _blocks: list[str] = field(init=False)

    def __post_init__(self) -> None:
        found = rows(PAGES[self.name])
        self._rows = dict(found)
        assert len(self._rows) == len(found), "a row is there twice"
        self._blocks = blocks(PAGES[self.name])
        # The server's own clients, and no new interpreter for each command.
        tools = (launchers(CLEAN), self.database.server.binaries.bindir, BIN, os.environ["PATH"])
        self.project.env |= {"PATH": ":".join(map(str, tools)), "URL": self.database.url}

    @property
    def folder(self) -> str:
        """Where users of the tool have their migrations, as the page's environment says."""
        named = [re.search(r"^migrations: (\S+)$", block, re.MULTILINE) for block in blocks(PAGES[self.name])]
        return next((match[1] for match in named if match), "migrations")

    @property
    def files(self) -> Path:
        """The folder of the migrations."""
        return self.project.folder / self.folder

    @property
    def libpq(self) -> dict[str, str]:
        """The database in libpq's variables."""
        parts = urlsplit(self.database.url)
        given = parse_qs(parts.query)
        user = {"PGUSER": parts.username or "", "PGDATABASE": self.database.name}
        return user | {"PGHOST": given["host"][0], "PGPORT": given["port"][0]}

    def row(self, before: str, *checks: Check) -> None:
        """Does what the row says, in its order; one check for each thing that it names."""
        now = self._rows.pop(before)
        found = pieces(now)
        assert len(found) == len(checks), f"{before} -> {now}: {len(found)} things to do, {len(checks)} known"
        for piece, check in zip(found, checks, strict=True):
            self._do(piece, check)

    def block(self, *checks: Check) -> None:
        """Does the commands of the next code block."""
        block = self._blocks.pop(0)
        typed = lines(block)
        assert len(typed) == len(checks), f"{block}: {len(typed)} things to do, {len(checks)} known"
        for line, check in zip(typed, checks, strict=True):
            self._do(line, check)

    def file(self, *changes: tuple[str, str]) -> None:
        """Writes the file that the next code block shows."""
        block = self._blocks.pop(0)
        assert is_file(block), block
        name, _, text = block.partition("\n")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = self.project.folder / name.split()[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def left(self) -> list[str]:
        """What the page says and nobody has done."""
        return [*(f"{before} -> {now}" for before, now in self._rows.items()), *self._blocks]

    def run(self, typed: str, check: Check = "") -> str:
        """Runs what the page takes for granted; its output, each run of blanks as one."""
        says = check if isinstance(check, Says) else Says(check)
        code, said = self._type(typed, says.typed)
        plain = re.sub(r"[ \t]+", " ", said)
        assert code == says.code, f"{typed} ended with {code}\n{said}"
        good = says.told(plain) if callable(says.told) else says.told in plain
        assert good, f"{typed}\n{said}"
        return plain

    def key(self, key: str, value: str, typed: str, check: Check) -> bool:
        """True if the command does so with the key in the environment, which has it only for this once."""
        path = self.project.folder / "environments" / "development.yaml"
        before = path.read_text(encoding="utf-8")
        others = [line for line in before.splitlines() if not line.startswith(f"{key}:")]
        path.write_text("\n".join([*others, f"{key}: {value}", ""]), encoding="utf-8")
        self.run(typed, check)
        path.write_text(before, encoding="utf-8")
        return True

    def _do(self, piece: str, check: Check) -> None:
        if is_command(piece):
            self.run(piece, check)
        else:
            assert callable(check), f"{piece} is no command: what is its effect?"
            assert check(piece), piece

    def _type(self, typed: str, answer: str) -> tuple[int, str]:
        env, words = self._words(typed)
        project = self.own if words[:2] == ["migratekit", "db"] else self.project
        if answer:
            program = str(project.folder / words[0])
            if not words[0].startswith("./"):
                program = shutil.which(words[0], path=project.env["PATH"]) or words[0]
            talked = talk(project, program, *words[1:], answer=f"{answer}\n", prompt=f"Type {answer} to go on: ")
            return talked.code, talked.shown + talked.stdout
        if words[0] == "migratekit":
            done = project.migratekit(*words[1:], env=env)
        else:
            done = subprocess.run(
                words,
                cwd=project.folder,
                env=project.environment() | env | (self.libpq if words[0] in _LIBPQ else {}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        return done.returncode, done.stdout + done.stderr

    def _words(self, typed: str) -> tuple[dict[str, str], list[str]]:
        """What a shell makes of a line: the variables in front of it, and the words."""
        if _PYTHON.match(typed):
            return {}, [sys.executable, "-c", typed]
        env: dict[str, str] = {}
        given = self.project.environment()
        typed_words = [Template(word).safe_substitute(given) for word in shlex.split(typed, comments=True)]
        words = [each for word in typed_words for each in self.stand_in.get(word, [word])]
        while match := _ASSIGNED.fullmatch(words[0]):
            env[match[1]] = match[2]
            del words[0]
        return env, words
