"""Which rights each statement of a file needs, on what; what cannot be told from the text is left out."""

from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

from ..evidence import Node, NotParsed, inner, parse, strings, word
from ..impact import Impact, LockMode, Use, Via
from ..narration import label
from ._view import Pending

OWNER, DROP, MAINTAIN, WRITE, BESIDE = "owner", "drop", "MAINTAIN", "write", "beside"
_SCHEMA, _DATABASE, _ROLE = "schema", "database", "role"
_OWNED = """
alter_object_schema_stmt create_policy_stmt alter_policy_stmt rule_stmt create_stats_stmt comment_stmt
alter_seq_stmt
"""
_KEPT_UP = ("cluster_stmt", "reindex_stmt", "refresh_mat_view_stmt")
_QUERIES = """
select_stmt create_table_as_stmt insert_stmt update_stmt delete_stmt merge_stmt copy_stmt declare_cursor_stmt
explain_stmt
"""
_WRITES = {"insert_stmt": "INSERT", "update_stmt": "UPDATE", "delete_stmt": "DELETE", "copy_stmt": "INSERT"}
_OF_TABLE = ("OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE", "OBJECT_TABCONSTRAINT")
# Such a statement holds rows as constants.
_LARGE = 65536
_INDEXED = ("CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_EXCLUSION")
# Where a statement names what it makes in a schema: a table's name, or a list of names.
_MAKES = {
    "create_stmt": "relation",
    "create_seq_stmt": "sequence",
    "view_stmt": "view",
    "composite_type_stmt": "typevar",
    "create_function_stmt": "funcname",
    "create_enum_stmt": "type_name",
    "create_range_stmt": "type_name",
    "create_domain_stmt": "domainname",
}


class Need(NamedTuple):
    """A right on a table, schema, database or role, and the statement that needs it."""

    right: str
    place: str
    statement: str
    name: str = ""
    # None, without a path, is the session's.
    schema: str | None = None
    path: tuple[str, ...] = ()


def needs(pending: Pending) -> Iterator[Need]:
    """The rights that a file needs, up to where it becomes another role."""
    try:
        parsed = parse(pending.body.sql)
    except NotParsed:
        return
    plain = True
    for one, impact in zip(parsed, pending.impacts, strict=False):
        if one.form == "variable_set_stmt" and one.node is not None:
            if one.node.name in ("role", "session_authorization"):
                return
            plain = plain and one.node.name != "search_path"
        place = f"{label(pending.step)}:{impact.line}"
        text = pending.body.sql[one.start : one.end]
        for right, use in (*_on_tables(one.form, one.node, impact), *_read_to_write(text, impact)):
            yield Need(right, place, impact.label, use.name, use.schema, use.path)
        if one.node is not None:
            yield from _elsewhere(one.form, one.node, Need("", place, impact.label), plain=plain)


def _on_tables(form: str, node: Node | None, impact: Impact) -> Iterator[tuple[str, Use]]:
    # Those without a tree are INSERT and the like.
    form = form or f"{impact.label.partition(' ')[0].lower()}_stmt"
    own = [use for use in impact.uses if use.via is Via.SELF]
    if form in _QUERIES.split():
        yield from _of_query(form, own)
    elif form == "truncate_stmt":
        yield from (("TRUNCATE", use) for use in own)
    elif form in _KEPT_UP:
        yield from ((MAINTAIN, use) for use in own)
    elif form in _OWNED.split():
        yield from ((OWNER, use) for use in own)
    elif form == "index_stmt":
        yield from ((right, use) for use in own for right in (OWNER, BESIDE))
    elif node is not None:
        yield from _of_definition(form, node, own, impact)


def _of_query(form: str, own: list[Use]) -> Iterator[tuple[str, Use]]:
    written = {(use.schema, use.name) for use in own if use.writes}
    write = _WRITES.get(form, WRITE) if len(written) == 1 else WRITE
    for use in own:
        yield (write if use.writes else "SELECT"), use


def _read_to_write(text: bytes, impact: Impact) -> Iterator[tuple[str, Use]]:
    """An UPDATE or DELETE whose WHERE or RETURNING names columns of its one table reads that."""
    if len(text) > _LARGE or not impact.label.upper().startswith(("UPDATE", "DELETE")):
        return
    postgast = import_module("postgast")
    try:
        node = inner(postgast.parse(text.decode()).stmts[0].stmt)[1]
    except (postgast.PgQueryError, import_module("google.protobuf.message").DecodeError):
        return
    reading = f"{node.where_clause} {node.returning_clause}"
    own = [use for use in impact.uses if use.via is Via.SELF]
    if len(own) == 1 and "column_ref {" in reading and "sub_link {" not in reading:
        yield "SELECT", own[0]


def _of_definition(form: str, node: Node, own: list[Use], impact: Impact) -> Iterator[tuple[str, Use]]:
    if form == "rename_stmt":
        new = () if word(node, "rename_type") in (*_OF_TABLE, "OBJECT_COLUMN") else (BESIDE,)
        yield from ((right, use) for use in own for right in (OWNER, *new))
    elif form == "alter_table_stmt":
        new = (BESIDE,) if any(_adds_index(one.alter_table_cmd) for one in node.cmds) else ()
        for use in own:
            if use.name == node.relation.relname or use.lock is LockMode.ACCESS_EXCLUSIVE:
                yield from ((right, use) for right in (OWNER, *new))
            elif use.lock is LockMode.SHARE_ROW_EXCLUSIVE:
                yield "REFERENCES", use
    elif form == "create_stmt":
        yield from ((_NEW_TABLE[use.lock], use) for use in own if use.lock in _NEW_TABLE)
    elif form == "create_trig_stmt":
        yield from (("TRIGGER", use) for use in own if use.name == node.relation.relname)
    elif form == "view_stmt":
        yield from ((OWNER, use) for use in own if use.lock is LockMode.ACCESS_EXCLUSIVE)
    elif form == "drop_stmt":
        right = OWNER if word(node, "remove_type") in _OF_TABLE else DROP
        named = own or [use for use in impact.uses if use.via is Via.INDEX]
        yield from ((right, use) for use in named)


def _adds_index(command: Node) -> bool:
    constraint = getattr(command, "def").constraint
    return word(constraint, "contype") in _INDEXED and not constraint.indexname


# What a new table refers to, inherits from, is a partition of, or is made like.
_NEW_TABLE = {
    LockMode.SHARE_ROW_EXCLUSIVE: "REFERENCES",
    LockMode.SHARE_UPDATE_EXCLUSIVE: OWNER,
    LockMode.ACCESS_EXCLUSIVE: OWNER,
    LockMode.ACCESS_SHARE: "SELECT",
}


def _elsewhere(form: str, node: Node, need: Need, *, plain: bool) -> Iterator[Need]:
    """What is needed of a schema, of the database, and of other roles."""
    for named in _made(form, node):
        if len(named) > 1 or plain:
            yield need._replace(right=_SCHEMA, name=named[-1], schema=named[-2] if len(named) > 1 else None)
    if form == "create_schema_stmt":
        yield need._replace(right=_DATABASE)
    owners = [node.newowner] if form == "alter_owner_stmt" else []
    if form == "alter_table_stmt":
        owners = [command.alter_table_cmd.newowner for command in node.cmds]
    yield from (need._replace(right=_ROLE, name=owner.rolename) for owner in owners if owner.rolename)


def _made(form: str, node: Node) -> Iterator[list[str]]:
    """The names, with their schemas where those are given, of what is made in a schema."""
    if form == "create_foreign_table_stmt":
        form, node = "create_stmt", node.base_stmt
    made = getattr(node, _MAKES[form]) if form in _MAKES else None
    if form == "create_table_as_stmt":
        made = node.into.rel
    elif form == "select_stmt" and node.HasField("into_clause"):
        made = node.into_clause.rel
    if made is None:
        return
    if not hasattr(made, "relname"):
        yield strings(made)
    elif made.relpersistence != "t":
        yield [*filter(None, [made.schemaname]), made.relname]
