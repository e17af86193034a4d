"""Runs the two commands in processes forked from one that has loaded them: most of a short call is loading.

What a test does to the interpreter's own settings goes the long way instead.
"""

import atexit
import fcntl
import marshal
import os
import shlex
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from zygote_client import can_run

__all__ = ["can_run", "launchers", "run"]
LOADED = (
    "migratekit.cli",
    "migratekit.compat.golang.calls",
    "migratekit.session",
    "migratekit.commands.up",
    "migratekit.commands.status",
    "migratekit.commands.validate",
    "migratekit.commands.create",
    "migratekit.commands.repair",
    "jinja2",
    "postgast",
    "yaml",
)
_NUMBER = struct.Struct("!i")


def run(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], text: str, usual: Mapping[str, str], seconds: float
) -> subprocess.CompletedProcess[str]:
    """What the command gave; subprocess.TimeoutExpired as subprocess.run has it."""
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        socket.socket(socket.AF_UNIX) as line,
    ):
        given.write(text.encode())
        given.seek(0)
        line.connect(f"{_folder(tuple(sorted(usual.items())))}/socket")
        request = marshal.dumps((list(argv), str(cwd), dict(env), [0, 1, 2], None))
        socket.send_fds(line, [_NUMBER.pack(len(request))], [each.fileno() for each in (given, out, err)])
        line.sendall(request)
        line.settimeout(seconds)
        pid = _NUMBER.unpack(_receive(line, 4))[0]
        try:
            code = _NUMBER.unpack(_receive(line, 4))[0]
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(argv), seconds) from None
        read = []
        for stream in (out, err):
            stream.seek(0)
            read.append(stream.read().decode())
    return subprocess.CompletedProcess(list(argv), code, *read)


def launchers(usual: Mapping[str, str]) -> Path:
    """A folder with `migrate` and `migratekit`, for those who call them by their path or find them on the PATH.

    SIGINT, SIGTERM and SIGHUP are passed on, and the command is killed with whom it was called by, whose output is open
    until then. It is in another process group, has another parent and no limits of its own: go the long way for these.
    """
    return Path(_folder(tuple(sorted(usual.items()))), "bin")


@cache
def _folder(usual: tuple[tuple[str, str], ...]) -> str:
    """Where the loaded process listens; started at its first use, it ends with the tests."""
    folder = tempfile.TemporaryDirectory(prefix="zygote-")
    Path(folder.name, "usual").write_bytes(marshal.dumps(dict(usual)))
    Path(folder.name, "bin").mkdir()
    client = shlex.join([sys.executable, "-IS", str(Path(__file__).with_name("zygote_client.py")), folder.name])
    for command in ("migrate", "migratekit"):
        launcher = Path(folder.name, "bin", command)
        launcher.write_text(f'#!/bin/sh\nexec {client} {command} "$@"\n')
        launcher.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, __file__, f"{folder.name}/socket"],
        env=dict(usual),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"

    def end() -> None:
        process.kill()
        process.wait()
        folder.cleanup()

    atexit.register(end)
    return folder.name


def _receive(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = line.recv(size - len(data))
        if not more:
            raise ConnectionError("the loaded process is gone")
        data += more
    return data


def _serve(address: str) -> None:
    for name in LOADED:
        __import__(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(16)
        print("ready", flush=True)
        while True:
            line, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _supervise(line)
                os._exit(0)
            line.close()


def _supervise(line: socket.socket) -> None:
    """Has one command run and tells its process, then how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, streams, _, _ = socket.recv_fds(line, 4, 64)
    argv, cwd, env, numbers, umask = marshal.loads(_receive(line, _NUMBER.unpack(head)[0]))
    pid = os.fork()
    if pid == 0:
        line.close()
        _take(streams, numbers)
        if umask is not None:
            os.umask(umask)
        os._exit(_command(argv, cwd, env))
    for stream in streams:
        os.close(stream)
    threading.Thread(target=_end_with, args=(line, pid), daemon=True).start()
    line.sendall(_NUMBER.pack(pid))
    line.sendall(_NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))


def _end_with(line: socket.socket, pid: int) -> None:
    """Kills the command once whoever called it is gone."""
    line.recv(1)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _take(streams: Sequence[int], numbers: Sequence[int]) -> None:
    """Gives the descriptors the numbers that they have where the command was called."""
    above = max([*streams, *numbers]) + 1
    aside = [fcntl.fcntl(stream, fcntl.F_DUPFD, above) for stream in streams]
    for stream in streams:
        os.close(stream)
    for stream, number in zip(aside, numbers, strict=True):
        os.dup2(stream, number)
        os.close(stream)


def _command(argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> int:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.stdin, sys.stdout = open(0, encoding="utf-8"), open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
    sys.argv = list(argv)
    code: object = 0
    try:
        if Path(argv[0]).name == "migrate":
            from migratekit.compat.golang import main
        else:
            from migratekit.cli import main
        main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    _serve(sys.argv[1])
