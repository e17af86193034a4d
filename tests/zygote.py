"""Runs the two commands in processes forked from one that has loaded them: most of a short call is loading.

What a test starts and signals, and what it does to the interpreter's own settings, goes the long way instead.
"""

import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

LOADED = (
    "migratekit.cli",
    "migratekit.compat.golang",
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
# Read by the interpreter, or by the C library, when it starts.
_STARTERS = ("PYTHON", "LC_", "LANG", "LD_")
_NUMBER = struct.Struct("!i")


def can_run(environment: Mapping[str, str], usual: Mapping[str, str]) -> bool:
    """True if nothing in the environment would make another interpreter of it."""
    names = {name for name in {*environment, *usual} if name.startswith(_STARTERS)}
    return all(environment.get(name) == usual.get(name) for name in names)


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
        line.connect(_address(tuple(sorted(usual.items()))))
        request = json.dumps({"argv": list(argv), "cwd": str(cwd), "env": dict(env)}).encode()
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


@cache
def _address(usual: tuple[tuple[str, str], ...]) -> str:
    """Where the loaded process listens; started at its first use, it ends with the tests."""
    folder = tempfile.TemporaryDirectory(prefix="zygote-")
    address = f"{folder.name}/socket"
    process = subprocess.Popen(
        [sys.executable, __file__, address], env=dict(usual), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"

    def end() -> None:
        process.kill()
        process.wait()
        folder.cleanup()

    atexit.register(end)
    return address


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
    head, streams, _, _ = socket.recv_fds(line, 4, 3)
    request = json.loads(_receive(line, _NUMBER.unpack(head)[0]))
    pid = os.fork()
    if pid == 0:
        line.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os._exit(_command(request["argv"], request["cwd"], request["env"]))
    line.sendall(_NUMBER.pack(pid))
    line.sendall(_NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))


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
