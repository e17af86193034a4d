"""`make bench`: times what is asked for, prints tables, and writes them to docs/performance.md."""

import argparse
import datetime
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from migratekit import __version__

from .measuring import Bench
from .peers import peers, versions
from .report import commits_of, growth, machine, table, write
from .server import Postgres, postgres
from .tools import BIN, Migratekit, Pairs, Tool, floors

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".benchmarks"


def main() -> None:
    """Runs the benchmark with the arguments of the process."""
    options = _options()
    HOME.mkdir(exist_ok=True)
    (HOME / ".gitignore").write_text("*\n")
    others = peers(HOME, options.golang)
    before = os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(prefix="bench-files-"))
    parts = []
    try:
        with postgres(options.postgres) as server:
            tools = _tools(server.psql, others, options.tools)
            bench = Bench(server, tools, folder, options.patience)
            for part in _parts(bench, options, commits_of(tools)):
                parts.append(part)
                print(f"\n{part}\n", flush=True)
            parts.insert(0, _machine(server, before))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    parts += [f"Failed: {failure}" for failure in bench.failures]
    print(parts[0], *parts[len(parts) - len(bench.failures) :], sep="\n\n")
    if not options.tools:
        write(ROOT / "docs" / "performance.md", "\n\n".join(parts))


def _parts(bench: Bench, options: argparse.Namespace, commits: dict[str, str]) -> Iterator[str]:
    ups = []
    for count in options.sizes:
        ups.append(bench.up(count, options.repeats, peaks=count <= 1000))
        yield table(ups[-1], commits)
    for few, many, low, high in zip(ups, ups[1:], options.sizes, options.sizes[1:], strict=False):
        yield growth(few, many, high - low)
    applied = min(max(options.sizes), 1000)
    for operation in ("again", "version", "status"):
        yield table(bench.asking(operation, applied, options.short_repeats), commits)
    yield table(bench.down(min(options.sizes), options.repeats), commits)
    bench.forget()


def _tools(psql: str, others: list[Tool], wanted: list[str]) -> list[Tool]:
    """The floors, ours, and the others."""
    ours = [Pairs("migrate", str(BIN / "migrate"), "one a migration"), Migratekit()]
    return [*floors(psql), *(tool for tool in [*ours, *others] if not wanted or tool.name in wanted)]


def _machine(server: Postgres, before: float) -> str:
    found = {name: version for name, version in versions(HOME).items() if name in _SHOWN}
    found["migratekit"] = __version__
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    load = (before, os.getloadavg()[0])
    return f"Measured on {today}: {machine(found, server.version, server.sync_milliseconds, load)}"


_SHOWN = {"dbmate", "alembic", "yoyo", "node-pg-migrate", "graphile-migrate", "psycopg"}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", type=_numbers, default=[100, 1000], help="corpora, as 100,1000,5000")
    parser.add_argument("--repeats", type=int, default=5, help="repeats of `up` and `down` (5)")
    parser.add_argument("--short-repeats", type=int, default=15, help="repeats of what takes a moment (15)")
    parser.add_argument("--tools", type=_words, default=[], help="only these, beside the floors; writes no page")
    parser.add_argument("--golang", default="", help="a program of golang-migrate, to be timed too")
    parser.add_argument("--postgres", default="18", help="the server's major version (18)")
    parser.add_argument("--patience", type=float, default=60.0, help="a run of so many seconds is not repeated (60)")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def _words(text: str) -> list[str]:
    return text.split(",")


if __name__ == "__main__":
    main()
