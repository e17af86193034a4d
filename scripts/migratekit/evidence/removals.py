"""What a DROP … CASCADE may take along without naming it."""

from .nodes import Node, word
from .object_types import KINDS
from .things import ROUTINES, Kind

_NOTHING: frozenset[Kind] = frozenset()
_VIEWS = frozenset({Kind.VIEW, Kind.MATERIALIZED_VIEW})
_OF_TABLE = _VIEWS | {Kind.CONSTRAINT, Kind.RULE, Kind.POLICY}
_OF_ROUTINE = _OF_TABLE | ROUTINES | {Kind.TRIGGER, Kind.EVENT_TRIGGER, Kind.DEFAULT, Kind.INDEX}
_OF_TYPE = _OF_TABLE | ROUTINES | {Kind.COLUMN, Kind.TYPE, Kind.TABLE, Kind.INDEX}
_BY_CASCADE = {
    **dict.fromkeys((Kind.TABLE, Kind.FOREIGN_TABLE, Kind.COLUMN, *_VIEWS), _OF_TABLE),
    **dict.fromkeys((Kind.CONSTRAINT, Kind.INDEX), frozenset({Kind.CONSTRAINT})),
    Kind.SEQUENCE: frozenset({Kind.DEFAULT}),
    **dict.fromkeys(ROUTINES, _OF_ROUTINE),
    Kind.TYPE: _OF_TYPE,
    Kind.SCHEMA: _OF_TYPE | _OF_ROUTINE,
    Kind.SERVER: frozenset({Kind.FOREIGN_TABLE}),
    Kind.FOREIGN_DATA_WRAPPER: frozenset({Kind.FOREIGN_TABLE, Kind.SERVER}),
}
_COMMANDS = {"AT_DropColumn": Kind.COLUMN, "AT_DropConstraint": Kind.CONSTRAINT}


def removes(form: str, node: Node) -> frozenset[Kind]:
    """The kinds of things that may be gone after the statement, without being named in it."""
    if form == "drop_stmt":
        kind = KINDS.get(word(node, "remove_type"))
        # The members of an extension go with it in any case.
        return frozenset(Kind) if kind is Kind.EXTENSION else _by_cascade(kind, node)
    if form == "alter_table_stmt":
        commands = [command.alter_table_cmd for command in node.cmds]
        return _NOTHING.union(*(_by_cascade(_COMMANDS.get(word(c, "subtype")), c) for c in commands))
    return frozenset(Kind) if form in ("drop_owned_stmt", "alter_extension_stmt") else _NOTHING


def _by_cascade(kind: Kind | None, node: Node) -> frozenset[Kind]:
    return _BY_CASCADE.get(kind, _NOTHING) if kind and word(node, "behavior") == "DROP_CASCADE" else _NOTHING
