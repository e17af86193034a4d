"""The results as tables, for the terminal and for docs/performance.md."""

import os
import platform
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from .measuring import Series
from .tools import EACH, IN_PYTHON, Tool

BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def table(series: Series, commits: Mapping[str, str]) -> str:
    """One operation, the fastest tool first."""
    with_peaks = bool(series.peak)
    names = sorted(series.runs, key=lambda name: series.median(name).wall)
    acts = series.baseline != IN_PYTHON
    rows = [["", "seconds", "fastest to slowest", f"by `{series.baseline}`", "fastest to slowest", "its own CPU"]]
    rows[0] += [*(["peak MiB"] if with_peaks else []), *(["commits"] if acts else [])]
    for name in names:
        walls = [run.wall for run in series.runs[name].values()]
        ratios, median = series.ratios(name), series.median(name)
        row = [f"`{name}`", f"{median.wall:.3f}", _span(walls, 3)]
        row += [f"{statistics.median(ratios):.2f}", _span(ratios, 2)] if ratios else ["", ""]
        row += [f"{median.cpu:.3f}"]
        row += [f"{series.peak[name]:.0f}" if name in series.peak else ""] if with_peaks else []
        rows.append([*row, *([commits[name]] if acts else [])])
    return f"### {series.title[0].upper()}{series.title[1:]}\n\n" + "\n".join(_lines(rows))


def growth(few: Series, many: Series, more: int) -> str:
    """What each migration more costs every tool, in milliseconds of the clock: the start of the program is left out."""
    names = [name for name in many.runs if name in few.runs]
    costs = {name: (many.median(name).wall - few.median(name).wall) / more * 1000 for name in names}
    rows = [["", "milliseconds", f"by `{EACH}`"]]
    for name, cost in sorted(costs.items(), key=lambda item: item[1]):
        ratio = f"{cost / costs[EACH]:.2f}" if EACH in costs else ""
        rows.append([f"`{name}`", f"{cost:.2f}", ratio])
    return f"### Each migration more, from {few.title} to {many.title}\n\n" + "\n".join(_lines(rows))


def machine(versions: Mapping[str, str], server: str, sync_milliseconds: float, load: Sequence[float]) -> str:
    """Where this was measured, and with which versions."""
    listed = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return (
        f"{_processor()}, {os.cpu_count()} cores, {_memory()} GiB, {platform.system()} {platform.release()}, Python"
        f" {platform.python_version()}; PostgreSQL {server} on the same machine with the settings of initdb, so"
        f" durable, on a disk that syncs 8 kB in {sync_milliseconds:.2f} ms (the median). Load average before and"
        f" after: {load[0]:.1f} and {load[1]:.1f}. {listed}."
    )


def commits_of(tools: Iterable[Tool]) -> dict[str, str]:
    """What each tool commits."""
    return {tool.name: tool.commits for tool in tools}


def write(page: Path, text: str) -> None:
    """Puts the results between the marks of the page."""
    old = page.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    page.write_text(pattern.sub(lambda _: f"{BEGIN}\n\n{text}\n\n{END}", old), encoding="utf-8")


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    head, *rest = rows
    yield "| " + " | ".join(head) + " |"
    yield "| --- |" + "".join(" --- |" if title == "commits" else " ---: |" for title in head[1:])
    for row in rest:
        yield "| " + " | ".join(row) + " |"


def _span(values: Sequence[float], digits: int) -> str:
    return f"{min(values):.{digits}f} – {max(values):.{digits}f}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.*)$", cpuinfo.read_text() if cpuinfo.exists() else "", re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
