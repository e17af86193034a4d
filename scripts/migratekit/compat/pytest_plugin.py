"""The fixtures of pytest: a database migrated to its newest version for each test, cloned from a template."""

import hashlib
import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import pytest

# A server that forgets what it did when the machine stops, which no test minds.
_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "256MB"}
_WORKER = "migratekit_folder"
_FOLDER = pytest.StashKey[Path]()
_numbers = itertools.count(1)


class _Claim(NamedTuple):
    """A session that holds, as long as this process lives, locks named after what it uses on the server."""

    admin: Any
    # What the names of this process's databases begin with.
    prefix: str


def pytest_addoption(parser: pytest.Parser) -> None:
    """What pytest's settings may say."""
    parser.addini("migratekit_path", "folder of the migrations", default="migrations")
    parser.addini("migratekit_source", "convention of the files (what the folder shows)", default="")
    parser.addini("migratekit_table", "version table", default="")
    parser.addini(
        "migratekit_server",
        "URL of a database on the server for tests (MIGRATEKIT_TEST_SERVER, or an embedded one)",
        default="",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Names to each worker of pytest-xdist the folder of the server that all of them share."""
    node.workerinput[_WORKER] = str(_folder(node.config))


@pytest.fixture(scope="session")
def migratekit_server(pytestconfig: pytest.Config) -> str:
    """The URL of a database on the server where tests make theirs; override it for a server of your own."""
    given = os.environ.get("MIGRATEKIT_TEST_SERVER") or pytestconfig.getini("migratekit_server")
    if given:
        return str(given)
    from ..server import Server

    server = Server(_folder(pytestconfig), settings=_SETTINGS, throwaway=True)
    server.start()
    return server.url("postgres")


@pytest.fixture(scope="session")
def _migratekit_claim(migratekit_server: str) -> Iterator[_Claim]:
    admin = _connected(migratekit_server)
    try:
        yield _claim(admin)
    finally:
        admin.close()


@pytest.fixture(scope="session")
def migratekit_template(pytestconfig: pytest.Config, migratekit_server: str, _migratekit_claim: _Claim) -> str:
    """The name of a database at the newest version, to which nobody connects; made once for all workers."""
    root, ini = pytestconfig.rootpath, pytestconfig.getini
    path = root / ini("migratekit_path")
    told = {name: ini(f"migratekit_{name}") or None for name in ("source", "table")}
    prefix = f"mk_{_digest(str(root))}_template_"
    return _template(_migratekit_claim.admin, migratekit_server, prefix, path, told)


@pytest.fixture
def migrated_database(migratekit_server: str, migratekit_template: str, _migratekit_claim: _Claim) -> Iterator[str]:
    """The URL of a database of the test's own, migrated to the newest version; dropped behind the test."""
    from ..database import identifier

    name = f"{_migratekit_claim.prefix}_{next(_numbers)}"
    admin = _connected(migratekit_server)
    try:
        # Its other way, by the log, writes every page twice.
        how = "STRATEGY FILE_COPY" if admin.server_version >= 150000 else ""
        admin.run(f"CREATE DATABASE {identifier(name)} TEMPLATE {identifier(migratekit_template)} {how}")
        yield _on(migratekit_server, name)
        admin.run(f"DROP DATABASE {identifier(name)} WITH (FORCE)")
    finally:
        admin.close()


def _connected(server: str) -> Any:
    from ..database import Database
    from ..url import parse

    return Database.connect(parse(server), {"fallback_application_name": "migratekit pytest"})


def _claim(admin: Any) -> _Claim:
    """A claim on names of our own; what runs that were killed have left under such names is dropped."""
    # Its locks count among the sessions of one database.
    ours = f"mk_test_{admin.row('SELECT oid FROM pg_database WHERE datname = current_database()')[0]}_"
    admin.run("SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'")
    prefix = ours + os.urandom(6).hex()
    admin.run(f"SELECT pg_advisory_lock({_key(prefix)})")
    left = admin.run(f"SELECT datname FROM pg_database WHERE datname ~ '^{ours}[0-9a-f]{{12}}_[0-9]+$'")[-1].rows
    for (name,) in left:
        _drop_unused(admin, str(name), str(name).rpartition("_")[0])
    return _Claim(admin, prefix)


def _drop_unused(admin: Any, name: str, lock: str) -> None:
    """Drops a database unless a living session holds the lock, or it is another role's."""
    from ..database import SqlError, identifier

    if admin.row(f"SELECT pg_try_advisory_lock({_key(lock)})") == ("t",):
        with suppress(SqlError):
            admin.run(f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
        admin.run(f"SELECT pg_advisory_unlock({_key(lock)})")


def _key(name: str) -> str:
    from ..database import literal

    return f"hashtext({literal(name)})"


def _template(admin: Any, server: str, prefix: str, path: Path, told: dict[str, str | None]) -> str:
    from .. import __version__
    from ..database import literal

    name = prefix + _digest(__version__, repr(told), *_contents(path))
    # Other workers, and other runs on this server, want the same.
    admin.run(f"SELECT pg_advisory_lock({_key(prefix)})")
    there = admin.run(f"SELECT datname FROM pg_database WHERE starts_with(datname, {literal(prefix)})")[-1].rows
    if (name,) not in there:
        for (old,) in there:
            # Another run may copy it at this moment, from files as they were or with other settings.
            _drop_unused(admin, str(old), str(old))
        _make(admin, server, name, path, told)
    admin.run(f"SELECT pg_advisory_lock_shared({_key(name)}), pg_advisory_unlock({_key(prefix)})")
    return name


def _make(admin: Any, server: str, name: str, path: Path, told: dict[str, str | None]) -> None:
    """Has its name once it is complete."""
    from ..api.migrator import Migrator
    from ..database import identifier

    unfinished = f"{name}_x"
    admin.run(f"CREATE DATABASE {identifier(unfinished)}")
    Migrator(_on(server, unfinished), path, **told).up()  # type: ignore[arg-type]
    admin.run(f"ALTER DATABASE {identifier(unfinished)} ALLOW_CONNECTIONS false")
    admin.run(f"ALTER DATABASE {identifier(unfinished)} RENAME TO {identifier(name)}")


def _contents(path: Path) -> Iterator[str]:
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield f"{file.relative_to(path)} {hashlib.sha256(file.read_bytes()).hexdigest()}"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _on(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{quote(name)}").geturl()


def _folder(config: pytest.Config) -> Path:
    """Where the embedded server is, the same for all workers of a run."""
    if _FOLDER not in config.stash:
        given = getattr(config, "workerinput", {}).get(_WORKER)
        config.stash[_FOLDER] = Path(given) if given else _new_folder(config)
    return config.stash[_FOLDER]


def _new_folder(config: pytest.Config) -> Path:
    """Gone behind the last test, with its server; those of runs that were killed are gone now."""
    from ..server.throwaway import shelved

    stack = ExitStack()
    config.add_cleanup(stack.close)
    return stack.enter_context(shelved(Path(tempfile.gettempdir()) / f"migratekit-pytest-{os.geteuid()}"))
