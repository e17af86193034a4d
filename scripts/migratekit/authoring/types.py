"""The types of columns: as they are written, and as the catalogs show them."""

import re
from dataclasses import dataclass, replace

from ..quoting import ident, literal, read_name

# A piece of text for people, or an SQL expression in a tuple.
Piece = str | tuple[str]

_PARTS = re.compile(
    r"""(?P<base> (?:"(?:[^"]|"")+"|[^\W\d][\w$]*) (?:\s*\.\s*(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)| [ ]+[a-z]+)*? )
    \s* (?:\( \s* (?P<modifiers> -?\w+ (?:\s*,\s*-?\w+)* ) \s* \))?
    \s* (?P<zone> with[ ]time[ ]zone | without[ ]time[ ]zone )?
    (?P<array> (?:\s*\[\d*\])* )""",
    re.VERBOSE | re.IGNORECASE,
)
_SAME = frozenset(
    [
        "bigint",
        "boolean",
        "box",
        "bytea",
        "cidr",
        "circle",
        "date",
        "inet",
        "integer",
        "interval",
        "json",
        "jsonb",
        "line",
        "lseg",
        "macaddr",
        "macaddr8",
        "money",
        "name",
        "numeric",
        "oid",
        "path",
        "point",
        "polygon",
        "real",
        "smallint",
        "text",
        "tsquery",
        "tsvector",
        "uuid",
        "xml",
    ]
)
_SHOWN = dict.fromkeys(_SAME) | {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "bool": "boolean",
    "decimal": "numeric",
    "dec": "numeric",
    "float4": "real",
    "float8": "double precision",
    "float": "double precision",
    "double precision": "double precision",
    "varchar": "character varying",
    "character varying": "character varying",
    "char varying": "character varying",
    "char": "character",
    "character": "character",
    "bit": "bit",
    "varbit": "bit varying",
    "bit varying": "bit varying",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
}
_SERIAL = {
    "serial": "bigint",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
}
WHOLE = frozenset({"smallint", "integer", "bigint"})
_UNQUOTED = WHOLE | {"numeric", "real", "double precision", "boolean"}
_TEXTUAL = frozenset({"text", "character varying", "character", "name"})
_INCOMPARABLE = frozenset({"json", "xml", "point", "box", "line", "path", "polygon", "circle"})


@dataclass(frozen=True, slots=True)
class SqlType:
    """A type: `sql` as a statement has it; what the catalogs show is `shown`, or found out there by `asked`."""

    sql: str
    shown: str = ""
    asked: str = ""
    suffix: str = ""
    before: str = ""

    def __str__(self) -> str:
        return self.sql

    @property
    def pieces(self) -> list[Piece]:
        """What format_type() gives for a column of this type."""
        found: list[Piece] = [self.shown] if self.shown else [(f"{literal(self.asked)}::regtype",), self.suffix]
        return [self.before, *found]

    @property
    def catalog(self) -> str:
        """The same as an SQL expression."""
        pieces = [piece for piece in self.pieces if piece]
        return pieces[0][0] if len(pieces) == 1 and isinstance(pieces[0], tuple) else as_text(pieces)

    @property
    def base(self) -> str:
        """The name of a built-in type without modifiers; empty for others, and for arrays."""
        return "" if self.shown.endswith("]") else re.sub(r"\(.*?\)", "", self.shown)

    @property
    def is_unquoted(self) -> bool:
        """True if the catalogs show constants of this type without quotes."""
        return self.base in _UNQUOTED

    @property
    def is_textual(self) -> bool:
        """True if a constant of this type is shown as it was written."""
        return self.base in _TEXTUAL

    @property
    def has_equality(self) -> bool:
        """False if two values cannot be compared."""
        return self.base not in _INCOMPARABLE


def read_type(text: str) -> SqlType:
    """The type that a text names; ValueError if it names none."""
    parts = _PARTS.fullmatch(text.strip() if '"' in text else " ".join(text.split()))
    if parts is None:
        raise ValueError(f"{text!r} is no type")
    base = " ".join(parts["base"].lower().split())
    modifiers = [modifier.strip() for modifier in (parts["modifiers"] or "").split(",") if modifier.strip()]
    array = "[]" * parts["array"].count("[")
    if base in _SERIAL:
        raise ValueError(f"write {_SERIAL[base]}:identity instead of {base}")
    if base in _SHOWN:
        return _built_in(base, modifiers, (parts["zone"] or "").lower(), array)
    if (" " in base and '"' not in base) or parts["zone"]:
        raise ValueError(f"{text!r} is no type")
    names = [part if part.startswith('"') else part.lower() for part in re.split(r"\s*\.\s*", parts["base"])]
    name = ident(read_name(".".join(names)))
    suffix = f"({','.join(modifiers)})" if modifiers else ""
    if suffix and array:
        raise ValueError(f"{text!r} is an array with modifiers, which is not supported")
    return SqlType(f"{name}{suffix}{array}", asked=f"{name}{array}", suffix=suffix)


def read_result(text: str) -> SqlType:
    """What a function returns: a type, or SETOF and a type."""
    match = re.fullmatch(r"(?:(setof)\s+)?(.+)", text.strip(), re.IGNORECASE | re.DOTALL)
    if match is None:
        raise ValueError("it is empty")
    found = read_type(match[2])
    if not match[1]:
        return found
    return replace(found, sql=f"SETOF {found}", before="SETOF ")


def _built_in(base: str, modifiers: list[str], zone: str, array: str) -> SqlType:
    shown = _SHOWN[base] or base
    if zone:
        if base not in ("timestamp", "time"):
            raise ValueError(f"{base} takes no time zone")
        shown = f"{base} {zone}"
    if base == "float" and modifiers:
        shown, modifiers = ("real" if int(modifiers[0]) < 25 else "double precision"), []
    given = f"({','.join(modifiers)})" if modifiers else ""
    if shown in ("character", "bit") and not modifiers:
        modifiers = ["1"]
    if shown == "numeric" and len(modifiers) == 1:
        modifiers = [*modifiers, "0"]
    first, _, rest = shown.partition(" ")
    behind = f"({','.join(modifiers)})" if modifiers else ""
    timed = rest.endswith("time zone")
    shown = f"{first}{behind} {rest}" if timed else f"{shown}{behind}"
    written = f"{base}{given} {zone}".strip() if zone else f"{base}{given}"
    return SqlType(f"{written}{array}", shown=f"{shown}{array}")


def as_text(pieces: list[Piece]) -> str:
    """An SQL expression for pieces put together."""
    if all(isinstance(piece, str) for piece in pieces):
        return literal("".join(str(piece) for piece in pieces))
    pattern = "".join(piece.replace("%", "%%") if isinstance(piece, str) else "%s" for piece in pieces)
    arguments = [piece[0] for piece in pieces if not isinstance(piece, str)]
    return f"format({', '.join([literal(pattern), *arguments])})"
