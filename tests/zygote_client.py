"""Stands in for `migrate` or `migratekit` where somebody else calls it: has the loaded process run it.

Called as `python -IS zygote_client.py FOLDER COMMAND WORD...`; it imports nearly nothing, for it is called often.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import marshal
import os
import sys

# Read by the interpreter, or by the C library, when it starts.
STARTERS = ("PYTHON", "LC_", "LANG", "LD_")


def main(folder: str, command: str, words: list[str]) -> int:
    """Runs the command where its environment allows that, and as it is where not; its exit code."""
    program = os.path.join(os.path.dirname(sys.executable), command)  # noqa: PTH118, PTH120
    with open(os.path.join(folder, "usual"), "rb") as file:  # noqa: PTH118, PTH123
        usual = marshal.load(file)
    if not can_run(dict(os.environ), usual):
        os.execv(program, [program, *words])
    line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    line.connect(os.path.join(folder, "socket"))  # noqa: PTH118
    numbers = _inherited(line.fileno())
    umask = os.umask(0)
    os.umask(umask)
    request = marshal.dumps(([program, *words], os.getcwd(), dict(os.environ), numbers, umask))  # noqa: PTH109
    rights = b"".join(number.to_bytes(4, sys.byteorder) for number in numbers)
    line.sendmsg([len(request).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
    line.sendall(request)
    pid = _number(line)
    for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        _signal.signal(number, lambda number, _: _pass_on(pid, number))
    code = _number(line)
    if code < 0:
        _signal.signal(-code, _signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def can_run(environment: dict[str, str], usual: dict[str, str]) -> bool:
    """True if nothing in the environment would make another interpreter of it."""
    names = {name for name in {*environment, *usual} if name.startswith(STARTERS)}
    return all(environment.get(name) == usual.get(name) for name in names)


def _inherited(own: int) -> list[int]:
    """The descriptors that the command would have."""
    numbers = sorted({0, 1, 2, *map(int, os.listdir("/dev/fd"))} - {own})  # noqa: PTH208
    return [number for number in numbers if _is_inherited(number)]


def _is_inherited(number: int) -> bool:
    try:
        return os.get_inheritable(number)
    except OSError:
        return False


def _number(line: _socket.socket) -> int:
    data = b""
    while len(data) < 4:
        more = line.recv(4 - len(data))
        if not more:
            raise ConnectionError("the loaded process is gone")
        data += more
    return int.from_bytes(data, "big", signed=True)


def _pass_on(pid: int, number: int) -> None:
    try:  # noqa: SIM105
        os.kill(pid, number)
    except ProcessLookupError:
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
