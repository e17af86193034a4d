"""A schema as a page in Markdown: tables, keys, indexes, views, types, functions, and how they hang together."""

import re
from collections.abc import Iterator, Sequence

from .catalog import Column, Relation, Routine, Structure
from .schema_diagram import MAX_COLUMNS, diagram, drawn

_HEAD = "<!-- Written by `migratekit docs`, not by hand. -->\n\n# Schema\n"
_MARKUP = re.compile(r"([\\`*{}\[\]<>#~$@&]|(?<!\w)_|_(?!\w))")
_KEYS = {"p": "primary key", "u": "unique", "f": "foreign key", "c": "check", "x": "exclusion"}


def page(structure: Structure) -> str:
    """The text of the page: the same for the same schema."""
    schemas = {each.schema for each in structure.relations} | {each.schema for each in structure.types}
    schemas |= {each.schema for each in structure.routines}
    parts = [_HEAD]
    for schema in sorted(schemas):
        parts += _of_schema(structure, schema)
    return "\n".join(parts) if schemas else f"{_HEAD}\nThere is nothing in it.\n"


def _of_schema(structure: Structure, schema: str) -> Iterator[str]:
    relations = [each for each in structure.relations if each.schema == schema]
    tables = [each for each in relations if each.is_table]
    yield f"## {_text(schema)}\n"
    if tables:
        yield from _diagram(tables, schema)
    for table in tables:
        yield from _table(table)
    yield from _views([each for each in relations if not each.is_table])
    types = [each for each in structure.types if each.schema == schema]
    if types:
        rows = [(_code(t.name), t.kind, _code(t.definition), _text(t.comment)) for t in types]
        yield from _section("Types", ("type", "kind", "values or base", "comment"), rows)
    routines = [each for each in structure.routines if each.schema == schema]
    if routines:
        rows = [(_code(_signature(r)), _code(r.returns or ""), r.language, _text(r.comment)) for r in routines]
        yield from _section("Functions", ("function", "returns", "language", "comment"), rows)


def _diagram(tables: Sequence[Relation], schema: str) -> Iterator[str]:
    shown = drawn(tables)
    if len(shown) < len(tables):
        yield f"The diagram shows {len(shown)} of {len(tables):,} tables, those with the most foreign keys.\n"
    if any(len(table.columns) > MAX_COLUMNS for table in shown):
        yield f"The diagram shows the first {MAX_COLUMNS} columns of a table.\n"
    yield f"```mermaid\n{diagram(shown, schema)}\n```\n"


def _table(table: Relation) -> Iterator[str]:
    yield f"### {_text(table.name)}\n"
    yield from _about(table)
    yield _rows(("column", "type", "null", "default", "comment"), [_column(column) for column in table.columns])
    if table.keys:
        yield "Keys and constraints:\n"
        yield "".join(f"- {_code(k.name)}, {_KEYS[k.kind]}: {_code(k.definition)}\n" for k in table.keys)
    if table.indexes:
        yield "Indexes:\n"
        yield "".join(f"- {_code(index.name)}: {_code(index.definition)}\n" for index in table.indexes)


def _about(table: Relation) -> Iterator[str]:
    if table.comment:
        yield f"{_text(table.comment)}\n"
    if table.partitioned:
        yield f"Partitioned by {_code(table.partitioned)}; partitions: {table.partitions:,}.\n"
    elif table.kind != "table":
        yield f"A {table.kind}.\n"


def _column(column: Column) -> tuple[str, ...]:
    null = "" if column.required else "null"
    return (_code(column.name), _code(column.type), null, _code(column.default or ""), _text(column.comment))


def _views(views: Sequence[Relation]) -> Iterator[str]:
    if views:
        rows = [
            (_code(v.name), v.kind, ", ".join(_code(column.name) for column in v.columns), _text(v.comment))
            for v in views
        ]
        yield from _section("Views", ("view", "kind", "columns", "comment"), rows)


def _signature(routine: Routine) -> str:
    kind = "" if routine.kind == "function" else f"{routine.kind} "
    return f"{kind}{routine.name}({routine.arguments})"


def _section(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"### {title}\n"
    yield _rows(headings, rows)


def _rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    # Also in code a bar would end the cell.
    cells = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    return "".join("|" + "".join(f" {cell} |" if cell else " |" for cell in line) + "\n" for line in cells)


def _text(text: str | None) -> str:
    """A text that means no markup, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join((text or "").split()))


def _code(text: str) -> str:
    """A text as code, whatever is in it; nothing for an empty one."""
    plain = " ".join(text.split())
    if not plain:
        return ""
    fence = "`" * (max((len(run) for run in re.findall(r"`+", plain)), default=0) + 1)
    blank = " " if "`" in plain else ""
    return f"{fence}{blank}{plain}{blank}{fence}"
