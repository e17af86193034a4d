"""Tables and their foreign keys as an entity-relationship diagram in Mermaid."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from .catalog import Key, Relation

# What GitHub and others still draw, and people still read.
MAX_TABLES, MAX_COLUMNS = 40, 20
_SHORT = {
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
    "character varying": "varchar",
    "double precision": "float8",
    "bit varying": "varbit",
}
# Between the quotes of a name Mermaid takes neither of these.
_UNQUOTABLE = re.compile(r'["%\\\x00-\x1f\x7f]')
_NO_WORD = re.compile(r"[^A-Za-z0-9_]+")
_MODIFIER = re.compile(r"\([^)]*\)")
# Mermaid would take a column of such a name for the mark of a key.
_MARKS = frozenset({"pk", "fk", "uk"})
Name = tuple[str, str]


def drawn(tables: Sequence[Relation]) -> list[Relation]:
    """The tables that a diagram shows: all, or those with the most foreign keys from and to them."""
    if len(tables) <= MAX_TABLES:
        return list(tables)
    ties: Counter[Name] = Counter()
    for table in tables:
        for key in table.keys:
            if key.target:
                ties.update({(table.schema, table.name), key.target})
    chosen = sorted(tables, key=lambda table: (-ties[table.schema, table.name], table.schema, table.name))[:MAX_TABLES]
    return [table for table in tables if table in chosen]


def diagram(tables: Sequence[Relation], schema: str) -> str:
    """The text of a diagram; tables of another schema are called by that too."""
    names = _names(tables, schema)
    return "\n".join(["erDiagram", *_entities(tables, names), *_relationships(tables, names)])


def _names(tables: Sequence[Relation], schema: str) -> dict[Name, str]:
    """What each table, and each that a foreign key points to, is called: quoted, and no two alike."""
    every = [(table.schema, table.name) for table in tables]
    every += [key.target for table in tables for key in table.keys if key.target]
    names: dict[Name, str] = {}
    for place, name in dict.fromkeys(every):
        called = first = _UNQUOTABLE.sub("_", name if place == schema else f"{place}.{name}")
        number = 1
        while called in names.values():
            number += 1
            called = f"{first} {number}"
        names[place, name] = called
    return names


def _entities(tables: Sequence[Relation], names: dict[Name, str]) -> Iterator[str]:
    for table in tables:
        marks = _marks(table)
        yield f'    "{names[table.schema, table.name]}" {{'
        for column in table.columns[:MAX_COLUMNS]:
            word = _word(column.name)
            real = [] if word == column.name else [f'"{_UNQUOTABLE.sub("_", column.name)}"']
            mark = [", ".join(marks[column.name])] if marks[column.name] else []
            yield " ".join([f"        {_type(column.type)} {word}", *mark, *real])
        yield "    }"


def _marks(table: Relation) -> dict[str, list[str]]:
    """By column: whether it is of the primary key, a foreign key, or unique by itself."""
    marks: dict[str, list[str]] = {column.name: [] for column in table.columns}
    for kind, mark in (("p", "PK"), ("f", "FK"), ("u", "UK")):
        for key in table.keys:
            if key.kind == kind and (kind != "u" or len(key.columns) == 1):
                for name in key.columns:
                    marks[name] += [mark] if mark not in marks[name] else []
    return marks


def _relationships(tables: Sequence[Relation], names: dict[Name, str]) -> Iterator[str]:
    shown, schemas = {(table.schema, table.name) for table in tables}, {table.schema for table in tables}
    for table in tables:
        required = {column.name for column in table.columns if column.required}
        for key in table.keys:
            if key.target and (key.target in shown or key.target[0] not in schemas):
                one = "||" if required.issuperset(key.columns) else "|o"
                many = "o|" if _is_unique(table, key) else "o{"
                label = _UNQUOTABLE.sub("_", ", ".join(key.columns))
                yield f'    "{names[key.target]}" {one}--{many} "{names[table.schema, table.name]}" : "{label}"'


def _is_unique(table: Relation, foreign: Key) -> bool:
    """True if at most one row points to each."""
    return any(key.kind in ("p", "u") and set(key.columns) <= set(foreign.columns) for key in table.keys)


def _type(text: str) -> str:
    """A type as one word, without length or precision."""
    array = "[]" if text.endswith("[]") else ""
    plain = _MODIFIER.sub("", text.removesuffix("[]")).strip()
    return _word(_SHORT.get(" ".join(plain.split()), plain)) + array


def _word(text: str) -> str:
    word = _NO_WORD.sub("_", text)
    if not word[:1].isalpha():
        word = f"_{word.lstrip('_')}"
    return f"{word}_" if word.lower() in _MARKS else word
