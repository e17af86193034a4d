"""What CREATE, DROP, RENAME, SET SCHEMA and COMMENT do, for all but the insides of tables."""

from collections.abc import Callable, Iterator, Sequence

from .nodes import Node, arguments, inner, made_name, strings, word
from .scope import Place, Scope
from .things import RELATIONS, ROUTINES, Before, Effect, Kind, Thing

Handler = Callable[[Node, Scope], Iterator[Effect]]

KINDS = {
    "OBJECT_TABLE": Kind.TABLE,
    "OBJECT_VIEW": Kind.VIEW,
    "OBJECT_MATVIEW": Kind.MATERIALIZED_VIEW,
    "OBJECT_FOREIGN_TABLE": Kind.FOREIGN_TABLE,
    "OBJECT_SEQUENCE": Kind.SEQUENCE,
    "OBJECT_INDEX": Kind.INDEX,
    "OBJECT_TYPE": Kind.TYPE,
    "OBJECT_DOMAIN": Kind.TYPE,
    "OBJECT_COLUMN": Kind.COLUMN,
    "OBJECT_ATTRIBUTE": Kind.COLUMN,
    "OBJECT_TABCONSTRAINT": Kind.CONSTRAINT,
    "OBJECT_DOMCONSTRAINT": Kind.CONSTRAINT,
    "OBJECT_TRIGGER": Kind.TRIGGER,
    "OBJECT_POLICY": Kind.POLICY,
    "OBJECT_RULE": Kind.RULE,
    "OBJECT_FUNCTION": Kind.FUNCTION,
    "OBJECT_PROCEDURE": Kind.PROCEDURE,
    "OBJECT_AGGREGATE": Kind.AGGREGATE,
    "OBJECT_ROUTINE": Kind.ROUTINE,
    "OBJECT_STATISTIC_EXT": Kind.STATISTICS,
    "OBJECT_COLLATION": Kind.COLLATION,
    "OBJECT_SCHEMA": Kind.SCHEMA,
    "OBJECT_EXTENSION": Kind.EXTENSION,
    "OBJECT_PUBLICATION": Kind.PUBLICATION,
    "OBJECT_SUBSCRIPTION": Kind.SUBSCRIPTION,
    "OBJECT_EVENT_TRIGGER": Kind.EVENT_TRIGGER,
    "OBJECT_FOREIGN_SERVER": Kind.SERVER,
    "OBJECT_FDW": Kind.FOREIGN_DATA_WRAPPER,
    "OBJECT_ROLE": Kind.ROLE,
    "OBJECT_DATABASE": Kind.DATABASE,
    "OBJECT_TABLESPACE": Kind.TABLESPACE,
}
IN_SCHEMAS = RELATIONS | ROUTINES | {Kind.TYPE, Kind.STATISTICS, Kind.COLLATION}
ON_TABLES = frozenset({Kind.TRIGGER, Kind.POLICY, Kind.RULE})
WITH_INDEXES = frozenset({Kind.TABLE, Kind.MATERIALIZED_VIEW, Kind.FOREIGN_TABLE})


def before(*, replace: bool = False, lenient: bool = False) -> Before:
    """What CREATE OR REPLACE, IF [NOT] EXISTS, and neither of them, say of the time before."""
    return Before.ANY if replace else Before.LIKELY if lenient else Before.OPPOSITE


def relation_is_made(kind: Kind, relation: Node, how: Before, scope: Scope) -> Iterator[Effect]:
    """A new table, view or sequence."""
    temporary = relation.relpersistence == "t" or relation.schemaname.startswith("pg_temp")
    if not scope.makes_temporary(relation.relname, temporary=temporary):
        place = scope.relation(relation)
        if place:
            yield Effect(place.thing(kind, relation.relname), True, how)


def create_table(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE TABLE, partitions too."""
    return relation_is_made(Kind.TABLE, node.relation, before(lenient=node.if_not_exists), scope)


def create_foreign_table(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE FOREIGN TABLE."""
    table = node.base_stmt
    return relation_is_made(Kind.FOREIGN_TABLE, table.relation, before(lenient=table.if_not_exists), scope)


def create_table_as(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE TABLE AS, CREATE MATERIALIZED VIEW."""
    kind = KINDS[word(node, "objtype")]
    return relation_is_made(kind, node.into.rel, before(lenient=node.if_not_exists), scope)


def select_into(node: Node, scope: Scope) -> Iterator[Effect]:
    """SELECT INTO."""
    if node.HasField("into_clause"):
        yield from relation_is_made(Kind.TABLE, node.into_clause.rel, before(), scope)


def create_view(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE [OR REPLACE] VIEW."""
    return relation_is_made(Kind.VIEW, node.view, before(replace=node.replace), scope)


def create_sequence(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE SEQUENCE."""
    return relation_is_made(Kind.SEQUENCE, node.sequence, before(lenient=node.if_not_exists), scope)


def create_index(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE INDEX; it lives in the schema of its table."""
    place = scope.relation(node.relation)
    if place is None:
        return
    if node.idxname:
        index = place.thing(Kind.INDEX, node.idxname)
        scope.parts.add_index((place, node.relation.relname), index)
        yield Effect(index, True, before(lenient=node.if_not_exists))
        return
    columns = [part.index_elem.name for part in [*node.index_params, *node.index_including_params]]
    name = made_name(node.relation.relname, *columns, "idx") if all(columns) else None
    if name:
        # An index of that name may have been there, and this one then got another name.
        kind = ["unique" if node.unique else "", node.access_method, "where" if _has_where(node) else ""]
        yield Effect(place.thing(Kind.INDEX, name, value=" ".join(filter(None, kind))), True, Before.LIKELY)


def create_type(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE TYPE in all its forms, and CREATE DOMAIN."""
    if node.DESCRIPTOR.name == "CompositeTypeStmt":
        names = [*filter(None, [node.typevar.schemaname]), node.typevar.relname]
    else:
        names = strings(node.domainname if node.DESCRIPTOR.name == "CreateDomainStmt" else node.type_name)
    yield from _made(Kind.TYPE, names, before(), scope)


def define(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE AGGREGATE, CREATE COLLATION, CREATE TYPE of a base type."""
    kind, names = KINDS.get(word(node, "kind")), strings(node.defnames)
    if kind is Kind.TYPE:
        # A base type is made twice: as a shell, then in full.
        yield from _made(kind, names, before(replace=bool(node.definition)), scope)
    elif kind is Kind.COLLATION:
        yield from _made(kind, names, before(lenient=node.if_not_exists), scope)
    elif kind is Kind.AGGREGATE and not node.oldstyle:
        place = scope.place(names)
        parameters = [item.function_parameter for item in node.args[0].list.items]
        if place:
            thing = place.thing(kind, names[-1], args=arguments(parameters))
            scope.note_routine(place, thing.name, thing.args)
            yield Effect(thing, True, before(replace=node.replace))


def create_statistics(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE STATISTICS with a name."""
    if node.defnames:
        yield from _made(Kind.STATISTICS, strings(node.defnames), before(lenient=node.if_not_exists), scope)


def create_on_table(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE TRIGGER, CREATE POLICY, CREATE RULE."""
    kind, name, table, replace = {
        "CreateTrigStmt": lambda: (Kind.TRIGGER, node.trigname, node.relation, node.replace),
        "CreatePolicyStmt": lambda: (Kind.POLICY, node.policy_name, node.table, False),
        "RuleStmt": lambda: (Kind.RULE, node.rulename, node.relation, node.replace),
    }[node.DESCRIPTOR.name]()
    place = scope.relation(table)
    if place:
        yield Effect(place.thing(kind, name, table.relname), True, before(replace=replace))


def of_database(kind: Kind, field: str, *, there: bool = True) -> Handler:
    """A handler of what has no schema, named by a field of the statement."""

    def handle(node: Node, _scope: Scope) -> Iterator[Effect]:
        lenient = getattr(node, "if_not_exists", False) or getattr(node, "missing_ok", False)
        yield Effect(Thing(kind, getattr(node, field)), there, before(lenient=lenient))

    return handle


def drop_roles(node: Node, _scope: Scope) -> Iterator[Effect]:
    """DROP ROLE."""
    for role in node.roles:
        if role.role_spec.rolename:
            yield Effect(Thing(Kind.ROLE, role.role_spec.rolename), False, before(lenient=node.missing_ok))


def drop(node: Node, scope: Scope) -> Iterator[Effect]:
    """DROP of nearly everything."""
    kind = KINDS.get(word(node, "remove_type"))
    for named in node.objects if kind else ():
        thing = find(kind, named, scope) if kind else None
        if thing:
            yield Effect(thing, False, before(lenient=node.missing_ok))
            if kind in WITH_INDEXES:
                yield from scope.parts.drop((Place(thing.schema, thing.path), thing.name))
        elif kind in RELATIONS:
            scope.drops_temporary(_names(named)[-1])


def rename(node: Node, scope: Scope) -> Iterator[Effect]:
    """ALTER … RENAME."""
    how, kind = before(lenient=node.missing_ok), KINDS.get(word(node, "rename_type"))
    if kind is None:
        return
    thing = _renamed(node, Kind.RELATION if kind is Kind.TABLE else kind, scope)
    if thing:
        new = Thing(thing.kind, node.newname, thing.schema, thing.of, thing.args, path=thing.path)
        place = Place(thing.schema, thing.path)
        if thing.kind in ROUTINES:
            scope.note_routine(place, new.name, new.args)
        elif thing.kind in RELATIONS:
            scope.parts.rename((place, thing.name), new.name)
        yield Effect(thing, False, how)
        yield Effect(new, True, how)
    elif kind in RELATIONS:
        scope.makes_temporary(node.newname, temporary=True)


def set_schema(node: Node, scope: Scope) -> Iterator[Effect]:
    """ALTER … SET SCHEMA; into the schema where it is already goes well too."""
    kind = KINDS.get(word(node, "object_type"))
    if kind not in IN_SCHEMAS:
        return
    if node.HasField("relation"):
        place = scope.relation(node.relation)
        thing = place.thing(Kind.RELATION if kind is Kind.TABLE else kind, node.relation.relname) if place else None
    else:
        thing = find(kind, node.object, scope)
    if thing:
        yield Effect(thing, False, Before.LIKELY)
        yield Effect(Thing(thing.kind, thing.name, node.newschema, thing.of, thing.args), True, Before.LIKELY)
        table = Place(thing.schema, thing.path), thing.name
        yield from scope.parts.move(table, Place(node.newschema), node.newschema)


def comment(node: Node, scope: Scope) -> Iterator[Effect]:
    """COMMENT ON a relation or a column."""
    kind, names = KINDS.get(word(node, "objtype")), _names(node.object)
    if kind is not Kind.COLUMN and kind not in RELATIONS:
        return
    table = names[:-1] if kind is Kind.COLUMN else names
    place = scope.place(table)
    if place is None:
        return
    column = names[-1] if kind is Kind.COLUMN else ""
    yield Effect(place.thing(Kind.COMMENT, column, table[-1]), bool(node.comment), Before.ANY)
    if node.comment:
        yield from scope.sets_value(place.thing(Kind.COMMENT, column, table[-1], value=node.comment))


def find(kind: Kind, named: Node, scope: Scope) -> Thing | None:
    """The thing that a DROP or ALTER names; None for what is temporary."""
    form, node = inner(named)
    names = _names(named)
    if kind in ROUTINES:
        place = scope.place(strings(node.objname))
        return _routine(kind, place, node, scope) if form == "object_with_args" and place else None
    if kind in IN_SCHEMAS:
        place = scope.place(names)
        return place.thing(kind, names[-1]) if place else None
    if kind in ON_TABLES:
        place = scope.place(names[:-1])
        return place.thing(kind, names[-1], names[-2]) if place else None
    return Thing(kind, names[-1])


def _routine(kind: Kind, place: Place, node: Node, scope: Scope) -> Thing:
    name = strings(node.objname)[-1]
    args = scope.arguments_of(place, name)
    if not node.args_unspecified:
        args = arguments(parameter.function_parameter for parameter in node.objfuncargs)
        scope.note_routine(place, name, args)
    return place.thing(kind, name, args=args)


def _renamed(node: Node, kind: Kind, scope: Scope) -> Thing | None:
    if node.HasField("relation"):
        place = scope.relation(node.relation)
        if place is None:
            return None
        table = node.relation.relname
        return place.thing(kind, node.subname, table) if node.subname else place.thing(kind, table)
    if kind is Kind.CONSTRAINT:
        names = _names(node.object)
        place = scope.place(names)
        return place.thing(kind, node.subname, names[-1]) if place else None
    return Thing(kind, node.subname) if node.subname else find(kind, node.object, scope)


def _made(kind: Kind, names: Sequence[str], how: Before, scope: Scope) -> Iterator[Effect]:
    place = scope.place(names)
    if place:
        yield Effect(place.thing(kind, names[-1]), True, how)


def _names(named: Node) -> list[str]:
    form, node = inner(named)
    if form == "string":
        return [node.sval]
    if form == "type_name":
        return strings(node.names)
    return strings(node.items) if form == "list" else [""]


def _has_where(node: Node) -> bool:
    return node.where_clause.WhichOneof("node") is not None
