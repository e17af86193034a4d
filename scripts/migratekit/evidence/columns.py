"""What the definition of a column says of its NOT NULL and its default."""

from collections.abc import Collection, Iterator, Sequence

from .nodes import Node, inner, strings, type_text, word
from .scope import Place
from .things import Before, Effect, Kind

_NOT_NULL = frozenset({"CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"})
_SERIAL = frozenset({"smallserial", "serial", "bigserial", "serial2", "serial4", "serial8"})


def properties(
    place: Place, table: str, column: Node, altered: Collection[str], keys: Collection[str] = ()
) -> Iterator[Effect]:
    """The NOT NULL and the default of a new column, or their absence, if the file alters a column of that name."""
    if column.colname not in altered:
        return
    kinds = {word(part.constraint, "contype") for part in column.constraints}
    is_serial = type_text(column.type_name) in _SERIAL
    not_null = is_serial or column.colname in keys or not _NOT_NULL.isdisjoint(kinds)
    has_default = is_serial or "CONSTR_DEFAULT" in kinds
    yield Effect(place.thing(Kind.NOT_NULL, column.colname, table), not_null, Before.ANY)
    yield Effect(place.thing(Kind.DEFAULT, column.colname, table), has_default, Before.ANY)


def of_new_table(place: Place, node: Node, altered: Collection[str]) -> Iterator[Effect]:
    """The same for all columns of a CREATE TABLE that has none from elsewhere."""
    if node.if_not_exists or node.inh_relations or node.HasField("of_typename"):
        return
    elements = [inner(element) for element in node.table_elts]
    keys = _primary_key([element for form, element in elements if form == "constraint"])
    for form, element in elements:
        if form == "column_def":
            yield from properties(place, node.relation.relname, element, altered, keys)


def _primary_key(constraints: Sequence[Node]) -> list[str]:
    primary = [constraint for constraint in constraints if word(constraint, "contype") == "CONSTR_PRIMARY"]
    return [name for constraint in primary for name in strings(constraint.keys)]
