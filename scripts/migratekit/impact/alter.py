"""What the commands of ALTER TABLE do to the table and to others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..evidence import Node, inner, strings, word
from ..lock_modes import LockMode
from .column_types import about_type, is_cast_of, is_serial
from .names import Names
from .queries import Query
from .uses import Ask, Question, Use, Via

_UPDATE, _WRITES, _ALL = LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.SHARE_ROW_EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE
# All others take ACCESS EXCLUSIVE.
_LOCKS = {
    **dict.fromkeys(
        ("AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions", "AT_ClusterOn", "AT_DropCluster"), _UPDATE
    ),
    **dict.fromkeys(("AT_ValidateConstraint", "AT_AttachPartition", "AT_DetachPartitionFinalize"), _UPDATE),
    **dict.fromkeys(("AT_EnableTrig", "AT_EnableAlwaysTrig", "AT_EnableReplicaTrig", "AT_DisableTrig"), _WRITES),
    **dict.fromkeys(("AT_EnableTrigAll", "AT_DisableTrigAll", "AT_EnableTrigUser", "AT_DisableTrigUser"), _WRITES),
}
# The table itself only, even where it has partitions or children.
_OF_ONE_TABLE = """
AT_SetRelOptions AT_ResetRelOptions AT_ChangeOwner AT_SetLogged AT_SetUnLogged AT_SetAccessMethod AT_SetTableSpace
AT_ClusterOn AT_DropCluster AT_AddInherit AT_DropInherit AT_AddOf AT_DropOf AT_EnableRule AT_EnableAlwaysRule
AT_EnableReplicaRule AT_DisableRule AT_ReplicaIdentity AT_EnableRowSecurity AT_DisableRowSecurity AT_ForceRowSecurity
AT_NoForceRowSecurity AT_AttachPartition AT_DetachPartition AT_DetachPartitionFinalize AT_GenericOptions
"""
_ALONE = frozenset(_OF_ONE_TABLE.split())
# By how they begin, the storage parameters that let others read and write.
_PLAIN_OPTIONS = ("autovacuum_", "fillfactor", "vacuum_", "parallel_workers", "toast_tuple_target", "log_auto")
_ANY = Question()
_INDEXED = ("CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_EXCLUSION")


@dataclass(frozen=True, slots=True)
class _Table:
    """The table that is altered, and the lock that all commands of the statement take."""

    node: Node
    lock: LockMode
    names: Names

    def use(self, subtype: str, **more: object) -> Iterator[Use]:
        options = {"descends": False} if subtype in _ALONE else {}
        return self.names.relation(self.node, self.lock, **(options | more))

    def others(self, via: Via, lock: LockMode, question: Question = _ANY, **more: object) -> Iterator[Use]:
        return self.names.relation(self.node, lock, via=via, **({"descends": True, "question": question} | more))


def alter_table(node: Node, names: Names) -> Iterator[Use]:
    """ALTER TABLE, VIEW, MATERIALIZED VIEW, SEQUENCE, FOREIGN TABLE; of an index nothing reaches the table."""
    if word(node, "objtype") in ("OBJECT_INDEX", "OBJECT_TYPE"):
        return
    commands = [one.alter_table_cmd for one in node.cmds]
    table = _Table(node.relation, max((_lock(one) for one in commands), default=_ALL), names)
    for command in commands:
        subtype = word(command, "subtype")
        yield from _COMMANDS[subtype](command, table) if subtype in _COMMANDS else table.use(subtype)


def foreign_key(names: Names, constraint: Node) -> Iterator[Use]:
    """The table that a new foreign key refers to."""
    return names.relation(constraint.pktable, _WRITES, descends=True)


def is_concurrent(node: Node) -> bool:
    """True for DETACH PARTITION CONCURRENTLY."""
    commands = [one.alter_table_cmd for one in node.cmds]
    return any(getattr(one, "def").partition_cmd.concurrent for one in commands if _is_partition(one))


def _is_partition(command: Node) -> bool:
    return command.HasField("def") and inner(getattr(command, "def"))[0] == "partition_cmd"


def _lock(command: Node) -> LockMode:
    subtype, what = word(command, "subtype"), getattr(command, "def")
    if subtype in ("AT_SetRelOptions", "AT_ResetRelOptions"):
        options = {item.def_elem.defname for item in what.list.items}
        plain = all(option.startswith(_PLAIN_OPTIONS) for option in options)
        return _UPDATE if plain else _ALL
    if subtype == "AT_AddConstraint" and word(what.constraint, "contype") == "CONSTR_FOREIGN":
        return _WRITES
    if subtype == "AT_DetachPartition" and what.partition_cmd.concurrent:
        return _UPDATE
    return _LOCKS.get(subtype, _ALL)


def _add_column(command: Node, table: _Table) -> Iterator[Use]:
    column = getattr(command, "def").column_def
    constraints = {word(one.constraint, "contype"): one.constraint for one in column.constraints}
    default = constraints.get("CONSTR_DEFAULT")
    functions = tuple(Query(table.names).read(default.raw_expr).functions) if default else ()
    stored = "CONSTR_GENERATED" in constraints and constraints["CONSTR_GENERATED"].generated_kind == "s"
    type_names = strings(column.type_name.names)
    filled = stored or is_serial(column.type_name) or "CONSTR_IDENTITY" in constraints
    filled = filled or type_names[-1] in table.names.domains
    checked = not {"CONSTR_CHECK", "CONSTR_PRIMARY", "CONSTR_UNIQUE"}.isdisjoint(constraints)
    checked = checked or (default is None and "CONSTR_NOTNULL" in constraints)
    key = constraints.get("CONSTR_FOREIGN")
    yield from table.use(
        "AT_AddColumn",
        rewrites=True if filled else None,
        scans=filled or checked or bool(key and default),
        question=about_type(Ask.ADD, column.type_name, column.colname, functions=functions),
    )
    if key:
        yield from foreign_key(table.names, key)


def _drop_column(command: Node, table: _Table) -> Iterator[Use]:
    yield from table.use("AT_DropColumn")
    yield from _keys_dropped(table, Question(columns=(command.name,)), command)


def _column_type(command: Node, table: _Table) -> Iterator[Use]:
    column = getattr(command, "def").column_def
    using = column.raw_default if column.HasField("raw_default") else None
    cast = using is None or is_cast_of(using, command.name, column.type_name)
    question = about_type(Ask.TYPE, column.type_name, command.name, cast=cast)
    yield from table.use("AT_AlterColumnType", rewrites=None, scans=None, question=question)
    for via in (Via.REFERENCED, Via.REFERENCING):
        yield from table.others(via, _ALL, Question(columns=(command.name,)))


def _set_not_null(command: Node, table: _Table) -> Iterator[Use]:
    yield from table.use("AT_SetNotNull", scans=None, question=Question(Ask.NOT_NULL, (command.name,)))


def _add_constraint(command: Node, table: _Table) -> Iterator[Use]:
    constraint = getattr(command, "def").constraint
    kind = word(constraint, "contype")
    # The grammar has NOT ENFORCED for two kinds only.
    enforced = constraint.is_enforced or kind not in ("CONSTR_CHECK", "CONSTR_FOREIGN")
    scans: bool | None = enforced and not constraint.skip_validation
    if kind in _INDEXED:
        scans = not constraint.indexname
    question = _ANY
    if (kind == "CONSTR_NOTNULL" and scans) or (kind == "CONSTR_PRIMARY" and not scans):
        # Of an index that becomes the primary key its columns.
        scans, question = None, Question(Ask.NOT_NULL, tuple(strings(constraint.keys)), name=constraint.indexname)
    yield from table.use("AT_AddConstraint", scans=scans, question=question)
    if kind == "CONSTR_FOREIGN":
        yield from foreign_key(table.names, constraint)


def _drop_constraint(command: Node, table: _Table) -> Iterator[Use]:
    yield from table.use("AT_DropConstraint")
    yield from _keys_dropped(table, Question(constraint=command.name), command)


def _keys_dropped(table: _Table, question: Question, command: Node) -> Iterator[Use]:
    yield from table.others(Via.REFERENCED, _ALL, question)
    if word(command, "behavior") == "DROP_CASCADE":
        yield from table.others(Via.REFERENCING, _ALL, question)
        if question.columns:
            yield from table.others(Via.DEPENDENTS, _ALL, question, descends=False)


def _validate(command: Node, table: _Table) -> Iterator[Use]:
    question = Question(Ask.VALIDATE, constraint=command.name)
    yield from table.use("AT_ValidateConstraint", scans=None, question=question)
    yield from table.others(Via.REFERENCED, LockMode.ROW_SHARE, question)


def _set_expression(command: Node, table: _Table) -> Iterator[Use]:
    yield from table.use("AT_SetExpression", rewrites=None, scans=None, question=Question(Ask.STORED, (command.name,)))


def _set_persistence(command: Node, table: _Table) -> Iterator[Use]:
    subtype = word(command, "subtype")
    question = Question(Ask.PERSISTENCE, name="p" if subtype == "AT_SetLogged" else "u")
    yield from table.use(subtype, rewrites=None, question=question)


def _set_access_method(command: Node, table: _Table) -> Iterator[Use]:
    yield from table.use("AT_SetAccessMethod", rewrites=None, question=Question(Ask.ACCESS_METHOD, name=command.name))


def _set_tablespace(command: Node, table: _Table) -> Iterator[Use]:
    yield from table.use("AT_SetTableSpace", rewrites=None, question=Question(Ask.TABLESPACE, name=command.name))


def _inherit(command: Node, table: _Table) -> Iterator[Use]:
    subtype, parent = word(command, "subtype"), getattr(command, "def").range_var
    yield from table.use(subtype, descends=subtype == "AT_AddInherit")
    lock = _UPDATE if subtype == "AT_AddInherit" else LockMode.ACCESS_SHARE
    yield from table.names.relation(parent, lock, descends=False)


def _attach(command: Node, table: _Table) -> Iterator[Use]:
    yield from table.use("AT_AttachPartition")
    partition = getattr(command, "def").partition_cmd.name
    yield from table.names.relation(partition, _ALL, descends=True, scans=True)
    yield from gets_partition(table.names, table.node)


def gets_partition(names: Names, parent: Node) -> Iterator[Use]:
    """What else is locked where a partitioned table gets a partition, or loses one."""
    yield from names.relation(parent, _ALL, via=Via.DEFAULT, descends=True, scans=True)
    for via in (Via.REFERENCED, Via.REFERENCING):
        yield from names.relation(parent, _WRITES, via=via, descends=True)


def _detach(command: Node, table: _Table) -> Iterator[Use]:
    partition, subtype = getattr(command, "def").partition_cmd, word(command, "subtype")
    yield from table.use(subtype)
    if subtype == "AT_DetachPartition" and not partition.concurrent:
        yield from table.names.relation(partition.name, _ALL, descends=False)
        yield from table.others(Via.DEFAULT, _ALL, descends=False)
    else:
        # It ends with this lock on the partition, for a moment.
        yield from table.names.relation(partition.name, _ALL, descends=False)
    yield from table.others(Via.REFERENCED, _WRITES)
    yield from table.others(Via.REFERENCING, _ALL, scans=True)


_COMMANDS: dict[str, Callable[[Node, _Table], Iterator[Use]]] = {
    "AT_AddColumn": _add_column,
    "AT_DropColumn": _drop_column,
    "AT_AlterColumnType": _column_type,
    "AT_SetExpression": _set_expression,
    "AT_SetNotNull": _set_not_null,
    "AT_AddConstraint": _add_constraint,
    "AT_DropConstraint": _drop_constraint,
    "AT_ValidateConstraint": _validate,
    "AT_SetLogged": _set_persistence,
    "AT_SetUnLogged": _set_persistence,
    "AT_SetAccessMethod": _set_access_method,
    "AT_SetTableSpace": _set_tablespace,
    "AT_AddInherit": _inherit,
    "AT_DropInherit": _inherit,
    "AT_AttachPartition": _attach,
    "AT_DetachPartition": _detach,
    "AT_DetachPartitionFinalize": _detach,
}
