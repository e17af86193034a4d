"""The log: what was printed, each line with its time, or each as a JSON object, in a file that nobody else can read."""

import datetime
import json
import os
from collections.abc import Mapping
from typing import TextIO

VARIABLE = "MIGRATEKIT_LOG"


class Log:
    """A file that grows line by line."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    @classmethod
    def open(cls, path: str) -> "Log":
        """Goes on with the file, or makes it, for its owner alone; OSError if that cannot be."""
        descriptor = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        return cls(os.fdopen(descriptor, "a", encoding="utf-8", errors="surrogateescape"))

    def write(self, text: str) -> None:
        """Adds the lines of a text, as of now."""
        now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        self._file.writelines(f"{now} {line}\n" for line in text.split("\n"))
        self._file.flush()

    def add(self, line: str) -> None:
        """Adds a line as it is."""
        self._file.write(line)
        self._file.flush()


class Entries:
    """What a log of JSON objects says in every line: which run it was, and of which environment."""

    def __init__(self) -> None:
        self.run = ""
        self.environment = ""

    def line(self, event: str, level: str, message: str, fields: Mapping[str, object]) -> str:
        """One line; ASCII, so that no file name and no terminal can break it."""
        ts = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        who = {"run": self.run, "environment": self.environment}
        return json.dumps({"ts": ts, "level": level, **who, "event": event, "message": message, **fields}) + "\n"
