"""A server that is reached over TCP and wants a password with every awkward character in it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from local_server import NEWEST, clean_up
from migratekit.server import Server

SECRET = "c4n@ry/c4n#ry:%?c4nary"


@dataclass(frozen=True)
class Guarded:
    """Where it listens; ann is its superuser."""

    port: int

    def url(self, password: str = SECRET, *, scheme: str = "postgres", query: str = "?sslmode=disable") -> str:
        """A URL for the database postgres, with the password as it is."""
        return f"{scheme}://ann:{password}@127.0.0.1:{self.port}/postgres{query}"


@contextmanager
def guarded_server(factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """Runs the server; it has no TLS."""
    project = factory.mktemp("guarded")
    server = Server(project, wanted=NEWEST, settings={"fsync": "off"})
    port = free_port()
    try:
        server.start(port=port)
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE ROLE ann LOGIN SUPERUSER PASSWORD {}").format(sql.Literal(SECRET)))
        yield Guarded(port)
    finally:
        clean_up(project)


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
