"""Columns in short form: `name:text! email:varchar(255)!:unique owner:references(users)`."""

import re
from dataclasses import dataclass, replace

from ..quoting import Name, check_name, ident, implicit_name, literal, split_name
from .snippets import enclosed
from .types import WHOLE, Piece, SqlType, as_text, read_type

_NAME = re.compile(r'"(?:[^"]|"")+"|[^\s:!=",()]+')
# A part ends at the next colon, exclamation mark, equals sign or blank that is not in quotes or parentheses.
_PART = re.compile(
    r"""(?: (?:double\ precision|(?:character|char|bit)\ varying|time(?:stamp)?(?:\(\d+\))?\ with(?:out)?\ time\ zone)
          (?![^\W\d]) )?+
        (?: [^\s:!=",'()] | "(?:[^"]|"")*" | \((?:[^()'"]|"(?:[^"]|"")*")*\) )*""",
    re.VERBOSE | re.IGNORECASE,
)
_DEFAULT = re.compile(
    r"""(?P<string>'(?:[^']|'')*')
      | (?P<number>-?(?:\d+(?:\.\d+)?|\.\d+))
      | (?P<function>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)\(\s*\)
      | (?P<word>[A-Za-z_]\w*)""",
    re.VERBOSE,
)
_BEHIND = re.compile(r"[\s,]|$|[:!=]")
_MOMENTS = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})
_PEOPLE = frozenset({"current_user", "session_user", "current_role", "user", "current_catalog", "current_schema"})
# Called once for a statement, so that adding a column with it rewrites no table.
_STABLE = frozenset({"now", "transaction_timestamp", "statement_timestamp"})
_BUILT_IN = _STABLE | {"clock_timestamp", "gen_random_uuid", "random", "uuidv4", "uuidv7", "txid_current"}
_MAX_INT4 = 2**31 - 1
_PRESENT = (
    "(SELECT regexp_replace(pg_get_expr(adbin, adrelid), '::[^'']+$', '') FROM pg_attrdef"
    " JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum WHERE adrelid = target AND attname = {})"
)


@dataclass(frozen=True, slots=True)
class Default:
    """A default: as a statement has it, as the catalogs show it, and whether each row gets another value."""

    sql: str
    pieces: tuple[Piece, ...]
    is_volatile: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """The key that a foreign key points to."""

    table: Name
    column: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column; without a type where only its name was given."""

    name: str
    type: SqlType | None = None
    not_null: bool = False
    default: Default | None = None
    unique: bool = False
    primary: bool = False
    identity: bool = False
    references: Reference | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def definition(self) -> str:
        """Name, type, NOT NULL and default, as CREATE TABLE has them."""
        return self._defined("NOT NULL" if self.not_null and not self.identity else "")

    def definition_as_in(self, table: Name) -> str:
        """The same, in a table of another name, with all that PostgreSQL would call after this one."""
        sequence = f"(SEQUENCE NAME {ident(table.beside(implicit_name(table.name, self.name, 'seq')))})"
        required = self.not_null or self.identity or self.primary
        name = ident(implicit_name(table.name, self.name, "not_null"))
        return self._defined(f"CONSTRAINT {name} NOT NULL" if required else "", sequence)

    def _defined(self, required: str, sequence: str = "") -> str:
        parts = [ident(self.name), str(self.type)]
        parts += [f"GENERATED ALWAYS AS IDENTITY {sequence}".strip()] if self.identity else []
        parts += [required] if required else []
        parts += [f"DEFAULT {self.default.sql}"] if self.default else []
        return " ".join(parts)

    @property
    def wanted(self) -> str:
        """An SQL expression for the line that the catalogs give for this column."""
        pieces: list[Piece] = [f"column {self.name} ", *(self.type.pieces if self.type else [])]
        pieces += [" not null"] if self.not_null or self.primary or self.identity else []
        pieces += [" identity"] if self.identity else []
        pieces += [" default ", *self.default.pieces] if self.default else []
        return as_text(pieces)

    @property
    def without_default(self) -> "Column":
        """The same column, but for its default."""
        return replace(self, default=None)

    @property
    def loosened(self) -> "Column":
        """The same column, without NOT NULL unless it has a default."""
        return self if self.default else replace(self, not_null=False)

    def of_type(self, kind: SqlType, not_null: bool = False, default: str = "") -> "Column":
        """A column of this name and that type, with nothing else of this one."""
        found = Default(default, _present(self.name)) if default else None
        return Column(self.name, kind, not_null=not_null, default=found)


def read_columns(text: str, *, typed: bool = True) -> tuple[Column, ...]:
    """The columns of a short form; ValueError says what is wrong. `typed` demands a type of each."""
    columns: list[Column] = []
    position = _gap(text, 0)
    while position < len(text):
        column, position = _column(text, position)
        if typed and column.type is None:
            raise ValueError(f"{column.name} has no type: write {column.name}:TYPE")
        if any(column.name == other.name for other in columns):
            raise ValueError(f"{column.name} is there twice")
        columns.append(column)
        position = _gap(text, position)
    if not columns:
        raise ValueError("it names no column")
    return tuple(columns)


def _gap(text: str, position: int) -> int:
    while position < len(text) and (text[position].isspace() or text[position] == ","):
        position += 1
    return position


def _column(text: str, position: int) -> tuple[Column, int]:
    match = _NAME.match(text, position)
    if match is None:
        raise ValueError(f"{text[position:]!r} does not begin with the name of a column")
    quoted = match[0].startswith('"')
    column = Column(check_name(match[0][1:-1].replace('""', '"') if quoted else match[0]))
    default = ""
    position = match.end()
    while position < len(text) and text[position] in ":!=":
        sign, position = text[position], position + 1
        if sign == "!":
            column = replace(column, not_null=True)
        elif sign == "=":
            default, position = _default_text(text, position, column)
        else:
            column, position = _with_part(text, position, column)
    if position < len(text) and not (text[position].isspace() or text[position] == ","):
        raise ValueError(f"{text[position:]!r} behind column {column.name} is not understood")
    return _complete(column, default), position


def _with_part(text: str, position: int, column: Column) -> tuple[Column, int]:
    match = _PART.match(text, position)
    if match is None or not match[0]:
        raise ValueError(f"column {column.name}: a type, unique, primary, identity or references(TABLE) is missing")
    part, known = match[0], {"unique": column.unique, "primary": column.primary, "identity": column.identity}
    word = part.lower()
    reference = re.fullmatch(r"references\((.*)\)", part, re.IGNORECASE | re.DOTALL)
    if word in known:
        if known[word]:
            raise ValueError(f"column {column.name} is {word} twice")
        changed = {"unique": replace(column, unique=True), "primary": replace(column, primary=True)}
        return changed.get(word, replace(column, identity=True)), match.end()
    if reference:
        return replace(column, references=_reference(reference[1])), match.end()
    if column.type is not None:
        raise ValueError(f"column {column.name} has two types, {column.type} and {part}")
    return replace(column, type=read_type(part)), match.end()


def _reference(text: str) -> Reference:
    *table, column = split_name(text) if "." in text else [*split_name(text), "id"]
    if len(table) > 2:
        raise ValueError(f"references({text}) is not TABLE, TABLE.COLUMN or SCHEMA.TABLE.COLUMN")
    return Reference(Name(table[-1], table[0] if len(table) > 1 else ""), column)


def _default_text(text: str, position: int, column: Column) -> tuple[str, int]:
    if text.startswith("(", position):
        return enclosed(text, position)
    match = _DEFAULT.match(text, position)
    if match is None or not _BEHIND.match(text, match.end()):
        raise ValueError(
            f"the default of column {column.name} must be a number, 'a text', true, false, null, CURRENT_TIMESTAMP"
            ", a call without arguments such as now(), or an expression in parentheses"
        )
    return match[0], match.end()


def _complete(column: Column, default: str) -> Column:
    """The column with its default, and with what follows from the rest."""
    if column.type is None and (column.references or column.identity):
        column = replace(column, type=read_type("bigint"))
    if column.identity and (default or column.type is None or column.type.base not in WHOLE):
        raise ValueError(f"column {column.name}: identity goes with bigint, integer or smallint, and with no default")
    if default and column.type is None:
        raise ValueError(f"{column.name} has a default and no type")
    if default and column.type:
        column = replace(column, default=_default(default, column.type, column.name))
    return column


def _default(text: str, kind: SqlType, name: str) -> Default | None:
    if text.startswith("("):
        return Default(text, _present(name), True)
    if text.startswith("'"):
        return _string(text[1:-1].replace("''", "'"), kind, name)
    if text.endswith(")"):
        return _call(text.partition("(")[0])
    if text[0] in "-.0123456789":
        return Default(text, (_number(text),))
    word = text.lower()
    if word == "null":
        return None
    if word in ("true", "false"):
        return Default(word, (word,))
    if word in _MOMENTS | _PEOPLE:
        return Default(word.upper(), (word.upper(),))
    raise ValueError(f"the default {text} of column {name} needs quotes: ='{text}'")


def _string(value: str, kind: SqlType, name: str) -> Default:
    if kind.is_unquoted or kind.base in ("bit", "bit varying"):
        raise ValueError(f"the default of column {name} is a text, which does not go with {kind}")
    quoted = literal(value)
    if kind.is_textual:
        return Default(quoted, ("'" + value.replace("'", "''") + "'",))
    if "\\" in value:
        return Default(quoted, _present(name))
    # The type's own spelling of the value, as in '24:00:00' for '1 day'.
    return Default(quoted, ((f"quote_literal({quoted}::{kind})",),))


def _present(name: str) -> tuple[Piece, ...]:
    """That there is a default is all that can be said of one that PostgreSQL writes in its own way."""
    return ((_PRESENT.format(literal(name)),),)


def _number(text: str) -> str:
    """How the catalogs show a number."""
    plain = text.isdigit() and int(text) <= _MAX_INT4
    return str(int(text)) if plain else text if "." in text and not text.startswith("-") else f"'{text}'"


def _call(function: str) -> Default:
    name = function.lower()
    if name in _BUILT_IN:
        return Default(f"{name}()", (f"{name}()",), name not in _STABLE)
    called = f"{ident(Name(*reversed(name.split('.'))))}()"
    return Default(called, ((f"{literal(called)}::regprocedure",),), True)
