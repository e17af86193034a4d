"""A unix-socket proxy in front of PostgreSQL that sees each message of a client and can cut the line at one."""

import enum
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

_PORT = 5432
_CANCEL_REQUEST = 80877102
# Behind these the client waits until the server is ready for more.
_ANSWERED = frozenset({"startup", "Q", "S", "F", "p"})


class Cut(enum.Enum):
    """How the line goes dead at a message."""

    BEFORE = "the message never arrives"
    AFTER = "the server does its work and ends the session; the answer is lost"
    MEANWHILE = "the client is cut off at once, and the server goes on with its work"


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the client: `startup`, `cancel` or the protocol's letter, and what it holds."""

    kind: str
    body: bytes


class Proxy:
    """Goes turn by turn, as the simple protocol does: a message there, the whole answer back."""

    def __init__(self, url: str) -> None:
        self._target = conninfo_to_dict(url)
        self._folder = tempfile.TemporaryDirectory(prefix="proxy-")
        self._listener = socket.socket(socket.AF_UNIX)
        self._threads: list[threading.Thread] = []
        self._cut: tuple[int | bytes, Cut] | None = None
        self.messages: list[Message] = []

    @property
    def url(self) -> str:
        """The same database, by way of the proxy."""
        user, name = self._target["user"], self._target["dbname"]
        return f"postgresql://{user}@/{name}?host={quote(self._folder.name, safe='')}&port={_PORT}"

    def cut_at(self, which: int | bytes, cut: Cut) -> None:
        """Cuts the line once: at a number, counted from 1 over all connections, or at what holds these bytes."""
        self._cut = (which, cut)

    def __enter__(self) -> "Proxy":
        self._listener.bind(f"{self._folder.name}/.s.PGSQL.{_PORT}")
        self._listener.listen()
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing alone would not wake the thread that accepts.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=30)
        self._folder.cleanup()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(ConnectionError):
            server.connect(f"{self._target['host']}/.s.PGSQL.{self._target['port']}")
            for message, frame in _messages(client):
                self.messages.append(message)
                if (cut := self._cut_here(message)) is not None:
                    _cut_off(cut, message, frame, client, server)
                    return
                server.sendall(frame)
                if message.kind in _ANSWERED:
                    _answer(server, client)

    def _cut_here(self, message: Message) -> Cut | None:
        which, cut = self._cut or (0, None)
        if not (which in message.body if isinstance(which, bytes) else which == len(self.messages)):
            return None
        self._cut = None
        return cut


def _cut_off(cut: Cut, message: Message, frame: bytes, client: socket.socket, server: socket.socket) -> None:
    if cut is Cut.MEANWHILE:
        client.close()
    if cut is not Cut.BEFORE:
        server.sendall(frame)
        if message.kind in _ANSWERED:
            _answer(server, None)
    # When the server closes its end, the session and its locks are gone.
    server.shutdown(socket.SHUT_WR)
    while server.recv(65536):
        pass


def _messages(client: socket.socket) -> Iterator[tuple[Message, bytes]]:
    """Each message as it arrives, taken apart and as it is."""
    kind = ""
    # Only the first has no letter in front of its length.
    while (head := _exactly(client, 5 if kind else 4)) is not None:
        body = _exactly(client, struct.unpack(">i", head[-4:])[0] - 4)
        if body is None:
            return
        kind = head[:1].decode() if kind else _opening(body)
        yield Message(kind, body), head + body


def _opening(body: bytes) -> str:
    return "cancel" if struct.unpack(">i", body[:4])[0] == _CANCEL_REQUEST else "startup"


def _answer(server: socket.socket, client: socket.socket | None) -> None:
    """Passes messages on, or drops them, until the server waits for the client again."""
    while (head := _exactly(server, 5)) is not None:
        body = _exactly(server, struct.unpack(">i", head[1:])[0] - 4)
        if client is not None:
            client.sendall(head + (body or b""))
        if head[:1] in (b"Z", b"G"):
            return
    raise ConnectionError("the server ended the session")


def _exactly(source: socket.socket, size: int) -> bytes | None:
    """So many bytes; None where the stream ends before."""
    data = b""
    while len(data) < size:
        part = source.recv(size - len(data))
        if not part:
            return None
        data += part
    return data
