"""Branches that something else makes, such as Neon: its programs are called, and what they make is marked."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..backup.connection import SECRETS
from ..backup.processes import interruptible, uninterrupted
from ..database import ConnectionFailed, Database, SqlError
from ..errors import Interrupted, MigratekitError, Refused
from ..sections import Branching
from ..url import DatabaseURL, parse, wished_text
from .marks import Made, checked, read_here, unproved, write_here

_APPLICATION = {"fallback_application_name": "migratekit branch"}
# What it has made may need a moment until it answers.
_PATIENCE_SECONDS = 60.0
_BETWEEN_SECONDS = 0.5
# So much of what a program says is told when it fails.
_LAST_LINES = 5
_SERVER = ("host", "hostaddr", "port", "dbname")


class ServiceFailed(MigratekitError):
    """A program of the service could not be started, or ended with an error."""


@dataclass(frozen=True, slots=True)
class Service:
    """The programs, where they run, and what they are told beside; `hide` is given each secret that they tell."""

    programs: Branching
    project: Path
    variables: Mapping[str, str]
    # The database that the branches are of.
    url: DatabaseURL
    hide: Callable[[str], None]

    def create(self, name: str) -> Made:
        """Has a branch made and marks it; whatever goes wrong, it is dropped again."""
        checked(name)
        began = time.monotonic()
        with interruptible(f"branch {name} was not finished"):
            try:
                self._call("create", name)
            except Interrupted as error:
                error.hint = "see what the service says of it: it may have made it all the same"
                raise
            url = self._new(name)
            try:
                self._mark(url, name)
            except BaseException:
                with uninterrupted():
                    self._call("drop", name)
                raise
        told = f"made by {Path(self.programs.create[0]).name} ({time.monotonic() - began:.1f} s)"
        return Made(wished_text(url, self.url.wishes), told)

    def url_of(self, name: str) -> str:
        """The URL of a branch, as the service tells it."""
        return wished_text(self._url(checked(name)), self.url.wishes)

    def drop(self, name: str) -> None:
        """Has a branch dropped; Refused if nothing proves that it is one, or if it is the database itself."""
        self.prove(name)
        self._call("drop", name)

    def prove(self, name: str) -> None:
        """Refused if nothing proves that this is a branch."""
        url = self._url(checked(name))
        if _place(url) == _place(self.url):
            hint = "nothing was changed; see what `branch: url` gives"
            raise Refused(f"{name} is the database itself, and no branch of it", where=url.redacted(), hint=hint)
        database = _patiently(url)
        try:
            mark = read_here(database)
        finally:
            database.close()
        if mark is None or mark.name != name:
            raise unproved(url.parameters.get("dbname", ""), name)

    def all(self) -> str:
        """What the service says of its branches."""
        if not self.programs.list:
            raise ServiceFailed(
                "nothing says which branches there are", hint="name a program that does: `branch: list`"
            )
        return self._call("list", "")

    def _url(self, name: str) -> DatabaseURL:
        lines = self._call("url", name).split()
        if not lines:
            raise ServiceFailed("it gives no URL", where=self.programs.url[0], hint="see `branch: url`")
        url = parse(lines[-1])
        for name in SECRETS:
            self.hide(url.parameters.get(name, ""))
        return url

    def _new(self, name: str) -> DatabaseURL:
        """The URL of what was just made; Refused if it cannot have been made for us, and then it stays."""
        url = self._url(name)
        if _place(url) == _place(self.url):
            hint = "see what `branch: url` gives for its name"
            raise Refused("the service gives the URL of the database itself", where=url.redacted(), hint=hint)
        return url

    def _mark(self, url: DatabaseURL, name: str) -> None:
        database = _patiently(url)
        try:
            write_here(database, name, Path(self.programs.create[0]).name)
        except SqlError as error:
            what = f"the comment that proves it to be a branch cannot be written: {error.what}"
            hint = "it is dropped again; its role must own the database"
            raise MigratekitError(what, where=url.redacted(), hint=hint) from None
        finally:
            database.close()

    def _call(self, what: str, name: str) -> str:
        """What the program writes on stdout; the end of what it writes on stderr is told if it fails."""
        argv = [word.replace("{name}", name) for word in getattr(self.programs, what)]
        given = {**os.environ, **self.variables, "MIGRATEKIT_BRANCH_NAME": name}
        try:
            process = subprocess.Popen(
                argv,
                cwd=self.project,
                env=given,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # Ctrl-C is for us: we are to drop what the program makes.
                start_new_session=True,
            )
        except OSError as error:
            reason = f"it cannot be started: {error.strerror}"
            raise ServiceFailed(reason, where=argv[0], hint="see `branch:` in the environment") from None
        try:
            out, err = (text.decode("utf-8", "replace") for text in process.communicate())
        finally:
            if process.poll() is None:
                # A script's programs are of its group.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode:
            how = f"exit code {process.returncode}" if process.returncode > 0 else f"signal {-process.returncode}"
            told = "\n  ".join([f"`branch: {what}` failed with {how}", *err.strip().splitlines()[-_LAST_LINES:]])
            raise ServiceFailed(told, where=argv[0], hint="run it by hand to see why")
        return out


def _place(url: DatabaseURL) -> tuple[str, ...]:
    return tuple(url.parameters.get(key, "") for key in _SERVER)


def _patiently(url: DatabaseURL) -> Database:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return Database.connect(url, _APPLICATION)
        except ConnectionFailed as error:
            if not error.transient or time.monotonic() > deadline:
                raise
        time.sleep(_BETWEEN_SECONDS)
