"""Texts within limits, plausible for a column's name."""

import itertools
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from .limits import Limits
from .patterns import Unsupported, compiled
from .patterns import texts as matching
from .words import Words

TEXTUAL = ("text", "varchar", "bpchar", "citext", "name", "char")
_PEOPLE = re.compile(r"user|customer|person|people|employee|author|member|contact|patient|student|account")
_FIRMS = re.compile(r"compan|vendor|supplier|organi[sz]ation|client|tenant")
# What a column's name says of its texts; the first that fits counts.
_NAMES = (
    (r"e?mail", "email"),
    (r"(first|given)_?name|forename", "first"),
    (r"(last|family|sur)_?name", "last"),
    (r"user_?name|login|nick|handle", "user"),
    (r"full_?name|display_?name|author|owner|contact_name", "name"),
    (r"phone|mobile|fax|tel$", "phone"),
    (r"slug|permalink", "slug"),
    (r"url|website|homepage|link", "url"),
    (r"file_?name|path$", "file"),
    (r"mime|content_type", "mime"),
    (r"country_?code|iso2", "country_code"),
    (r"country|nation", "country"),
    (r"city|town", "city"),
    (r"zip|postal|postcode", "postcode"),
    (r"street", "street"),
    (r"address", "address"),
    (r"currency", "currency"),
    (r"compan|organi[sz]ation|employer", "company"),
    (r"job|occupation|position", "job"),
    (r"colou?r", "color"),
    (r"user_?agent", "agent"),
    (r"(^|_)ip(_|$)", "ip"),
    (r"lang|locale", "language"),
    (r"time_?zone|tz$", "zone"),
    (r"hash|digest|token|checksum|secret|password", "hash"),
    (r"title|subject|headline|label|caption", "title"),
    (r"descr|comment|body|content|message|note|text|bio|rationale|summary|reason|about", "paragraph"),
    (r"code|sku|serial|reference|(^|_)key$|number$", "code"),
)
_CONSTANT = re.compile(r"'((?:[^']|'')+)'::[a-z \"]+(?:\(\d+\))?")
_TRIES = 50
# Kinds whose texts have at most three letters.
_SHORT = ("country_code", "currency", "language")


@dataclass(frozen=True, slots=True)
class Spelling:
    """What is known of a column of texts."""

    name: str
    table: str
    default: str
    type: str
    modifier: int


def texts(
    words: Words, rng: random.Random, spelling: Spelling, limits: Limits, rows: int
) -> tuple[Callable[[int], list[Any]], float]:
    """Draws texts; with a number behind each where they must be unique."""
    kind, longest = _kind(spelling), _longest(spelling, limits)
    constant = _CONSTANT.fullmatch(spelling.default)
    if constant and not kind and not (limits.unique or limits.patterns or limits.excluded or limits.shortest):
        text = constant[1].replace("''", "'")
        return (lambda n: [text] * n), 1
    short = longest is not None and longest <= 3 and (limits.unique or kind not in _SHORT)
    draw = _codes(rng, longest or 1) if short else words.maker(kind or "title", rng)
    fits = _Fit(rng, limits, longest)
    counter = itertools.count(rows + 1)
    counted = limits.unique and (longest is None or longest > 3)

    def drawn(n: int) -> list[Any]:
        found = draw(n)
        if counted:
            found = [_numbered(text, next(counter), longest, kind) for text in found]
        return fits.all(found)

    return drawn, 26.0**longest if longest is not None and longest <= 3 else inf


class _Fit:
    """Makes texts satisfy lengths, case and patterns."""

    def __init__(self, rng: random.Random, limits: Limits, longest: int | None) -> None:
        self._limits, self._longest = limits, longest
        self._tests: list[tuple[re.Pattern[str], bool]] = []
        self._made: Callable[[], str] | None = None
        for rule in limits.patterns:
            try:
                pattern = compiled(rule.pattern, ignore_case=rule.ignore_case)
                self._tests.append((pattern, rule.negated))
                if not rule.negated:
                    self._made = matching(pattern, rng)
            except Unsupported:
                # The server tells, and what it refuses is drawn again.
                continue
        self._plain = not (self._tests or limits.excluded or limits.shortest > 1 or limits.case)

    def all(self, found: list[str]) -> list[str]:
        """The texts, made to fit."""
        longest = self._longest
        if self._plain:
            return found if longest is None else [text[:longest].rstrip() for text in found]
        return [self._one(text) for text in found]

    def _one(self, text: str) -> str:
        text = self._shaped(text)
        tries = 0
        while not self._good(text) and tries < _TRIES:
            tries += 1
            text = self._shaped(self._made() if self._made else f"{text}{tries}")
        return text

    def _shaped(self, text: str) -> str:
        limits = self._limits
        if limits.case:
            text = text.lower() if limits.case == "lower" else text.upper()
        if len(text) < limits.shortest and not self._tests:
            text = (f"{text} " * limits.shortest)[: limits.shortest - 1] + "x"
        return text if self._longest is None or self._tests else text[: self._longest].rstrip()

    def _good(self, text: str) -> bool:
        return (
            text not in self._limits.excluded
            and len(text) >= self._limits.shortest
            and (self._longest is None or len(text) <= self._longest)
            and all(bool(pattern.search(text)) != negated for pattern, negated in self._tests)
        )


def _kind(spelling: Spelling) -> str:
    name = spelling.name.lower()
    if name == "name":
        return "name" if _PEOPLE.search(spelling.table) else "company" if _FIRMS.search(spelling.table) else "title"
    return next((kind for words, kind in _NAMES if re.search(words, name)), "")


def _longest(spelling: Spelling, limits: Limits) -> int | None:
    typed = {"name": 63, "char": 1}.get(spelling.type)
    if spelling.type in ("varchar", "bpchar") and spelling.modifier >= 4:
        typed = spelling.modifier - 4
    known = [length for length in (typed, limits.longest) if length is not None]
    return min(known) if known else None


def _codes(rng: random.Random, length: int) -> Callable[[int], list[str]]:
    return lambda n: ["".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=length)) for _ in range(n)]


def _numbered(text: str, number: int, longest: int | None, kind: str) -> str:
    """The text with a number that no other has, cut where it would become too long."""
    if kind == "email" and "@" in text:
        local, _, domain = text.partition("@")
        room = None if longest is None else max(longest - len(f"{number}@{domain}"), 0)
        return f"{local[:room]}{number}@{domain}"
    behind = f"{'-' if kind in ('slug', 'url', 'code') else '' if kind == 'user' else ' '}{number}"
    return text + behind if longest is None else (text[: max(longest - len(behind), 0)] + behind)[-longest:].lstrip()
