"""What ALTER TABLE, ALTER TYPE and ALTER DOMAIN do, command by command."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .columns import properties
from .nodes import Node, constant_text, constraint_name, full_type, is_null, strings, word
from .objects import before
from .scope import Place, Scope
from .things import Before, Effect, Kind, Thing

_TRIGGER_STATES = {
    "AT_EnableTrig": "O",
    "AT_EnableAlwaysTrig": "A",
    "AT_EnableReplicaTrig": "R",
    "AT_DisableTrig": "D",
}
_ROW_SECURITY = {
    "AT_EnableRowSecurity": (Kind.ROW_SECURITY, True),
    "AT_DisableRowSecurity": (Kind.ROW_SECURITY, False),
    "AT_ForceRowSecurity": (Kind.FORCED_ROW_SECURITY, True),
    "AT_NoForceRowSecurity": (Kind.FORCED_ROW_SECURITY, False),
}


@dataclass(frozen=True, slots=True)
class _Table:
    """The table, view or type that is altered."""

    name: str
    place: Place
    # ALTER TABLE IF EXISTS
    lenient: bool

    def part(self, kind: Kind, name: str = "", value: str | None = None) -> Thing:
        return self.place.thing(kind, name, self.name, value=value)

    def before(self, command: Node) -> Before:
        return before(lenient=self.lenient or command.missing_ok)


def alter_table(node: Node, scope: Scope) -> Iterator[Effect]:
    """ALTER TABLE, VIEW, TYPE and the like, but for RENAME and SET SCHEMA."""
    place = scope.relation(node.relation)
    if place is None or word(node, "objtype") == "OBJECT_INDEX":
        return
    table = _Table(node.relation.relname, place, node.missing_ok)
    commands = [command.alter_table_cmd for command in node.cmds]
    dropped = {command.name for command in commands if word(command, "subtype") == "AT_DropConstraint"}
    for command in commands:
        subtype = word(command, "subtype")
        if subtype in _COMMANDS:
            yield from _COMMANDS[subtype](command, table, scope)
        if subtype == "AT_AddConstraint":
            yield from _validated(command, table, dropped)


def alter_domain(node: Node, scope: Scope) -> Iterator[Effect]:
    """The constraints of a domain."""
    names = strings(node.type_name)
    place = scope.place(names)
    if place is None:
        return
    table, how = _Table(names[-1], place, False), before(lenient=node.missing_ok)
    added = getattr(node, "def").constraint.conname
    if node.subtype == "C" and added:
        yield Effect(table.part(Kind.CONSTRAINT, added), True)
    elif node.subtype == "X":
        yield Effect(table.part(Kind.CONSTRAINT, node.name), False, how)
    elif node.subtype == "V":
        yield Effect(table.part(Kind.VALIDATED, node.name), True, Before.LIKELY)


def alter_enum(node: Node, scope: Scope) -> Iterator[Effect]:
    """ALTER TYPE … ADD VALUE and RENAME VALUE."""
    names = strings(node.type_name)
    place = scope.place(names)
    if place is None:
        return
    how = before(lenient=node.skip_if_new_val_exists)
    if node.old_val:
        yield Effect(place.thing(Kind.ENUM_VALUE, node.old_val, names[-1]), False)
    if node.new_val:
        yield Effect(place.thing(Kind.ENUM_VALUE, node.new_val, names[-1]), True, how)


def _add_column(command: Node, table: _Table, scope: Scope) -> Iterator[Effect]:
    column, how = getattr(command, "def").column_def, table.before(command)
    yield Effect(table.part(Kind.COLUMN, column.colname), True, how)
    if how is Before.OPPOSITE:
        yield from properties(table.place, table.name, column, scope.made.columns)


def _drop_column(command: Node, table: _Table, scope: Scope) -> Iterator[Effect]:
    yield from scope.parts.drop_column((table.place, table.name), command.name)
    yield Effect(table.part(Kind.COLUMN, command.name), False, table.before(command))


def _add_constraint(command: Node, table: _Table, scope: Scope) -> Iterator[Effect]:
    constraint = getattr(command, "def").constraint
    columns = strings([*constraint.keys, *constraint.fk_attrs])
    name = constraint_name(table.name, constraint, columns)
    if word(constraint, "contype") == "CONSTR_NOTNULL" and not name:
        yield Effect(table.part(Kind.NOT_NULL, *columns), True, Before.LIKELY)
    elif name:
        part = table.part(Kind.CONSTRAINT, name)
        scope.parts.add((table.place, table.name), part, columns)
        # One of a name that the server gave may have been there, and this one then got another name.
        is_named = constraint.conname or constraint.indexname
        if is_named:
            scope.parts.find_former((table.place, table.name), part)
        yield Effect(part, True, Before.OPPOSITE if is_named else Before.LIKELY)
    if constraint.indexname and constraint.indexname != name:
        yield Effect(table.place.thing(Kind.INDEX, constraint.indexname), False)


def _validated(command: Node, table: _Table, dropped: set[str]) -> Iterator[Effect]:
    """NOT VALID or not; where the same statement drops the constraint first, nothing else may be different."""
    constraint = getattr(command, "def").constraint
    if constraint.conname and word(constraint, "contype") in ("CONSTR_CHECK", "CONSTR_FOREIGN"):
        there = constraint.is_enforced and not constraint.skip_validation
        how = Before.LIKELY if constraint.conname in dropped else Before.ANY
        yield Effect(table.part(Kind.VALIDATED, constraint.conname), there, how)


def _drop_constraint(command: Node, table: _Table, scope: Scope) -> Iterator[Effect]:
    scope.parts.reduce((table.place, table.name), command.name)
    yield Effect(table.part(Kind.CONSTRAINT, command.name), False, table.before(command))


def _validate_constraint(command: Node, table: _Table, _scope: Scope) -> Iterator[Effect]:
    yield Effect(table.part(Kind.VALIDATED, command.name), True, Before.LIKELY)


def _not_null(command: Node, table: _Table, _scope: Scope) -> Iterator[Effect]:
    there = word(command, "subtype") == "AT_SetNotNull"
    yield Effect(table.part(Kind.NOT_NULL, command.name), there, Before.LIKELY)


def _default(command: Node, table: _Table, scope: Scope) -> Iterator[Effect]:
    if not command.HasField("def"):
        yield Effect(table.part(Kind.DEFAULT, command.name), False, Before.LIKELY)
        return
    value = getattr(command, "def")
    # DEFAULT NULL is none at all, but not for every type.
    if not is_null(value):
        yield Effect(table.part(Kind.DEFAULT, command.name), True, Before.ANY)
        text = constant_text(value)
        if text is not None:
            yield from scope.sets_value(table.part(Kind.DEFAULT, command.name, text))


def _column_type(command: Node, table: _Table, scope: Scope) -> Iterator[Effect]:
    text = full_type(getattr(command, "def").column_def.type_name)
    if text is not None:
        yield from scope.sets_value(table.part(Kind.COLUMN_TYPE, command.name, text))


def _identity(command: Node, table: _Table, _scope: Scope) -> Iterator[Effect]:
    there = word(command, "subtype") == "AT_AddIdentity"
    yield Effect(table.part(Kind.IDENTITY, command.name), there, table.before(command))


def _trigger_state(command: Node, table: _Table, scope: Scope) -> Iterator[Effect]:
    state = _TRIGGER_STATES[word(command, "subtype")]
    yield from scope.sets_value(table.part(Kind.TRIGGER_STATE, command.name, state))


def _row_security(command: Node, table: _Table, _scope: Scope) -> Iterator[Effect]:
    kind, there = _ROW_SECURITY[word(command, "subtype")]
    yield Effect(table.part(kind), there, Before.LIKELY)


def _partition(command: Node, table: _Table, scope: Scope) -> Iterator[Effect]:
    child = getattr(command, "def").partition_cmd.name
    place = scope.relation(child)
    subtype = word(command, "subtype")
    how = before(lenient=subtype == "AT_DetachPartitionFinalize")
    if place:
        thing = place.thing(Kind.PARTITION, child.relname, table.name)
        yield Effect(thing, subtype == "AT_AttachPartition", how)


def _inherit(command: Node, table: _Table, _scope: Scope) -> Iterator[Effect]:
    parent = getattr(command, "def").range_var.relname
    thing = table.place.thing(Kind.PARTITION, table.name, parent)
    yield Effect(thing, word(command, "subtype") == "AT_AddInherit")


_COMMANDS: dict[str, Callable[[Node, _Table, Scope], Iterator[Effect]]] = {
    "AT_AddColumn": _add_column,
    "AT_DropColumn": _drop_column,
    "AT_AddConstraint": _add_constraint,
    "AT_DropConstraint": _drop_constraint,
    "AT_ValidateConstraint": _validate_constraint,
    "AT_SetNotNull": _not_null,
    "AT_DropNotNull": _not_null,
    "AT_ColumnDefault": _default,
    "AT_AlterColumnType": _column_type,
    "AT_AddIdentity": _identity,
    "AT_DropIdentity": _identity,
    **dict.fromkeys(_TRIGGER_STATES, _trigger_state),
    **dict.fromkeys(_ROW_SECURITY, _row_security),
    "AT_AttachPartition": _partition,
    "AT_DetachPartition": _partition,
    "AT_DetachPartitionFinalize": _partition,
    "AT_AddInherit": _inherit,
    "AT_DropInherit": _inherit,
}
