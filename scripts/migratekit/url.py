"""A database URL taken apart, forgiving where people paste raw passwords."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode

from .dialects import in_text, joined, plain_scheme, translated
from .errors import UsageError

SCHEMES = frozenset({"postgres", "postgresql"})
PGX_SCHEMES = frozenset({"pgx", "pgx4", "pgx5"})

# What follows a password may look like the rest of a URL; only `?name=` surely begins the parameters.
_QUERY = re.compile(r"\?([A-Za-z_][\w.-]*=[^?]*)?$", re.DOTALL)
_HOST = re.compile(r"(?:\[(?P<v6>[^\[\]]*)\]|(?P<host>[^:\[\]]*))(?::(?P<port>[^:]*))?", re.DOTALL)


class DatabaseURL(NamedTuple):
    """Where the database is, and the `x-…` wishes of its user; never shows the password."""

    scheme: str
    path: str
    parameters: Mapping[str, str]
    wishes: Mapping[str, str]
    # As it was given, without the wishes: what other programs take.
    text: str = ""

    def __repr__(self) -> str:
        return f"DatabaseURL({self.redacted()!r})"

    @property
    def user(self) -> str:
        """The role's name, empty if the URL leaves it open."""
        return self.parameters.get("user", "")

    def redacted(self) -> str:
        """The URL fit for eyes: no password, and no parameter that could hold one."""
        user = f"{self.user}@" if self.user else ""
        host, port = self.parameters.get("host", ""), self.parameters.get("port", "")
        if host.startswith("/"):
            return f"{self.scheme}://{user}{self.path or '/'}?host={host}"
        hosts, ports = host.split(","), port.split(",")
        pairs = zip(hosts, ports if len(ports) == len(hosts) else ports * len(hosts), strict=False)
        places = (f"{f'[{h}]' if ':' in h else h}{f':{p}' if p else ''}" for h, p in pairs)
        return f"{self.scheme}://{user}{','.join(places)}{self.path}"


def scheme_of(url: str) -> str:
    """The scheme as written; empty if there is none in front of the first colon."""
    return url.partition(":")[0] if ":" in url else ""


def parse(url: str, *, dialects: bool = True) -> DatabaseURL:
    """The parts of a `postgres://…` URL, in the words of others too; UsageError, without its text, if it is none."""
    scheme, colon, rest = url.partition("://")
    scheme = plain_scheme(scheme) if dialects else scheme
    if scheme not in SCHEMES | PGX_SCHEMES or not colon:
        raise UsageError(
            "this is not a PostgreSQL URL", hint="write postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require"
        )
    found = _QUERY.search(rest)
    body, query_text = (rest[: found.start()], found[1] or "") if found else (rest, "")
    # The last `@` ends the credentials: in front of it may stand any character, `/`, `?`, `#` and `@` included.
    credentials, _, place = body.rpartition("@")
    hosts, slash, path = place.partition("#")[0].partition("/")
    pairs = parse_qsl(query_text.partition("#")[0], keep_blank_values=True)
    query = dict(pairs)
    if dialects and ((libpqs := translated(joined(pairs))) != query or "search_path" in query):
        query, query_text = libpqs, in_text(libpqs)
    given = _authority(credentials, hosts) | {"dbname": unquote(path)}
    parameters = {key: value for key, value in given.items() if value}
    parameters |= {key: value for key, value in query.items() if not key.startswith("x-")}
    _check_ports(parameters.get("port", ""))
    wishes = {key: value for key, value in query.items() if key.startswith("x-")}
    kept = "&".join(part for part in query_text.split("&") if part and not part.startswith("x-"))
    text = f"{scheme}://{body}" + (f"?{kept}" if kept else "")
    return DatabaseURL(scheme, unquote(slash + path), parameters, wishes, text)


def text_for(url: DatabaseURL, database: str) -> str:
    """The text of the URL of another database of the same server, with the password and all wishes."""
    rest = url.text.partition("://")[2]
    found = _QUERY.search(rest)
    credentials, at, place = (rest[: found.start()] if found else rest).rpartition("@")
    hosts = place.partition("#")[0].partition("/")[0]
    query = dict(parse_qsl(found[1] or "", keep_blank_values=True)) if found else {}
    query = {key: value for key, value in query.items() if key != "dbname"}
    asked = f"?{urlencode(query, quote_via=quote, safe='/:,')}" if query else ""
    text = f"{url.scheme}://{credentials}{at}{hosts}/{quote(database, safe='')}{asked}"
    return wished_text(url._replace(text=text), url.wishes)


def wished_text(url: DatabaseURL, wishes: Mapping[str, str]) -> str:
    """The text of a URL with these wishes behind it."""
    if not wishes:
        return url.text
    return f"{url.text}{'&' if _QUERY.search(url.text) else '?'}{urlencode(wishes, quote_via=quote)}"


def version_table(url: DatabaseURL) -> tuple[str | None, str] | None:
    """Schema, where given, and name that x-migrations-table wishes for; UsageError if it makes no sense."""
    table = url.wishes.get("x-migrations-table", "")
    if not wishes_for(url, "x-migrations-table-quoted") or not table:
        return (None, table) if table else None
    if len(table) < 2 or table[0] != '"' or table[-1] != '"':
        raise UsageError(
            'x-migrations-table must be quoted (for instance \'"migrate"."schema_migrations"\')'
            f" when x-migrations-table-quoted is enabled, current value is: {table}"
        )
    names = re.findall(r'"(.*?)"', table)
    if len(names) > 2:
        raise UsageError(f'"{table}" MigrationsTable contains too many dot characters')
    return names[0] if len(names) == 2 else None, names[-1]


def wishes_for(url: DatabaseURL, name: str) -> bool:
    """The value of an `x-…` switch; UsageError if it is neither true nor false in Go's spelling."""
    text = url.wishes.get(name, "")
    if text in ("", "0", "f", "F", "FALSE", "false", "False"):
        return False
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    raise UsageError(f'unable to parse option {name}: "{text}" is neither true nor false')


def _authority(credentials: str, hosts: str) -> dict[str, str]:
    user, _, password = credentials.partition(":")
    places = [_HOST.fullmatch(part) for part in hosts.split(",")]
    if None in places:
        raise UsageError("the host in the database URL makes no sense", hint="an IPv6 address stands in [brackets]")
    names = [unquote(place["v6"] or place["host"] or "") for place in places if place]
    ports = [place["port"] or "" for place in places if place]
    return {
        "user": unquote(user),
        "password": unquote(password),
        "host": ",".join(names),
        "port": ",".join(ports) if any(ports) else "",
    }


def _check_ports(ports: str) -> None:
    for port in filter(None, ports.split(",")):
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise UsageError(
                "the port in the database URL is not a number from 1 to 65535",
                hint="if the password holds a colon or an at sign, write it as %3A or %40",
            )
