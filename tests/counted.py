"""One call of either command, in an interpreter that counts what it loads, opens, looks at and holds."""

import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

from support import CLEAN, Project

_ENTRIES = {"migrate": "migratekit.compat.golang", "migratekit": "migratekit.cli"}
# Linux counts the peak of a program from its own beginning only here: `ru_maxrss` begins with that of its parent.
_PROGRAM = """
import importlib, json, os, sys
entry, report, sys.argv = sys.argv[1], sys.argv[2], sys.argv[3:]
events = []

def note(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes)):
        events.append((event, os.fsdecode(arguments[0])))

def counting(look):
    def counted(path, *more, **options):
        if isinstance(path, (str, bytes, os.PathLike)):
            events.append(("stat", os.fsdecode(path)))
        return look(path, *more, **options)
    return counted

sys.addaudithook(note)
os.stat, os.lstat = counting(os.stat), counting(os.lstat)
code = 0
try:
    importlib.import_module(entry).main()
except SystemExit as end:
    code = end.code or 0
loaded = sorted(sys.modules)
sys.stdout.flush()
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
with open(report, "w") as file:
    json.dump({"modules": loaded, "events": events, "peak": peak}, file)
sys.exit(code)
"""


class Counted(NamedTuple):
    """What a call took: modules beside those that the driver loads, events by their kind and path, peak in MiB."""

    done: subprocess.CompletedProcess[str]
    modules: set[str]
    events: Counter[tuple[str, str]]
    peak: float

    def of(self, event: str, folder: Path) -> Counter[str]:
        """How often something happened to what is in the folder, or to itself, by name."""
        found: Counter[str] = Counter()
        for (kind, path), count in self.events.items():
            if kind == event and Path(path).is_relative_to(folder):
                found[str(Path(path).relative_to(folder))] += count
        return found


def counted(project: Project, command: str, *words: str) -> Counted:
    """Calls `migrate` or `migratekit`; it must end well."""
    report = project.folder / "counted.json"
    argv = [command, *words]
    if command == "migrate":
        argv[1:1] = ["-path", str(project.migrations), "-database", project.url]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, _ENTRIES[command], str(report), *argv],
        cwd=project.folder,
        env=project.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(report.read_text())
    events = Counter((kind, path) for kind, path in found["events"])
    return Counted(done, set(found["modules"]) - _of_the_driver(), events, found["peak"] / 1024)


@cache
def _of_the_driver() -> set[str]:
    code = "import sys, importlib, json, psycopg; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=CLEAN, capture_output=True, text=True, check=True)
    return set(done.stdout.split())
