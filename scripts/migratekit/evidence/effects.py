"""What each statement of a migration file leaves in the database, read from its text alone."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from . import changes, objects, tables
from .aliases import without_aliases
from .belongings import made_along
from .blocks import dropped_by_block, made_by_block, reads_only
from .labels import label
from .nodes import Node, inner, word
from .objects import Handler, of_database
from .parsing import Parsed, parse
from .removals import removes
from .routines import create_routine
from .scope import Scope, Session, config_call
from .survey import survey
from .things import Effect, Kind, Statement, Thing

_INERT = frozenset(
    [
        "variable_set_stmt",
        "variable_show_stmt",
        "transaction_stmt",
        "lock_stmt",
        "vacuum_stmt",
        "check_point_stmt",
        "discard_stmt",
        "constraints_set_stmt",
        "deallocate_stmt",
        "listen_stmt",
        "unlisten_stmt",
        "close_portal_stmt",
    ]
)
_CONTROLS = {
    "TRANS_STMT_BEGIN": "BEGIN",
    "TRANS_STMT_START": "BEGIN",
    "TRANS_STMT_COMMIT": "COMMIT",
    "TRANS_STMT_ROLLBACK": "ROLLBACK",
    "TRANS_STMT_PREPARE": "PREPARE",
}
_ANY_SESSION = Session()
# A label needs no more of a statement.
_LABELLED = 4096
_HANDLERS: dict[str, Handler] = {
    "create_stmt": objects.create_table,
    "create_foreign_table_stmt": objects.create_foreign_table,
    "create_table_as_stmt": objects.create_table_as,
    "select_stmt": objects.select_into,
    "view_stmt": objects.create_view,
    "create_seq_stmt": objects.create_sequence,
    "index_stmt": objects.create_index,
    **dict.fromkeys(
        ("create_enum_stmt", "create_range_stmt", "composite_type_stmt", "create_domain_stmt"), objects.create_type
    ),
    "define_stmt": objects.define,
    "create_stats_stmt": objects.create_statistics,
    **dict.fromkeys(("create_trig_stmt", "create_policy_stmt", "rule_stmt"), objects.create_on_table),
    "create_function_stmt": create_routine,
    "drop_stmt": changes.drop,
    "rename_stmt": changes.rename,
    "alter_object_schema_stmt": changes.set_schema,
    "comment_stmt": changes.comment,
    "alter_table_stmt": tables.alter_table,
    "alter_domain_stmt": tables.alter_domain,
    "alter_enum_stmt": tables.alter_enum,
    "create_extension_stmt": of_database(Kind.EXTENSION, "extname"),
    "create_publication_stmt": of_database(Kind.PUBLICATION, "pubname"),
    "create_subscription_stmt": of_database(Kind.SUBSCRIPTION, "subname"),
    "drop_subscription_stmt": of_database(Kind.SUBSCRIPTION, "subname", there=False),
    "create_event_trig_stmt": of_database(Kind.EVENT_TRIGGER, "trigname"),
    "create_foreign_server_stmt": of_database(Kind.SERVER, "servername"),
    "create_fdw_stmt": of_database(Kind.FOREIGN_DATA_WRAPPER, "fdwname"),
    "createdb_stmt": of_database(Kind.DATABASE, "dbname"),
    "dropdb_stmt": of_database(Kind.DATABASE, "dbname", there=False),
    "create_table_space_stmt": of_database(Kind.TABLESPACE, "tablespacename"),
    "drop_table_space_stmt": of_database(Kind.TABLESPACE, "tablespacename", there=False),
    "create_role_stmt": of_database(Kind.ROLE, "role"),
    "drop_role_stmt": changes.drop_roles,
}


def read_effects(sql: bytes, session: Session = _ANY_SESSION) -> tuple[Statement, ...]:
    """The statements of a file and what each leaves behind; NotParsed if it is no SQL."""
    parsed = parse(sql)
    reader = _Reader(sql, Scope(session, survey(parsed, session)))
    for one in parsed:
        reader.read(one)
    reader.add_late()
    return without_aliases(reader.statements)


class _Reader:
    """Reads the statements of a file in their order."""

    def __init__(self, sql: bytes, scope: Scope) -> None:
        self.statements: list[Statement] = []
        self._sql = sql
        self._scope = scope
        self._newlines = [found.start() for found in re.finditer(rb"\n", sql)]
        # Where the transaction began that is open now, and its savepoints.
        self._began = 0
        self._savepoints: dict[str, int] = {}

    def read(self, parsed: Parsed) -> None:
        """Adds a statement to those that were read."""
        form, node = parsed.form, parsed.node
        lines = bisect_left(self._newlines, parsed.start) + 1, bisect_left(self._newlines, parsed.end - 1) + 1
        text = label(self._sql[parsed.start : min(parsed.end, parsed.start + _LABELLED)].decode(errors="ignore"))
        statement = Statement(*lines, parsed.start, parsed.end, text)
        if node is not None:
            statement = self._with_effects(statement, form, node)
        self.statements.append(statement)
        if form == "transaction_stmt":
            self._follow_transaction(node)

    def _with_effects(self, statement: Statement, form: str, node: Node) -> Statement:
        parts = self._scope.parts
        parts.at = len(self.statements)
        effects = tuple(_effects(form, node, self._scope))
        self._scope.follow(form, node)
        return replace(
            statement,
            effects=effects,
            control=_CONTROLS.get(word(node, "kind"), "") if form == "transaction_stmt" else "",
            inert=_is_inert(form, node),
            removes=removes(form, node),
            mentions=made_along(form, node) | made_by_block(form, node),
            drops=parts.names_on(dropped_by_block(form, node)),
        )

    def add_late(self) -> None:
        """Puts in what could be told of a statement only when later ones had been read."""
        for at, effect in self._scope.parts.late:
            statement = self.statements[at]
            if effect.thing not in {known.thing for known in statement.effects}:
                self.statements[at] = replace(statement, effects=(*statement.effects, effect))

    def _follow_transaction(self, node: Node) -> None:
        kind, here = word(node, "kind"), len(self.statements)
        if kind == "TRANS_STMT_SAVEPOINT":
            self._savepoints[node.savepoint_name] = here
        elif kind == "TRANS_STMT_ROLLBACK_TO":
            self._undo(self._savepoints.get(node.savepoint_name, here), inert=True)
        elif kind in ("TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE"):
            if kind != "TRANS_STMT_COMMIT":
                self._undo(self._began, inert=kind == "TRANS_STMT_ROLLBACK")
            self._began = here
            self._savepoints.clear()

    def _undo(self, since: int, *, inert: bool) -> None:
        """What was rolled back leaves nothing, and what was prepared cannot be seen."""
        for number in range(since, len(self.statements)):
            statement = self.statements[number]
            self.statements[number] = replace(
                statement,
                effects=(),
                inert=inert or statement.inert,
                removes=frozenset[Kind](),
                mentions=frozenset[str](),
                drops=frozenset[str](),
            )


def _is_inert(form: str, node: Node) -> bool:
    return form in _INERT or reads_only(form, node) or (form == "select_stmt" and config_call(node) is not None)


def _effects(form: str, node: Node, scope: Scope) -> Iterator[Effect]:
    if form == "create_schema_stmt":
        yield from _create_schema(node, scope)
    elif form in _HANDLERS:
        yield from _HANDLERS[form](node, scope)


def _create_schema(node: Node, scope: Scope) -> Iterator[Effect]:
    name = node.schemaname or node.authrole.rolename
    if name:
        yield Effect(Thing(Kind.SCHEMA, name), True, objects.before(lenient=node.if_not_exists))
        with scope.within(name):
            for element in node.schema_elts:
                yield from _effects(*inner(element), scope)
