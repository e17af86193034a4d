"""What SQLAlchemy and Prisma write into database URLs, in the words of libpq."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

# How a program pools, caches and waits is its own affair.
_OF_PROGRAMS = frozenset(
    {"connection_limit", "pool_timeout", "pgbouncer", "socket_timeout", "statement_cache_size"}
    | {"prepared_statement_cache_size"}
)
_PLACE = re.compile(r"([^:/,@]+)(?::([0-9]+))?")
_FOREIGN = _OF_PROGRAMS | {"schema", "sslaccept", "ssl"}


def plain_scheme(scheme: str) -> str:
    """The scheme without the driver that SQLAlchemy has in it: postgresql for postgresql+psycopg."""
    plain, with_driver, _ = scheme.partition("+")
    return plain if with_driver and plain in ("postgres", "postgresql") else scheme


def joined(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The parameters; hosts that are repeated, each with its port, as SQLAlchemy has them, as the lists of libpq."""
    query = dict(pairs)
    places = [_PLACE.fullmatch(value) for name, value in pairs if name == "host"]
    if all(places) and (len(places) > 1 or any(place and place[2] for place in places)):
        query["host"] = ",".join(place[1] for place in places if place)
        ports = [place[2] or "" for place in places if place]
        if any(ports):
            query["port"] = ",".join(ports)
    return query


def translated(query: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a URL as libpq and the server know them."""
    libpqs = {name: value for name, value in query.items() if name not in _FOREIGN}
    if query.get("schema"):
        libpqs.setdefault("search_path", '"' + query["schema"].replace('"', '""') + '"')
    if "ssl" in query:
        # asyncpg's name for sslmode; what is no mode of libpq's is for libpq to refuse.
        libpqs.setdefault("sslmode", query["ssl"])
    if query.get("sslaccept") == "strict" and libpqs.get("sslmode") not in ("disable", "verify-ca"):
        # Prisma then holds the certificate against those that the system trusts.
        libpqs["sslmode"] = "verify-full"
        libpqs.setdefault("sslrootcert", "system")
    return libpqs


def option(name: str, value: str) -> str:
    """A setting of the session as a part of libpq's `options`."""
    escaped = re.sub(r"([\\\s])", r"\\\1", value)
    return f"-c {re.sub(r'[^A-Za-z0-9_.]', '_', name)}={escaped}"


def in_text(libpqs: Mapping[str, str]) -> str:
    """Such parameters as the query of a URL that every program of libpq takes."""
    kept = dict(libpqs)
    if path := kept.pop("search_path", ""):
        kept["options"] = f"{kept.get('options', '')} {option('search_path', path)}".strip()
    return urlencode(kept, quote_via=quote, safe="/:,")
