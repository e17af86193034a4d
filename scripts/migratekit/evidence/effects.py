"""What each statement of a migration file leaves in the database, read from its text alone."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from . import objects, tables
from .labels import label
from .nodes import Node, inner, strings, word
from .objects import Handler, of_database
from .parsing import Parsed, parse
from .removals import removes
from .routines import create_routine
from .scope import Scope, config_call
from .things import RELATIONS, Effect, Kind, Statement, Thing

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
_WORD = re.compile(r"\w+")
_MAKES = frozenset({"create", "drop", "alter", "rename"})
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
    "drop_stmt": objects.drop,
    "rename_stmt": objects.rename,
    "alter_object_schema_stmt": objects.set_schema,
    "comment_stmt": objects.comment,
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
    "drop_role_stmt": objects.drop_roles,
}
# Where a statement that makes something keeps its name.
_CREATED_RELATION = {
    "create_stmt": lambda node: node.relation,
    "create_foreign_table_stmt": lambda node: node.base_stmt.relation,
    "create_table_as_stmt": lambda node: node.into.rel,
    "view_stmt": lambda node: node.view,
    "create_seq_stmt": lambda node: node.sequence,
    "composite_type_stmt": lambda node: node.typevar,
}
_CREATED_NAMES = {
    "create_function_stmt": lambda node: node.funcname,
    "create_enum_stmt": lambda node: node.type_name,
    "create_range_stmt": lambda node: node.type_name,
    "create_domain_stmt": lambda node: node.domainname,
}


def read_effects(sql: bytes, path: Sequence[str] = ()) -> tuple[Statement, ...]:
    """The statements of a file and what each leaves; `path` are the schemas that names without one lead to."""
    parsed = parse(sql)
    reader = _Reader(sql, Scope(path, frozenset(name for one in parsed for name in _created(one))))
    for one in parsed:
        reader.read(one)
    reader.add_late()
    return _with_kinds(reader.statements)


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
        form, node = parsed.form, parsed.node
        effects: tuple[Effect, ...] = ()
        self._scope.parts.at = len(self.statements)
        if node is not None:
            effects = tuple(_effects(form, node, self._scope))
            self._scope.read_setting(form, node)
        self.statements.append(
            Statement(
                self._line(parsed.start),
                self._line(parsed.end - 1),
                parsed.start,
                parsed.end,
                label(self._sql[parsed.start : parsed.end].decode()),
                effects,
                _control(form, node),
                _is_inert(form, node),
                removes(form, node) if node is not None else frozenset(),
                _mentions(form, node),
            )
        )
        if form == "transaction_stmt":
            self._transaction(node)

    def add_late(self) -> None:
        """Puts in what could be told of a statement only when later ones had been read."""
        for at, effect in self._scope.parts.late:
            statement = self.statements[at]
            if effect.thing not in {known.thing for known in statement.effects}:
                self.statements[at] = replace(statement, effects=(*statement.effects, effect))

    def _line(self, offset: int) -> int:
        return bisect_left(self._newlines, offset) + 1

    def _transaction(self, node: Node) -> None:
        kind, here = word(node, "kind"), len(self.statements)
        if kind == "TRANS_STMT_SAVEPOINT":
            self._savepoints[node.savepoint_name] = here
        elif kind == "TRANS_STMT_ROLLBACK_TO":
            self._undo(self._savepoints.get(node.savepoint_name, here), inert=True)
        elif kind in ("TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE"):
            if kind != "TRANS_STMT_COMMIT":
                self._undo(self._began, inert=kind == "TRANS_STMT_ROLLBACK")
            self._scope.end_transaction(kept=kind != "TRANS_STMT_ROLLBACK")
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
            )


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


def _control(form: str, node: Node | None) -> str:
    return _CONTROLS.get(word(node, "kind"), "") if form == "transaction_stmt" else ""


def _is_inert(form: str, node: Node | None) -> bool:
    return form in _INERT or (form == "select_stmt" and node is not None and config_call(node) is not None)


def _mentions(form: str, node: Node | None) -> frozenset[str]:
    if form != "do_stmt" or node is None:
        return frozenset()
    bodies = [option.def_elem.arg.string.sval for option in node.args if option.def_elem.defname == "as"]
    words = frozenset(_WORD.findall(" ".join(bodies).lower()))
    return words if words & _MAKES else frozenset()


def _created(parsed: Parsed) -> Iterator[str]:
    """The name without a schema that a statement gives to something new."""
    if parsed.form in _CREATED_RELATION:
        relation = _CREATED_RELATION[parsed.form](parsed.node)
        names = [*filter(None, [relation.schemaname]), relation.relname]
    elif parsed.form in _CREATED_NAMES:
        names = strings(_CREATED_NAMES[parsed.form](parsed.node))
    else:
        return
    if len(names) == 1:
        yield names[0]


def _with_kinds(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """ALTER TABLE … RENAME names a table, a view or something else: the rest of the file may tell which."""
    kinds: dict[Thing, Kind] = {}
    renames: list[tuple[Thing, Thing]] = []
    for statement in statements:
        things = [effect.thing for effect in statement.effects]
        if len(things) == 2 and things[0].kind is Kind.RELATION:
            renames.append((things[0], things[1]))
        else:
            kinds.update({_loose(thing): thing.kind for thing in things if thing.kind in RELATIONS})
    for old, new in [*renames, *reversed(renames)]:
        kind = kinds.get(old) or kinds.get(new)
        if kind:
            kinds[old] = kinds[new] = kind
    return tuple(_settled(statement, kinds) for statement in statements) if renames else tuple(statements)


def _loose(thing: Thing) -> Thing:
    return Thing(Kind.RELATION, thing.name, thing.schema, path=thing.path)


def _settled(statement: Statement, kinds: dict[Thing, Kind]) -> Statement:
    effects = tuple(
        replace(effect, thing=replace(effect.thing, kind=kinds.get(effect.thing, Kind.RELATION)))
        if effect.thing.kind is Kind.RELATION
        else effect
        for effect in statement.effects
    )
    return replace(statement, effects=effects)
