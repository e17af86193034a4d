"""Documents on their way to an endpoint: sent from a thread of its own, tried again, and given up in good time."""

import queue
import threading
import time
from typing import Any

from .. import __version__

# For an answer, each time; between two tries, growing; so many tries.
_TIMEOUT = 3.0
_RESTS = (0.5, 2.0, 8.0)
_SHORT_REST = 0.2
_MOST_WAITING = 100
_TOO_MANY = 429


class Refusal(Exception):
    """The endpoint did not take it; `final` if it never will, `alive` if it answered. The text holds no URL."""

    def __init__(self, text: str, *, final: bool, alive: bool) -> None:
        super().__init__(text)
        self.final = final
        self.alive = alive


class Delivery:
    """Sends JSON texts to one URL, in their order."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: queue.Queue[bytes | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._closing = threading.Event()
        self.given = 0
        self.taken = 0
        self.why = ""

    @property
    def is_dead(self) -> bool:
        """True if it was tried, and nothing was ever taken."""
        return bool(self.why) and not self.taken

    def send(self, body: bytes) -> None:
        """Has it sent soon; it is lost where too many wait already."""
        if not self._thread.is_alive() and not self.given:
            self._thread.start()
        self.given += 1
        if self._waiting.qsize() < _MOST_WAITING:
            self._waiting.put(body)
        else:
            self.why = self.why or "too many at once"

    def close(self) -> None:
        """There will be no more: from now on whoever does not answer is not asked twice."""
        self._closing.set()
        self._waiting.put(None)

    def join(self, until: float) -> None:
        """Waits for the last one, up to that monotonic time."""
        if self.given:
            self._thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while (body := self._waiting.get()) is not None:
            self._deliver(body)

    def _deliver(self, body: bytes) -> None:
        for rest in (*_RESTS, None):
            closing = self._closing.is_set()
            try:
                _post(self._url, body)
            except Refusal as refusal:
                self.why = str(refusal)
                if rest is None or refusal.final or (closing and not refusal.alive):
                    return
                if closing:
                    time.sleep(_SHORT_REST)
                else:
                    self._closing.wait(rest)
            else:
                self.taken += 1
                return


def _post(url: str, body: bytes) -> None:
    """Sends it once; Refusal if it is not taken. Certificates are verified, and no redirect is followed."""
    import http.client
    import urllib.error
    import urllib.request

    headers = {"Content-Type": "application/json", "User-Agent": f"migratekit/{__version__}"}
    try:
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310
        with _opener().open(request, timeout=_TIMEOUT):
            pass
    except urllib.error.HTTPError as error:
        error.close()
        final = error.code < 500 and error.code != _TOO_MANY
        raise Refusal(f"answer {error.code}", final=final, alive=True) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        text = getattr(reason, "strerror", None) or type(reason).__name__
        raise Refusal(str(text), final=isinstance(error, ValueError), alive=False) from None


def _opener() -> Any:
    import urllib.request

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        """An answer that points elsewhere is a refusal."""

        def redirect_request(self, *_arguments: Any) -> None:
            """None: nobody goes there."""

    return urllib.request.build_opener(NoRedirect)
