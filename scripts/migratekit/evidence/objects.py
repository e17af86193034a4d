"""What CREATE does, for all but routines."""

from collections.abc import Callable, Iterator, Sequence

from .columns import of_new_table
from .nodes import Node, arguments, made_name, strings, word
from .object_types import KINDS
from .scope import Place, Scope
from .things import Before, Effect, Kind, Thing

Handler = Callable[[Node, Scope], Iterator[Effect]]


def before(*, replace: bool = False, lenient: bool = False) -> Before:
    """What CREATE OR REPLACE, IF [NOT] EXISTS, and neither of them, say of the time before."""
    return Before.ANY if replace else Before.LIKELY if lenient else Before.OPPOSITE


def relation_is_made(kind: Kind, relation: Node, how: Before, scope: Scope) -> Iterator[Effect]:
    """A new table, view or sequence."""
    temporary = relation.relpersistence == "t" or relation.schemaname.startswith("pg_temp")
    if not scope.makes_temporary(relation.relname, temporary=temporary):
        place = Place(relation.schemaname) if relation.schemaname else scope.home(relation.relname)
        yield Effect(place.thing(kind, relation.relname), True, how)


def create_table(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE TABLE, partitions too."""
    for effect in relation_is_made(Kind.TABLE, node.relation, before(lenient=node.if_not_exists), scope):
        yield effect
        yield from of_new_table(Place(effect.thing.schema, effect.thing.path), node, scope.made.columns)


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
    if not scope.makes_temporary(node.view.relname, temporary=scope.is_on_temporary(node.query)):
        yield from relation_is_made(Kind.VIEW, node.view, before(replace=node.replace), scope)


def create_sequence(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE SEQUENCE."""
    return relation_is_made(Kind.SEQUENCE, node.sequence, before(lenient=node.if_not_exists), scope)


def create_index(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE INDEX; it lives in the schema of its table."""
    place = scope.relation(node.relation)
    if place is None:
        return
    name, sort = node.idxname, None
    columns = [part.index_elem.name for part in [*node.index_params, *node.index_including_params]]
    if not name:
        # One of that name may have been there, and this one then got another name.
        name = made_name(node.relation.relname, *columns, "idx") if all(columns) else None
        sort = _sort_of_index(node)
    if name:
        index = place.thing(Kind.INDEX, name)
        scope.parts.add((place, node.relation.relname), index, columns)
        how = before(replace=sort is not None, lenient=node.if_not_exists)
        if how is Before.OPPOSITE:
            scope.parts.find_former((place, node.relation.relname), index)
        yield Effect(index, True, how)
        if sort:
            yield Effect(place.thing(Kind.INDEX, name, value=sort), True, Before.LIKELY)


def _sort_of_index(node: Node) -> str:
    has_where = node.where_clause.WhichOneof("node") is not None
    return " ".join(["unique"] * node.unique + [node.access_method] + ["where"] * has_where)


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
            yield Effect(thing, True, before(replace=node.replace))


def create_statistics(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE STATISTICS with a name."""
    names = strings(node.defnames)
    for effect in _made(Kind.STATISTICS, names, before(lenient=node.if_not_exists), scope) if names else ():
        table = node.relations[0].range_var
        columns = [part.stats_elem.name for part in node.exprs]
        scope.parts.add((scope.relation(table), table.relname), effect.thing, columns)
        yield effect


def create_on_table(node: Node, scope: Scope) -> Iterator[Effect]:
    """CREATE TRIGGER, CREATE POLICY, CREATE RULE."""
    if node.DESCRIPTOR.name == "CreatePolicyStmt":
        kind, name, table, replace = Kind.POLICY, node.policy_name, node.table, False
    elif node.DESCRIPTOR.name == "RuleStmt":
        kind, name, table, replace = Kind.RULE, node.rulename, node.relation, node.replace
    else:
        kind, name, table, replace = Kind.TRIGGER, node.trigname, node.relation, node.replace
    place = scope.relation(table)
    if place:
        yield Effect(place.thing(kind, name, table.relname), True, before(replace=replace))


def of_database(kind: Kind, field: str, *, there: bool = True) -> Handler:
    """A handler of what has no schema, named by a field of the statement."""

    def handle(node: Node, _scope: Scope) -> Iterator[Effect]:
        lenient = getattr(node, "if_not_exists", False) or getattr(node, "missing_ok", False)
        yield Effect(Thing(kind, getattr(node, field)), there, before(lenient=lenient))

    return handle


def _made(kind: Kind, names: Sequence[str], how: Before, scope: Scope) -> Iterator[Effect]:
    place = scope.place(names)
    if place:
        yield Effect(place.thing(kind, names[-1]), True, how)
