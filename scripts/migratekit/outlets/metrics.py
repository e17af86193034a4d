"""Figures of runs for Prometheus: a file in the folder of node_exporter's textfile collector."""

import datetime
import time
from collections.abc import Mapping
from pathlib import Path

from ..convention import read_chain
from ..settings import Settings
from ._event import Call, Event
from ._samples import Samples, changing

_GAUGE, _COUNTER = "gauge", "counter"
_STATUS = {
    "migratekit_schema_version": (_GAUGE, "Version that the database is at; 0 before the first."),
    "migratekit_schema_dirty": (_GAUGE, "1 if a migration stopped half-way."),
    "migratekit_pending_migrations": (_GAUGE, "Migrations that are not applied yet."),
    "migratekit_status_timestamp_seconds": (_GAUGE, "When version, dirty and pending were looked at."),
}
_BACKUP = {
    "migratekit_backup_timestamp_seconds": (_GAUGE, "When the newest good backup was begun."),
    "migratekit_backup_size_bytes": (_GAUGE, "Size of the newest good backup."),
}
_RUN = {
    "migratekit_last_run_timestamp_seconds": (_GAUGE, "When the last run ended."),
    "migratekit_last_run_success": (_GAUGE, "1 if the last run ended well, 0 if it failed or was rolled back."),
    "migratekit_last_run_duration_seconds": (_GAUGE, "How long the last run took."),
    "migratekit_last_run_migrations": (_GAUGE, "Migrations that the last run committed."),
    "migratekit_last_run_info": (_GAUGE, "Name of the last run in history, reports and logs; always 1."),
}
_LAST = {
    "migratekit_last_success_timestamp_seconds": (_GAUGE, "When a run last ended well."),
    "migratekit_retries": (_COUNTER, "Files that were tried again because others stood in the way."),
    "migratekit_errors": (_COUNTER, "Runs that failed."),
    "migratekit_runs": (_COUNTER, "Runs."),
}
_MIGRATION = {
    "migratekit_migration_duration_seconds": (_GAUGE, "How long a migration of the last run took."),
    "migratekit_migration_lock_wait_seconds": (_GAUGE, "How long it waited for locks."),
    "migratekit_migration_lock_held_seconds": (_GAUGE, "How long it held locks of a mode."),
    "migratekit_migration_rows": (_GAUGE, "Rows that it wrote."),
    "migratekit_migration_wal_bytes": (_GAUGE, "WAL that was written while it ran."),
}
_ALL = {**_STATUS, **_RUN, **_LAST, **_MIGRATION, **_BACKUP}
# Figures that are kept of a file, and what they are called here.
_FIGURES = {"lock_wait": "lock_wait_seconds", "rows": "rows", "wal_bytes": "wal_bytes"}
_ENDS = frozenset({"done", "nothing-to-do", "rolled-back", "failed"})


class Metrics:
    """Counts while a run goes on, and writes the file at its end."""

    def __init__(self, call: Call) -> None:
        self._settings = call.settings
        self._done: list[Event] = []
        self._retries = 0

    def take(self, event: Event) -> None:
        """Keeps the figures; at the end of a run they are written."""
        if event.name in ("started", "rolling-back"):
            self._done = []
        elif event.name == "migration-done":
            self._done.append(event)
        elif event.name == "retrying":
            self._retries += 1
        elif event.name in _ENDS:
            self._write(event)
            self._retries = 0

    def close(self) -> None:
        """Nothing is on its way."""

    def _write(self, end: Event) -> None:
        settings, good = self._settings, end.name in ("done", "nothing-to-do")
        environment = settings.environment
        with changing(file(settings), _ALL) as samples:
            now = time.time()
            samples.drop(_RUN, environment)
            samples.set("migratekit_last_run_timestamp_seconds", now, environment=environment)
            samples.set("migratekit_last_run_success", good, environment=environment)
            samples.set("migratekit_last_run_duration_seconds", _number(end, "seconds"), environment=environment)
            samples.set("migratekit_last_run_migrations", _number(end, "applied"), environment=environment)
            verb = str(end.fields.get("verb", ""))
            samples.set("migratekit_last_run_info", 1, environment=environment, run=end.run, verb=verb)
            if good:
                samples.set("migratekit_last_success_timestamp_seconds", now, environment=environment)
            samples.add("migratekit_runs", 1, environment=environment)
            samples.add("migratekit_retries", self._retries, environment=environment)
            samples.add("migratekit_errors", end.name == "failed", environment=environment)
            self._put_migrations(samples, environment)
            if "dirty" in end.fields:
                _put_status(samples, settings, _version(end), bool(end.fields["dirty"]), None)
            _put_backup(samples, settings)

    def _put_migrations(self, samples: Samples, environment: str) -> None:
        if self._done:
            samples.drop(_MIGRATION, environment)
        for event in self._done:
            which = {name: str(event.fields[name]) for name in ("version", "direction")}
            labels = {"environment": environment, **which}
            samples.set("migratekit_migration_duration_seconds", _number(event, "seconds"), **labels)
            figures = event.fields.get("figures")
            if not isinstance(figures, Mapping):
                continue
            # Who was gone before anybody looked has not waited.
            for name, value in {"lock_wait": 0.0, **figures}.items():
                if name in _FIGURES and isinstance(value, int | float):
                    samples.set(f"migratekit_migration_{_FIGURES[name]}", value, **labels)
            for mode, seconds in _by_mode(figures.get("locks")):
                samples.set("migratekit_migration_lock_held_seconds", seconds, mode=mode, **labels)


def outlet(call: Call) -> Metrics | None:
    """The file of the environment; None where none is wanted."""
    return Metrics(call) if call.settings.values["metrics"].value else None


def refresh(settings: Settings, version: int | None, pending: int, *, dirty: bool) -> None:
    """Writes how things stand now, between runs."""
    with changing(file(settings), _ALL) as samples:
        _put_status(samples, settings, version, dirty, pending)
        _put_backup(samples, settings)


def file(settings: Settings) -> Path:
    """The file of the environment: what `metrics` names, or one in that folder."""
    path = settings.project / Path(str(settings.values["metrics"].value)).expanduser()
    return path if path.suffix == ".prom" and not path.is_dir() else path / f"migratekit-{settings.environment}.prom"


def _put_status(samples: Samples, settings: Settings, version: int | None, dirty: bool, pending: int | None) -> None:
    environment = settings.environment
    samples.set("migratekit_schema_version", version or 0, environment=environment)
    samples.set("migratekit_schema_dirty", dirty, environment=environment)
    samples.set("migratekit_status_timestamp_seconds", time.time(), environment=environment)
    if pending is None:
        chain = read_chain(settings)
        pending = sum(migration.version > (-1 if version is None else version) for migration in chain)
    samples.set("migratekit_pending_migrations", pending, environment=environment)


def _put_backup(samples: Samples, settings: Settings) -> None:
    from ..backup import backups

    found = backups(settings.project / Path(settings.backups.folder).expanduser())
    wanted = (settings.environment, "database")
    newest = next((each for each in found if (each.environment, each.scope) == wanted), None)
    samples.drop(_BACKUP, settings.environment)
    if newest is not None:
        began = datetime.datetime.fromisoformat(newest.started_at).timestamp()
        samples.set("migratekit_backup_timestamp_seconds", began, environment=settings.environment)
        samples.set("migratekit_backup_size_bytes", newest.size, environment=settings.environment)


def _by_mode(held: object) -> list[tuple[str, float]]:
    """The longest time for which a relation was locked in each mode."""
    if not isinstance(held, Mapping):
        return []
    return [(str(mode), max(relations.values())) for mode, relations in held.items() if relations]


def _number(event: Event, name: str) -> float:
    value = event.fields.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _version(event: Event) -> int | None:
    version = event.fields.get("at_version")
    return version if isinstance(version, int) else None
