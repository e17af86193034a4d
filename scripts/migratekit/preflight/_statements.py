"""The statements of the files that are to run, one after the other."""

from collections.abc import Iterator

from ..evidence import Node, NotParsed, parse
from ._view import View


def statements(view: View) -> Iterator[tuple[str, str, Node]]:
    """File, form and parse tree of each; what cannot be parsed is left out."""
    for pending in view.pending:
        file = pending.step.migration.file(pending.step.direction)
        name = file.name if file else str(pending.step.migration.version)
        try:
            parsed = parse(pending.body.sql)
        except NotParsed:
            continue
        yield from ((name, one.form, one.node) for one in parsed if one.node is not None)
