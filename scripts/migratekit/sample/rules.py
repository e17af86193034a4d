"""What simple CHECK constraints demand, read from their parse trees."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .nodes import (
    TRIMS,
    NotUnderstood,
    column_of,
    columns_of,
    constant_of,
    constants_of,
    enum_of,
    inner,
    is_constant,
    is_not_null,
    of_like,
    parsed,
)

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_NULLS = ("num_nonnulls", "num_nulls")
_LENGTHS = frozenset({"length", "char_length", "character_length"})
_PATTERNS = {"~": (False, False), "~*": (True, False), "!~": (False, True), "!~*": (True, True)}
_LIKES = {"~~": (False, False), "~~*": (True, False), "!~~": (False, True), "!~~*": (True, True)}


class Compared(NamedTuple):
    """A column against a constant."""

    column: str
    operator: str
    value: str


class Among(NamedTuple):
    """A column must have one of these values."""

    column: str
    values: tuple[str, ...]


class Long(NamedTuple):
    """The length of a column's text against a number."""

    column: str
    operator: str
    number: int


class Matching(NamedTuple):
    """A column's text must match a pattern, or must not."""

    column: str
    pattern: str
    ignore_case: bool
    negated: bool


class Cased(NamedTuple):
    """A column's text must be all in lower, or all in upper case."""

    column: str
    case: str


class Counted(NamedTuple):
    """How many of the columns may have a value."""

    columns: tuple[str, ...]
    numbers: frozenset[int]


class Ordered(NamedTuple):
    """One column against another of the same row."""

    left: str
    operator: str
    right: str


Rule = Compared | Among | Long | Matching | Cased | Counted | Ordered


def read_rules(expression: str) -> list[Rule]:
    """What the expression of a CHECK demands; NotUnderstood if that is not simple."""
    return list(_rules(parsed(expression)))


def read_hints(expression: str) -> tuple[dict[str, list[str]], set[str]]:
    """Of any expression: the constants that columns are equal to somewhere, and the columns tested for NULL."""
    constants: dict[str, list[str]] = {}
    tested: set[str] = set()
    try:
        trees = [parsed(expression)]
    except NotUnderstood:
        return {}, set()
    while trees:
        kind, node = trees.pop()
        if kind == "null_test":
            tested.update(columns_of([node.arg]))
        elif kind == "a_expr":
            for rule in _attempt(kind, node):
                if isinstance(rule, Among):
                    constants.setdefault(rule.column, []).extend(rule.values)
        elif kind == "bool_expr":
            trees += [inner(argument) for argument in node.args]
    return constants, tested


def _attempt(kind: str, node: Any) -> list[Rule]:
    try:
        return list(_rules((kind, node)))
    except (NotUnderstood, ValueError, TypeError, IndexError):
        return []


def _rules(tree: tuple[str, Any]) -> Iterator[Rule]:
    kind, node = tree
    if kind == "bool_expr":
        yield from _boolean(node)
    elif kind == "a_expr":
        yield from _operation(node)
    elif kind == "null_test":
        yield Counted((column_of(node.arg),), frozenset({int(is_not_null(node))}))
    elif kind == "column_ref":
        yield Among(node.fields[0].string.sval, ("t",))
    elif kind == "boolean_test":
        yield Among(
            column_of(node.arg), ("t" if enum_of(node, "booltesttype") in ("IS_TRUE", "IS_NOT_FALSE") else "f",)
        )
    else:
        raise NotUnderstood(kind)


def _boolean(node: Any) -> Iterator[Rule]:
    what, arguments = enum_of(node, "boolop"), [inner(argument) for argument in node.args]
    if what == "AND_EXPR":
        for argument in arguments:
            yield from _rules(argument)
    elif what == "OR_EXPR":
        yield _either(arguments)
    else:
        yield from _negated(arguments[0])


def _negated(tree: tuple[str, Any]) -> Iterator[Rule]:
    for rule in (rules := list(_rules(tree))):
        if isinstance(rule, Matching) and len(rules) == 1:
            yield rule._replace(negated=not rule.negated)
        elif isinstance(rule, Among) and rule.values == ("t",) and len(rules) == 1:
            yield Among(rule.column, ("f",))
        else:
            raise NotUnderstood("NOT")


def _either(arguments: Sequence[tuple[str, Any]]) -> Rule:
    """Equal to this or that; this or NULL; or so many of the columns."""
    if all(kind == "null_test" for kind, _ in arguments):
        filled = {is_not_null(node) for _, node in arguments}
        columns = tuple(column_of(node.arg) for _, node in arguments)
        if len(filled) == 1 and len(set(columns)) == len(columns):
            numbers = range(1, len(columns) + 1) if filled == {True} else range(len(columns))
            return Counted(columns, frozenset(numbers))
        raise NotUnderstood("OR")
    found = [list(_rules(argument)) for argument in arguments]
    rules = [rule for some in found for rule in some]
    # NULL satisfies a rule on that column anyway.
    real = [rule for rule in rules if not (isinstance(rule, Counted) and rule.numbers == {0})]
    columns = tuple({name for rule in rules for name in _named(rule)})
    if len(columns) == 1 and all(len(some) == 1 for some in found):
        if len(real) == 1:
            return real[0]
        if all(isinstance(rule, Among) for rule in real):
            return Among(columns[0], tuple(v for rule in real if isinstance(rule, Among) for v in rule.values))
    raise NotUnderstood("OR")


def _named(rule: Rule) -> tuple[str, ...]:
    if isinstance(rule, Counted):
        return rule.columns
    return (rule.left, rule.right) if isinstance(rule, Ordered) else (rule.column,)


def _operation(node: Any) -> Iterator[Rule]:
    kind, operator = enum_of(node, "kind"), node.name[-1].string.sval if node.name else ""
    if kind == "AEXPR_OP_ANY" and operator == "=":
        yield from _one_of(node)
    elif kind == "AEXPR_OP_ALL" and operator == "<>":
        column = column_of(node.lexpr)
        yield from (Compared(column, "<>", value) for value in constants_of(node.rexpr))
    elif kind == "AEXPR_OP" and operator in _PATTERNS:
        yield Matching(column_of(node.lexpr), constant_of(node.rexpr), *_PATTERNS[operator])
    elif kind == "AEXPR_OP" and operator in _LIKES:
        yield Matching(column_of(node.lexpr), of_like(constant_of(node.rexpr)), *_LIKES[operator])
    elif kind == "AEXPR_OP" and operator in _FLIPPED:
        yield _comparison(node.lexpr, operator, node.rexpr)
    else:
        raise NotUnderstood(operator)


def _one_of(node: Any) -> Iterator[Rule]:
    kind, call = inner(node.lexpr)
    values = tuple(constants_of(node.rexpr))
    if kind == "func_call":
        yield _counted(call, frozenset(map(int, values)))
    else:
        yield Among(column_of(node.lexpr), values)


def _comparison(left: Any, operator: str, right: Any) -> Rule:
    (one, first), (two, second) = inner(left), inner(right)
    if one == two == "null_test" and operator in ("=", "<>"):
        alike = (operator == "=") == (is_not_null(first) == is_not_null(second))
        return Counted((column_of(first.arg), column_of(second.arg)), frozenset({0, 2} if alike else {1}))
    if is_constant(left) and not is_constant(right):
        left, right, operator = right, left, _FLIPPED[operator]
    kind, node = inner(left)
    if kind == "func_call":
        return _of_function(node, operator, right)
    column = column_of(left)
    if is_constant(right):
        value = constant_of(right)
        return Among(column, (value,)) if operator == "=" else Compared(column, operator, value)
    return Ordered(column, operator, column_of(right))


def _of_function(call: Any, operator: str, right: Any) -> Rule:
    name = call.funcname[-1].string.sval
    if name in _LENGTHS:
        return Long(column_of(call.args[0]), operator, int(constant_of(right)))
    if name in ("lower", "upper") and operator == "=" and column_of(call.args[0]) == column_of(right):
        return Cased(column_of(right), name)
    if name in TRIMS and operator == "<>":
        return Compared(column_of(call.args[0]), "<>", constant_of(right))
    if name not in _NULLS:
        raise NotUnderstood(name)
    number, every = int(constant_of(right)), range(len(call.args) + 1)
    tests = {"=": number.__eq__, "<>": number.__ne__, "<": number.__gt__, "<=": number.__ge__}
    tests |= {">": number.__lt__, ">=": number.__le__}
    return _counted(call, frozenset(filter(tests[operator], every)))


def _counted(call: Any, numbers: frozenset[int]) -> Counted:
    name, columns = call.funcname[-1].string.sval, tuple(columns_of(call.args))
    if name not in _NULLS:
        raise NotUnderstood(name)
    return Counted(columns, numbers if name == "num_nonnulls" else frozenset(len(columns) - n for n in numbers))
