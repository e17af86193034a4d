"""A first look at a file, before its statements are read one by one."""

from collections.abc import Iterator, Sequence

from .nodes import Node, strings, word
from .parsing import Parsed
from .scope import Made, Scope, Session

_OF_COLUMNS = ("AT_SetNotNull", "AT_DropNotNull", "AT_ColumnDefault")
# Where a statement that makes something keeps its name.
_RELATION = {
    "create_stmt": lambda node: node.relation,
    "create_foreign_table_stmt": lambda node: node.base_stmt.relation,
    "create_table_as_stmt": lambda node: node.into.rel,
    "view_stmt": lambda node: node.view,
    "create_seq_stmt": lambda node: node.sequence,
    "composite_type_stmt": lambda node: node.typevar,
}
_NAMES = {
    "create_function_stmt": lambda node: node.funcname,
    "create_enum_stmt": lambda node: node.type_name,
    "create_range_stmt": lambda node: node.type_name,
    "create_domain_stmt": lambda node: node.domainname,
}


def survey(statements: Sequence[Parsed], session: Session) -> Made:
    """What the reading of each statement needs to know of all the others."""
    schemas = frozenset(name for one in statements for name in _schemas(one.form, one.node))
    columns = frozenset(name for one in statements for name in _columns(one.form, one.node))
    scope = Scope(session, Made(schemas))
    names = set[tuple[tuple[str, ...], str]]()
    for one in statements:
        names.update((scope.path, name) for name in _names(one.form, one.node))
        scope.follow(one.form, one.node)
    return Made(schemas, frozenset(names), columns)


def _schemas(form: str, node: Node) -> Iterator[str]:
    if form == "create_schema_stmt":
        yield node.schemaname or node.authrole.rolename
    elif form == "rename_stmt" and word(node, "rename_type") == "OBJECT_SCHEMA":
        yield node.newname


def _columns(form: str, node: Node) -> Iterator[str]:
    if form == "alter_table_stmt":
        for command in node.cmds:
            if word(command.alter_table_cmd, "subtype") in _OF_COLUMNS:
                yield command.alter_table_cmd.name


def _names(form: str, node: Node) -> Iterator[str]:
    if form in _RELATION:
        relation = _RELATION[form](node)
        if not relation.schemaname:
            yield relation.relname
    elif form in _NAMES:
        names = strings(_NAMES[form](node))
        if len(names) == 1:
            yield names[0]
