"""What the name of a migration says: its kind, and the inputs that are in it."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import UsageError

# As long as PostgreSQL lets a name be.
MAX_NAME = 63
_WORDS = "[a-z0-9]+(?:_[a-z0-9]+)*"
# Letters of Latin scripts that are none with an accent.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}
    | {"ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i", "ħ": "h", "Ħ": "H"}
)
_VERBS = frozenset({"add", "change", "create", "drop", "enable", "make", "remove", "rename", "require", "set"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """A name with places for inputs: `add_{columns}_to_{table}`, for one kind."""

    kind: str
    text: str

    @property
    def weight(self) -> int:
        """How many letters a name must share with it."""
        return len(re.sub(r"\{\w+\}", "", self.text))

    @property
    def places(self) -> list[str]:
        """The inputs that it names."""
        return re.findall(r"\{(\w+)\}", self.text)


@dataclass(frozen=True, slots=True)
class Known:
    """What helps to tell where one name ends and the next begins."""

    given: Mapping[str, str]
    # The names of columns that were given.
    columns: Sequence[str] = ()
    tables: Callable[[], Collection[str]] = tuple


def without_accents(text: str) -> str:
    """The text with the plain letters of those that have accents; what has none, as of other scripts, stays."""
    parts = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def slug(text: str) -> str:
    """The name as files have it; UsageError if nothing can be made of it."""
    made = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    if not made or len(made) > MAX_NAME or text != text.strip() or re.search(r"[^A-Za-z0-9_ -]", text):
        raise UsageError(
            f"{text!r} is no name for a migration",
            hint=f"use letters a to z, digits, blanks, - and _, at most {MAX_NAME}: create_projects_table",
        )
    return made


def infer(name: str, patterns: Iterable[Pattern], known: Known) -> tuple[str, dict[str, str]]:
    """The kind of the pattern that fits best, and the inputs found in the name; empty if none fits."""
    for pattern in sorted(patterns, key=_rank):
        match = re.fullmatch(_expression(pattern.text), name)
        if match:
            return pattern.kind, _inputs(match.groupdict(), known)
    return "", {}


def without_verb(name: str) -> str:
    """The name without the verb that it begins with."""
    verb, _, rest = name.partition("_")
    return rest if rest and verb in _VERBS else name


def words_of(text: str) -> list[str]:
    """The names in `email_and_phone`."""
    return text.split("_and_")


def _rank(pattern: Pattern) -> tuple[bool, int, int, str]:
    """What begins with a word of its own goes before what begins with any word."""
    return pattern.text.startswith("{"), -pattern.weight, len(pattern.places), pattern.text


def _expression(text: str) -> str:
    """Two places with nothing but _ between them become one group; where it is cut is found out later."""
    joined = re.sub(r"\{(\w+)\}_\{(\w+)\}", rf"(?P<\1__\2>{_WORDS})", text)
    return re.sub(r"\{(\w+)\}", rf"(?P<\1>{_WORDS})", joined)


def _inputs(found: Mapping[str, str], known: Known) -> dict[str, str]:
    inputs: dict[str, str] = {}
    for place, text in found.items():
        first, _, second = place.partition("__")
        if not second:
            inputs[first] = text
            continue
        front, rest = _cut_behind(text, known) if second == "table" else _cut(text, first, known)
        inputs[first] = front
        if rest:
            # Without a table that is known each word is a column: users_email_name.
            inputs[second] = rest if second != "columns" or "_and_" in rest else rest.replace("_", "_and_")
    return inputs


def _cut(text: str, first: str, known: Known) -> tuple[str, str]:
    """The table in front, and what follows it."""
    if first in known.given:
        table = known.given[first]
        own = table.rpartition(".")[2].lower()
        return table, text[len(own) + 1 :] if text.startswith(f"{own}_") else ""
    if known.columns:
        for joint in ("_", "_and_"):
            table, behind, rest = text.rpartition("_" + joint.join(known.columns))
            if behind and not rest:
                return table, ""
        return text, ""
    tables = [table for table in known.tables() if text == table or text.startswith(f"{table}_")]
    table = max(tables, key=len) if tables else text.partition("_")[0]
    return table, text[len(table) :].strip("_")


def _cut_behind(text: str, known: Known) -> tuple[str, str]:
    """What stands in front of the table, and the table: all but the first word, where none is known."""
    tables = [table for table in known.tables() if text.endswith(f"_{table}")]
    table = max(tables, key=len) if tables else text.partition("_")[2]
    return text.removesuffix(table).strip("_"), table
