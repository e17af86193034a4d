"""What the commands that are not in the standard do to whole tables: VACUUM, CLUSTER, REINDEX, LOCK and the like."""

from collections.abc import Iterator

from ..evidence import Node, inner, word
from ..lock_modes import LockMode
from .changes import Handler, drop_index
from .names import Names
from .queries import Query, rows_inserted, written
from .uses import Ask, Question, Use, Via

_UPDATE, _ALL = LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE
_TRUE = ("", "true", "on", "1", "yes")


def option(options: list[Node], name: str) -> bool:
    """True if an option in parentheses is given and not switched off."""
    return any(one.def_elem.defname == name and _value(one.def_elem) in _TRUE for one in options)


def _value(element: Node) -> str:
    form, node = inner(element.arg)
    if form == "integer":
        return str(node.ival)
    return str(node.sval).lower() if form == "string" else str(node.boolval).lower() if form == "boolean" else ""


def _truncate(node: Node, names: Names) -> Iterator[Use]:
    for relation in (one.range_var for one in node.relations):
        yield from names.relation(relation, _ALL, writes=True)
        if word(node, "behavior") == "DROP_CASCADE":
            question = Question(Ask.TRUNCATE)
            yield from names.relation(
                relation, _ALL, via=Via.REFERENCING, descends=True, writes=True, question=question
            )


def _lock(node: Node, names: Names) -> Iterator[Use]:
    mode = LockMode(node.mode)
    for relation in (one.range_var for one in node.relations):
        yield from names.relation(relation, mode)
        yield from names.relation(relation, mode, via=Via.SOURCES, descends=True)


def _copy(node: Node, names: Names) -> Iterator[Use]:
    if not node.relation.relname:
        yield from Query(names).read(node.query).uses
    elif node.is_from:
        yield from written(names, node.relation)
        yield from rows_inserted(names, node.relation)
    else:
        yield from names.relation(node.relation, LockMode.ACCESS_SHARE, descends=False)


def _vacuum(node: Node, names: Names) -> Iterator[Use]:
    full = node.is_vacuumcmd and option(node.options, "full")
    for relation in (one.vacuum_relation.relation for one in node.rels):
        yield from names.relation(relation, _ALL if full else _UPDATE, descends=True, rewrites=full, scans=full)


def _cluster(node: Node, names: Names) -> Iterator[Use]:
    if node.relation.relname:
        yield from names.relation(node.relation, _ALL, descends=True, rewrites=True, scans=True)


def _reindex(node: Node, names: Names) -> Iterator[Use]:
    lock = _UPDATE if option(node.params, "concurrently") else LockMode.SHARE
    kind = word(node, "kind")
    if kind == "REINDEX_OBJECT_TABLE":
        yield from names.relation(node.relation, lock, descends=True, scans=True)
    elif kind == "REINDEX_OBJECT_INDEX":
        named = [*filter(None, [node.relation.schemaname]), node.relation.relname]
        yield from drop_index(named, names, lock, scans=True)


def _refresh(node: Node, names: Names) -> Iterator[Use]:
    lock = LockMode.EXCLUSIVE if node.concurrent else _ALL
    yield from names.relation(
        node.relation, lock, descends=False, rewrites=not node.concurrent, scans=True, writes=True
    )
    if not node.skip_data:
        yield from names.relation(node.relation, LockMode.ACCESS_SHARE, via=Via.SOURCES, descends=True)


UPKEEP: dict[str, Handler] = {
    "truncate_stmt": _truncate,
    "lock_stmt": _lock,
    "copy_stmt": _copy,
    "vacuum_stmt": _vacuum,
    "cluster_stmt": _cluster,
    "reindex_stmt": _reindex,
    "refresh_mat_view_stmt": _refresh,
}
