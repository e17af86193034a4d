"""What to call a statement: its own words up to the first value, for a value may be a secret."""

import re

_MAX = 80
_TOKEN = re.compile(
    r"(?P<gap>\s+|--[^\r\n]*|/\*.*?\*/)|(?P<quoted>\"(?:[^\"]|\"\")*\")|(?P<word>[^\W\d][\w$]*)(?P<prefix>['\"]?)"
    r"|(?P<mark>[.,])",
    re.DOTALL,
)
# Behind these come values, definitions and conditions.
_DEFINITIONS = {"AS", "BEFORE", "AFTER", "INSTEAD", "IS", "RETURNS", "REFERENCES", "USING", "WITH", "DEFAULT"}
_ENDS = frozenset(_DEFINITIONS | {"VALUES", "WHERE", "SELECT", "PASSWORD"})
# What else ends a label, by how it begins. `SET name TO value` needs no quotes around the value.
_SETTERS = ("SET", "RESET", "ALTER SYSTEM", "ALTER ROLE", "ALTER USER", "ALTER DATABASE", "ALTER FUNCTION")
_ENDS_BEHIND = (
    (_SETTERS, _ENDS | {"TO", "FROM"}),
    (("UPDATE",), _ENDS | {"SET"}),
    (("SELECT", "WITH"), _ENDS | {"FROM"}),
    (("GRANT", "REVOKE"), frozenset({"WITH"})),
)


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
            beginning = " ".join(parts).upper()
            ends = next((more for starts, more in _ENDS_BEHIND if beginning.startswith(starts)), _ENDS)
    return _whole(parts)


def _append(parts: list[str], token: re.Match[str]) -> None:
    text = token["quoted"] or token["word"] or token["mark"]
    if parts and (text == "." or text == "," or parts[-1].endswith(".")):
        parts[-1] += text
    else:
        parts.append(text)


def _whole(parts: list[str]) -> str:
    text = " ".join(parts).rstrip(".,")
    return text if len(text) <= _MAX else f"{text[: _MAX - 1]}…"
