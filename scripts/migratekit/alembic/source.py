"""What the Python of a revision shows that its SQL does not."""

import ast
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_SWITCHES = frozenset({"is_offline_mode", "as_sql"})
_CONNECTIONS = frozenset({"get_bind", "bind", "connection"})
# What stands around a backslash, up to the quotes.
_BACKSLASHES = re.compile(r"[^'\n]*\\[^'\n]*")


class Traits(NamedTuple):
    """Whether it does something else offline, or asks for the connection; and its texts."""

    switches: bool = False
    binds: bool = False
    texts: tuple[str, ...] = ()

    @property
    def tabs(self) -> bool:
        """True if there are tabs in its texts."""
        return any("\t" in text for text in self.texts)

    def has_backslashes_of(self, sql: str) -> bool:
        """True if what has backslashes in the SQL is so in the Python too: SQLAlchemy 2.0 doubles those of values."""
        return all(any(found in text for text in self.texts) for found in _BACKSLASHES.findall(sql))


def traits(path: Path) -> Traits:
    """What can be seen of a file; nothing where it cannot be read."""
    with suppress(OSError, SyntaxError, ValueError):
        nodes = list(ast.walk(ast.parse(path.read_bytes())))
        names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        names |= {node.id for node in nodes if isinstance(node, ast.Name)}
        values = (node.value for node in nodes if isinstance(node, ast.Constant))
        texts = tuple(value for value in values if isinstance(value, str))
        return Traits(not names.isdisjoint(_SWITCHES), not names.isdisjoint(_CONNECTIONS), texts)
    return Traits()


def does_nothing(path: Path, function: str) -> bool:
    """True if that function is there and does nothing."""
    with suppress(OSError, SyntaxError, ValueError):
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.FunctionDef) and node.name == function:
                # A docstring does nothing either.
                return all(isinstance(each, ast.Pass | ast.Expr) and _is_idle(each) for each in node.body)
    return False


def _is_idle(statement: ast.Pass | ast.Expr) -> bool:
    return isinstance(statement, ast.Pass) or isinstance(statement.value, ast.Constant)


def sets_paramstyle(revision: Path) -> bool:
    """True if the env.py above a revision chooses how parameters are written, and so leaves `%` as it is."""
    for folder in revision.parents:
        with suppress(OSError, UnicodeDecodeError):
            return "paramstyle" in (folder / "env.py").read_text(encoding="utf-8")
    return False
