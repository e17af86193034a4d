"""What is timed: our two commands, and the floors that no tool can be faster than."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .corpus import Change, script

BIN = Path(sys.executable).parent
EACH = "psql, one transaction each"
IN_PYTHON = "python, psycopg: SELECT 1"
_SELECT = "import sys, psycopg; psycopg.connect(sys.argv[1]).execute('SELECT 1').fetchone()"
Command = list[str]


class Tool:
    """One program with a layout of files of its own."""

    name = ""
    # What it commits.
    commits = ""
    exit_codes: Sequence[int] = (0,)

    def write(self, folder: Path, changes: Sequence[Change]) -> None:
        """Writes the migrations as the tool wants them."""
        raise NotImplementedError

    def command(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """What is called for `up`, `version`, `status` or `down`; None where it has no such thing."""
        raise NotImplementedError

    def call(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """The same, and `again`: `up` with nothing to do."""
        return self.command("up" if operation == "again" else operation, folder, url, count)

    def environment(self, folder: Path, url: str) -> Mapping[str, str]:
        """What the command wants among its variables."""
        return {}


class Pairs(Tool):
    """VERSION_name.up.sql and .down.sql in one folder, and golang-migrate's words."""

    def __init__(self, name: str, program: str, commits: str) -> None:
        self.name = name
        self.commits = commits
        self._program = program

    def write(self, folder: Path, changes: Sequence[Change]) -> None:
        """Two files a migration."""
        for change in changes:
            (folder / f"{change.version:06}_{change.name}.up.sql").write_text(script(change.up))
            (folder / f"{change.version:06}_{change.name}.down.sql").write_text(script(change.down))

    def command(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """It has no status."""
        words = {"up": ["up"], "version": ["version"], "down": ["down", "-all"]}.get(operation)
        head = [self._program, "-path", str(folder), "-database", f"{url}?sslmode=disable"]
        return [*head, *words] if words else None


class Migratekit(Pairs):
    """Our own form, with its history."""

    def __init__(self) -> None:
        super().__init__("migratekit", str(BIN / "migratekit"), "one a migration, with its history")

    def command(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """All of them."""
        words = {"down": ["down", str(count)]}.get(operation, [operation])
        return [self._program, *words, "--path", str(folder)]

    def environment(self, folder: Path, url: str) -> Mapping[str, str]:
        """Where the database is."""
        return {"DATABASE_URL": f"{url}?sslmode=disable"}


class Psql(Tool):
    """psql alone: no version, no lock, no record of anything."""

    def __init__(self, program: str, *, each: bool) -> None:
        self.name = EACH if each else "psql -1"
        self.commits = "one a migration" if each else "one for all"
        self._program = program
        self._each = each

    def write(self, folder: Path, changes: Sequence[Change]) -> None:
        """One script a direction."""
        before, behind = ("BEGIN;\n", "COMMIT;\n") if self._each else ("", "")
        ways = {"up": [change.up for change in changes], "down": [change.down for change in reversed(changes)]}
        for way, parts in ways.items():
            (folder / f"{way}.sql").write_text("".join(f"{before}{script(part)}{behind}" for part in parts))

    def command(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """The scripts."""
        words = ["-Xq", *([] if self._each else ["-1"]), "-v", "ON_ERROR_STOP=1", "-d", url]
        return [self._program, *words, "-f", str(folder / f"{operation}.sql")] if operation in ("up", "down") else None

    def call(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """It knows nothing of what is applied."""
        return self.command(operation, folder, url, count)


class Select(Tool):
    """Connects, and asks once: what no tool can go below as it stands."""

    def __init__(self, name: str, *words: str) -> None:
        self.name = name
        self._words = words

    def write(self, folder: Path, changes: Sequence[Change]) -> None:
        """Nothing."""

    def command(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """The same for whatever asks."""
        return None if operation in ("up", "down") else [*self._words, url]

    def call(self, operation: str, folder: Path, url: str, count: int) -> Command | None:
        """It has nothing to do whatever is asked."""
        return self.command(operation, folder, url, count)


def floors(psql: str) -> list[Tool]:
    """All of them."""
    return [
        Psql(psql, each=False),
        Psql(psql, each=True),
        Select(IN_PYTHON, sys.executable, "-c", _SELECT),
        Select("psql -c 'SELECT 1'", psql, "-XAtqc", "SELECT 1"),
    ]
