"""The tables that queries read and write, and the functions that they call."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from ..evidence import Node, inner, strings, word
from ..lock_modes import LockMode
from .names import Names
from .uses import Ask, Question, Use, Via

# Functions that touch no table; of any other that is not known what it does.
_HARMLESS = re.compile(
    r"format_type|acl\w+|pg_(describe_object|identify_\w+|options_to_table|\w+_is_visible|get_\w+|sleep\w*|typeof|\w*advisory\w*|size_\w+|\w+_size|current_\w+|is_in_recovery|backend_pid|notify)"
    r"|to_\w+|has_\w+_privilege|current_\w+|regexp_\w+|array_\w+|jsonb?_\w+|string_\w+|\w+_agg|concat(_ws)?|quote_\w+"
    r"|count|min|max|sum|avg|bool_and|bool_or|every|length|char_length|lower|upper|initcap|left|right|[blr]?trim"
    r"|btrim|lpad|rpad|substr(ing)?|replace|translate|position|strpos|split_part|starts_with|reverse|repeat|format"
    r"|extract|date_\w+|now|age|timezone|clock_timestamp|(statement|transaction)_timestamp|make_\w+|timeofday"
    r"|unnest|generate_\w+|(obj|col|shobj)_description|random|gen_random_uuid|uuidv?\w*|md5|sha\d+|digest|encode|decode"
    r"|abs|ceil(ing)?|floor|round|trunc|sign|sqrt|power|mod|div|exp|ln|log|greatest|least|coalesce|nullif"
    r"|row_number|rank|dense_rank|ntile|lag|lead|(first|last|nth)_value|percentile_\w+|mode|cardinality"
    r"|nextval|currval|setval|lastval|set_config|current_setting|version|txid_\w+|hashtext\w*|text|int[248]|numeric"
    r"|float[48]|date|time\w*|interval|bool|varchar|bpchar|like_escape|similar_to_escape|isfinite|overlay|ascii|chr"
    r"|row_to_json|name|regclass|ts(vector|query)_\w+|(plain|phrase|web\w+)to_tsquery|setweight|ts_rank\w*|exists"
)


class Query:
    """Reads a query: what it uses is in `uses`, and `opaque` says whether it calls what is not known."""

    def __init__(self, names: Names) -> None:
        self.uses: list[Use] = []
        self.functions: list[str] = []
        self._names = names

    @property
    def opaque(self) -> bool:
        """True if a function is called that may do anything."""
        return not all(_HARMLESS.fullmatch(name) for name in self.functions)

    def read(self, node: Node, known: frozenset[str] = frozenset()) -> "Query":
        """Adds what a node and all below it use; `known` are the names that WITH has given."""
        kind = node.DESCRIPTOR.name
        if kind == "RangeVar":
            self._reads(node, known, LockMode.ACCESS_SHARE)
            return self
        if kind == "FuncCall":
            self.functions.append(strings(node.funcname)[-1])
        skipped = {"into_clause"}
        if "with_clause" in node.DESCRIPTOR.fields_by_name:
            known = self._with(node.with_clause, known)
            skipped.add("with_clause")
        if kind in _WRITERS:
            self.uses += _WRITERS[kind](node, self._names)
            skipped.add("relation")
        elif kind == "SelectStmt" and node.locking_clause:
            self._locks(node, known)
        self._below(node, known, skipped)
        return self

    def _below(self, node: Node, known: frozenset[str], skipped: set[str]) -> None:
        for field, value in node.ListFields():
            if field.message_type is not None and field.name not in skipped:
                for child in [value] if hasattr(value, "DESCRIPTOR") else value:
                    self.read(child, known)

    def _with(self, clause: Node, known: frozenset[str]) -> frozenset[str]:
        if clause.recursive:
            known |= {one.common_table_expr.ctename for one in clause.ctes}
        for one in clause.ctes:
            self.read(one.common_table_expr.ctequery, known)
            known |= {one.common_table_expr.ctename}
        return known

    def _reads(self, relation: Node, known: frozenset[str], lock: LockMode) -> None:
        if relation.schemaname or relation.relname not in known:
            self.uses += self._names.relation(relation, lock)
            self.uses += self._names.relation(relation, lock, via=Via.SOURCES, descends=True)

    def _locks(self, select: Node, known: frozenset[str]) -> None:
        """FOR UPDATE and the like."""
        for clause in select.locking_clause:
            wanted = {one.range_var.relname for one in clause.locking_clause.locked_rels}
            for relation in chain.from_iterable(_relations(node) for node in select.from_clause):
                if not wanted or (relation.alias.aliasname or relation.relname) in wanted:
                    self._reads(relation, known, LockMode.ROW_SHARE)


def written(names: Names, relation: Node, *, scans: bool = False) -> Iterator[Use]:
    """The table whose rows are written; a view stands for what it reads."""
    yield from names.relation(relation, LockMode.ROW_EXCLUSIVE, writes=True, scans=scans)
    yield from names.relation(relation, LockMode.ROW_EXCLUSIVE, writes=True, via=Via.SOURCES, descends=True)


def rows_inserted(names: Names, relation: Node) -> Iterator[Use]:
    """The tables in which foreign keys look for what new rows refer to."""
    question = Question(Ask.ROWS)
    return names.relation(relation, LockMode.ROW_SHARE, via=Via.REFERENCED, descends=True, question=question)


def _rows_updated(names: Names, relation: Node, targets: Sequence[Node]) -> Iterator[Use]:
    columns = tuple(target.res_target.name for target in targets)
    for via, ask in ((Via.REFERENCED, Ask.ROWS), (Via.REFERENCING, Ask.UPDATE)):
        question = Question(ask, columns)
        yield from names.relation(relation, LockMode.ROW_SHARE, via=via, descends=True, question=question)


def _rows_deleted(names: Names, relation: Node) -> Iterator[Use]:
    question = Question(Ask.DELETE)
    return names.relation(relation, LockMode.ROW_SHARE, via=Via.REFERENCING, descends=True, question=question)


def _insert(node: Node, names: Names) -> Iterator[Use]:
    yield from written(names, node.relation)
    yield from rows_inserted(names, node.relation)
    if node.on_conflict_clause.target_list:
        yield from _rows_updated(names, node.relation, node.on_conflict_clause.target_list)


def _update(node: Node, names: Names) -> Iterator[Use]:
    yield from written(names, node.relation, scans=not node.HasField("where_clause"))
    yield from _rows_updated(names, node.relation, node.target_list)


def _delete(node: Node, names: Names) -> Iterator[Use]:
    yield from written(names, node.relation, scans=not node.HasField("where_clause"))
    yield from _rows_deleted(names, node.relation)


def _merge(node: Node, names: Names) -> Iterator[Use]:
    yield from written(names, node.relation)
    for clause in (one.merge_when_clause for one in node.merge_when_clauses):
        command = word(clause, "command_type")
        if command == "CMD_INSERT":
            yield from rows_inserted(names, node.relation)
        elif command == "CMD_UPDATE":
            yield from _rows_updated(names, node.relation, clause.target_list)
        elif command == "CMD_DELETE":
            yield from _rows_deleted(names, node.relation)


_WRITERS = {"InsertStmt": _insert, "UpdateStmt": _update, "DeleteStmt": _delete, "MergeStmt": _merge}


def _relations(node: Node) -> Iterator[Node]:
    """The tables of a FROM, joined or not."""
    form, content = inner(node)
    if form == "range_var":
        yield content
    elif form == "join_expr":
        yield from _relations(content.larg)
        yield from _relations(content.rarg)
