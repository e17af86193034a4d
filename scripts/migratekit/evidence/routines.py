"""What CREATE FUNCTION and CREATE PROCEDURE do."""

from collections.abc import Iterator

from .nodes import Node, arguments, inner, named, strings
from .objects import before
from .scope import Scope
from .things import Effect, Kind

# Where the text behind AS is not what the catalogs hold as the source.
_COMPILED = ("c",)


def create_routine(node: Node, scope: Scope) -> Iterator[Effect]:
    """A routine, and its very body where that is a text."""
    names = strings(node.funcname)
    place = scope.place(names)
    if place is None:
        return
    kind = Kind.PROCEDURE if node.is_procedure else Kind.FUNCTION
    args = arguments(parameter.function_parameter for parameter in node.parameters)
    yield Effect(place.thing(kind, names[-1], args=args), True, before(replace=node.replace))
    body = _body(node)
    if body is not None and args is not None:
        yield from scope.sets_value(place.thing(kind, names[-1], args=args, value=body))


def _body(node: Node) -> str | None:
    options = {option.def_elem.defname: option.def_elem.arg for option in node.options}
    if "as" not in options or ("language" in options and named(options["language"]) in _COMPILED):
        return None
    parts = strings(inner(options["as"])[1].items)
    return parts[0] if len(parts) == 1 else None
