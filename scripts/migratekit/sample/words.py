"""Plausible words, names and addresses, drawn from Faker once and then combined."""

import random
import unicodedata
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ..errors import UsageError

_POOL = 400
# Faker's names for what is drawn.
_DRAWN = {
    "first": "first_name",
    "last": "last_name",
    "city": "city",
    "country": "country",
    "country_code": "country_code",
    "street": "street_address",
    "postcode": "postcode",
    "company": "company",
    "job": "job",
    "phone": "phone_number",
    "word": "word",
    "sentence": "sentence",
    "paragraph": "paragraph",
    "color": "color_name",
    "agent": "user_agent",
    "currency": "currency_code",
    "mime": "mime_type",
    "file": "file_name",
}
# Domains that belong to nobody.
_DOMAINS = ("example.com", "example.org", "example.net")
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv", "ja")
_ZONES = ("UTC", "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo", "Australia/Sydney")


class Words:
    """Words of a locale; the same seed gives the same ones."""

    def __init__(self, seed: int, locale: str) -> None:
        try:
            faker = import_module("faker")
        except ImportError:
            raise UsageError(
                "sample data need the package Faker, which is not installed",
                hint="python -m pip install 'migratekit[seed]'",
            ) from None
        try:
            self._faker: Any = faker.Faker(locale)
        except (AttributeError, ValueError, ImportError):
            raise UsageError(f"Faker knows no locale {locale!r}", hint="en_US, de_DE, fr_FR, ja_JP …") from None
        self._seed = seed
        self._pools: dict[str, list[str]] = {}

    def pool(self, kind: str) -> list[str]:
        """Some hundred words of a kind."""
        if kind not in self._pools:
            # Each kind by its own seed: what a table gets does not depend on those before it.
            self._faker.seed_instance(f"{self._seed} {kind}")
            draw = getattr(self._faker, _DRAWN[kind], self._faker.word)
            self._pools[kind] = [" ".join(str(draw()).split()) for _ in range(_POOL)]
        return self._pools[kind]

    def plain(self, kind: str) -> list[str]:
        """The same in lower-case ASCII, for addresses."""
        if f"{kind} plain" not in self._pools:
            found = [_plain(word) for word in self.pool(kind)]
            self._pools[f"{kind} plain"] = [word for word in found if word] or [f"{kind}{n}" for n in range(50)]
        return self._pools[f"{kind} plain"]

    def maker(self, kind: str, rng: random.Random) -> Callable[[int], list[str]]:
        """Draws so many texts of a kind."""
        made = {
            "name": lambda n: _joined(" ", rng.choices(self.pool("first"), k=n), rng.choices(self.pool("last"), k=n)),
            "email": lambda n: self._emails(rng, n),
            "user": lambda n: _joined("_", rng.choices(self.plain("first"), k=n), _numbers(rng, n)),
            "slug": lambda n: self._phrases(rng, n, "-", self.plain("word")),
            "title": lambda n: [text.capitalize() for text in self._phrases(rng, n, " ", self.pool("word"))],
            "url": lambda n: [
                f"https://www.{host}/{page}"
                for host, page in zip(
                    rng.choices(_DOMAINS, k=n), self._phrases(rng, n, "/", self.plain("word")), strict=True
                )
            ],
            "code": lambda n: [f"{rng.randrange(36**6):06x}".upper()[:8] for _ in range(n)],
            "hash": lambda n: [f"{rng.getrandbits(256):064x}" for _ in range(n)],
            "address": lambda n: _joined(
                ", ", rng.choices(self.pool("street"), k=n), rng.choices(self.pool("city"), k=n)
            ),
            "ip": lambda n: [_address(rng) for _ in range(n)],
            "language": lambda n: rng.choices(_LANGUAGES, k=n),
            "zone": lambda n: rng.choices(_ZONES, k=n),
        }
        return made.get(kind) or (lambda n: rng.choices(self.pool(kind), k=n))

    def _emails(self, rng: random.Random, n: int) -> list[str]:
        people = zip(
            rng.choices(self.plain("first"), k=n),
            rng.choices(self.plain("last"), k=n),
            rng.choices(_DOMAINS, k=n),
            strict=True,
        )
        return [f"{first}.{last}@{domain}" for first, last, domain in people]

    def _phrases(self, rng: random.Random, n: int, between: str, words: list[str]) -> list[str]:
        return [between.join(rng.choices(words, k=2 + int(rng.random() * 2))) for _ in range(n)]


def _address(rng: random.Random) -> str:
    """An address of the networks that are kept for documents."""
    return f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{1 + int(rng.random() * 254)}"


def _numbers(rng: random.Random, n: int) -> list[str]:
    return [str(int(rng.random() * 10_000)) for _ in range(n)]


def _joined(between: str, left: list[str], right: list[str]) -> list[str]:
    return [f"{one}{between}{other}" for one, other in zip(left, right, strict=True)]


def _plain(word: str) -> str:
    bare = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in bare if letter.isalnum())
