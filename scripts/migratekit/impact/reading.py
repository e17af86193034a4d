"""What each statement of a file does to tables, read from its text alone."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

from ..evidence import Node, Scope, Session, inner, label, parse, survey, word
from .alter import is_concurrent
from .blocks import read_block
from .changes import HANDLERS
from .names import Names
from .queries import Query
from .upkeep import UPKEEP, option
from .uses import Impact, Use

# A label needs no more of a statement.
_LABELLED = 4096
# Rows as constants: what is behind the name of the table says nothing.
_LARGE = 65536
_NAME = rb'(?:"(?:[^"]|"")*"|[A-Za-z_\x80-\xff][\w$\x80-\xff]*)'
_INSERT = re.compile(rb"INSERT\s+INTO\s+%b(?:\s*\.\s*%b)?" % (_NAME, _NAME), re.IGNORECASE)
_CALLING = """
select_stmt insert_stmt update_stmt delete_stmt merge_stmt create_table_as_stmt copy_stmt declare_cursor_stmt
explain_stmt
"""
_ANYTHING = """
call_stmt execute_stmt drop_owned_stmt reassign_owned_stmt alter_extension_stmt alter_table_move_all_stmt
"""
# What these take along by CASCADE can be found.
_FOLLOWED = """
OBJECT_TABLE OBJECT_VIEW OBJECT_MATVIEW OBJECT_INDEX OBJECT_FOREIGN_TABLE OBJECT_TRIGGER OBJECT_POLICY OBJECT_RULE
"""
_HANDLERS = HANDLERS | UPKEEP


def read_impacts(sql: bytes, session: Session, file: int = 0) -> tuple[Impact, ...]:
    """What each statement does to tables that were there before the file; NotParsed if it is no SQL."""
    parsed = parse(sql)
    # Until it is made in the file, a name may lead to another schema of the path.
    made = replace(survey(parsed, session), names=frozenset())
    reader = _Reader(Names(Scope(session, made)))
    newlines = [found.start() for found in re.finditer(rb"\n", sql)]
    impacts = []
    for one in parsed:
        text = sql[one.start : one.end]
        form, node = (one.form, one.node) if one.node is not None else _tree(text)
        uses, opaque = reader.read(text, form, node)
        impacts.append(
            Impact(
                file,
                bisect_left(newlines, one.start) + 1,
                label(text[:_LABELLED].decode(errors="ignore")),
                _is_concurrent(form, node),
                tuple(dict.fromkeys(uses)),
                opaque,
            )
        )
    return tuple(impacts)


class _Reader:
    """Reads statements in their order."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def read(self, text: bytes, form: str, node: Node | None) -> tuple[list[Use], bool]:
        """What a statement uses, and whether it may do anything beside that."""
        if node is None:
            return [], True
        if form == "do_stmt":
            return self._block(text, node)
        if form == "create_schema_stmt":
            return list(self._schema(node)), False
        # Before the statement gives or takes names away.
        opaque = _is_opaque(form, node) or (form in _CALLING.split() and Query(self._names).read(node).opaque)
        uses = list(_HANDLERS[form](node, self._names)) if form in _HANDLERS else []
        self._names.scope.follow(form, node)
        return uses, opaque

    def _block(self, text: bytes, node: Node) -> tuple[list[Use], bool]:
        block = read_block(text.decode(), node)
        uses, opaque = list[Use](), block.opaque
        for statement in block.statements:
            more, unclear = self.read(statement.encode(), *_tree(statement.encode()))
            uses += more
            opaque = opaque or unclear
        return uses, opaque

    def _schema(self, node: Node) -> Iterator[Use]:
        with self._names.scope.within(node.schemaname or node.authrole.rolename):
            for form, element in map(inner, node.schema_elts):
                yield from self.read(b"", form, element)[0]


def _tree(text: bytes) -> tuple[str, Node | None]:
    """The parse tree of one statement; none if it cannot be had."""
    postgast = import_module("postgast")
    if len(text) > _LARGE and (head := _INSERT.match(text)):
        text = head.group() + b" DEFAULT VALUES"
    try:
        statements = postgast.parse(text.decode()).stmts
    except (postgast.PgQueryError, import_module("google.protobuf.message").DecodeError):
        return "", None
    return inner(statements[0].stmt) if statements else ("", None)


def _is_concurrent(form: str, node: Node | None) -> bool:
    if node is None:
        return False
    if form == "alter_table_stmt":
        return is_concurrent(node)
    if form == "reindex_stmt":
        return option(node.params, "concurrently")
    return form in ("index_stmt", "drop_stmt", "refresh_mat_view_stmt") and bool(node.concurrent)


def _is_opaque(form: str, node: Node) -> bool:
    if form == "drop_stmt":
        return word(node, "behavior") == "DROP_CASCADE" and word(node, "remove_type") not in _FOLLOWED.split()
    if form == "vacuum_stmt":
        return not node.rels
    if form == "cluster_stmt":
        return not node.relation.relname
    if form == "reindex_stmt":
        return not node.relation.relname
    return form in _ANYTHING.split()
