"""Where the statements of a PostgreSQL script begin and end, and with which words.

Pure, and on bytes: a script is UTF-8, offsets are byte offsets, and a byte above 127 counts as a letter.
The rules are those of PostgreSQL's scanner and, for the bodies of functions, of its grammar.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_MAX_WORDS = 16


class Statement(NamedTuple):
    """The byte offsets of a statement's text, without the semicolon, and its leading words in upper case."""

    start: int
    end: int
    words: tuple[str, ...]


class Script(NamedTuple):
    """The statements of a script, empty ones left out, and what in it never ends, if anything."""

    statements: tuple[Statement, ...]
    unterminated: str | None


def scan(sql: bytes, *, backslash_quotes: bool = False) -> Script:
    """Return the statements of `sql`, the last one also when unfinished; `unterminated` then says why.

    `backslash_quotes` reads plain '...' as E'...', as a server with standard_conforming_strings=off does.
    """
    stream = Stream(sql, backslash_quotes=backslash_quotes)
    return Script(tuple(stream), stream.unterminated)


class Stream:
    """The statements of a script, one by one; `unterminated` once they are through."""

    def __init__(self, sql: bytes, *, backslash_quotes: bool = False) -> None:
        self._reader = _Reader(sql, _grammar(_ESCAPED if backslash_quotes else _PLAIN))

    def __iter__(self) -> Iterator[Statement]:
        return self._reader.read()

    @property
    def unterminated(self) -> str | None:
        """What in the script never ends, if anything."""
        return self._reader.unterminated


# Every repeat is possessive: a backtracking one keeps a stack entry for each step through a 100 MB literal.
# Each repeated group ends in (?!): before Python 3.11.5 a round that failed did not give back what it took.
_GAP = rb"(?: \s++ | --[^\r\n]*+ | (?!) )*+"
_NAME = rb"(?! [BbEeNnXx]' | [Uu]&['\"] ) [A-Za-z_\x80-\xff] [\w$\x80-\xff]*+"
_TAG = rb"\$ (?!\d) [\w\x80-\xff]*+ \$"

# '' needs no rule where a backslash means nothing: one literal ends there and the next one starts.
_PLAIN = rb"'[^']*+'"
# Literals with a newline between them are one, so a backslash escapes in the second part of E'..' as well.
_PART = rb"' (?: [^'\\]++ | \\. | '' | (?!) )*+ '"
_CONTINUED = rb"[ \t\f\v]*+ (?: [\r\n] | --[^\r\n]*+ [\r\n] ) %b (?=')" % _GAP
_ESCAPED = rb"%(part)b (?: %(next)b %(part)b | (?!) )*+ (?! %(next)b )" % {
    b"part": _PART,
    b"next": _CONTINUED,
}

# The prefixes B, N, X and U& are taken alone: in valid SQL they do not change where the quotes end.
_ATOM = rb"""
    %(literal)b | [Ee] %(escaped)b | "[^"]*+" | [BbNnXx](?=') | [Uu]&(?=['"]) | /(?!\*) | (?! %(tag)b ) \$
"""
# Parentheses with parentheses inside, as most SQL has them; anything beyond that is counted token by token.
_INSIDE = rb"[^A-Za-z_\x80-\xff'\"$();/-]++ | %(name)b | --[^\r\n]*+ | - | %(atom)b"
_PARENTHESES = rb"\( (?: %(inside)b | \( (?: %(inside)b | (?!) )*+ \) | (?!) )*+ \)"
_STEP = rb"[^\s\w\x80-\xff'\"$();/-]++ | \d\w*+ (?: \.\w*+ | ) | \$\d++ | -(?!-) | %(atom)b | %(parentheses)b"
_LEAP = rb"[^\sA-Za-z_\x80-\xff'\"$();/-]++ | %(name)b | -(?!-) | %(atom)b | %(parentheses)b"
_TOKEN = rb"""
    %(gap)b
    (?: (?P<run> (?: \s*+ (?: %(run)b ) | (?!) )++ )
      | (?P<words> %(name)b (?: \s++ %(name)b | (?!) ){0,15}+ )
      | (?P<semicolon> ; )
      | (?P<opening> \( )
      | (?P<closing> \) )
      | (?P<comment> /\* )
      | (?P<dollar> %(tag)b )
      | (?P<literal> [Ee]?+' )
      | (?P<identifier> " )
    )
"""
# The complete ones, but for dollar quotes, are in a run: a bare opening quote has no closing one.
_QUOTES = {"dollar": "dollar quote", "literal": "string", "identifier": "quoted identifier"}
_COMMENT_EDGE = re.compile(rb"/\*|\*/")


class _Grammar(NamedTuple):
    """Two patterns for the next token: one stops at words, the other leaps over them and is much faster."""

    step: re.Pattern[bytes]
    leap: re.Pattern[bytes]


_grammars: dict[bytes, _Grammar] = {}


def _grammar(literal: bytes) -> _Grammar:
    if literal not in _grammars:  # compiled when needed: it takes milliseconds
        parts = {b"literal": literal, b"escaped": _ESCAPED, b"tag": _TAG, b"name": _NAME, b"gap": _GAP}
        parts[b"atom"] = _ATOM % parts
        parts[b"inside"] = _INSIDE % parts
        parts[b"parentheses"] = _PARENTHESES % parts
        step, leap = (_TOKEN % {**parts, b"run": run % parts} for run in (_STEP, _LEAP))
        flags = re.DOTALL | re.VERBOSE
        _grammars[literal] = _Grammar(re.compile(step, flags), re.compile(leap, flags))
    return _grammars[literal]


class _Unterminated(Exception):
    """Says what never ends."""


class _Texts(dict[bytes, str]):
    """Words as text, one object per word: a dump of rows repeats a few words a million times."""

    def __missing__(self, word: bytes) -> str:
        text = self[word] = word.decode(errors="backslashreplace")
        return text


class _Routine:
    """Follows a CREATE FUNCTION or PROCEDURE to its BEGIN ATOMIC and on to the END of that.

    The grammar wants a semicolon right before that END; the END of a CASE, or a column "end", has none.
    """

    def __init__(self) -> None:
        self.body_open = False
        self._previous = b""

    def needs_words(self) -> bool:
        return not self.body_open or self._previous == b";"

    def read_words(self, words: list[bytes]) -> None:
        for word in words:
            pair = (self._previous, word)
            self._previous = word
            if self.body_open:
                self.body_open = pair != (b";", b"END")
            elif pair == (b"BEGIN", b"ATOMIC"):
                self.body_open = True
                self._previous = b";"  # the END of an empty body follows at once

    def read_other(self, kind: str) -> None:
        self._previous = b";" if kind == "semicolon" else b""


class _Reader:
    """Reads a script token by token; the fields are what its open statement has shown so far."""

    def __init__(self, sql: bytes, grammar: _Grammar) -> None:
        self.unterminated: str | None = None
        self._closed: Statement | None = None
        self._sql = sql
        self._grammar = grammar
        self._texts = _Texts()
        self._open_statement()

    def _open_statement(self) -> None:
        self._start = -1
        self._end = -1
        self._words: list[bytes] = []
        self._depth = 0
        self._routine: _Routine | None = None

    def _close_statement(self) -> None:
        if self._start >= 0:
            words = tuple(map(self._texts.__getitem__, self._words))
            self._closed = Statement(self._start, self._end, words)
        self._open_statement()

    def read(self) -> Iterator[Statement]:
        """Read to the end of the script; then `unterminated` is what never ends."""
        position = 0
        try:
            while token := self._pattern().match(self._sql, position):
                position = self._take(token)
                if self._closed is not None:
                    yield self._closed
                    self._closed = None
            self.unterminated = self._unfinished()
        except _Unterminated as error:
            self.unterminated = str(error)
        self._close_statement()
        if self._closed is not None:
            yield self._closed

    def _pattern(self) -> re.Pattern[bytes]:
        if self._depth:
            return self._grammar.leap
        if len(self._words) < _MAX_WORDS or (self._routine and self._routine.needs_words()):
            return self._grammar.step
        return self._grammar.leap

    def _unfinished(self) -> str | None:
        if self._depth:
            return "parenthesis"
        return "BEGIN ATOMIC" if self._routine and self._routine.body_open else None

    def _take(self, token: re.Match[bytes]) -> int:
        kind = token.lastgroup or ""
        if kind == "comment":
            return _comment_end(self._sql, token.end())
        if kind == "semicolon" and not self._unfinished():
            self._close_statement()
            return token.end()
        if self._start < 0:
            self._start = token.start(kind)
        if kind == "words":
            self._read_words(token[kind].upper().split())
        else:
            self._read_other(kind)
        self._end = token.end()
        if kind in _QUOTES:
            self._end = len(self._sql)  # unless a closing quote is found
            self._end = _closing_quote(token)
        return self._end

    def _read_words(self, words: list[bytes]) -> None:
        if len(self._words) < _MAX_WORDS:
            self._words = (self._words + words)[:_MAX_WORDS]
        if self._routine is None and _creates_routine(self._words):
            self._routine = _Routine()
        if self._routine:
            self._routine.read_words(words)

    def _read_other(self, kind: str) -> None:
        if self._routine:
            self._routine.read_other(kind)
        if kind == "opening":
            self._depth += 1
        elif kind == "closing":
            self._depth = max(0, self._depth - 1)


def _creates_routine(words: list[bytes]) -> bool:
    if words[0] != b"CREATE":
        return False
    kind = words[3:4] if words[1:3] == [b"OR", b"REPLACE"] else words[1:2]
    return kind in ([b"FUNCTION"], [b"PROCEDURE"])


def _closing_quote(token: re.Match[bytes]) -> int:
    kind = token.lastgroup or ""
    closing = token.string.find(token[kind], token.end()) if kind == "dollar" else -1
    if closing < 0:
        raise _Unterminated(_QUOTES[kind])
    return closing + len(token[kind])


def _comment_end(sql: bytes, inside: int) -> int:
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, inside):
        depth += 1 if edge[0] == b"/*" else -1
        if not depth:
            return edge.end()
    raise _Unterminated("comment")
