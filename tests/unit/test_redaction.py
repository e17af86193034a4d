"""No password gets through, wherever it stands."""

import pytest

from migratekit.redaction import redact, redact_error


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CREATE ROLE r PASSWORD 'canary'", "CREATE ROLE r PASSWORD '***'"),
        ("alter role r password  E'can\\'ary' valid until 'x'", "alter role r password  '***' valid until 'x'"),
        ("PASSWORD 'can''ary';", "PASSWORD '***';"),
        ("PASSWORD 'canary;\nnever closed", "PASSWORD '***'"),
        ("PASSWORD $a$can$$ary$a$; SELECT 1", "PASSWORD '***'; SELECT 1"),
        ("host=h password=canary user=u", "host=h password=*** user=u"),
        ("CONNECTION 'postgres://u:canary@h/d'", "CONNECTION 'postgres://u:***@h/d'"),
        ("see https://h:8080/a for u@h", "see https://h:8080/a for u@h"),
        ("password authentication failed for user", "password authentication failed for user"),
    ],
)
def test_passwords_are_taken_out(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    ("message", "sql", "shown"),
    [
        ('syntax error at or near "canary"', "CREATE ROLE r PASSWORD canary", 'syntax error at or near "***"'),
        (
            'unterminated string at or near "\'canary;"',
            "ROLE r password\n 'canary;",
            'unterminated string at or near "***"',
        ),
        ('syntax error at or near "tabel"', "CREATE tabel", 'syntax error at or near "tabel"'),
    ],
)
def test_what_the_server_quotes_may_be_one(message: str, sql: str, shown: str) -> None:
    word = next(word for word in ("'canary", "canary", "tabel") if word in sql)
    assert redact_error(message, sql, sql.index(word) + 1) == shown
