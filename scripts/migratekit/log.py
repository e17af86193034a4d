"""The log: what was printed, each line with its time, or each as a JSON object, in a file that nobody else can read."""

import datetime
import json
import os
import sys
from collections.abc import Mapping

VARIABLE = "MIGRATEKIT_LOG"


class Log:
    """A file that grows line by line."""

    def __init__(self, descriptor: int, path: str) -> None:
        self._descriptor = descriptor
        self._path = path

    @classmethod
    def open(cls, path: str) -> "Log":
        """Goes on with the file, or makes it, for its owner alone; OSError if that cannot be."""
        return cls(os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600), path)

    def write(self, text: str) -> None:
        """Adds the lines of a text, as of now."""
        now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        self.add("".join(f"{now} {line}\n" for line in text.split("\n")))

    def add(self, line: str) -> None:
        """Adds a line as it is; a disk that is full stops the log, with a warning, and not what it tells of."""
        rest = memoryview(line.encode("utf-8", "surrogateescape"))
        try:
            while rest and self._descriptor >= 0:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            os.close(self._descriptor)
            self._descriptor = -1
            print(f"warning: {self._path} cannot be written: {error.strerror}", file=sys.stderr, flush=True)


class Entries:
    """What a log of JSON objects says in every line: which run of which release it was, and of which environment."""

    def __init__(self, release: str = "") -> None:
        self.release = release
        self.run = ""
        self.environment = ""

    def line(self, event: str, level: str, message: str, fields: Mapping[str, object]) -> str:
        """One line; ASCII, so that no file name and no terminal can break it."""
        ts = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        who = {"run": self.run, "environment": self.environment}
        who |= {"release": self.release} if self.release else {}
        return json.dumps({"ts": ts, "level": level, **who, "event": event, "message": message, **fields}) + "\n"
