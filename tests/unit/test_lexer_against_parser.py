"""The lexer against PostgreSQL's scanner and parser (libpg_query), on generated scripts and on real files."""

import random
import re
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from migratekit.lexer import Script, Statement, scan

postgast = import_module("postgast")  # an import statement would make mypy read its stubs, which do not parse


GRAMMAR = {
    "script": ["{stmt}", "{stmt};{script}", "{stmt}~;~{script}", "{stmt};;~{script}", "~;{script}~"],
    "stmt": [
        "SELECT~{expr}",
        "SELECT~{expr}~AS~end,~{expr}~END~FROM~{name}~WHERE~{expr}~=~{expr}",
        "SELECT~begin~atomic",
        "(SELECT~{expr})~UNION~ALL~SELECT~x.end",
        "INSERT~INTO~{name}~VALUES~({expr},~{expr}),~({expr},{expr})",
        "CREATE~TABLE~IF~NOT~EXISTS~{name}~(a~numeric(10,2)~DEFAULT~({expr}),~CHECK~(({expr})~IS~NULL))",
        "CREATE~RULE~r~AS~ON~INSERT~TO~{name}~DO~ALSO~(DELETE~FROM~t;;~SELECT~{expr};~NOTIFY~x)",
        "CREATE~FUNCTION~f(a~int~DEFAULT~{expr})~RETURNS~int~LANGUAGE~plpgsql~AS~{quoted}",
        "CREATE~FUNCTION~begin.atomic()~RETURNS~int~RETURN~{expr}",
        "CREATE~OR~REPLACE~FUNCTION~f(begin~atomic)~RETURNS~TABLE~(a~int)~{body}",
        "CREATE~PROCEDURE~{name}(a~int~DEFAULT~{expr})~IMMUTABLE~STRICT~COST~1~ROWS~2~PARALLEL~SAFE"
        "~SECURITY~DEFINER~SET~x~TO~on,~off,~begin~SET~y~FROM~CURRENT~{body}",
        "DO~{quoted}~LANGUAGE~plpgsql",
        "COMMENT~ON~TABLE~{name}~IS~{string}",
        "ALTER~TABLE~ONLY~{name}~DETACH~PARTITION~c~CONCURRENTLY",
        "CREATE~INDEX~CONCURRENTLY~ON~{name}~USING~gin~((lower({expr})))~WITH~(fillfactor~=~70)",
        "COPY~{name}~(a,b)~FROM~STDIN~WITH~(FORMAT~csv,~DELIMITER~';')",
        "BEGIN",
        "END",
    ],
    "body": ["BEGIN~ATOMIC~END", "BEGIN~ATOMIC~{inner};~END", "begin~atomic~;{inner};;~{inner};end"],
    "inner": [
        "RETURN~{expr}",
        "SELECT~{expr}~end",
        "SELECT~1~AS~begin,~2~AS~case,~x.end~FROM~x",
        "SELECT~begin~atomic",
        "INSERT~INTO~{name}~SELECT~{expr}",
        "CREATE~RULE~r~AS~ON~INSERT~TO~t~DO~(SELECT~1;~SELECT~{expr})",
    ],
    "expr": [
        *["1", "{string}", "{name}", "$1", "1.5e-3", "1+/*;*/2", "1--;'\n", r"date'\'", "a~->~{string}"],
        *["({expr}~+~{expr})", "(SELECT~{expr})", "f({expr},~{expr})", "ARRAY[{expr}]", "-~-~{expr}"],
        *["CASE~WHEN~{expr}~THEN~{expr}~ELSE~{expr}~END", "CASE~{expr}~WHEN~1~THEN~{expr}~END"],
    ],
    "name": ["a", "a.b", "a$b$c", "tablé", '"q""u;o"', 'é."--"', '"/*"', 'u&"d;"', "_$$"],
    "string": [
        *["'a'", "'it''s;'", r"'\'", "'--'", "'/*'", "'a'\n\t';b'", "U&';'", "{quoted}"],
        *[r"E'\';'", r"e'''\\'", "E'a;'\n'\\';'"],
    ],
    "quoted": [
        "'BEGIN;'",
        "$$;'\"/*$$",
        "$é$ $$ ; $1$é$",
        "$a$;$b$;$a$",
        r"E'\';'",
        "$_1$ BEGIN ATOMIC; $_1$",
    ],
    "gap": [
        " ",
        "\n",
        " \t",
        "/* ; */",
        "/* /* ; */ */",
        "/*'*/",
        "/*/**/*/",
        " -- ;'\n",
        ' --"($$\r',
        " /***/ ",
    ],
}


def generated(rng: random.Random, symbol: str = "script", depth: int = 0) -> str:
    """Text for a symbol of the grammar; far down always its first, plainest form."""
    template = rng.choice(GRAMMAR[symbol]) if depth < 7 else GRAMMAR[symbol][0]
    template = template.replace("~", "{gap}")
    return re.sub(r"\{(\w+)\}", lambda found: generated(rng, found[1], depth + 1), template)


def scripts(seed: int, count: int) -> Iterator[str]:
    rng = random.Random(seed)
    return (generated(rng) for _ in range(count))


def soup(seed: int, count: int) -> Iterator[str]:
    rng = random.Random(seed)
    pieces = [
        *"'\"$;()/*-+,@\\ \n\r\taebnxUé1_",
        "''",
        "$$",
        "$a$",
        "$é$",
        "$1",
        "/*",
        "*/",
        "--",
        "E'",
        "U&",
        "end",
    ]
    return ("".join(rng.choices(pieces, k=rng.randint(1, 14))) for _ in range(count))


class Token(NamedTuple):
    start: int
    end: int
    text: bytes


def code_tokens(sql: str) -> list[Token]:
    """What libpg_query's scanner finds, without comments."""
    raw = sql.encode()
    tokens = [Token(found.start, found.end, raw[found.start : found.end]) for found in postgast.scan(sql).tokens]
    return [token for token in tokens if not token.text.startswith((b"--", b"/*"))]


def statement(tokens: list[Token]) -> Statement:
    """The statement that these tokens make up."""
    words, depth = [], 0
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        depth += (token.text == b"(") - (token.text == b")" and depth > 0)
        is_name = re.match(rb"[a-z_\x80-\xff]", token.text, re.I) and not re.match(rb"[bex]'|u&['\"]", token.text, re.I)
        # The scanner has the N of N'..' as a token of its own.
        is_prefix = (
            token.text in (b"n", b"N") and following and following.text[:1] == b"'" and following.start == token.end
        )
        if is_name and not is_prefix and not depth:
            words.append(token.text.upper().decode())
    return Statement(tokens[0].start, tokens[-1].end, tuple(words[:16]))


def parsed(sql: str) -> tuple[Statement, ...]:
    """The statements as PostgreSQL's parser sees them, from their first to their last token."""
    tokens = code_tokens(sql)
    starts = [token.start for token in tokens]
    found = []
    for node in postgast.parse(sql).stmts:
        end = node.stmt_location + node.stmt_len if node.stmt_len else len(sql.encode())
        found.append(statement(tokens[bisect_left(starts, node.stmt_location) : bisect_left(starts, end)]))
    return tuple(found)


def split(sql: str) -> tuple[Statement, ...]:
    """The statements of text that need not parse, by the semicolons outside parentheses."""
    groups, depth = [list[Token]()], 0
    for token in code_tokens(sql):
        depth += (token.text == b"(") - (token.text == b")" and depth > 0)
        if token.text == b";" and not depth:
            groups.append([])
        else:
            groups[-1].append(token)
    return tuple(statement(group) for group in groups if group)


UNTERMINATED = {
    "unterminated /* comment": "comment",
    "unterminated quoted string": "string",
    "unterminated bit string literal": "string",
    "unterminated hexadecimal string literal": "string",
    "unterminated quoted identifier": "quoted identifier",
    "unterminated dollar-quoted string": "dollar quote",
}


def scanner_says(sql: str) -> str | None:
    """What never ends, in the lexer's words; None also for any other error."""
    try:
        postgast.scan(sql)
    except postgast.PgQueryError as error:
        return UNTERMINATED.get(str(error).partition(" at or near")[0])
    return None


def test_statements_of_generated_scripts_are_those_of_the_parser() -> None:
    count = 0
    for sql in scripts(seed=1, count=4000):
        try:
            expected = parsed(sql)
        except postgast.PgQueryError:
            continue
        assert scan(sql.encode()) == Script(expected, None), sql
        count += len(expected)
    assert count > 10_000


def test_what_never_ends_in_a_cut_script_is_what_the_scanner_says() -> None:
    rng = random.Random(2)
    seen = Counter[str | None]()
    for whole in scripts(seed=2, count=4000):
        sql = whole[: rng.randrange(len(whole) + 1)]
        found, expected = scan(sql.encode()).unterminated, scanner_says(sql)
        assert found == expected or (expected is None and found in ("parenthesis", "BEGIN ATOMIC")), sql
        seen[found] += 1
    assert seen.keys() == {None, "parenthesis", "BEGIN ATOMIC", *UNTERMINATED.values()}


def test_tokens_in_any_order_are_read_as_the_scanner_does() -> None:
    seen = Counter[str | None]()
    for sql in soup(seed=3, count=20_000):
        found = scan(sql.encode())
        try:
            expected = split(sql)
        except postgast.PgQueryError:
            what = scanner_says(sql)
            assert what in (None, found.unterminated), sql
        else:
            what = "nothing"
            assert (found.statements, found.unterminated in (None, "parenthesis")) == (expected, True), sql
        seen[what] += 1
    assert all(seen[what] > 500 for what in ("nothing", *UNTERMINATED.values()))


MIGRATIONS = Path(__file__).parents[2] / "migrations"


def sql_files() -> Iterator[Path]:
    for root in (MIGRATIONS, Path("/usr/share/postgresql"), Path(sys.prefix)):
        yield from sorted(root.rglob("*.sql"))


def test_statements_of_real_files_are_those_of_the_parser() -> None:
    for path in sql_files():
        # psql's commands and the placeholders of an extension's script are no SQL
        sql = re.sub(r"^\\.*|@(\w+)@", r"\1", path.read_text(), flags=re.MULTILINE)
        try:
            expected = parsed(sql)
        except postgast.PgQueryError:
            assert MIGRATIONS not in path.parents, path
        else:
            assert scan(sql.encode()) == Script(expected, None), path
