"""What DROP, RENAME, SET SCHEMA and COMMENT do."""

from collections.abc import Iterator

from .nodes import Node, arguments, inner, strings, word
from .object_types import IN_SCHEMAS, KINDS, ON_TABLES, WITH_INDEXES
from .objects import before
from .scope import Place, Scope
from .things import RELATIONS, ROUTINES, Before, Effect, Kind, Thing


def drop_roles(node: Node, _scope: Scope) -> Iterator[Effect]:
    """DROP ROLE."""
    for role in node.roles:
        if role.role_spec.rolename:
            yield Effect(Thing(Kind.ROLE, role.role_spec.rolename), False, before(lenient=node.missing_ok))


def drop(node: Node, scope: Scope) -> Iterator[Effect]:
    """DROP of nearly everything."""
    kind = KINDS.get(word(node, "remove_type"))
    found = [(find(kind, named, scope), named) for named in node.objects] if kind else []
    for thing, named in found:
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
        if thing.kind in RELATIONS:
            scope.parts.rename((Place(thing.schema, thing.path), thing.name), new.name)
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
        if thing.kind in RELATIONS:
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
    how = Before.ANY if node.comment else Before.LIKELY
    yield Effect(place.thing(Kind.COMMENT, column, table[-1]), bool(node.comment), how)
    if node.comment:
        yield from scope.sets_value(place.thing(Kind.COMMENT, column, table[-1], value=node.comment))


def find(kind: Kind, named: Node, scope: Scope) -> Thing | None:
    """The thing that a DROP or ALTER names; None for what is temporary."""
    node, names = inner(named)[1], _names(named)
    if kind in ROUTINES:
        place, name = scope.place(strings(node.objname)), node.objname[-1].string.sval
        args = None if node.args_unspecified else arguments(item.function_parameter for item in node.objfuncargs)
        return place.thing(kind, name, args=args) if place else None
    if kind in IN_SCHEMAS:
        place = scope.place(names)
        return place.thing(kind, names[-1]) if place else None
    if kind in ON_TABLES:
        place = scope.place(names[:-1])
        return place.thing(kind, names[-1], names[-2]) if place else None
    return Thing(kind, names[-1])


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


def _names(named: Node) -> list[str]:
    form, node = inner(named)
    if form == "string":
        return [node.sval]
    if form == "type_name":
        return strings(node.names)
    return strings(node.items) if form == "list" else [""]
