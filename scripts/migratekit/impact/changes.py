"""What CREATE, DROP, RENAME and their like do to tables that were there before."""

from collections.abc import Callable, Iterator, Sequence

from ..evidence import Node, inner, strings, word
from ..lock_modes import LockMode
from .alter import alter_table, foreign_key, gets_partition
from .names import Names, full_name
from .queries import Query
from .uses import Use, Via

Handler = Callable[[Node, Names], Iterator[Use]]

_UPDATE, _WRITES, _ALL = LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.SHARE_ROW_EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE
_RELATIONS = ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE")
_ON_TABLES = ("OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE", "OBJECT_TABCONSTRAINT")


def _query(node: Node, names: Names) -> Iterator[Use]:
    yield from Query(names).read(node).uses


def _create_table(node: Node, names: Names) -> Iterator[Use]:
    for form, element in map(inner, node.table_elts):
        if form == "table_like_clause":
            yield from names.relation(element.relation, LockMode.ACCESS_SHARE, descends=False)
        for constraint in (
            [element] if form == "constraint" else [one.constraint for one in _constraints(form, element)]
        ):
            if word(constraint, "contype") == "CONSTR_FOREIGN":
                yield from foreign_key(names, constraint)
    for parent in (one.range_var for one in node.inh_relations):
        lock = _ALL if node.HasField("partbound") else _UPDATE
        yield from names.relation(parent, lock, descends=False)
        if node.HasField("partbound"):
            yield from gets_partition(names, parent)
    if not node.if_not_exists:
        names.make(node.relation)


def _constraints(form: str, element: Node) -> Sequence[Node]:
    return element.constraints if form == "column_def" else ()


def _create_foreign_table(node: Node, names: Names) -> Iterator[Use]:
    return _create_table(node.base_stmt, names)


def _create_as(node: Node, names: Names) -> Iterator[Use]:
    yield from _query(node.query, names)
    if not node.if_not_exists:
        names.make(node.into.rel)


def _select(node: Node, names: Names) -> Iterator[Use]:
    yield from _query(node, names)
    if node.HasField("into_clause"):
        names.make(node.into_clause.rel)


def _create_view(node: Node, names: Names) -> Iterator[Use]:
    for use in Query(names).read(node.query).uses:
        # A view is only read in its turn by who reads it.
        if use.via is Via.SELF:
            yield Use(use.schema, use.name, use.lock, path=use.path)
    if node.replace:
        yield from names.relation(node.view, _ALL, descends=False)
    else:
        names.make(node.view)


def _create_sequence(node: Node, names: Names) -> Iterator[Use]:
    if not node.if_not_exists:
        names.make(node.sequence)
    return iter(())


def _create_domain(node: Node, names: Names) -> Iterator[Use]:
    if node.constraints:
        names.domains.add(strings(node.domainname)[-1])
    return iter(())


def _create_index(node: Node, names: Names) -> Iterator[Use]:
    lock = _UPDATE if node.concurrent else LockMode.SHARE
    yield from names.relation(node.relation, lock, scans=True)
    names.make_index(node.idxname, node.relation)


def _on_table(lock: LockMode, field: str = "relation", *, descends: bool = False) -> Handler:
    """A handler of what changes the one table that it names."""

    def handle(node: Node, names: Names) -> Iterator[Use]:
        return names.relation(getattr(node, field), lock, descends=descends)

    return handle


def _create_trigger(node: Node, names: Names) -> Iterator[Use]:
    yield from names.relation(node.relation, _WRITES, descends=bool(node.row))
    if node.constrrel.relname:
        yield from names.relation(node.constrrel, LockMode.ACCESS_SHARE, descends=False)


def _create_statistics(node: Node, names: Names) -> Iterator[Use]:
    for relation in (one.range_var for one in node.relations):
        yield from names.relation(relation, _UPDATE, descends=False)


def _publication(node: Node, names: Names) -> Iterator[Use]:
    for one in node.pubobjects:
        relation = one.publication_obj_spec.pubtable.relation
        if relation.relname:
            yield from names.relation(relation, _UPDATE, descends=False)


def _drop(node: Node, names: Names) -> Iterator[Use]:
    kind, cascade = word(node, "remove_type"), word(node, "behavior") == "DROP_CASCADE"
    for named in (strings(one.list.items) for one in node.objects if inner(one)[0] == "list"):
        if kind == "OBJECT_INDEX":
            yield from drop_index(named, names, _UPDATE if node.concurrent else _ALL)
        elif kind == "OBJECT_STATISTIC_EXT":
            yield from names.use(named, _UPDATE, via=Via.STATISTICS)
        elif kind in _ON_TABLES:
            yield from names.use(named[:-1], _ALL, descends=kind == "OBJECT_TRIGGER")
        elif kind in _RELATIONS:
            yield from _drop_relation(kind, named, names, cascade=cascade)


def drop_index(named: Sequence[str], names: Names, lock: LockMode, *, scans: bool = False) -> Iterator[Use]:
    """The table of an index that is dropped or built again."""
    table = names.table_of_index(named)
    via = Via.SELF if table else Via.INDEX
    return names.use(table or named, lock, via=via, descends=True, scans=scans)


def _drop_relation(kind: str, named: Sequence[str], names: Names, *, cascade: bool) -> Iterator[Use]:
    yield from names.use(named, _ALL, descends=kind == "OBJECT_TABLE")
    if kind == "OBJECT_TABLE":
        for via in (Via.REFERENCED, Via.PARENT, Via.SIBLING):
            yield from names.use(named, _ALL, via=via, descends=via is Via.REFERENCED)
        if cascade:
            yield from names.use(named, _ALL, via=Via.REFERENCING, descends=True)
    if cascade and kind != "OBJECT_SEQUENCE":
        yield from names.use(named, _ALL, via=Via.DEPENDENTS)
    names.scope.drops_temporary(named[-1])


def _rename(node: Node, names: Names) -> Iterator[Use]:
    kind = word(node, "rename_type")
    if not node.HasField("relation") or kind == "OBJECT_INDEX":
        return
    yield from names.relation(node.relation, _ALL, descends=kind == "OBJECT_COLUMN" and node.relation.inh)
    if kind in _RELATIONS:
        old = full_name(node.relation)
        names.rename(old, [*old[:-1], node.newname])


def _set_schema(node: Node, names: Names) -> Iterator[Use]:
    if node.HasField("relation"):
        yield from names.relation(node.relation, _ALL, descends=False)
        names.rename(full_name(node.relation), [node.newschema, node.relation.relname])


def _grant(node: Node, names: Names) -> Iterator[Use]:
    # From PostgreSQL 18 on; before that none.
    for one in node.objects if word(node, "objtype") == "OBJECT_TABLE" else ():
        if inner(one)[0] == "range_var":
            yield from names.relation(one.range_var, LockMode.ACCESS_SHARE, descends=False)


def _depends(node: Node, names: Names) -> Iterator[Use]:
    if node.HasField("relation"):
        yield from names.relation(node.relation, LockMode.ACCESS_SHARE, descends=False)


def _comment(node: Node, names: Names) -> Iterator[Use]:
    kind, named = word(node, "objtype"), strings(node.object.list.items)
    if kind in _RELATIONS:
        yield from names.use(named, _UPDATE)
    elif kind == "OBJECT_COLUMN":
        yield from names.use(named[:-1], _UPDATE)
    elif kind in _ON_TABLES:
        yield from names.use(named[:-1], LockMode.ACCESS_SHARE)


def _alter_sequence(node: Node, names: Names) -> Iterator[Use]:
    yield from names.relation(node.sequence, _WRITES, descends=False)
    for option in (one.def_elem for one in node.options):
        owner = strings(option.arg.list.items) if option.defname == "owned_by" else []
        if len(owner) > 1:
            yield from names.use(owner[:-1], LockMode.ACCESS_SHARE)


def _alter_domain(node: Node, names: Names) -> Iterator[Use]:
    added = getattr(node, "def").constraint
    if node.subtype in ("O", "V") or (node.subtype == "C" and not added.skip_validation):
        yield from names.use(strings(node.type_name), LockMode.SHARE, via=Via.DOMAIN, scans=True)


HANDLERS: dict[str, Handler] = {
    "alter_table_stmt": alter_table,
    "create_stmt": _create_table,
    "create_foreign_table_stmt": _create_foreign_table,
    "create_table_as_stmt": _create_as,
    "select_stmt": _select,
    "view_stmt": _create_view,
    "create_seq_stmt": _create_sequence,
    "create_domain_stmt": _create_domain,
    "index_stmt": _create_index,
    "create_trig_stmt": _create_trigger,
    "create_policy_stmt": _on_table(_ALL, "table"),
    "alter_policy_stmt": _on_table(_ALL, "table"),
    "rule_stmt": _on_table(_ALL),
    "grant_stmt": _grant,
    "alter_object_depends_stmt": _depends,
    "create_stats_stmt": _create_statistics,
    "create_publication_stmt": _publication,
    "alter_publication_stmt": _publication,
    "drop_stmt": _drop,
    "rename_stmt": _rename,
    "alter_object_schema_stmt": _set_schema,
    "comment_stmt": _comment,
    "sec_label_stmt": _comment,
    "alter_seq_stmt": _alter_sequence,
    "alter_domain_stmt": _alter_domain,
    **dict.fromkeys(("insert_stmt", "update_stmt", "delete_stmt", "merge_stmt", "declare_cursor_stmt"), _query),
    **dict.fromkeys(("prepare_stmt", "explain_stmt", "create_function_stmt"), _query),
}
