"""Interleaved repeats: every tool once, then every tool again, so that a slow minute hits all of them."""

import os
import re
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .corpus import CENSUS, corpus, expected
from .server import CLEAN, Postgres
from .tools import IN_PYTHON, Select, Tool

_SCRATCH = "scratch"

# A process of its own starts the command and tells its peak memory: ours would count otherwise.
_PEAK = (
    "import os, sys; pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ);"
    "_, status, used = os.wait4(pid, 0); os.write(2, b'\\n%d' % used.ru_maxrss); os._exit(status >> 8)"
)


class Run(NamedTuple):
    """One call: seconds by the clock, and of the processor in the tool itself."""

    wall: float
    cpu: float


class Failed(Exception):
    """A tool ended with an error, or did not do what it should."""


class Series:
    """All repeats of one operation, by tool."""

    def __init__(self, title: str, baseline: str) -> None:
        self.title = title
        self.baseline = baseline
        self.runs: dict[str, dict[int, Run]] = {}
        self.peak: dict[str, float] = {}

    def ratios(self, name: str) -> list[float]:
        """What it took, by what the baseline took in the same repeat."""
        base = self.runs.get(self.baseline, {})
        return [run.wall / base[number].wall for number, run in self.runs[name].items() if number in base]

    def median(self, name: str) -> Run:
        """The run in the middle, by each of its figures."""
        runs = self.runs[name].values()
        return Run(statistics.median(run.wall for run in runs), statistics.median(run.cpu for run in runs))


class Bench:
    """The tools on one server; a tool that fails is told of, and left out of the operation."""

    def __init__(self, server: Postgres, tools: Sequence[Tool], folder: Path, patience: float) -> None:
        self._server = server
        self._tools = tools
        self._folder = folder
        self._patience = patience
        self._applied: dict[tuple[str, int], str] = {}
        self.failures: list[str] = []

    def up(self, count: int, repeats: int, *, peaks: bool) -> Series:
        """All of the corpus on an empty database; in one run more, that is not timed, the peak memory."""
        series = Series(f"up, {count:,} migrations", "psql -1")

        def go(number: int, tool: Tool) -> None:
            self._server.create(_SCRATCH)
            if number == repeats:
                series.peak[tool.name] = self._peak(tool, count)
            else:
                self._take(series, number, tool, "up", count, _SCRATCH)
            self._check(_SCRATCH, count)

        self._each(series, "up", count, repeats + peaks, go)
        return series

    def down(self, count: int, repeats: int) -> Series:
        """All of it undone."""
        series = Series(f"down, {count:,} migrations", "psql -1")

        def go(number: int, tool: Tool) -> None:
            self._server.create(_SCRATCH, self._with_all(tool, count))
            self._take(series, number, tool, "down", count, _SCRATCH)
            self._check(_SCRATCH, 0)

        self._each(series, "down", count, repeats, go)
        return series

    def asking(self, operation: str, count: int, repeats: int) -> Series:
        """`again`, `version` or `status`; the first round warms the caches and is not counted."""
        what = "up, nothing to do" if operation == "again" else operation
        series = Series(f"{what}, {count:,} applied", IN_PYTHON)

        def go(number: int, tool: Tool) -> None:
            self._take(series, number, tool, operation, count, self._with_all(tool, count))

        self._each(series, operation, count, repeats + 1, go)
        for runs in series.runs.values():
            runs.pop(0, None)
        return series

    def forget(self) -> None:
        """Drops the databases that were kept."""
        for database in self._applied.values():
            self._server.drop(database)
        self._applied.clear()

    def _each(self, series: Series, operation: str, count: int, repeats: int, go: Callable[[int, Tool], None]) -> None:
        """Every tool that can do it, again and again; a slow one once only."""
        tools = [tool for tool in self._tools if tool.call(operation, self._folder, "", count) is not None]
        for number in range(repeats):
            for tool in list(tools):
                if any(run.wall > self._patience for run in series.runs.get(tool.name, {}).values()):
                    continue
                print(f"{series.title}, {number + 1} of {repeats}: {tool.name}", file=sys.stderr, flush=True)
                try:
                    go(number, tool)
                except (Failed, RuntimeError) as error:
                    tools.remove(tool)
                    series.runs.pop(tool.name, None)
                    self.failures.append(f"{tool.name}, {series.title}: {error}")
        self._server.drop(_SCRATCH)

    def _take(self, series: Series, number: int, tool: Tool, operation: str, count: int, database: str) -> None:
        argv, environment, folder = self._call(tool, operation, count, database)
        with (folder / ".output").open("w+b") as output:
            began = time.perf_counter()
            process = subprocess.Popen(
                argv, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            said = output.read()[-500:].decode(errors="replace")
        if process.returncode not in tool.exit_codes:
            raise Failed(f"exit code {process.returncode} of {shlex.join(argv)[:200]}: {said}")
        series.runs.setdefault(tool.name, {})[number] = Run(wall, used.ru_utime + used.ru_stime)

    def _peak(self, tool: Tool, count: int) -> float:
        """In MiB."""
        argv, environment, folder = self._call(tool, "up", count, _SCRATCH)
        command = [sys.executable, "-I", "-S", "-c", _PEAK, *argv]
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, check=False)
        return int(done.stderr.rpartition(b"\n")[2]) / 1024

    def _call(self, tool: Tool, operation: str, count: int, database: str) -> tuple[list[str], Mapping[str, str], Path]:
        folder, url = self._layout(tool, count), self._server.url(database)
        argv = tool.call(operation, folder, url, count)
        assert argv is not None
        return argv, {**CLEAN, "TZ": "UTC", "NO_COLOR": "1", **tool.environment(folder, url)}, folder

    def _layout(self, tool: Tool, count: int) -> Path:
        """The folder with the tool's files."""
        folder = self._folder / _plain(tool.name) / str(count)
        if not folder.is_dir():
            folder.mkdir(parents=True)
            tool.write(folder, corpus(count))
        return folder

    def _with_all(self, tool: Tool, count: int) -> str:
        """The tool's database with all of the corpus applied, made at its first use."""
        key = (tool.name, count)
        if key not in self._applied:
            database = f"{_plain(tool.name)}_{count}"
            self._server.create(database)
            self._applied[key] = database
            if not isinstance(tool, Select):
                self._take(Series("", ""), 0, tool, "up", count, database)
                self._check(database, count)
        return self._applied[key]

    def _check(self, database: str, count: int) -> None:
        found = self._server.ask(database, CENSUS)
        if found != expected(count):
            raise Failed(f"it left tables, foreign keys and functions {found}, not {expected(count)}")


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name)
