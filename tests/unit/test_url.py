"""Database URLs taken apart, and never shown with a password."""

from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict

from migratekit.errors import UsageError
from migratekit.url import parse

CANARY = "c4naryC4nary"
PASSWORDS = [
    "p@ss/w#rd:%?",
    "a@b.c/d",
    "100%",
    "%zz",
    "with a blank",
    "p]w[",
    "x@y/z?sslmode=disable#w",
    "plus+plus",
    'it\'s "quoted" \\ and more',
    "ünï☃",
    ":::@@@///",
]


def parameters(url: str) -> dict[str, str]:
    return dict(parse(url).parameters)


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_is_taken_as_it_is_pasted(password: str) -> None:
    url = f"postgres://ann:{password}@db.example:5432/shop?sslmode=disable"
    assert parameters(url) == {
        "user": "ann",
        "password": password,
        "host": "db.example",
        "port": "5432",
        "dbname": "shop",
        "sslmode": "disable",
    }


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_percent_encoded_password_is_decoded(password: str) -> None:
    assert parameters(f"postgres://ann:{quote(password, safe='')}@h/db")["password"] == password


def test_an_at_sign_in_a_parameter_does_not_move_the_host() -> None:
    found = parameters("postgres://ann:pw@h/db?application_name=ann@laptop")
    assert (found["host"], found["password"]) == ("h", "pw")
    assert found["application_name"] == "ann@laptop"


WHERE = {
    "name and port": ("ann:pw@h:5433/db", {"host": "h", "port": "5433"}),
    "name alone": ("h/db", {"host": "h"}),
    "IPv4": ("ann:pw@127.0.0.1:5/db", {"host": "127.0.0.1", "port": "5"}),
    "IPv6": ("ann:pw@[::1]/db", {"host": "::1"}),
    "IPv6 and port": ("ann:pw@[2001:db8::7]:5433/db", {"host": "2001:db8::7", "port": "5433"}),
    "several hosts": ("ann:pw@h1:1,h2:2/db", {"host": "h1,h2", "port": "1,2"}),
    "several hosts, one port": ("ann:pw@h1,h2:5433/db", {"host": "h1,h2", "port": ",5433"}),
    "several hosts, no port": ("ann:pw@h1,h2/db", {"host": "h1,h2"}),
    "several IPv6 hosts": ("ann:pw@[::1]:1,[::2]:2/db", {"host": "::1,::2", "port": "1,2"}),
    "socket folder as a parameter": ("/db?host=/run/pg&port=5", {"host": "/run/pg", "port": "5"}),
    "socket folder as the host": ("ann:pw@%2Frun%2Fpg/db", {"host": "/run/pg"}),
    "socket folder as the host, and port": ("ann:pw@%2Frun%2Fpg:5433/db", {"host": "/run/pg", "port": "5433"}),
    "nowhere": ("/db", {}),
}


@pytest.mark.parametrize(("rest", "expected"), WHERE.values(), ids=WHERE)
def test_host_and_port_are_found(rest: str, expected: dict[str, str]) -> None:
    found = parameters(f"postgres://{rest}")
    assert {key: found[key] for key in ("host", "port") if key in found} == expected
    assert found["dbname"] == "db"


WHO = {
    "user and password": ("ann:pw@h/db", "ann", "pw"),
    "user alone": ("ann@h/db", "ann", None),
    "an empty password is none": ("ann:@h/db", "ann", None),
    "nobody": ("h/db", "", None),
    "nobody in front of an at sign": ("@h/db", "", None),
    "a password without user": (":pw@h/db", "", "pw"),
    "an encoded user": ("ann%40shop:pw@h/db", "ann@shop", "pw"),
    "both as parameters": ("h/db?user=ann&password=p%26w", "ann", "p&w"),
}


@pytest.mark.parametrize(("rest", "user", "password"), WHO.values(), ids=WHO)
def test_user_and_password_are_found(rest: str, user: str, password: str | None) -> None:
    url = parse(f"postgres://{rest}")
    assert (url.user, url.parameters.get("password")) == (user, password)


def test_the_path_is_the_database_decoded_and_keeps_its_slash() -> None:
    url = parse("postgres://h/my%20db")
    assert (url.path, url.parameters["dbname"]) == ("/my db", "my db")
    assert parse("postgres://h").path == ""


def test_wishes_are_kept_apart_from_what_the_server_gets() -> None:
    url = parse("postgres://h/db?x-migrations-table=t&search_path=a%2Cb&x-multi-statement=true")
    assert url.wishes == {"x-migrations-table": "t", "x-multi-statement": "true"}
    assert dict(url.parameters) == {"host": "h", "dbname": "db", "search_path": "a,b"}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "pgx", "pgx4", "pgx5"])
def test_each_scheme_of_postgresql_is_known(scheme: str) -> None:
    assert parse(f"{scheme}://h/db").scheme == scheme


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2", "asyncpg"])
def test_the_driver_in_the_scheme_of_sqlalchemy_is_passed_over(driver: str) -> None:
    url = parse(f"postgresql+{driver}://ann:p%40w@h:5433/db")
    assert (url.scheme, url.text) == ("postgresql", "postgresql://ann:p%40w@h:5433/db")
    with pytest.raises(UsageError):
        parse(f"postgresql+{driver}://h/db", dialects=False)


OF_OTHERS = {
    "schema=My%20%22App": {"search_path": '"My ""App"'},
    "schema=app&search_path=ops": {"search_path": "ops"},
    "schema=": {},
    "connection_limit=5&pool_timeout=9&pgbouncer=true&socket_timeout=9&statement_cache_size=0": {},
    "sslmode=require&sslaccept=accept_invalid_certs": {"sslmode": "require"},
    "sslmode=require&sslaccept=strict": {"sslmode": "verify-full", "sslrootcert": "system"},
    "sslaccept=strict&sslrootcert=ca.pem": {"sslmode": "verify-full", "sslrootcert": "ca.pem"},
    "ssl=require": {"sslmode": "require"},
}


@pytest.mark.parametrize(("query", "expected"), OF_OTHERS.items())
def test_parameters_of_prisma_and_asyncpg_mean_what_they_mean_there(query: str, expected: dict[str, str]) -> None:
    url = parse(f"postgres://ann:x?schema=y@h/db?{query}&x-migrations-table=t")
    named = {"user": "ann", "password": "x?schema=y", "host": "h", "dbname": "db"}
    assert dict(url.parameters) == named | expected
    assert url.wishes == {"x-migrations-table": "t"}
    # What programs get, libpq takes.
    path = expected.get("search_path", "").replace(" ", "\\ ")
    rest = {key: value for key, value in expected.items() if key != "search_path"}
    rest |= {"options": f"-c search_path={path}"} if path else {}
    assert conninfo_to_dict(url.text.replace("x?schema=y", "pw")) == named | {"password": "pw"} | rest


HOSTS = {
    "host=h1:1&host=h2:2": {"host": "h1,h2", "port": "1,2"},
    "host=h1&host=h2&port=5": {"host": "h1,h2", "port": "5"},
    "host=h1:1": {"host": "h1", "port": "1"},
    "host=h1,h2&port=1,2": {"host": "h1,h2", "port": "1,2"},
    "host=/run/my:1&port=5": {"host": "/run/my:1", "port": "5"},
    "host=::1": {"host": "::1"},
}


@pytest.mark.parametrize(("query", "expected"), HOSTS.items())
def test_hosts_that_sqlalchemy_repeats_are_all_tried(query: str, expected: dict[str, str]) -> None:
    url = parse(f"postgresql+psycopg://ann@/db?{query}")
    assert dict(url.parameters) == {"user": "ann", "dbname": "db"} | expected
    assert conninfo_to_dict(url.text) == {"user": "ann", "dbname": "db"} | expected


def test_golang_migrate_knows_no_parameters_of_others() -> None:
    url = parse("postgres://h/db?schema=app&connection_limit=5", dialects=False)
    assert dict(url.parameters) == {"host": "h", "dbname": "db", "schema": "app", "connection_limit": "5"}


BAD = {
    "port too large": f"postgres://ann:{CANARY}@h:65536/db",
    "port zero": f"postgres://ann:{CANARY}@h:0/db",
    "port in a parameter": f"postgres://ann:{CANARY}@h/db?port=54x",
    "second port": f"postgres://ann:{CANARY}@h:1,i:99999/db",
    "port is a word": f"postgres://ann:{CANARY}@h:port/db",
    "port is a word, raw password": f"postgres://ann:x@{CANARY}/y@h:54x/db",
    "other database": f"mysql://ann:{CANARY}@h/db",
    "no scheme": f"ann:{CANARY}@h/db",
    "no slashes": f"postgres:ann:{CANARY}@h/db",
    "a blank in front": f" postgres://ann:{CANARY}@h/db",
    "connection string": f"host=h password={CANARY}",
    "unclosed bracket": f"postgres://ann:{CANARY}@[::1/db",
    "only a secret": CANARY,
    "nothing": "",
}


@pytest.mark.parametrize("url", BAD.values(), ids=BAD)
def test_what_is_no_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(url)
    told = f"{raised.value} {raised.value.hint} {raised.value!r}"
    assert raised.value.hint
    assert "c4nary" not in told.lower()
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("port", ["0", "65536", "99999999999999999999"])
def test_a_bad_port_is_called_that(port: str) -> None:
    with pytest.raises(UsageError, match="port"):
        parse(f"postgres://ann:pw@h:{port}/db")


@pytest.mark.parametrize(
    "url",
    [
        f"postgres://ann:{CANARY}@h:5432/db?sslmode=disable",
        f"postgres://ann:{CANARY}/{CANARY}@{CANARY}#{CANARY}?{CANARY}@h/db",
        f"postgres://ann@h/db?password={CANARY}",
        f"postgres://ann@h/db?sslpassword={CANARY}&passfile={CANARY}",
        f"postgres://ann:{CANARY}@%2Frun%2Fpg/db",
        f"postgres:///db?host=/run/pg&password={CANARY}",
        f"postgres://h/db?options=-c%20app.secret%3D{CANARY}&x-secret={CANARY}",
        f"postgres://:{CANARY}@h/db#{CANARY}",
    ],
)
def test_no_part_of_a_password_is_in_the_redacted_url(url: str) -> None:
    parsed = parse(url)
    assert CANARY not in parsed.redacted()
    assert CANARY not in repr(parsed) or "x-secret" in url


SHOWN = {
    "postgres://ann:pw@h:5433/db?sslmode=require": "postgres://ann@h:5433/db",
    "postgres://h/db": "postgres://h/db",
    "postgresql://ann:pw@[::1]:5433/db": "postgresql://ann@[::1]:5433/db",
    "postgres://ann:pw@h1:1,h2:2/db": "postgres://ann@h1:1,h2:2/db",
    "postgres://ann:pw@%2Frun%2Fpg/db": "postgres://ann@/db?host=/run/pg",
}


@pytest.mark.parametrize(("url", "shown"), SHOWN.items())
def test_the_redacted_url_says_where_the_database_is(url: str, shown: str) -> None:
    assert parse(url).redacted() == shown
