"""An HTTP server that webhooks can be sent to."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Keeps what it was sent; answers as it was told, the last answer again and again."""

    def __init__(self, answers: Sequence[int]) -> None:
        self.got: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self._answers = list(answers)
        # Nothing is answered while this is not set.
        self.awake = threading.Event()
        self.awake.set()
        self.asked = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._take(self)

            def do_GET(self) -> None:
                receiver._take(self)

            def log_message(self, *_arguments: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def url(self, path: str = "/") -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    @property
    def events(self) -> list[str]:
        """The names of the events, in their order."""
        return [each["event"] for each in self.got]

    def _take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.asked.set()
        self.awake.wait(60)
        self.paths.append(handler.path)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer == 200:
            self.got.append(json.loads(body))
        handler.send_response(answer)
        if answer == 302:
            handler.send_header("Location", self.url("/elsewhere"))
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def receiving(*answers: int) -> Iterator[Receiver]:
    """A receiver at work, which answers 200 unless told otherwise."""
    receiver = Receiver(answers or (200,))
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.awake.set()
        receiver.server.shutdown()
        receiver.server.server_close()
