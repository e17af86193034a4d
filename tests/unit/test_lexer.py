"""Where statements end, which words they start with, and what never ends."""

import tracemalloc

import pytest

from migratekit.lexer import Script, Statement, scan


def texts(sql: str, *, backslash_quotes: bool = False) -> list[str]:
    raw = sql.encode()
    script = scan(raw, backslash_quotes=backslash_quotes)
    assert script.unterminated is None
    return [raw[statement.start : statement.end].decode() for statement in script.statements]


BOUNDARIES = {
    "nothing": ("", []),
    "only blanks, comments and semicolons": (" ;; -- x;\n /* ; */ ;\r\n", []),
    "no semicolon at the end": ("a; b", ["a", "b"]),
    "blanks and comments around a statement": (" \n/* x */ a b /* y */ -- z\n ; c \v\f", ["a b", "c"]),
    "line comment up to LF": ("a -- ;'\"$$ /*\n; b", ["a", "b"]),
    "line comment up to CR": ("a -- ;\r; b", ["a", "b"]),
    "line comment at the end": ("a -- ; b", ["a"]),
    "block comments nest": ("a /* ; /* ; */ ; */ b; c", ["a /* ; /* ; */ ; */ b", "c"]),
    "a comment's edge counts once": ("a /*/ ; */ /*/**/; */ b /***/; c", ["a /*/ ; */ /*/**/; */ b", "c"]),
    "no line comment in a block comment": ("a /* -- */; b", ["a", "b"]),
    "no quote in a comment": ("a /* it's */; b -- don't\n; c", ["a", "b", "c"]),
    "comments inside operators": ("a +-- ;\n1 */*;*/ 2 -/**/- 3; b", ["a +-- ;\n1 */*;*/ 2 -/**/- 3", "b"]),
    "minus and slash are operators, too": ("a->'b' - -1 / 2; c", ["a->'b' - -1 / 2", "c"]),
    "string": ("a ';' 'it''s;' '' ''''; b", ["a ';' 'it''s;' '' ''''", "b"]),
    "a backslash in a string is nothing": (r"a '\'; b", [r"a '\'", "b"]),
    "a comment in a string is nothing": ("a '--' '/*'; b", ["a '--' '/*'", "b"]),
    "escapes": (r"a E'\';' e'\\' E'''\'' E''; b", [r"a E'\';' e'\\' E'''\'' E''", "b"]),
    "an identifier that ends in e": (r"a type'\'; b", [r"a type'\'", "b"]),
    "an E behind a string": (r"a ''e'\';' b", [r"a ''e'\';' b"]),
    "string goes on in the next line": ("a 'b'\n ';'; c", ["a 'b'\n ';'", "c"]),
    "escapes go on in the next line": ("a E'b' \n\t'\\';'; c", ["a E'b' \n\t'\\';'", "c"]),
    # libpg_query forgets the E at the comment; the server does not.
    "escapes go on behind a comment": ("a E'b' --'\n --\n'\\';'; c", ["a E'b' --'\n --\n'\\';'", "c"]),
    "escapes do not go on in the same line": (r"a E'b' '\'; c", [r"a E'b' '\'", "c"]),
    "prefixes": (r"a U&'\' B'1;' x'F;' N'\' u&'\'; b", [r"a U&'\' B'1;' x'F;' N'\' u&'\'", "b"]),
    "quoted identifiers": ('a ";" "b"";" U&"\\" u&"\'"; c', ['a ";" "b"";" U&"\\" u&"\'"', "c"]),
    "dollar quote": ("a $$;'\"/*$a$$; b", ["a $$;'\"/*$a$$", "b"]),
    "dollar quote with a tag": ("a $x1$ $$ ; $X1$ $x1; $x1$; b", ["a $x1$ $$ ; $X1$ $x1; $x1$", "b"]),
    "dollar quote with a tag beyond ASCII": ("a $é_9$ ; $é$ $é_9$; b", ["a $é_9$ ; $é$ $é_9$", "b"]),
    "no dollar quote in an identifier": ("a a$b$c; é$$; _1$$; b", ["a a$b$c", "é$$", "_1$$", "b"]),
    "dollar quote behind a number or parameter": ("a 1$$;$$ $1$$;$$; b", ["a 1$$;$$ $1$$;$$", "b"]),
    "parameter is no dollar quote": ("a $1; $2$; b", ["a $1", "$2$", "b"]),
    "semicolons in parentheses": ("a do also (b; c; (d;)); e", ["a do also (b; c; (d;))", "e"]),
    "deep parentheses": ("a ((((';)' $$)$$ /*)*/ \")\" --)\n ; )))); b",
                         ["a ((((';)' $$)$$ /*)*/ \")\" --)\n ; ))))", "b"]),
    "a closing parenthesis too many": ("a ); b (;)", ["a )", "b (;)"]),
    "beyond ASCII": ("é 'ü;' \"ö;\"; ß", ["é 'ü;' \"ö;\"", "ß"]),
}  # fmt: skip

BODIES = [
    "BEGIN ATOMIC END",
    "begin atomic ; ; end",
    "BEGIN/* ; */ATOMIC -- ;\n SELECT 1; SELECT 2; /* END */ END",
    "BEGIN ATOMIC SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END; RETURN (CASE WHEN a THEN 1 END); END",
    "BEGIN ATOMIC SELECT 'END;', \"END\", $$;END;$$; SELECT x.end, 1 AS end, 2 AS case, 3 end; END",
    "BEGIN ATOMIC SELECT begin atomic; END",
    "BEGIN ATOMIC INSERT INTO t VALUES (1); DELETE FROM endings; END",
]
HEADS = [
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql",
    "create or /* ; */ replace\nfunction begin.atomic(a int default (1)) returns int",
    "CREATE PROCEDURE p(begin atomic)",
    "CREATE OR REPLACE PROCEDURE a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p() SET x TO begin",
]

WORDS = {
    "COPY t (a,b) FROM STDIN": "COPY T FROM STDIN",
    "alter table a.b detach partition c concurrently": "ALTER TABLE A B DETACH PARTITION C CONCURRENTLY",
    'CREATE INDEX CONCURRENTLY "my index" ON t (a, lower(b))': "CREATE INDEX CONCURRENTLY ON T",
    "begin/*a b*/work--c\n;": "BEGIN WORK",
    "SELECT 1, 0x1F, 1_000, 1.5e3, .5e-3, $1, a1 FROM x": "SELECT A1 FROM X",
    "SELECT E'a', e'b', U&'c', u&\"d\", B'1', x'F', N'g', U & 'h', type'i'": "SELECT U TYPE",
    "DO $body$ BEGIN END $body$ LANGUAGE plpgsql": "DO LANGUAGE PLPGSQL",
    "SELECT $a FROM a$b$c": "SELECT A FROM A$B$C",
    "Insert into éß_ü": "INSERT INTO éß_ü",
    "(select a) union b": "UNION B",
    "a (b (c (d (e $$)$$ ) ) ) ) f": "A F",
    "a b c d e f g h i j k l m n o p q r": "A B C D E F G H I J K L M N O P",
    "a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r": "A B C D E F G H I J K L M N O P",
}

UNTERMINATED = {
    "comment": ["a; /*", "a; b /* /* */ c", "/*/", "(/* )"],
    "string": [
        "a; 'b;",
        "'",
        "'a''",
        r"E'\'",
        "E'a''",
        r"E'a' '\' ';",
        "E'a'\n'\\';",
        "U&'a",
        "b'1",
        "n'",
        "('",
    ],
    "quoted identifier": ['a; "b;', '"a""', 'U&"a', '("'],
    "dollar quote": ["a; $$b;", "$a$ $$ $A$ $a", "1$$", "($$)"],
    "parenthesis": ["a; (b; c", "((a)", "CREATE FUNCTION f() BEGIN ATOMIC (", "(')')(')'"],
    "BEGIN ATOMIC": [
        "CREATE FUNCTION f() BEGIN ATOMIC",
        "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN b END; SELECT 1 end; END_; (; END); 'END'",
    ],
}


@pytest.mark.parametrize(("sql", "expected"), BOUNDARIES.values(), ids=BOUNDARIES.keys())
def test_statements_end_at_the_semicolons_that_count(sql: str, expected: list[str]) -> None:
    assert texts(sql) == expected


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("body", BODIES)
def test_semicolons_in_a_begin_atomic_body_do_not_end_the_statement(head: str, body: str) -> None:
    assert texts(f"{head} {body}; END; SELECT 1") == [f"{head} {body}", "END", "SELECT 1"]


@pytest.mark.parametrize("sql", ["SELECT begin atomic", "BEGIN ATOMIC", 'CREATE "x" AS FUNCTION BEGIN ATOMIC'])
def test_begin_atomic_means_nothing_outside_a_routine(sql: str) -> None:
    assert texts(f"{sql}; SELECT 1") == [sql, "SELECT 1"]


@pytest.mark.parametrize(("sql", "expected"), WORDS.items())
def test_words_are_the_unquoted_ones_outside_parentheses(sql: str, expected: str) -> None:
    assert [" ".join(statement.words) for statement in scan(sql.encode()).statements] == [expected]


@pytest.mark.parametrize(("sql", "what"), [(sql, what) for what, cases in UNTERMINATED.items() for sql in cases])
def test_what_never_ends_is_named(sql: str, what: str) -> None:
    assert scan(sql.encode()).unterminated == what


@pytest.mark.parametrize("rest", ["'b; ", '"b; ', "$$b; ", "(b;", "b /* ; "])
def test_an_unfinished_statement_is_listed_to_its_last_token(rest: str) -> None:
    raw = f"a; c {rest}".encode()
    end = raw.index(b"/*") - 1 if b"/*" in raw else len(raw)
    assert [(s.start, s.end) for s in scan(raw).statements] == [(0, 1), (3, end)]


@pytest.mark.parametrize(
    ("sql", "standard", "backslash"),
    [
        (r"'\'; a; '", [r"'\'", "a", "'"], [r"'\'; a; '"]),
        (r"N'\'; a; '", [r"N'\'", "a", "'"], [r"N'\'; a; '"]),
        ("'' \n'\\'; a; '", ["'' \n'\\'", "a", "'"], ["'' \n'\\'; a; '"]),
        (r"E'\'; '; a", [r"E'\'; '", "a"], [r"E'\'; '", "a"]),
        (r"'\\'; '''\''; a", [r"'\\'", r"'''\''; a"], [r"'\\'", r"'''\''", "a"]),
    ],
)  # fmt: skip
def test_backslash_quotes_escape_in_plain_strings(sql: str, standard: list[str], backslash: list[str]) -> None:
    raw = sql.encode()
    assert [raw[s.start : s.end].decode() for s in scan(raw).statements] == standard
    assert texts(sql, backslash_quotes=True) == backslash


def test_offsets_are_bytes_and_bad_utf8_is_no_error() -> None:
    script = scan("/* é */ é; ".encode() + b"\xff\xfe '\xff;'")
    assert script == Script((Statement(9, 11, ("é",)), Statement(13, 20, ("\\xff\\xfe",))), None)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES " + "(1, 'it''s', \"a\", f(2)),\n" * 80_000,
        "SELECT '" + "''" * 1_000_000 + "'",
        "SELECT E'" + r"a\'" * 700_000 + "'",
        "SELECT E'" + "'\n'" * 700_000 + "'",
        "SELECT $b$" + "$a$" * 700_000 + "$b$",
        "SELECT 1 /*" + "/* */" * 100_000 + "*/",
        "SELECT 1 " + "-- x\n" * 400_000,
        "SELECT " + "a " * 1_000_000,
        "CREATE FUNCTION f() BEGIN ATOMIC " + "SELECT a\n" * 200_000 + "; END",
    ],
    ids=lambda sql: sql[:20].strip(),
)
def test_memory_does_not_grow_with_the_length_of_a_statement(sql: str) -> None:
    raw = sql.encode()
    tracemalloc.start()
    try:
        assert len(scan(raw).statements) == 1
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()
