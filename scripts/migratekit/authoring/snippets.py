"""Pieces of SQL that people give: each stays where it is put."""

import re

_TOKEN = re.compile(
    r"""
      (?P<whole> (?<![\w$])[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | (?<![\w$])(\$\w*\$).*?\2 )
    | (?P<comment> --[^\r\n]* | /\*.*?\*/ )
    | (?P<broken> ['"] | /\* | (?<![\w$])\$\w*\$ )
    | (?P<opening> [(\[] ) | (?P<closing> [)\]] ) | (?P<semicolon> ; )
    """,
    re.DOTALL | re.VERBOSE,
)
_GAP = re.compile(r"[\s,]*")


def expression(text: str) -> str:
    """A text that can stand between parentheses; ValueError if it would leave them."""
    checked = _enclosed(text)
    if any(token["comment"] for token in _TOKEN.finditer(checked)):
        raise ValueError("an expression takes no comment")
    return checked


def query(text: str) -> str:
    """A single query, without its semicolon; ValueError if it is not one."""
    checked = _enclosed(text.strip().removesuffix(";"))
    if not re.match(r"(?:select|with|values|table)\b|\(", checked, re.IGNORECASE):
        raise ValueError("a query begins with SELECT, WITH, VALUES or TABLE")
    if re.search(r"--[^\r\n]*$", checked) and _ends_in_comment(checked):
        raise ValueError("a query does not end in a comment")
    return checked


def body(text: str) -> str:
    """The body of a routine: whatever it is, it is dollar-quoted. ValueError if there is none."""
    if not text.strip():
        raise ValueError("it is empty")
    return text.strip()


def rows(text: str) -> tuple[str, ...]:
    """The rows of a VALUES list, each in its parentheses, none for `none`; ValueError if it is no such list."""
    found: list[str] = []
    position = len(text) if text.strip().lower() == "none" else 0
    while (gap := _GAP.match(text, position)) and gap.end() < len(text):
        if text[gap.end()] != "(":
            raise ValueError(f"{text[gap.end() :]!r} is no row: write rows as in (1, 'one'), (2, 'two')")
        row, position = enclosed(text, gap.end())
        found.append(row)
    if not text.strip():
        raise ValueError("it is empty: write none for no row")
    return tuple(found)


def enclosed(text: str, start: int) -> tuple[str, int]:
    """The parentheses that begin there with all that is in them, and where they end; ValueError if they do not."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += bool(token["opening"]) - bool(token["closing"])
        if not depth:
            inside = text[start + 1 : token.start()]
            return f"({expression(inside)})", token.end()
    raise ValueError(f"the parenthesis in {text[start:]!r} never ends")


def _enclosed(text: str) -> str:
    depth = 0
    for token in _TOKEN.finditer(text):
        if token["broken"]:
            raise ValueError(f"{token[0]} never ends in it")
        if token["semicolon"]:
            raise ValueError("it goes on behind a semicolon")
        depth += bool(token["opening"]) - bool(token["closing"])
        if depth < 0:
            break
    if depth:
        raise ValueError("its parentheses do not match")
    if not text.strip() or "\0" in text:
        raise ValueError("it is empty")
    return text.strip()


def _ends_in_comment(text: str) -> bool:
    *_, last = _TOKEN.finditer(text)
    return bool(last["comment"]) and last.end() == len(text)
