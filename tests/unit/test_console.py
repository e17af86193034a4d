"""Results on stdout, all else on stderr, and secrets on neither."""

import io
import json

import pytest

from migratekit.console import Console
from migratekit.errors import MigratekitError, Refused


class Streams:
    """A console that writes into memory."""

    def __init__(self, *, debug: bool = False) -> None:
        self.stdout, self.stderr = io.StringIO(), io.StringIO()
        self.console = Console(self.stdout, self.stderr, debug=debug)

    @property
    def out(self) -> str:
        return self.stdout.getvalue()

    @property
    def err(self) -> str:
        return self.stderr.getvalue()


@pytest.fixture
def streams() -> Streams:
    return Streams()


def test_results_go_to_stdout_and_notes_to_stderr(streams: Streams) -> None:
    streams.console.out("result")
    streams.console.note("note")
    assert (streams.out, streams.err) == ("result\n", "note\n")


def test_a_secret_is_printed_nowhere() -> None:
    streams = Streams(debug=True)
    console = streams.console
    console.hide("s3cret")
    console.out("a s3cret b")
    console.note("a s3cret b")
    console.json({"s3cret": ["s3cret"]})
    console.table(("s3cret",), [("s3cret",)])
    console.failure(MigratekitError("s3cret", where="s3cret", hint="s3cret"))
    try:
        raise ValueError("s3cret")
    except ValueError as error:
        console.fault(error)
    assert "s3cret" not in streams.out + streams.err
    assert "a *** b" in streams.out
    assert "a *** b" in streams.err


@pytest.mark.parametrize("password", ['with "quotes"', "back\\slash", "tab\tand\nline", "ünï☃"])
def test_a_secret_is_not_in_json_either(streams: Streams, password: str) -> None:
    streams.console.hide(password)
    streams.console.json({"message": f"password {password} is wrong"})
    shown = json.loads(streams.out)["message"]
    assert password not in shown
    assert json.dumps(password, ensure_ascii=False).strip('"') not in streams.out


def test_the_longer_of_two_secrets_leaves_no_rest(streams: Streams) -> None:
    secret = "abcdefghijklmnop"
    for length in range(3, len(secret) + 1):
        streams.console.hide(secret[:length])
    streams.console.note(f"<{secret}>")
    assert streams.err == "<***>\n"


def test_an_empty_secret_hides_nothing(streams: Streams) -> None:
    streams.console.hide("")
    streams.console.out("plain")
    assert streams.out == "plain\n"


MASKED = {
    "CREATE ROLE r PASSWORD 'tops'": "CREATE ROLE r PASSWORD '***'",
    "alter role r with encrypted password 'tops' login": "alter role r with encrypted password '***' login",
    "PASSWORD  'to''ps'": "PASSWORD  '***'",
    "PASSWORD E'to\\'ps'": "PASSWORD '***'",
    "PASSWORD\n  'tops'": "PASSWORD\n  '***'",
    "password = 'tops'": "password = '***'",
    "host=h password=tops dbname=d": "host=h password=*** dbname=d",
    "postgres://h/db?password=tops&sslmode=require": "postgres://h/db?password=***&sslmode=require",
    "OPTIONS (user 'ann', password 'tops')": "OPTIONS (user 'ann', password '***')",
}


@pytest.mark.parametrize(("text", "shown"), MASKED.items())
def test_a_password_in_sql_or_in_a_connection_string_is_masked(streams: Streams, text: str, shown: str) -> None:
    streams.console.note(text)
    assert streams.err == f"{shown}\n"


@pytest.mark.parametrize(
    "text",
    [
        "password authentication failed for user 'ann'",
        "ALTER TABLE users ADD COLUMN password text",
        "SELECT 'password', 'name'",
        "CREATE ROLE r PASSWORD NULL",
        "password_hash = 'x'",
    ],
)
def test_what_only_looks_like_a_password_is_left(streams: Streams, text: str) -> None:
    streams.console.note(text)
    assert streams.err == f"{text}\n"


def test_a_table_is_plain_columns_where_no_terminal_is(streams: Streams) -> None:
    streams.console.table(("version", "state"), [("001", "applied"), ("10", "pending")])
    assert streams.out == "version  state\n001      applied\n10       pending\n"


def test_a_failure_says_where_what_and_what_next(streams: Streams) -> None:
    streams.console.failure(MigratekitError("is empty", where="1_a.up.sql", hint="fill it"))
    assert streams.err == "error: 1_a.up.sql: is empty\nhint: fill it\n"
    assert streams.out == ""


def test_a_failure_without_place_and_hint_is_one_line(streams: Streams) -> None:
    streams.console.failure(MigratekitError("is empty"))
    assert streams.err == "error: is empty\n"


def raised_in_here() -> ValueError:
    try:
        raise ValueError("odd")
    except ValueError as error:
        return error


def test_a_fault_is_told_without_traceback(streams: Streams) -> None:
    streams.console.fault(raised_in_here())
    assert streams.err.splitlines()[0] == "error: ValueError: odd"
    assert "DEBUG=true" in streams.err
    assert "Traceback" not in streams.err


def test_debug_shows_the_traceback() -> None:
    streams = Streams(debug=True)
    try:
        raise ValueError("odd")
    except ValueError as error:
        streams.console.fault(error)
    assert "Traceback" in streams.err
    assert "test_console.py" in streams.err


def test_nothing_is_confirmed_without_a_terminal(streams: Streams) -> None:
    with pytest.raises(Refused, match="nobody is there") as raised:
        streams.console.confirm("drop will remove all", "production")
    assert "--yes" in raised.value.hint
    assert streams.out == streams.err == ""
