"""What a table brings along without its being said: the sequences of its columns, the indexes of its constraints."""

from collections.abc import Iterable, Iterator

from .nodes import Node, constraint_name, inner, strings


def made_along(form: str, node: Node) -> frozenset[str]:
    """The names that may come with a CREATE TABLE or ALTER TABLE."""
    if form == "create_stmt":
        return frozenset(_of_table(node.relation.relname, node.table_elts))
    if form == "alter_table_stmt":
        elements = [getattr(command.alter_table_cmd, "def") for command in node.cmds]
        return frozenset(_of_table(node.relation.relname, elements))
    return frozenset()


def _of_table(table: str, elements: Iterable[Node]) -> Iterator[str]:
    for element in elements:
        form, node = inner(element)
        if form == "column_def":
            yield f"{table}_{node.colname}_seq"
            for part in node.constraints:
                yield constraint_name(table, part.constraint, [node.colname]) or ""
        elif form == "constraint":
            yield constraint_name(table, node, strings([*node.keys, *node.fk_attrs])) or ""
