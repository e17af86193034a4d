"""What the rules of a table leave to each column, and to several together."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .nodes import NotUnderstood
from .rules import Among, Cased, Compared, Counted, Long, Matching, Ordered, Rule, read_hints, read_rules
from .schema import Catalog, Column, Table

# How often a column without NOT NULL is NULL.
SOME, HALF = 0.1, 0.5


@dataclass(slots=True)
class Limits:
    """What one column may hold; bounds are (operator, constant), as the constraint writes them."""

    required: bool = False
    nulls: float = SOME
    bounds: list[tuple[str, str]] = field(default_factory=list)
    among: list[str] | None = None
    excluded: set[str] = field(default_factory=set)
    shortest: int = 0
    longest: int | None = None
    patterns: list[Matching] = field(default_factory=list)
    case: str = ""
    # Constants of constraints that are not understood.
    hints: list[str] = field(default_factory=list)
    # In a unique key, and alone in one.
    unique: bool = False
    alone: bool = False

    def add(self, rule: Rule) -> None:
        """Narrows it by one rule on this column."""
        if isinstance(rule, Among):
            self.among = [v for v in dict.fromkeys(rule.values) if self.among is None or v in self.among]
        elif isinstance(rule, Compared):
            if rule.operator == "<>":
                self.excluded.add(rule.value)
            else:
                self.bounds.append((rule.operator, rule.value))
        elif isinstance(rule, Long):
            self._lengthen(rule)
        elif isinstance(rule, Matching):
            self.patterns.append(rule)
        elif isinstance(rule, Cased):
            self.case = rule.case

    def _lengthen(self, rule: Long) -> None:
        least = {">": rule.number + 1, ">=": rule.number, "=": rule.number}.get(rule.operator)
        most = {"<": rule.number - 1, "<=": rule.number, "=": rule.number}.get(rule.operator)
        if least is not None:
            self.shortest = max(self.shortest, least)
        if most is not None:
            self.longest = most if self.longest is None else min(self.longest, most)


@dataclass(slots=True)
class Demands:
    """What a table's rules demand; `vague` if some of them only the server can judge."""

    columns: dict[str, Limits]
    counted: list[Counted] = field(default_factory=list)
    ordered: list[Ordered] = field(default_factory=list)
    vague: bool = False
    # One for each partition: the limits of the columns that decide.
    partitions: list[dict[str, Limits]] = field(default_factory=list)


def demands(catalog: Catalog, table: Table) -> Demands:
    """What the rows of a table must satisfy, as far as its constraints are understood."""
    found = Demands({column.name: Limits(required=column.required) for column in table.columns})
    for _, check in table.checks:
        _read(found, check)
    for column in table.columns:
        for domain in catalog.domains(column):
            limits = found.columns[column.name]
            limits.required = limits.required or domain.required
            for _, check in domain.checks:
                _read(found, check, column)
    for unique in table.uniques:
        found.vague = found.vague or unique.odd
        for name in (unique.needs * unique.single) if unique.odd else unique.columns:
            found.columns[name].unique = True
            found.columns[name].alone = found.columns[name].alone or (unique.single and not unique.odd)
    found.partitions = list(_partitions(table))
    for bounds in found.partitions:
        for name in bounds:
            found.columns[name].required = True
    return found


def _read(found: Demands, check: str, column: Column | None = None) -> None:
    """Adds the rules of a CHECK; of a domain, on that column."""
    try:
        rules = read_rules(check)
    except (NotUnderstood, ValueError, TypeError, IndexError):
        found.vague = True
        constants, tested = read_hints(check)
        for name, values in constants.items():
            if name in found.columns:
                found.columns[name].hints += values
        for name in tested & found.columns.keys():
            found.columns[name].nulls = HALF
        return
    for rule in rules:
        _apply(found, _about(rule, column.name) if column else rule)


def _about(rule: Rule, column: str) -> Rule:
    """The same with the column in the place of a domain's VALUE."""
    if isinstance(rule, Counted):
        return rule._replace(columns=(column,))
    return rule if isinstance(rule, Ordered) else rule._replace(column=column)


def _apply(found: Demands, rule: Rule) -> None:
    if isinstance(rule, Ordered):
        found.ordered.append(rule)
    elif not isinstance(rule, Counted):
        if rule.column in found.columns:
            found.columns[rule.column].add(rule)
    elif rule == Counted(rule.columns, frozenset({1})) and len(rule.columns) == 1:
        found.columns[rule.columns[0]].required = True
    else:
        found.counted.append(rule)


def _partitions(table: Table) -> Iterable[dict[str, Limits]]:
    """The partitions whose bounds are understood; that is not so of the default one, and of those by hash."""
    for bound in table.bounds:
        limits: dict[str, Limits] = {}
        try:
            rules = read_rules(bound) if bound else []
        except (NotUnderstood, ValueError, TypeError, IndexError):
            continue
        for rule in rules:
            names = rule.columns if isinstance(rule, Counted) else ()
            for name in names or ((rule.column,) if not isinstance(rule, Counted | Ordered) else ()):
                limits.setdefault(name, Limits(required=True)).add(rule)
        if limits:
            yield limits
