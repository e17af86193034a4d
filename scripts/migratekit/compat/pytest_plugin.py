"""The fixtures of pytest: a database migrated to its newest version for each test, cloned from a template."""

import hashlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

# A server that forgets what it did when the machine stops, which no test minds.
_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_WORKER = "migratekit_folder"
_FOLDER = pytest.StashKey[Path]()
_numbers = itertools.count(1)


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


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes the embedded server behind the last test."""
    folder = config.stash.get(_FOLDER, None)
    if folder is not None and not hasattr(config, "workerinput"):
        if any(folder.iterdir()):
            from ..server import Server

            Server(folder).remove()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migratekit_server(pytestconfig: pytest.Config) -> str:
    """The URL of a database on the server where tests make theirs; override it for a server of your own."""
    given = os.environ.get("MIGRATEKIT_TEST_SERVER") or pytestconfig.getini("migratekit_server")
    if given:
        return str(given)
    from ..server import Server

    server = Server(_folder(pytestconfig), settings=_SETTINGS)
    server.start()
    return server.url("postgres")


@pytest.fixture(scope="session")
def migratekit_template(pytestconfig: pytest.Config, migratekit_server: str) -> str:
    """The name of a database at the newest version, to which nobody connects; made once for all workers."""
    root, ini = pytestconfig.rootpath, pytestconfig.getini
    path = root / ini("migratekit_path")
    told = {name: ini(f"migratekit_{name}") or None for name in ("source", "table")}
    prefix = f"mk_{_digest(str(root))}_template_"
    return _template(migratekit_server, prefix, path, told)


@pytest.fixture
def migrated_database(migratekit_server: str, migratekit_template: str) -> Iterator[str]:
    """The URL of a database of the test's own, migrated to the newest version; dropped behind the test."""
    from ..database import Database, identifier
    from ..url import parse

    name = f"mk_test_{os.getpid()}_{os.urandom(3).hex()}_{next(_numbers)}"
    admin = Database.connect(parse(migratekit_server), {"fallback_application_name": "migratekit pytest"})
    try:
        admin.run(f"CREATE DATABASE {identifier(name)} TEMPLATE {identifier(migratekit_template)}")
        yield _on(migratekit_server, name)
        admin.run(f"DROP DATABASE {identifier(name)} WITH (FORCE)")
    finally:
        admin.close()


def _template(server: str, prefix: str, path: Path, told: dict[str, str | None]) -> str:
    from .. import __version__
    from ..database import Database, identifier, literal
    from ..url import parse

    name = prefix + _digest(__version__, repr(told), *_contents(path))
    admin = Database.connect(parse(server), {"fallback_application_name": "migratekit pytest"})
    try:
        # Other workers, and other runs on this server, want the same.
        admin.run(f"SELECT pg_advisory_lock(hashtext({literal(prefix)}))")
        there = admin.run(f"SELECT datname FROM pg_database WHERE starts_with(datname, {literal(prefix)})")[-1].rows
        if (name,) not in there:
            for (old,) in there:
                admin.run(f"DROP DATABASE IF EXISTS {identifier(str(old))} WITH (FORCE)")
            _make(admin, server, name, path, told)
    finally:
        admin.close()
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
        config.stash[_FOLDER] = Path(given or tempfile.mkdtemp(prefix="migratekit-pytest-"))
    return config.stash[_FOLDER]
