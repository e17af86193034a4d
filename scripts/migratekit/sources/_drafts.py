"""The texts of new migrations, as tools want them that make transactions and cut statements by themselves."""

from ..lexer import scan
from ..migration import Mode, read_body


def without_transaction(text: str) -> str:
    """The text without a BEGIN and COMMIT around all of it."""
    sql = text.encode()
    if read_body(sql).mode is not Mode.WHOLE:
        return text
    statements = scan(sql).statements
    for statement in (statements[-1], statements[0]):
        end = statement.end + 1 if sql[statement.end : statement.end + 1] == b";" else statement.end
        sql = sql[: statement.start] + sql[end:].removeprefix(b"\n")
    return sql.decode()


def in_blocks(text: str, begin: str, end: str) -> str:
    """The text with lines around each statement that holds a semicolon inside."""
    sql = text.encode()
    for statement in reversed(scan(sql).statements):
        first, last = statement.start, statement.end + 1
        if b";" in sql[first : statement.end]:
            sql = b"%b%b\n%b\n%b%b" % (sql[:first], begin.encode(), sql[first:last], end.encode(), sql[last:])
    return sql.decode()
