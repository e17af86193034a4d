"""Run as a program, `metadata_ddl.py MODULE:ATTRIBUTE`: prints, as JSON, the statements that make what the models say.

It stands alone: it runs in the Python that has the models, in their folder, and connects to nothing.
"""

import importlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def main() -> None:
    """Prints on what was stdout; what the models print goes to stderr."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # Not the folder of this file, which is no affair of the models.
    sys.path[0] = str(Path.cwd())
    module, _, attribute = sys.argv[1].partition(":")
    found: Any = importlib.import_module(module)
    for name in attribute.split("."):
        found = getattr(found, name)
    with answer:
        json.dump([statement for each in _metadata(found) for statement in _statements(each)], answer)


def _metadata(found: Any) -> Iterator[Any]:
    """A MetaData, what has one (a base class, SQLModel, a Flask-SQLAlchemy object), or several of these."""
    from sqlalchemy import MetaData

    if isinstance(found, MetaData):
        yield found
    elif isinstance(getattr(found, "metadata", None), MetaData):
        yield found.metadata
    elif isinstance(found, Iterable) and not isinstance(found, str):
        for each in found:
            yield from _metadata(each)
    else:
        raise TypeError(f"{sys.argv[1]} is {type(found).__name__}, which has no MetaData")


def _statements(metadata: Any) -> list[str]:
    from sqlalchemy import create_mock_engine
    from sqlalchemy.dialects import postgresql

    # Named parameters: others would double the signs % in texts.
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    made = [
        f"CREATE SCHEMA IF NOT EXISTS {dialect.identifier_preparer.quote(schema)}"
        for schema in sorted({table.schema for table in metadata.tables.values() if table.schema})
    ]

    def keep(statement: Any, *_: Any, **__: Any) -> None:
        options = {} if getattr(statement, "is_ddl", False) else {"compile_kwargs": {"literal_binds": True}}
        made.append(str(statement.compile(dialect=dialect, **options)).strip())

    engine = create_mock_engine("postgresql://", keep, paramstyle="named")
    metadata.create_all(engine, checkfirst=False)
    return made


if __name__ == "__main__":
    main()
