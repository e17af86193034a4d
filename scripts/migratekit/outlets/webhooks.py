"""Events as HTTP requests: generic JSON, or the text that Slack and what is like it show."""

import datetime
import json
import os
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import MigratekitError, UsageError
from ..reports import VARIABLE as RELEASE
from ..sections import Webhook
from ..settings import Settings
from ._delivery import Delivery
from ._event import Call, Event

# All deliveries together, at the end of the call; less for who never answered before.
_LAST_WORDS = 3.0
_ONE_MORE_WORD = 0.5
# What is worth a picture in a chat.
_SIGNS = {"error": ":red_circle:", "warning": ":warning:", "info": ":large_green_circle:"}
_MOST_TEXT = 3000
# A part of a URL that is no word: hidden in all that is printed.
_TOKEN = re.compile(r"(?=.*\d).{8,}|.{20,}")


class Webhooks:
    """Passes events on to every endpoint that wants them, each event once."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._endpoints: list[tuple[Webhook, Delivery]] = []
        self._sent: set[tuple[object, ...]] = set()
        for webhook in call.settings.webhooks:
            try:
                url = _url(call.settings, webhook)
            except MigratekitError as error:
                call.console.note(f"warning: webhook {webhook.name}: {error.what}; it is told nothing")
                continue
            _hide(call, url)
            self._endpoints.append((webhook, Delivery(url)))

    def take(self, event: Event) -> None:
        """Has the event sent, unless it was before."""
        key = (event.name, *map(event.fields.get, ("verb", "version", "direction")))
        wanting = [(hook, delivery) for hook, delivery in self._endpoints if event.name in hook.events]
        if not wanting or key in self._sent:
            return
        self._sent.add(key)
        document = self._call.console.cleaned(self._document(event))
        for hook, delivery in wanting:
            payload = document if hook.format == "json" else {"text": _text(document, event.level)}
            delivery.send(json.dumps(payload).encode())

    def close(self) -> None:
        """Waits a moment for what is on its way, and says what got lost."""
        for _, delivery in self._endpoints:
            delivery.close()
        now = time.monotonic()
        for hook, delivery in self._endpoints:
            delivery.join(now + (_ONE_MORE_WORD if delivery.is_dead else _LAST_WORDS))
            lost = delivery.given - delivery.taken
            if lost:
                why = delivery.why or "no answer in time"
                self._call.console.note(f"warning: webhook {hook.name}: {lost} of {delivery.given} not sent: {why}")
        self._endpoints = []

    def _document(self, event: Event) -> dict[str, Any]:
        return {
            # The same for the same event, should an answer get lost and the event be sent again.
            "id": f"{event.run}-{len(self._sent)}",
            "event": event.name,
            "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
            "environment": self._call.settings.environment,
            "run": event.run,
            "release": os.environ.get(RELEASE),
            "host": os.uname().nodename,
            **{name: event.fields.get(name) for name in ("verb", "version", "migration", "direction", "seconds")},
            "sessions": event.fields.get("sessions", []),
            "message": event.message,
            **{name: event.fields[name] for name in _DETAILS if name in event.fields},
        }


_DETAILS = (
    "migrations",
    "applied",
    "at_version",
    "dirty",
    "rolled_back",
    "sqlstate",
    "where",
    "exit_code",
    "cancelled",
)


def outlet(call: Call) -> Webhooks | None:
    """The endpoints of the environment; None where there are none."""
    return Webhooks(call) if call.settings.webhooks else None


def _url(settings: Settings, webhook: Webhook) -> str:
    if webhook.url_file:
        try:
            url = (settings.project / Path(webhook.url_file).expanduser()).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise UsageError("the file cannot be read") from None
    else:
        url = settings.variables_set.get(webhook.url_variable, "").strip()
    if not url:
        raise UsageError("it has no URL")
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url or "@" in url.partition("?")[0]:
        raise UsageError("this is no URL that begins with https:// or http://, without user and password")
    return url


def _hide(call: Call, url: str) -> None:
    """The path and the query are what lets somebody write there."""
    parts = urlsplit(url)
    call.console.hide(url)
    for part in (*parts.path.split("/"), *re.split("[=&]", parts.query)):
        if _TOKEN.fullmatch(part):
            call.console.hide(part)


def _text(document: dict[str, Any], level: str) -> str:
    sessions = [f"• pid {each['pid']}, user {each['user']}, {each['application']}" for each in document["sessions"]]
    run = f"run {document['run'][:8]} on {document['host']}"
    lines = [f"{_SIGNS[level]} [{document['environment']}] {document['event']}: {document['message']}", *sessions, run]
    # The three characters that Slack reads as its own.
    return "\n".join(lines)[:_MOST_TEXT].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
