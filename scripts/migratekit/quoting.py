"""Names and texts as SQL wants them written; pure."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

MAX_BYTES = 63
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_SINGULAR = (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("(?<![aeiou])uses", "us"))
# What quote_ident() quotes, on PostgreSQL 15 to 18: pg_get_keywords() without its category U.
_QUOTED_WORDS = """
all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast
char character check coalesce collate collation column concurrently constraint create cross current_catalog
current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable
desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group
grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array
json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value
lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize not
notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real
references returning right row select session_user setof similar smallint some substring symmetric system_user table
tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose
when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
xmlserialize xmltable
"""
_KEYWORDS = frozenset(_QUOTED_WORDS.split())


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a table or the like, with its schema if one was given."""

    name: str
    schema: str = ""

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name

    def beside(self, name: str) -> "Name":
        """Another name in the same schema."""
        return replace(self, name=name)


def ident(name: object) -> str:
    """A name, or several with commas between them, quoted where SQL needs it."""
    if isinstance(name, Name):
        return ".".join(ident(part) for part in (name.schema, name.name) if part)
    if not isinstance(name, str):
        named = getattr(name, "name", None)
        if named is None and isinstance(name, Iterable):
            return ", ".join(map(ident, name))
        return ident(str(name if named is None else named))
    if _PLAIN.fullmatch(name) and name not in _KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """A text as a quoted literal that means the same whatever the session makes of backslashes."""
    quoted = str(text).replace("'", "''")
    return "E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in quoted else f"'{quoted}'"


def message(text: str, *names: object) -> str:
    """The format of a RAISE as a literal: {} stands for a name, % for what RAISE puts there."""
    return literal(text.format(*(str(name).replace("%", "%%") for name in names)))


def line(pattern: str, *arguments: object) -> str:
    """An SQL expression for a text that the server might show.

    {} stands for names, quoted as the server does it, [] for one with its schema, %s for an SQL expression.
    """
    text, rest = "", list(arguments)
    values: list[str] = []
    for piece in re.split(r"(\{\}|\[\]|%s)", pattern):
        if piece == "%s":
            text, values = text + piece, [*values, str(rest.pop(0))]
        elif piece in ("{}", "[]"):
            shown, needed = _shown(rest.pop(0), qualified=piece == "[]")
            text, values = text + shown, values + needed
        else:
            text += piece.replace("%", "%%")
    return f"format({', '.join([literal(text), *values])})" if values else literal(text.replace("%%", "%"))


def _shown(names: object, *, qualified: bool) -> tuple[str, list[str]]:
    """The place for names in a format, and the values that belong into it."""
    words = [word if ident(word) == word else "%I" for word in _words(names)]
    values = [literal(word) for word in _words(names) if ident(word) != word]
    if not (qualified and isinstance(names, Name)):
        return ", ".join(words), values
    if not names.schema:
        return f"%I.{words[0]}", ["current_schema()", *values]
    shown, more = _shown(names.schema, qualified=False)
    return f"{shown}.{words[0]}", more + values


def comment(text: object) -> str:
    """A text that cannot leave the comment it is put in."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())


def dollar(text: str) -> str:
    """A text between dollar quotes that do not occur in it."""
    tag, number = "$$", 0
    while tag in text:
        number += 1
        tag = f"$body{number}$"
    return f"{tag}\n{text.strip()}\n{tag}"


def schema(name: Name) -> str:
    """An SQL expression for the schema that a statement with this name creates in."""
    return literal(name.schema) if name.schema else "current_schema()"


def namespace(name: Name) -> str:
    """The same as a regnamespace."""
    return f"quote_ident({schema(name)})::regnamespace"


def qualified(name: Name) -> str:
    """An SQL expression for the name with that schema in front, as a text."""
    return literal(ident(name)) if name.schema else f"format({_in_schema(name.name)})"


def regclass(name: Name) -> str:
    """An SQL expression for the relation of this name in that schema, NULL if there is none."""
    return f"to_regclass({qualified(name)})"


def regprocedure(name: Name, types: Iterable[object] = ()) -> str:
    """An SQL expression for the function of this name and these arguments in that schema, NULL if there is none."""
    arguments = ", ".join(map(str, types)).replace("%", "%%")
    if name.schema:
        return f"to_regprocedure({literal(f'{ident(name)}({arguments})')})"
    return f"to_regprocedure(format({_in_schema(name.name, f'({arguments})')}))"


def regtype(name: Name) -> str:
    """An SQL expression for the type of this name in that schema, NULL if there is none."""
    return f"to_regtype({qualified(name)})"


def _in_schema(name: str, behind: str = "") -> str:
    plain = ident(name) == name
    pattern = literal(f"%I.{name if plain else '%I'}{behind}")
    return f"{pattern}, current_schema()" if plain else f"{pattern}, current_schema(), {literal(name)}"


def check_name(text: str) -> str:
    """The text if it can be a name; ValueError says why not."""
    if not text or "\0" in text:
        raise ValueError("a name is empty")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ValueError(f"{text!r} is longer than a name can be ({MAX_BYTES} bytes)")
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError(f"{text!r} is not UTF-8")
    return text


def split_name(text: str) -> list[str]:
    """The parts of a dotted name; what stands in double quotes is taken as it is. ValueError if it makes no sense."""
    parts = re.findall(r'"((?:[^"]|"")+)"(?=\.|\Z)|([^".]+)(?=\.|\Z)|(.)', text, re.DOTALL)
    names = [quoted.replace('""', '"') or bare for quoted, bare, rest in parts if quoted or bare]
    if not names or "".join(rest for *_, rest in parts) != "." * (len(names) - 1):
        raise ValueError(f"{text!r} is no name")
    return [check_name(name) for name in names]


def read_name(text: str) -> Name:
    """A name as it is given, `table` or `schema.table`; ValueError if it cannot be one."""
    *schemas, name = split_name(text)
    if len(schemas) > 1:
        raise ValueError(f"{text!r} has more than a schema and a name")
    return Name(name, *schemas)


def object_name(*parts: object) -> str:
    """A name made of table, columns and a label, `users_email_key`; cut if it is too long, and still unlike others."""
    *words, label = [word for part in parts for word in _words(part)]
    whole = "_".join([*words, label])
    if len(whole.encode()) <= MAX_BYTES:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:6]
    room = MAX_BYTES - len(f"__{digest}{label}".encode())
    return f"{'_'.join(words).encode()[:room].decode(errors='ignore')}_{digest}_{label}"


def implicit_name(table: str, column: str, label: str) -> str:
    """The name that PostgreSQL gives what a statement leaves unnamed, before it looks whether that is free."""
    room = MAX_BYTES - len(label.encode()) - 2
    while len(table.encode()) + len(column.encode()) > room:
        table, column = (table[:-1], column) if len(table.encode()) > len(column.encode()) else (table, column[:-1])
    return f"{table}_{column}_{label}"


def _words(part: object) -> list[str]:
    if isinstance(part, list | tuple):
        return [word for one in part for word in _words(one)]
    return [str(getattr(part, "name", part))]


def singular(word: str) -> str:
    """One of what a table is called after: project for projects, category for categories; English."""
    for ending, one in _SINGULAR:
        if re.search(rf".{ending}$", word):
            return re.sub(rf"{ending}$", one, word)
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
