"""Queries as the server writes them, on one line and alike on every version."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(r"""E?'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|[\w$]+|\s+|.""", re.DOTALL)
_NAME = re.compile(r'"|[^\W\d]')
_QUERY = ("SELECT", "WITH", "VALUES", "TABLE")
_BEHIND_FROM = frozenset(
    {"WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "TABLESAMPLE"}
)
_SEVERAL = frozenset({",", "JOIN"})
_COMBINED = frozenset({"UNION", "INTERSECT", "EXCEPT"})


class _Token(NamedTuple):
    """A word or sign: inside of how many parentheses, and of how many queries within the query."""

    text: str
    depth: int
    inner: int


def one_line(sql: str) -> str:
    """The query without line breaks; columns of its only table bare, as from PostgreSQL 16 on."""
    tokens = list(_tokens(sql))
    alias = _only_table(tokens)
    kept: list[str] = []
    skip = 0
    for index, token in enumerate(tokens):
        if skip:
            skip -= 1
        elif alias and _is_qualifier(tokens, index, alias):
            skip = 1
        else:
            kept.append(token.text)
    return "".join(kept).strip().rstrip(";").replace("\n", "\\n")


def _tokens(sql: str) -> Iterator[_Token]:
    """Runs of blanks are one blank, and none in a parenthesis' mouth."""
    open_queries: list[bool] = []
    found = _TOKEN.findall(sql.strip())
    for index, text in enumerate(found):
        if text == "(":
            following = next((one for one in found[index + 1 : index + 3] if not one.isspace()), "")
            open_queries.append(following in _QUERY)
        elif text == ")" and open_queries:
            open_queries.pop()
        if not text.isspace():
            yield _Token(text, len(open_queries), sum(open_queries))
        elif found[index - 1] != "(":
            yield _Token(" ", len(open_queries), sum(open_queries))


def _only_table(tokens: list[_Token]) -> str:
    """What the one table of the outermost query is called there; nothing if it has several, or none."""
    words = [token.text for token in tokens if token.depth == 0 and token.text != " "]
    if "FROM" not in words or _COMBINED.intersection(words):
        return ""
    behind = words[words.index("FROM") + 1 :]
    end = next((index for index, word in enumerate(behind) if word in _BEHIND_FROM), len(behind))
    names = [word for word in behind[:end] if _NAME.match(word)]
    return names[-1] if names and not _SEVERAL.intersection(behind[:end]) else ""


def _is_qualifier(tokens: list[_Token], index: int, alias: str) -> bool:
    """True for the alias in front of a column, outside of queries within the query."""
    if tokens[index].text != alias or tokens[index].inner or index + 2 >= len(tokens):
        return False
    dot, column = tokens[index + 1].text, tokens[index + 2].text
    before = tokens[index - 1].text if index else ""
    return dot == "." and before != "." and bool(_NAME.match(column)) and not _is_call(tokens, index + 3)


def _is_call(tokens: list[_Token], index: int) -> bool:
    """A function of a schema that is called like the table."""
    return index < len(tokens) and tokens[index].text == "("
