"""A PostgreSQL server of the project's own: started by the first command that needs it, kept for the next."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from ..errors import ServerError
from .binaries import (
    VARIABLE,
    Binaries,
    clean_environment,
    find_binaries,
    run_program,
    runnable,
    server_account,
)
from .home import Home
from .postmaster import (
    Postmaster,
    make_socket_folder,
    pid_file,
    remove_socket_folder,
    wait_until,
)

SUPERUSER = "postgres"
DEFAULT_PORT = 5432
# C.UTF-8 sorts alike on every machine, but some machines have only C.
LOCALES = ("C.UTF-8", "C")
INITDB_SECONDS = 120.0
START_SECONDS = 60.0
LOG_LINES = 15


class Server:
    """The server of one project; a new object finds the server that an earlier command left running.

    The data of a throwaway one are in memory where there is room.
    """

    def __init__(
        self, project: Path, *, wanted: str = "", settings: Mapping[str, str] = {}, throwaway: bool = False
    ) -> None:
        self._wanted = wanted
        self._settings = dict(settings)
        self._account = server_account()
        self._home = Home(project.resolve(), self._account, throwaway)
        self._child: subprocess.Popen[bytes] | None = None

    @cached_property
    def binaries(self) -> Binaries:
        """The programs to run; ServerError when there are none, or none that fit the data already there."""
        return self._fitting_binaries()

    @property
    def data(self) -> Path:
        """The data directory, whether it exists yet or not."""
        return self._home.data

    @property
    def log(self) -> Path:
        """The file with the server's messages."""
        return self._home.log

    def start(self, *, port: int | None = None) -> None:
        """Return once the server accepts connections, given a port on 127.0.0.1 too; a running one is kept.

        ServerError, with the end of the server's log, when it cannot start or runs without that port.
        """
        try:
            if not self._is_up(port):
                found = self.binaries
                self._home.make()
                with self._home.locked():
                    if not self._is_up(port):
                        self._start(runnable(found, self._account, self._home.copies), port)
        except OSError as error:
            raise self._refused("start", error) from error

    def stop(self) -> bool:
        """True when a server ran and has ended, its sessions cut off; False when none ran."""
        try:
            self._home.follow_move()
            if not self._home.folder.is_dir():
                return False
            with self._home.locked():
                found = self._postmaster()
                if found:
                    self._shut_down(found)
                self._sweep()
                return found is not None
        except OSError as error:
            raise self._refused("stop", error) from error

    def remove(self) -> None:
        """Stop the server and delete all that was its own: data, log, password."""
        self.stop()
        try:
            self._home.remove()
        except OSError as error:
            raise self._refused("remove", error) from error

    def running(self) -> bool:
        """True when this project's server is alive and answers."""
        return self._reachable() is not None

    def url(self, database: str) -> str:
        """A libpq URL through the server's socket, whatever PG* variables say; ServerError when none runs."""
        found = self._running_postmaster()
        url = f"postgresql://{SUPERUSER}@/{quote(database, safe='')}"
        url += f"?host={quote(str(found.sockets), safe='')}&port={found.port}"
        # This variable would lead libpq to another server; other drivers do not know the parameter.
        return url + "&hostaddr=" if "PGHOSTADDR" in os.environ else url

    def tcp_url(self, database: str) -> str | None:
        """A URL with the password in it, for 127.0.0.1; None for a server started without a port."""
        found = self._running_postmaster()
        if not found.listens:
            return None
        try:
            password = self._home.password.read_text().strip()
        except OSError as error:
            raise self._refused("read the password of", error) from error
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{found.port}/{quote(database, safe='')}"

    def _fitting_binaries(self) -> Binaries:
        existing = self._home.data_version()
        try:
            found = find_binaries(self._wanted or existing)
        except ServerError as error:
            if self._wanted or not existing:
                raise
            raise self._misfit(error.what, error.hint) from error
        if existing and str(found.major) != existing:
            raise self._misfit(f"{VARIABLE}={self._wanted} is {found.version}", f"set {VARIABLE}={existing}")
        return found

    def _postmaster(self) -> Postmaster | None:
        found = Postmaster.read(self.data)
        return found if found and found.is_alive() else None

    def _reachable(self) -> Postmaster | None:
        found = self._postmaster()
        return found if found and found.ready and found.answers(self._account) else None

    def _running_postmaster(self) -> Postmaster:
        found = self._reachable()
        if found is None:
            raise ServerError("PostgreSQL is not running", where=str(self.data), hint="start it first")
        return found

    def _is_up(self, port: int | None) -> bool:
        found = self._reachable()
        if found is None:
            return False
        if port is not None and (port != found.port or not found.listens):
            raise ServerError(
                f"PostgreSQL runs already, and not on port {port}",
                where=str(self.data),
                hint="stop it, then start it with the port",
            )
        if self._wanted not in ("", self._home.data_version()):
            self._fitting_binaries()
        return True

    def _start(self, programs: Binaries, port: int | None) -> None:
        """Bring up a server from whatever state an earlier command or a crash left."""
        if not wait_until(lambda: (found := self._postmaster()) is None or found.ready, START_SECONDS):
            raise self._failed(f"PostgreSQL is not ready after {START_SECONDS:g} seconds")
        if self.running():
            return
        unreachable = self._postmaster()
        if unreachable:
            self._shut_down(unreachable)
        self._sweep()
        if not self._home.data_version():
            self._initialise(programs)
        # For a moment after a kill -9 the server's children still hold its memory.
        if not wait_until(lambda: self._launch(programs, port), START_SECONDS):
            raise self._failed("processes of a killed server are still there")

    def _shut_down(self, found: Postmaster) -> None:
        found.shut_down()
        if self._child:
            self._child.poll()
        remove_socket_folder(found.sockets, self._account)

    def _sweep(self) -> None:
        """Remove what a killed server left, where PostgreSQL would not, or would refuse to start over it."""
        left = Postmaster.read(self.data)
        if left and not left.is_of_a_copy():
            remove_socket_folder(left.sockets, self._account)
        if left is None or left.has_number_taken():
            pid_file(self.data).unlink(missing_ok=True)

    def _initialise(self, programs: Binaries) -> None:
        """Make the data directory under another name: a killed initdb leaves nothing that looks done."""
        fresh = self._home.folder / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._home.hand_over(fresh)
        self._home.keep_password(secrets.token_urlsafe(24))
        for locale in LOCALES:
            argv = [str(programs.bindir / "initdb"), *self._initdb_options(fresh, locale)]
            done = run_program(argv, self._account, directory=self._home.folder, seconds=INITDB_SECONDS)
            if done.returncode == 0:
                fresh.rename(self.data)
                return
        raise ServerError(
            f"initdb failed:\n{done.stderr.strip()}",
            where=str(fresh),
            hint="is the disk full or not writable?",
        )

    def _initdb_options(self, directory: Path, locale: str) -> list[str]:
        return [
            f"--pgdata={directory}",
            f"--username={SUPERUSER}",
            f"--pwfile={self._home.password}",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--encoding=UTF8",
            f"--locale={locale}",
            "--no-instructions",
            # Who does not want to wait for the disk later does not want to now.
            *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
        ]

    def _launch(self, programs: Binaries, port: int | None) -> bool:
        """True when the server is up; False when what is left of a killed one is in its way for now."""
        sockets = make_socket_folder(self._account)
        with self._home.open_log() as log:
            before = log.tell()
            try:
                child = self._child = self._spawn(programs.bindir / "postgres", sockets, port, log)
            except OSError:
                remove_socket_folder(sockets, self._account)
                raise
        wait_until(lambda: child.poll() is not None or self.running(), START_SECONDS)
        if self.running():
            return True
        if child.poll() is None:
            # It may be replaying a long log: the next command waits for it again.
            raise self._failed(f"PostgreSQL is not ready after {START_SECONDS:g} seconds", before)
        remove_socket_folder(sockets, self._account)
        if "is still in use" not in self._home.messages_since(before):
            raise self._failed("PostgreSQL did not start", before)
        return False

    def _spawn(self, program: Path, sockets: Path, port: int | None, log: BinaryIO) -> subprocess.Popen[bytes]:
        ours = {
            "listen_addresses": "" if port is None else "127.0.0.1",
            "port": str(port or DEFAULT_PORT),
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
        }
        settings = [f"--{name}={value}" for name, value in (self._settings | ours).items()]
        # A session of its own and no stream of ours: it outlives this command, and no pipe waits for it.
        return subprocess.Popen(
            [program, "-D", self.data, *settings],
            cwd=self._home.folder,
            env=clean_environment(self._home.folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **self._account.identity(),
        )

    def _failed(self, what: str, offset: int = 0) -> ServerError:
        end = "\n".join(self._home.messages_since(offset).splitlines()[-LOG_LINES:])
        return ServerError(f"{what}; its log ends with:\n{end}", where=str(self.data), hint=f"see {self.log}")

    def _misfit(self, what: str, hint: str) -> ServerError:
        return ServerError(
            f"these data are of PostgreSQL {self._home.data_version()}, but {what}",
            where=str(self.data),
            hint=f"{hint}; or stop the server and delete this folder, to begin with no data",
        )

    def _refused(self, verb: str, error: OSError) -> ServerError:
        return ServerError(
            f"cannot {verb} PostgreSQL: {error.strerror or error}",
            where=str(error.filename or self._home.folder),
            hint="see who owns this path, and whether its disk is full",
        )
