"""Which pg_dump and pg_restore to use: none older than the server may be."""

import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..errors import MigratekitError
from ..server.binaries import PROBE_SECONDS, SYSTEM_DIRECTORIES, embedded_directories

# Debian's, which picks a version of its own and is slow.
_WRAPPER = "pg_wrapper"


class NoTools(MigratekitError):
    """There is no pg_dump that can do it."""


class ClientTools(NamedTuple):
    """A pg_dump with the pg_restore beside it."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The major version, 16 of 16.4."""
        return int(self.version.partition(".")[0])

    @property
    def dump(self) -> Path:
        """The path of pg_dump."""
        return self.folder / "pg_dump"

    @property
    def restore(self) -> Path:
        """The path of pg_restore."""
        return self.folder / "pg_restore"


def client_tools(server_version: int, wanted: str = "") -> ClientTools:
    """The tools that fit a server (150004 for 15.4) best; NoTools names what was found.

    Of those that are not older the nearest: newer ones write what an older server does not know. `wanted` is the
    setting `postgres`; a folder there comes first.
    """
    major = server_version // 10000
    found = [each for each in map(_probe, _folders(wanted)) if each is not None]
    fitting = [each for each in found if each.major >= major]
    if fitting:
        return min(fitting, key=lambda each: (each.major, -_minor(each)))
    here = ", ".join(f"pg_dump {each.version} at {each.folder}" for each in found)
    raise NoTools(
        f"{here or 'no pg_dump was found'}{': too old' if found else ''}; the server is PostgreSQL {major}",
        hint=f"install PostgreSQL's client programs, {major} or newer (postgresql-client-{major})",
    )


def _minor(tools: ClientTools) -> int:
    return int(tools.version.partition(".")[2].partition(".")[0] or 0)


def _folders(wanted: str) -> Iterator[Path]:
    given = [Path(wanted).absolute()] if "/" in wanted else []
    # A relative entry of PATH would run a program of whatever directory we are in.
    path = [Path(entry) for entry in os.get_exec_path() if entry.startswith("/")]
    usual = [found for pattern in SYSTEM_DIRECTORIES for found in sorted(Path("/").glob(pattern.lstrip("/")))]
    for folder in dict.fromkeys([*given, *path, *usual, *embedded_directories()]):
        programs = [folder / name for name in ("pg_dump", "pg_restore")]
        if all(os.access(program, os.X_OK) and program.resolve().name != _WRAPPER for program in programs):
            yield folder


@cache
def _probe(folder: Path) -> ClientTools | None:
    try:
        done = subprocess.run(
            [folder / "pg_dump", "--version"], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"\) (\d[\d.]*)", done.stdout)
    return ClientTools(folder, version[1]) if version else None
