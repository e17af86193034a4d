"""The types of inputs: each reads the text that was given, or says in a ValueError what is wrong with it."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from ..kinds import duration
from ..quoting import Name, check_name, ident, read_name
from .columns import Column, read_columns
from .naming import words_of
from .snippets import body, expression, query, rows
from .types import read_result, read_type

_WHEN = ("BEFORE", "AFTER", "INSTEAD OF")
_EVENTS = ("INSERT", "DELETE", "UPDATE", "TRUNCATE")
_MAX_PROGRAM = 1000


def _columns(text: str) -> tuple[Column, ...]:
    return read_columns(text)


def _fields(text: str) -> tuple[Column, ...]:
    return read_columns(text, typed=False)


def _column(text: str) -> Column:
    found = read_columns(text, typed=False)
    if len(found) != 1:
        raise ValueError("it takes one column")
    return found[0]


def _definition(text: str) -> tuple[Column, ...]:
    """The columns of a new table, with its key: those marked, else `id`, which is made if it is not there."""
    columns = read_columns(text) if text.strip() else ()
    if any(column.primary for column in columns):
        return columns
    if any(column.name == "id" for column in columns):
        return tuple(replace(column, primary=column.name == "id") for column in columns)
    return (Column("id", read_type("bigint"), identity=True, primary=True), *columns)


def _events(text: str) -> str:
    """When a trigger fires, in the order in which the catalogs show it."""
    words = text.upper().split()
    when = " ".join(words[: 2 if words[:1] == ["INSTEAD"] else 1])
    events = " ".join(words).removeprefix(when).strip().split(" OR ")
    if when not in _WHEN or len(set(events)) < len(events) or not set(events) <= set(_EVENTS):
        raise ValueError(f"{text!r} is not like BEFORE INSERT OR UPDATE")
    return f"{when} {' OR '.join(sorted(events, key=_EVENTS.index))}"


def _text(text: str) -> str:
    if "\0" in text or not text:
        raise ValueError("it is empty")
    return text


def _program(text: str) -> str:
    """A program beside the migration, with its arguments, as a header names it."""
    words = shlex.split(text)
    if not words or not text.isprintable() or len(text) > _MAX_PROGRAM:
        raise ValueError(f"{text!r} is no program with arguments, in a line")
    if words[0].startswith("/") or ".." in PurePosixPath(words[0]).parts:
        raise ValueError(f"{words[0]} does not lie beside the migration, or in a folder there")
    return text.strip()


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
        raise ValueError(f"{text!r} is no whole number above 0")
    return int(text)


def _duration(text: str) -> str:
    """A time as PostgreSQL reads it too; empty for none."""
    return text.strip() if duration(text.strip()) else ""


# What kind.yaml can call an input. A `table` is there already, a `relation` is made, or is no table.
READERS: dict[str, Callable[[str], Any]] = {
    "table": read_name,
    "relation": read_name,
    "name": check_name,
    "columns": _columns,
    "definition": _definition,
    "fields": _fields,
    "column": _column,
    "type": read_type,
    "result": read_result,
    "events": _events,
    "expression": expression,
    "query": query,
    "body": body,
    "rows": rows,
    "text": _text,
    "program": _program,
    "count": _count,
    "duration": _duration,
    "choice": str,
}
_LISTS = ("columns", "fields", "definition")


def read_word(kind: str, text: str) -> Any:
    """What the name of a migration says; None where a column still needs its type."""
    if kind in _LISTS:
        found = _fields(" ".join(ident(word) for word in words_of(text)))
        return found if kind == "fields" else None
    return READERS[kind](text)


def tables_in(values: Mapping[str, object], kinds: Mapping[str, str]) -> Iterator[Name]:
    """The tables that must be there before: those of inputs, and those that columns refer to."""
    for name, value in values.items():
        if kinds.get(name) == "table" and isinstance(value, Name):
            yield value
        for column in value if isinstance(value, tuple) else ():
            if isinstance(column, Column) and column.references:
                yield column.references.table
