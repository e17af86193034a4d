"""The record of a release, or of a single run: one JSON file that grows stage by stage."""

import datetime
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from . import __version__
from .errors import ExitCode, MigratekitError, Refused, UsageError

VARIABLE = "MIGRATEKIT_RELEASE"
SCHEMA = "migratekit-report/1"


class Stage:
    """One verb at work: what it notes goes into the record, under names of its own choice."""

    def __init__(self, verb: str) -> None:
        self.verb = verb
        self.exit_code = ExitCode.FAILED
        self.noted: dict[str, Any] = {}

    def note(self, name: str, document: Any) -> None:
        """Keeps a plain document for the record."""
        self.noted[name] = document


class Report:
    """What was done, in `reports/RUN.json`; readable by nobody else."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run(self) -> str:
        """The name of the release, or run."""
        return self.path.stem

    @classmethod
    def begin(cls, folder: Path, environment: str, facts: Mapping[str, object]) -> "Report":
        """A new record, named by time and environment."""
        _make_private(folder)
        name = f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%SZ}-{environment}"
        for number in range(1, 1000):
            path = folder / f"{name}{f'-{number}' if number > 1 else ''}.json"
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                report = cls(path)
                report.write({**_facts(folder, environment, path.stem), **facts, "stages": []})
                return report
        raise Refused(f"{folder} has a thousand records of this second", hint="look there")

    @classmethod
    def named(cls, folder: Path, run: str) -> "Report":
        """The record of that name; UsageError if there is none."""
        path = folder / f"{run}.json"
        if Path(run).name != run or not path.is_file():
            raise UsageError(f"there is no record {run!r}", where=str(folder), hint="`migratekit report --list`")
        return cls(path)

    def read(self) -> dict[str, Any]:
        """The whole document; UsageError if it cannot be read."""
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"the record cannot be read: {error}", where=str(self.path), hint="is it whole?") from None
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise UsageError("this is no record of a run", where=str(self.path), hint="`migratekit report --list`")
        return document

    def write(self, document: Mapping[str, Any]) -> None:
        """Puts the document in the place of the former one, whole."""
        write_private(self.path, json.dumps(document, indent=1, ensure_ascii=False))

    def add(self, stage: Mapping[str, Any]) -> None:
        """One more stage at its end."""
        document = self.read()
        document["stages"].append(stage)
        document["ended"] = stage["ended"]
        self.write(document)


@contextmanager
def recorded(stage: Stage, clean: Callable[[Any], Any]) -> Iterator[dict[str, Any]]:
    """Around a verb: afterwards the yielded document tells how it went, all texts in it cleaned."""
    began, clock = _now(), time.monotonic()
    document: dict[str, Any] = {"verb": stage.verb, "began": began}
    try:
        yield document
    except MigratekitError as error:
        stage.exit_code = error.exit_code
        told = {"what": error.what, "where": error.where, "hint": error.hint, "way_back": error.way_back}
        stage.note("error", told)
        raise
    except (KeyboardInterrupt, Exception) as error:
        stopped = isinstance(error, KeyboardInterrupt)
        stage.exit_code = ExitCode.INTERRUPTED if stopped else ExitCode.FAILED
        what = "interrupted" if stopped else f"{type(error).__name__}: {error}"
        stage.note("error", {"what": what, "where": "", "hint": "", "way_back": ""})
        raise
    finally:
        document |= {
            "ended": _now(),
            "seconds": round(time.monotonic() - clock, 3),
            "exit_code": int(stage.exit_code),
            **stage.noted,
        }
        cleaned = clean(document)
        document.clear()
        document.update(cleaned)


def reports(folder: Path) -> list[Report]:
    """All records there are, the newest first."""
    paths = sorted(folder.glob("*.json"), key=lambda path: path.stem, reverse=True)
    return [Report(path) for path in paths]


def write_private(path: Path, text: str) -> None:
    """Writes a file that nobody else can read, whole or not at all."""
    _make_private(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _facts(folder: Path, environment: str, run: str) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "run": run,
        "environment": environment,
        "tool": f"migratekit {__version__}",
        "host": os.uname().nodename,
        "os_user": _login(),
        "commit": _commit(folder.parent),
        "began": _now(),
    }


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def _login() -> str:
    import pwd

    with suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return str(os.getuid())


def _commit(folder: Path) -> str:
    with suppress(OSError, subprocess.SubprocessError):
        command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=10, check=True)
        return done.stdout.strip()
    return ""
