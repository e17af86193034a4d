"""A database URL taken apart, forgiving where people paste raw passwords."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from .errors import UsageError

SCHEMES = frozenset({"postgres", "postgresql"})
PGX_SCHEMES = frozenset({"pgx", "pgx4", "pgx5"})

# The last `@` that a host, and perhaps a database and parameters, can follow ends the credentials:
# what stands in front of it may hold any character, `/`, `?`, `#` and `@` included.
_AUTHORITY = re.compile(
    r"(?:(?P<user>[^:@/?#]*)(?::(?P<password>.*))?@)?"
    r"(?P<host>[^@/?#:\[\]]*(?::\d*)?(?:,[^@/?#,]*)*|\[[0-9A-Fa-f:.%]+\](?::\d*)?|%2[Ff][^@/?#:]*)"
    r"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class DatabaseURL:
    """Where the database is, and the `x-…` wishes of its user; never shows the password."""

    scheme: str
    path: str
    parameters: Mapping[str, str] = field(repr=False)
    wishes: Mapping[str, str]

    @property
    def user(self) -> str:
        """The role's name, empty if the URL leaves it open."""
        return self.parameters.get("user", "")

    def redacted(self) -> str:
        """The URL fit for eyes: no password, and no parameter that could hold one."""
        host = self.parameters.get("host", "")
        port = self.parameters.get("port", "")
        where = f"{'[' + host + ']' if ':' in host else host}{':' + port if port else ''}"
        if host.startswith("/"):
            return f"{self.scheme}://{self.user + '@' if self.user else ''}{self.path or '/'}?host={host}"
        return f"{self.scheme}://{self.user + '@' if self.user else ''}{where}{self.path}"


def scheme_of(url: str) -> str:
    """The scheme as written; empty if there is none in front of the first colon."""
    return url.partition(":")[0] if ":" in url else ""


def parse(url: str) -> DatabaseURL:
    """The parts of a `postgres://…` URL; UsageError, without its text, if it is none."""
    scheme, _, rest = url.partition("://")
    match = _AUTHORITY.fullmatch(rest)
    if scheme not in SCHEMES | PGX_SCHEMES or match is None:
        raise UsageError(
            "this is not a PostgreSQL URL",
            hint="write postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require",
        )
    query = dict(parse_qsl(match["query"] or "", keep_blank_values=True))
    parameters = {key: value for key, value in _authority(match).items() if value}
    parameters |= {key: value for key, value in query.items() if not key.startswith("x-")}
    _check_port(parameters.get("port", ""))
    return DatabaseURL(
        scheme=scheme,
        path=unquote(match["path"] or ""),
        parameters=parameters,
        wishes={key: value for key, value in query.items() if key.startswith("x-")},
    )


def _authority(match: re.Match[str]) -> dict[str, str]:
    hosts = [_host_port(part) for part in match["host"].split(",")]
    return {
        "user": unquote(match["user"] or ""),
        "password": unquote(match["password"] or ""),
        "host": ",".join(host for host, _ in hosts),
        "port": ",".join(port for _, port in hosts) if any(port for _, port in hosts) else "",
        "dbname": unquote(match["path"] or "").removeprefix("/"),
    }


def _host_port(text: str) -> tuple[str, str]:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, ""
    return unquote(host).strip("[]"), port


def _check_port(ports: str) -> None:
    for port in filter(None, ports.split(",")):
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise UsageError(
                "the port in the database URL is not a number from 1 to 65535",
                hint="if the password holds a colon or an at sign, write it as %3A or %40",
            )
