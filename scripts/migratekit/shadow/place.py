"""Where a shadow is: a server that is none of the database's own, and a database of its own there."""

import re
import secrets
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ..backup.beside import maintenance
from ..backup.connection import other_database
from ..backup.contents import system_identifier
from ..backup.processes import uninterrupted
from ..backup.properties import creation, endowment
from ..database import Database, SqlError, identifier, literal
from ..errors import MigratekitError, Refused, ServerError
from ..server import Server, throwaway_server
from ..server.embedded import SUPERUSER
from ..server.throwaway import undisturbed
from ..url import DatabaseURL, parse
from .model import Model

APPLICATION = {"fallback_application_name": "migratekit shadow"}
_PREFIX = "migratekit_shadow_"
_PLAIN = {"encoding": "UTF8", "collate": "C", "ctype": "C", "provider": "c"}
_MAKES_ROLE = re.compile(rb'\bCREATE\s+(?:ROLE|USER|GROUP)\s+(?:"((?:[^"]|"")+)"|([\w$]+))', re.IGNORECASE)


@contextmanager
def own_server(model: Model, texts: Sequence[bytes], project: Path, wanted: str) -> Iterator[DatabaseURL]:
    """A server for this alone, with the roles that the files do not make; who migrates is its superuser."""
    with _from_package(model.major, project, wanted) as server:
        url = parse(server.url("postgres"))
        owner = SUPERUSER if model.owner.startswith("pg_") else model.owner
        made = _made(texts)
        admin = Database.connect(url, APPLICATION)
        try:
            for role in {*model.roles, owner} - (made - {owner}) - {SUPERUSER}:
                # Rights that were given by hand must not be missed by a file that becomes this role.
                login = "LOGIN" if role == owner else "NOLOGIN"
                admin.run(f"CREATE ROLE {identifier(role)} SUPERUSER {login}")
            for name in model.tablespaces:
                admin.run(f"CREATE TABLESPACE {identifier(name)} LOCATION ''")
        finally:
            admin.close()
        yield _with(url, {"user": owner})


@contextmanager
def _from_package(major: int, project: Path, wanted: str) -> Iterator[Server]:
    try:
        with throwaway_server(project, major, wanted) as server:
            yield server
    except ServerError as error:
        if not error.hint.startswith("install "):
            raise
        what = f"a PostgreSQL {major}, as the database's, is needed to run the files in, and there is none here"
        hint = f"{error.hint}, or name a server where a database may be made: --shadow URL"
        raise ServerError(what, hint=hint) from None


def _with(url: DatabaseURL, parameters: Mapping[str, str]) -> DatabaseURL:
    return DatabaseURL(url.scheme, url.path, {**url.parameters, **parameters}, url.wishes)


def _made(texts: Sequence[bytes]) -> set[str]:
    """The roles that the files make."""
    return {_role(match) for text in texts for match in _MAKES_ROLE.finditer(text)}


def _role(match: re.Match[bytes]) -> str:
    quoted, plain = match[1], match[2]
    return quoted.decode("utf-8", "replace").replace('""', '"') if quoted else plain.decode("utf-8", "replace").lower()


@contextmanager
def given_server(model: Model, texts: Sequence[bytes], given: str) -> Iterator[DatabaseURL]:
    """The server that was named, without the roles that the files make there; Refused if it does not fit."""
    url = parse(given)
    admin = maintenance(url)
    try:
        major, where = admin.server_version // 10000, url.redacted()
        started = admin.row("SELECT to_json(pg_catalog.pg_postmaster_start_time())#>>'{}'")[0]
        if started == model.started or (model.system and system_identifier(admin) == model.system):
            raise Refused(
                "the shadow would be on the database's own server, or on a copy of it",
                where=where,
                hint="name another one: what files do to roles and settings of a server they would do there",
            )
        if major != model.major:
            raise Refused(
                f"the shadow is PostgreSQL {major}, and the database {model.major}",
                where=where,
                hint="versions write definitions in different ways; name a server of the same one",
            )
        new = [role for role in sorted(_made(texts)) if not _is_there(admin, "pg_roles", "rolname", role)]
    finally:
        admin.close()
    try:
        yield url
    finally:
        if new:
            with uninterrupted(), suppress(MigratekitError):
                _drop_roles(url, new)


def _drop_roles(url: DatabaseURL, roles: Sequence[str]) -> None:
    """So that the files can make them again."""
    admin = maintenance(url)
    try:
        for role in roles:
            # One that something depends on elsewhere is not ours alone any more.
            with suppress(SqlError):
                admin.run(f"DROP ROLE IF EXISTS {identifier(role)}")
    finally:
        admin.close()


@contextmanager
def database_on(server: DatabaseURL, model: Model, called: str = "") -> Iterator[DatabaseURL]:
    """A new empty database, which nobody else can have made; what killed calls left goes too.

    It is `called` so where no other one is, which is for a server of its own.
    """
    admin, name = maintenance(server), f"{_PREFIX}{secrets.token_hex(6)}"
    try:
        _drop_leftovers(admin)
        if called and not _is_there(admin, "pg_database", "datname", called):
            name = called
        admin.run(f"SELECT pg_advisory_lock({_lock(name)})")
        with undisturbed():
            _create(admin, name, model)
        url = other_database(server, name)
        url = _with(url, model.parameters)
        if model.table.schema != "public":
            inside = Database.connect(url, APPLICATION)
            try:
                inside.run(f"CREATE SCHEMA {identifier(model.table.schema)}")
            finally:
                inside.close()
        yield url
    finally:
        with uninterrupted(), suppress(MigratekitError):
            admin.rollback()
            admin.run(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
        admin.close()


def _is_there(admin: Database, catalog: str, column: str, name: str) -> bool:
    return admin.row(f"SELECT count(*) FROM pg_catalog.{catalog} WHERE {column} = {literal(name)}")[0] != "0"


def _create(admin: Database, name: str, model: Model) -> None:
    """Sorted as in the model where this server can."""
    try:
        admin.run(creation(name, model.properties, whole=False))
    except SqlError as error:
        if error.sqlstate == "42501":
            raise Refused(error.what, hint="the role needs CREATEDB there") from None
        admin.run(creation(name, {**_PLAIN, "encoding": model.properties.get("encoding", "UTF8")}, whole=False))
    own = {"settings": [{"role": None, "values": model.settings}], "grants": None, "comment": None, "limit": -1}
    for statement in endowment(name, own):
        # A setting of an extension that is not there.
        with suppress(SqlError):
            admin.run(statement)


def _drop_leftovers(admin: Database) -> None:
    pattern = literal(f"^{_PREFIX}[0-9a-f]{{12}}$")
    for row in admin.run(f"SELECT datname FROM pg_catalog.pg_database WHERE datname ~ {pattern}")[-1].rows:
        name = row[0] or ""
        if admin.row(f"SELECT pg_try_advisory_lock({_lock(name)})")[0] == "t":
            with suppress(SqlError):
                # Not by force: somebody at work in it would be no leftover.
                admin.run(f"DROP DATABASE {identifier(name)}")
            admin.run(f"SELECT pg_advisory_unlock({_lock(name)})")


def _lock(name: str) -> int:
    return zlib.crc32(f"migratekit {name}".encode())
