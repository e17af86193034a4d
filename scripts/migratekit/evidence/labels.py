"""What to call a statement: its own words up to the first value, for a value may be a secret."""

import re

_MAX = 80
_TOKEN = re.compile(
    r"(?P<gap>\s+|--[^\r\n]*|/\*.*?\*/)|(?P<quoted>\"(?:[^\"]|\"\")*\")|(?P<word>[^\W\d][\w$]*)(?P<prefix>['\"]?)"
    r"|(?P<mark>[.,])",
    re.DOTALL,
)
# Behind these come values, definitions and conditions.
_ENDS = frozenset(
    [
        "AS",
        "BEFORE",
        "AFTER",
        "INSTEAD",
        "IS",
        "RETURNS",
        "REFERENCES",
        "USING",
        "VALUES",
        "WHERE",
        "WITH",
        "SELECT",
        "PASSWORD",
        "DEFAULT",
    ]
)
# `SET name TO value`, where the value needs no quotes.
_SETTERS = ("SET", "RESET", "ALTER SYSTEM", "ALTER ROLE", "ALTER USER", "ALTER DATABASE", "ALTER FUNCTION")


def label(text: str) -> str:
    """The beginning of a statement, short and on one line."""
    parts: list[str] = []
    ends, position = _ENDS, 0
    while len(" ".join(parts)) < _MAX and (token := _TOKEN.match(text, position)):
        position = token.end()
        if token["gap"]:
            continue
        name = token["word"]
        if name and (token["prefix"] or (parts and name.upper() in ends)):
            break
        _append(parts, token)
        if len(parts) <= 2:
            ends = _ends_of(" ".join(parts).upper())
    return _whole(parts)


def _ends_of(beginning: str) -> frozenset[str]:
    if beginning.startswith(_SETTERS):
        return _ENDS | {"TO", "FROM"}
    if beginning == "UPDATE" or beginning.startswith("UPDATE "):
        return _ENDS | {"SET"}
    return _ENDS | {"FROM"} if beginning in ("SELECT", "WITH") else _ENDS


def _append(parts: list[str], token: re.Match[str]) -> None:
    text = token["quoted"] or token["word"] or token["mark"]
    if parts and (text == "." or text == "," or parts[-1].endswith(".")):
        parts[-1] += text
    else:
        parts.append(text)


def _whole(parts: list[str]) -> str:
    text = " ".join(parts).rstrip(".,")
    return text if len(text) <= _MAX else f"{text[: _MAX - 1]}…"
