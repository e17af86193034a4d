"""Figures in a file of Prometheus' text format, which outlive the process: read, changed, and put back in one piece."""

import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import MigratekitError

_LOCK_WAIT = 2.0
_NAP = 0.02
_Key = tuple[str, tuple[tuple[str, str], ...]]


class Samples:
    """What the metrics of one kind of file are at, by name and labels."""

    def __init__(self, known: Mapping[str, tuple[str, str]]) -> None:
        # Type and meaning by name; what a file holds beside these is dropped.
        self._known = known
        self._values: dict[_Key, float] = {}

    def read(self, text: str) -> None:
        """Goes on from what a file says; ValueError if that makes no sense."""
        from prometheus_client.parser import text_string_to_metric_families

        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if family.name in self._known:
                    self._values[family.name, tuple(sorted(sample.labels.items()))] = sample.value

    def set(self, name: str, value: float, **labels: str) -> None:
        """A gauge is at this value now."""
        self._values[name, tuple(sorted(labels.items()))] = value

    def add(self, name: str, value: float, **labels: str) -> None:
        """A counter has gone up."""
        key = (name, tuple(sorted(labels.items())))
        self._values[key] = self._values.get(key, 0.0) + value

    def drop(self, names: Iterable[str], environment: str) -> None:
        """Forgets what these said of an environment."""
        gone = set(names)
        own = ("environment", environment)
        self._values = {key: value for key, value in self._values.items() if key[0] not in gone or own not in key[1]}

    def collect(self) -> Iterator[Any]:
        """The metrics, as prometheus_client's writer takes them."""
        from prometheus_client.core import Metric

        for name, (kind, meaning) in self._known.items():
            metric = Metric(name, meaning, kind)
            for (found, labels), value in sorted(self._values.items()):
                if found == name:
                    metric.add_sample(f"{name}_total" if kind == "counter" else name, dict(labels), value)
            if metric.samples:
                yield metric

    def text(self) -> bytes:
        """The whole file."""
        from prometheus_client import generate_latest

        return generate_latest(self)


@contextmanager
def changing(path: Path, known: Mapping[str, tuple[str, str]]) -> Iterator[Samples]:
    """What is in the file, to be changed; written back at the end, whole, for all users of the machine to read."""
    if not path.parent.is_dir():
        raise MigratekitError("there is no such folder", where=str(path.parent), hint="the key `metrics` names it")
    if path.exists() and not path.is_file():
        # A pipe would be waited for without end.
        raise MigratekitError("this is no file", where=str(path), hint="the key `metrics` names it")
    samples = Samples(known)
    with _locked(path.parent):
        try:
            samples.read(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            pass
        except ValueError:
            # Counters begin again, as they may.
            samples = Samples(known)
        yield samples
        _replace(path, samples.text())


def _replace(path: Path, content: bytes) -> None:
    # The collector reads whatever ends in .prom.
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    try:
        with os.fdopen(descriptor, "wb") as file:
            # Whatever the umask: the collector is another user.
            os.fchmod(file.fileno(), 0o644)
            file.write(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keeps two runs from counting at the same time; somebody who holds it for long is not waited for."""
    lock = os.open(folder, os.O_RDONLY)
    until = time.monotonic() + _LOCK_WAIT
    try:
        while time.monotonic() < until:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                time.sleep(_NAP)
            else:
                break
        yield
    finally:
        os.close(lock)
