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
        ("host=h password=canary user=u", "host=h password=*** user=u"),
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
