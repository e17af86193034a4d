"""Backups that something else makes, such as pgBackRest: it is called, asked for its judgement, and written down."""

import datetime
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import MigratekitError
from .folder import file_name, partial_folder, publish
from .manifest import Backup, write
from .processes import interruptible

_GRACE_SECONDS = 60


class ServiceFailed(MigratekitError):
    """The program that makes the backup, or the one that checks it, ended with an error."""


@dataclass(frozen=True, slots=True)
class Service:
    """The two programs, and what they are told."""

    command: Sequence[str]
    check: Sequence[str]
    # Where they run.
    project: Path
    # The database's URL, among others.
    variables: Mapping[str, str]
    # Takes secrets out of what they say.
    clean: Callable[[str], str]


def create_by(service: Service, folder: Path, facts: Mapping[str, Any]) -> Backup:
    """Has the backup made, checked and written down; `facts` are those fields of a Backup that are known."""
    began = datetime.datetime.now(datetime.UTC)
    name = file_name(facts["environment"], facts["database"], f"{began:%Y%m%dT%H%M%SZ}", facts["version"])
    given = {
        "MIGRATEKIT_BACKUP_NAME": name,
        "MIGRATEKIT_BACKUP_ENVIRONMENT": facts["environment"],
        "MIGRATEKIT_BACKUP_DATABASE": facts["database"],
        "MIGRATEKIT_BACKUP_VERSION": "" if facts["version"] is None else str(facts["version"]),
    }
    service = replace(service, variables={**service.variables, **given})
    with interruptible("no backup was made"), partial_folder(folder, name) as (partial, _):
        reference = service.clean(_last_line(_call(service, service.command)))
        backup = Backup(
            path=partial,
            tool=Path(service.command[0]).name,
            started_at=began.isoformat(timespec="milliseconds"),
            ended_at=_now(),
            format="command",
            files=(),
            reference=reference,
            **facts,
        )
        if service.check:
            check_by(service, backup)
            backup = replace(backup, verified="command", verified_at=_now())
        write(backup, partial)
        return replace(backup, path=publish(partial, name))


def check_by(service: Service, backup: Backup) -> None:
    """Asks whether the backup can be used; ServiceFailed if not, or if there is nobody to ask."""
    if not service.check:
        raise ServiceFailed(
            f"{backup.name} was made by {backup.tool}, and nothing can say whether it can be used",
            hint="name a program that can in `backup: check`",
        )
    variables = {**service.variables, "MIGRATEKIT_BACKUP_REFERENCE": backup.reference}
    _call(replace(service, variables=variables), service.check)


def _call(service: Service, argv: Sequence[str]) -> str:
    """What the program writes on stdout; what it writes on stderr goes to ours."""
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                argv,
                cwd=service.project,
                env={**os.environ, **service.variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                umask=0o077,
                start_new_session=True,
            )
        except OSError as error:
            hint = "see `backup: command` and `backup: check`"
            raise ServiceFailed(f"it cannot be started: {error.strerror}", where=argv[0], hint=hint) from None
        try:
            code = process.wait()
        finally:
            _end(process)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if code:
        how = f"exit code {code}" if code > 0 else f"signal {-code}"
        raise ServiceFailed(f"it failed with {how}", where=argv[0], hint="run it by hand to see why")
    return text


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        # A script's programs are of its group.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
